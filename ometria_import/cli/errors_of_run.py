"""Reading an account's errors once more for one of its runs, and writing down what they say."""

from __future__ import annotations

from ometria_import.cli.asking.trusting import trusted_account
from ometria_import.cli.delivering import end_run, summary_of
from ometria_import.cli.one_run import find_run, refuse_other_address, refuse_unsent
from ometria_import.cli.showing.next_step import Commands
from ometria_import.cli.showing.run_view import RunView
from ometria_import.cli.showing.screen import Screen, counted
from ometria_import.config import Settings, Trust
from ometria_import.config.home import Home
from ometria_import.delivery import (
    AccountLock,
    Journal,
    RunState,
    add_late_errors,
    is_newest_of_account,
    read_error_list,
    write_outcome_files,
)
from ometria_import.errors import ExitCode, UsageError
from ometria_import.package import Package


def add_to_run(
    screen: Screen, settings: Settings, run: str, trust: Trust, commands: Commands
) -> ExitCode:
    """Add to a finished run what the account's list says of it now; returns the run's exit code.

    Raises:
        UsageError: there is no such run, or it is not finished, or went to another address.
        AccountBusyError: a run holds the account.
        AccountRefusedError: the key may not read the list.
        TemporaryFailureError: the list cannot be read now.
    """
    place = Home(commands.home)
    folder = find_run(place, run, commands)
    with Journal(folder.journal, is_read_only=True) as journal:
        info = journal.info()
    refuse_unsent(info)
    if not info.is_finished:
        raise UsageError(
            f"run {folder.id} is not finished: a resume reads the errors, too",
            hint=commands.resume(folder.id),
        )
    account = trusted_account(screen, settings, info.account, trust)
    refuse_other_address(info, account)
    with AccountLock(place, info.account, folder.id):
        entries = read_error_list(account)
        is_alone = is_newest_of_account(place, info)
        with Package(info.package_path) as package, Journal(folder.journal) as journal:
            added = add_late_errors(package, journal, entries, is_alone=is_alone)
            summary = summary_of(journal)
            if summary.exit_code is not info.exit_code:
                journal.mark_run(RunState.FINISHED, summary.exit_code)
            problems = write_outcome_files(folder, package, journal)
            told = counted(added, "new entry", "new entries")
            screen.say(f"{told} of the account's list of {len(entries)} for run {folder.id}.")
            if not is_alone:
                screen.prose("Later runs sent to the account: only what names a request counts.")
            view = RunView(screen, folder, package, info.account, commands)
            return end_run(view, summary, is_told_why=bool(problems))
