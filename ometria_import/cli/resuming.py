"""Sending what a run has left, the same for `resume` and for a push that goes on with one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ometria_import.cli.asking.confirming import Consent, confirm
from ometria_import.cli.delivering import deliver_run
from ometria_import.cli.showing.run_view import SendingView
from ometria_import.config import Account
from ometria_import.delivery import Journal, load_request, save_request
from ometria_import.errors import ExitCode


def deliver_rest(
    view: SendingView, account: Account, consent: Consent, give_up_after: timedelta
) -> ExitCode:
    """Send what a run has left; its account must be held already.

    What was allowed when the run began stays allowed, and what is allowed now is remembered.

    Raises:
        UsageError: a live run was not confirmed, or the run went to another address.
        Exit: a live run would set off what was never allowed.
        PackageError: the package or the journal is damaged.
    """
    request = load_request(view.folder)
    allowed = consent.allowed | request.allowed
    confirm(view, account, replace(consent, allowed=allowed))
    if allowed != request.allowed:
        save_request(view.folder, replace(request, allowed=allowed))
    with Journal(view.folder.journal) as journal:
        info, (_, settled) = journal.info(), journal.batch_sums()
        if info.base_url != account.base_url and not settled:
            view.screen.note(
                f"run {info.run_id} goes to {account.base_url}, not to {info.base_url}"
            )
        return deliver_run(view, journal, account, give_up_after)
