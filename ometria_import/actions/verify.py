"""Reading back what an account holds of a run, and comparing it with what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from ometria_import.actions.calling.events import Noted, RunVerified
from ometria_import.actions.calling.run import (
    Run,
    find_run,
    later_words,
    refuse_other_address,
    refuse_unsent,
)
from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER
from ometria_import.actions.promoting.other_way import other_way
from ometria_import.actions.pseudonyms import pseudonymised_words
from ometria_import.actions.report import kept_report
from ometria_import.config.home import RunFolder
from ometria_import.delivery import Journal, RunHistory, RunInfo, load_request
from ometria_import.errors import PackageError, UsageError
from ometria_import.package import Package
from ometria_import.verification.run import Reading, Subject, Verified, verify_package
from ometria_import.version import __version__

if TYPE_CHECKING:
    from ometria_import.actions.calling.caller import Context
    from ometria_import.verification.wishes import Wishes


def verify(
    run_id: str | None,
    wishes: Wishes,
    context: Context,
    *,
    give_up_after: timedelta = DEFAULT_GIVE_UP_AFTER,
) -> Verified:
    """Verify a finished run; a verification of the same wishes that was stopped goes on.

    What stopped it is in what is returned, not raised.

    Args:
        run_id: The beginning of its id; None for the newest that sent anything.
        wishes: What is read.
        context: The context whose home holds the run.
        give_up_after: How long a request that fails in a temporary way is tried again.

    Raises:
        UsageError: there is no such run, it is not finished, or it went to another address; or a
            key is missing.
        PackageError: the package or the journal is damaged.
        AccountBusyError: another process is at the same verification.
    """
    history = RunHistory.load(context.home)
    folder = run_to_verify(run_id, context, history)
    with Journal(folder.journal, is_read_only=True) as journal:
        info = journal.info()
        refuse_unsent(info)
        if not info.is_finished:
            raise UsageError(
                f"run {folder.id} is not finished: what it has left cannot be in the account",
                hint=f"Finish it, and verify it then: {context.commands.resume(folder.id)}",
            )
        account = context.account(info.account)
        refuse_other_address(info, account)
        with Package(info.package_path) as package:
            _refuse_other_package(package, info)
            notes = tuple(_notes(folder, info, package, history))
            for note in notes:
                context.caller.tell(Noted(note))
            run = Run(folder, package, info.account, context.commands)
            subject = Subject(
                folder, info, package, journal, account, context.home, run.sums, notes
            )
            with context.caller.stopping() as stop:
                reading = Reading(
                    give_up_after_s=give_up_after.total_seconds(),
                    on_event=context.caller.tell_verifying,
                    stop=stop,
                )
                verified = verify_package(subject, wishes, reading)
            report = kept_report(run, context)
            other = other_way(folder, info, package, context.commands)
            effects = run.effects()
    opts_in = effects is not None and bool(effects.opted_in or effects.dangers)
    context.caller.tell(RunVerified(verified, info.account, report, other, opts_in))
    return verified


def run_to_verify(
    run_id: str | None, context: Context, history: RunHistory | None = None
) -> RunFolder:
    """Find the run that is meant; without an id, the newest that is no dry run.

    Raises:
        UsageError: there is none.
        PackageError: the journal of the newest is damaged.
    """
    if run_id is not None:
        return find_run(context.home, run_id, context.commands)
    for run in (history or RunHistory.load(context.home)).runs:
        if run.damage is not None:
            raise run.damage
        if run.info is not None and not run.info.is_dry_run:
            return run.folder
    raise UsageError(
        f"no run in {context.home.root} has sent anything, so there is nothing to verify",
        hint=f"Send something first: {context.commands.push('FILE')}",
    )


def _refuse_other_package(package: Package, info: RunInfo) -> None:
    """Stop where the file under the package's name is not the one that was sent."""
    if package.content_hash != info.content_hash:
        raise PackageError(
            f"package {package.path} is not the one that run {info.run_id} sent",
            hint="Put the run's own package back, or push the source files again.",
        )


def _notes(
    folder: RunFolder, info: RunInfo, package: Package, history: RunHistory
) -> Iterator[str]:
    """What a reader of the outcome must know of the run."""
    if load_request(folder).is_pseudonymised:
        yield pseudonymised_words(folder)
    types = frozenset(map(str, package.record_counts()))
    later = history.overtaker(folder.id, types)
    if later is not None:
        yield f"{later_words(later, types)} since: what differs may be what that run changed"
    if info.tool_version != __version__:
        yield (
            f"run {folder.id} was made by version {info.tool_version} of this tool, and is "
            f"verified by version {__version__}"
        )
