"""What an account says now of records that it had accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ometria_import.actions.calling.events import Delivered, LateErrorsAdded
from ometria_import.actions.calling.run import (
    SendableRun,
    find_run,
    refuse_other_address,
    refuse_unsent,
)
from ometria_import.actions.delivering import Outcome
from ometria_import.actions.giving.noting import note_ended
from ometria_import.actions.report import kept_report
from ometria_import.delivery import (
    AccountLock,
    FeedEntry,
    Journal,
    KnownError,
    ListedRun,
    RunHistory,
    RunState,
    add_late_errors,
    read_error_list,
    summary_of,
    traced_in,
    write_outcome_files,
)
from ometria_import.errors import InterruptedRunError, OmetriaImportError, UsageError
from ometria_import.options.choices import AccountName
from ometria_import.package import Package

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ometria_import.actions.calling.caller import Context
    from ometria_import.config import Account


@dataclass(frozen=True, slots=True)
class AccountErrors:
    """An account's list of validation errors, and what its newest run explains of them."""

    account: AccountName
    entries: Sequence[FeedEntry]
    newest: ListedRun | None
    """The account's newest run; None where there is none."""
    known: Sequence[KnownError]
    """Entries that are about records of it; a run that is damaged explains none."""


def list_errors(to: AccountName, context: Context) -> AccountErrors:
    """Read an account's list of validation errors, which keeps the last 100.

    Raises:
        UsageError: the key is missing.
        AccountRefusedError: the key may not read the list.
        TemporaryFailureError: the list cannot be read now.
    """
    account = context.account(to)
    entries = read_error_list(account)
    return AccountErrors(account.name, entries, *_newest_run(account, entries, context))


def add_errors(run_id: str, context: Context) -> Outcome:
    """Add to a finished run what the account's list says of its records now.

    Raises:
        UsageError: there is no such run, or it is not finished, or went to another address.
        AccountBusyError: a run holds the account.
        AccountRefusedError: the key may not read the list.
        TemporaryFailureError: the list cannot be read now.
    """
    home, commands = context.home, context.commands
    folder = find_run(home, run_id, commands)
    with Journal(folder.journal, is_read_only=True) as journal:
        info = journal.info()
    refuse_unsent(info)
    if not info.is_finished:
        raise UsageError(
            f"run {folder.id} is not finished: resuming it also reads the errors",
            hint=commands.resume(folder.id),
        )
    account = context.account(info.account)
    refuse_other_address(info, account)
    with AccountLock(home, info.account, folder.id):
        entries = read_error_list(account)
        is_alone = RunHistory.load(home).is_newest_of_account(folder.id)
        with Package(info.package_path) as package, Journal(folder.journal) as journal:
            added = add_late_errors(package, journal, entries, is_alone=is_alone)
            summary = summary_of(journal)
            if summary.exit_code is not info.exit_code:
                journal.mark_run(RunState.FINISHED, summary.exit_code)
            problems = write_outcome_files(folder, package, journal)
            context.caller.tell(LateErrorsAdded(folder, added, len(entries), is_alone))
            run = SendableRun(folder, package, info.account, commands)
            note_ended(run, journal, account, context)
            report = kept_report(run, context)
            delivered = Delivered(run, summary, is_told_why=bool(problems), report=report)
            context.caller.tell(delivered)
            return Outcome(delivered.exit_code, folder, delivered=summary)


def _newest_run(
    account: Account, entries: Sequence[FeedEntry], context: Context
) -> tuple[ListedRun | None, list[KnownError]]:
    for run in RunHistory.load(context.home).runs:
        info = run.info
        if info is None or not run.is_to(account):
            continue
        try:
            with (
                Journal(run.folder.journal, is_read_only=True) as journal,
                Package(info.package_path) as package,
            ):
                return run, traced_in(package, journal, entries)
        except InterruptedRunError:
            raise
        except OmetriaImportError:
            return run, []
    return None, []
