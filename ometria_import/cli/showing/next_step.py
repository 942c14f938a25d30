"""What to do next, at the end of a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ometria_import.actions.calling.run import Run
from ometria_import.cli.showing.screen import Screen
from ometria_import.config.home import Home
from ometria_import.errors import ExitCode, PackageError

if TYPE_CHECKING:
    from ometria_import.delivery import RunSummary


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next: some words, a command to paste, or both."""

    words: str = ""
    command: str = ""


def show_step(screen: Screen, step: NextStep) -> None:
    """Print a step."""
    screen.next_step(step.words, step.command)


def step_after(run: Run, summary: RunSummary, code: ExitCode) -> NextStep:
    """What to do after a delivery."""
    if isinstance(summary.failure, PackageError):
        return NextStep("push the files again: records that Ometria already has are only updated")
    if summary.failure is not None:
        from ometria_import.delivery import RunHistory

        later = RunHistory.load(Home(run.commands.home)).overtaker(run.folder.id)
        return NextStep(command=run.commands.resume(run.folder.id, is_overtaken=later is not None))
    if summary.has_rejects:
        return _step_about_rejects(run, summary)
    if code is ExitCode.REJECTS:
        return step_of_mending(run)
    if not run.to.is_live:
        return NextStep(
            "look at the staging account in Ometria, and read back what it holds:",
            run.commands.verify(run.folder.id),
        )
    return NextStep(command=run.commands.verify(run.folder.id))


def step_of_mending(run: Run) -> NextStep:
    """What to do about what was rejected while preparing."""
    if not run.has_rejects:
        return NextStep(command=run.commands.command("runs"))
    command = run.push_rejects()
    if not command:
        return NextStep(
            f"fix what {run.prepared_in.rejects} shows in the files that it came from, and push "
            "those again"
        )
    return NextStep(f"fix what is in {run.prepared_in.rejects}, then push those files:", command)


def _step_about_rejects(run: Run, summary: RunSummary) -> NextStep:
    late = summary.late
    if late.unreadable:
        return NextStep(command=run.commands.errors(run.folder.id))
    look = "look into what was refused"
    if summary.unclear or late.missed or late.unread or late.unattributed:
        return NextStep(
            f"{look}; send what could succeed again with:", run.commands.retry(run.folder.id)
        )
    return NextStep(f"{look}, correct the records and push them again:", run.push_rejects())
