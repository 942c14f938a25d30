"""Going on where a run stopped."""

from __future__ import annotations

from dataclasses import replace

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import Delivered, NothingLeft
from ometria_import.actions.calling.run import (
    Run,
    SendableRun,
    find_run,
    later_words,
    package_to_show,
    refuse_unsent,
)
from ometria_import.actions.delivering import Outcome, Sending, deliver_rest
from ometria_import.actions.keeping import refuse_stale
from ometria_import.config.home import RunFolder
from ometria_import.delivery import (
    AccountLock,
    Journal,
    RunHistory,
    load_request,
    summary_of,
)
from ometria_import.errors import UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package


def resume(
    run_id: str | None, sending: Sending, context: Context, *, is_even_if_older: bool = False
) -> Outcome:
    """Send what an interrupted run has left; its sources are not needed.

    Args:
        run_id: The beginning of its id; None for the newest that no later run has overtaken.
        sending: What was allowed when the run began stays allowed.
        context: The context whose home holds the run.
        is_even_if_older: Whether it is sent although a later run sent records of the same types.

    Raises:
        UsageError: there is no such run, or a later run may have sent newer records, or a key or
            a confirmation is missing.
        PackageError: the package or the journal is damaged.
        AccountBusyError: another run holds the account.
    """
    home, commands = context.home, context.commands
    if run_id is None:
        folder = RunHistory.load(home).newest_unfinished()
    else:
        folder = find_run(home, run_id, commands)
    with Journal(folder.journal, is_read_only=True) as journal:
        info, so_far = journal.info(), summary_of(journal)
    refuse_unsent(info)
    if info.is_finished:
        with package_to_show(info.package_path) as shown:
            run = Run(folder, shown, info.account, commands)
            context.caller.tell(NothingLeft(run))
            delivered = Delivered(run, so_far)
            context.caller.tell(delivered)
            return Outcome(delivered.exit_code, folder, delivered=so_far, is_nothing_to_do=True)
    with Package(info.package_path) as package:
        account = context.account(info.account)
        context.require_consent_to_come(info.account)
        with AccountLock(home, info.account, folder.id):
            sending = replace(sending, sends_older=is_even_if_older)
            if not is_even_if_older:
                _refuse_older(folder, context)
                if any(t.to_send for t in so_far.totals if t.object_type is ObjectType.CONTACT):
                    refuse_stale(info, load_request(folder))
            rest = SendableRun(folder, package, info.account, commands)
            return deliver_rest(rest, account, sending, context)


def _refuse_older(folder: RunFolder, context: Context) -> None:
    """Stop where a later run may have sent newer records than those that are left.

    Raises:
        UsageError: one did.
    """
    history = RunHistory.load(context.home)
    later = history.overtaker(folder.id)
    if later is not None:
        words = later_words(later, history.types_to_send(folder.id))
        raise UsageError(
            f"{words} after run {folder.id} began: what it has left may overwrite newer records",
            hint="Push the files as they are now. To send what is left anyway: "
            f"{context.commands.resume(folder.id, is_overtaken=True)}",
        )
