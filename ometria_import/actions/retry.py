"""Sending again what of a run was not taken, for reasons that can pass."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Noted, NothingToRetry
from ometria_import.actions.calling.run import (
    SendableRun,
    find_run,
    keep_rows,
    later_words,
    refuse_other_address,
    refuse_unsent,
)
from ometria_import.actions.calling.unsent import before_sending, dropped_on_failure
from ometria_import.actions.calling.words import counted
from ometria_import.actions.delivering import Outcome, Sending, confirm, deliver
from ometria_import.actions.forgetting.leaving_out import refuse_forgotten
from ometria_import.actions.keeping import refuse_stale
from ometria_import.actions.pseudonyms import pseudonymised_words
from ometria_import.config.home import RunFolder
from ometria_import.config.storage import storage_errors
from ometria_import.delivery import (
    AccountLock,
    Journal,
    RunHistory,
    RunRequest,
    create_journal,
    load_request,
    pack_retry,
    retriable_records,
    save_request,
)
from ometria_import.errors import ExitCode, UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package


def retry(
    run_id: str,
    sending: Sending,
    context: Context,
    *,
    is_refused_too: bool = False,
    is_even_if_older: bool = False,
) -> Outcome:
    """Send the records of a finished run that did not get in again, as a new run.

    Args:
        run_id: The beginning of the finished run's id.
        sending: What was allowed for the run stays allowed.
        context: The context whose home holds the run.
        is_refused_too: Whether what was refused for its content is sent again, too.
        is_even_if_older: Whether it is sent although a later run sent records of the same types.

    Raises:
        UsageError: there is no such run, it is not finished, a later run may have sent newer
            records, or a key or a confirmation is missing.
        PackageError: the package or the journal is damaged.
        AccountBusyError: another run holds the account.
    """
    home, commands = context.home, context.commands
    folder = find_run(home, run_id, commands)
    with Journal(folder.journal, is_read_only=True) as journal:
        info = journal.info()
        refuse_unsent(info)
        if not info.is_finished:
            raise UsageError(
                f"run {info.run_id} is not finished: resume it to send what it has left",
                hint=commands.resume(info.run_id),
            )
        with Package(info.package_path) as package:
            wanted = retriable_records(package, journal, has_changed=is_refused_too)
        is_unknown = bool(journal.late.sums().unreadable)
    if not any(wanted.values()):
        context.caller.tell(NothingToRetry(folder, is_unknown))
        return Outcome(ExitCode.OK, folder, is_nothing_to_do=True)
    account = context.account(info.account)
    refuse_other_address(info, account)
    context.require_consent_to_come(info.account)
    reasons = Counter(reason for positions in wanted.values() for reason in positions.values())
    for reason, count in reasons.most_common():
        context.caller.tell(Noted(f"{counted(count, 'record')} {reason.value}"))
    earlier = load_request(folder)
    if earlier.is_pseudonymised:
        context.caller.tell(Noted(pseudonymised_words(folder)))
    between = sending.between or earlier.between or account.between
    sending = replace(sending, between=between, sends_older=is_even_if_older)
    request = RunRequest(
        allowed=earlier.allowed,
        config=commands.config_from_root,
        command=context.command,
        approvals=earlier.approvals,
        consent=earlier.consent,
        is_pseudonymised=earlier.is_pseudonymised,
        between=sending.between,
    ).allowing(sending.allowed, datetime.now(UTC))
    with before_sending():
        again = home.create_run(str(info.account), datetime.now(UTC))
    with ExitStack() as held:
        with before_sending(), dropped_on_failure(again):
            held.enter_context(AccountLock(home, info.account, again.id))
            with storage_errors(home.root), Package(info.package_path) as package:
                refuse_forgotten(package, folder.id, context)
                packed = held.enter_context(pack_retry(package, wanted, home, folder))
            if not is_even_if_older:
                _refuse_older(folder, packed, context)
                if packed.record_counts().get(ObjectType.CONTACT):
                    refuse_stale(info, earlier)
            run = SendableRun(again, packed, info.account, commands)
            confirm(run, account, request.allowed, context, between=sending.between)
            save_request(again, request)
            keep_rows(folder, again)
            now = datetime.now(UTC)
            journal = create_journal(again, packed, account, now, retry_of=folder.id)
            held.enter_context(journal)
        return deliver(run, journal, account, sending, context)


def _refuse_older(folder: RunFolder, packed: Package, context: Context) -> None:
    """Stop where a later run may have sent newer records of the same keys."""
    types = frozenset(map(str, packed.record_counts()))
    later = RunHistory.load(context.home).overtaker(folder.id, types)
    if later is not None:
        raise UsageError(
            f"{later_words(later, types)} after run {folder.id}: a retry could overwrite newer "
            "records",
            hint="Push the files as they are now, or add --even-if-older.",
        )
