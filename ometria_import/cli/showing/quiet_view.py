"""The one line that `--quiet` shows when a command ends with anything but 0: a mail of cron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ometria_import.actions.calling.run import Run
from ometria_import.actions.calling.words import counted, visible
from ometria_import.cli.showing.problem_view import warnings_in
from ometria_import.errors import ExitCode

if TYPE_CHECKING:
    # For types only: imported at run time, they would load what few commands need.
    from ometria_import.delivery import OpenRejects, RunSummary
    from ometria_import.prepare import PrepareSummary


def sum_up_check(summary: PrepareSummary) -> str:
    """What a check found."""
    parts = [
        f"{sum(summary.records.values()):,} ready to send",
        f"{summary.rejected:,} rejected",
        *_warnings(summary.problems),
    ]
    return f"check: {', '.join(parts)}; {visible(str(summary.problems_path))}"


def sum_up_run(run: Run, summary: RunSummary, step: str) -> str:
    """The totals of a delivery.

    Args:
        run: The run.
        summary: The totals of the delivery.
        step: The command that goes on with a run that stopped.
    """
    counts = {
        "rejected": run.sums.get("rejected", 0),
        "refused": summary.refused,
        "skipped": summary.skipped,
        "unclear": summary.unclear,
        "still to send": summary.to_send,
    }
    parts = [f"{summary.accepted:,} accepted"]
    parts += [f"{count:,} {words}" for words, count in counts.items() if count]
    # Of a run that stopped, nobody expects to know them yet.
    is_doubtful = summary.failure is None and summary.late.is_doubtful
    parts += _at_ometria(summary.late.errors, is_doubtful=is_doubtful)
    parts += _warnings(run.sums.get("problems", {}))
    if run.before is ExitCode.REJECTS:
        parts.append("and what was left of the run before had rejects")
    why = f": {summary.failure.message}" if summary.failure is not None else ""
    command = (summary.failure and step) or run.commands.show(run.folder.id)
    return f"{run.to}: {', '.join(parts)}{why}; {command}"


def sum_up_unsent(run: Run, reason: str) -> str:
    """Why a run that `show` tells of sent nothing."""
    return f"{run.to}: {reason}; {run.commands.show(run.folder.id)}"


def sum_up_open(to: str, left: OpenRejects, step: str) -> str:
    """What the run left open that a push with nothing to do found."""
    return f"{to}: nothing to do; still open from the last run: {open_words(left)}; {step}"


def open_words(left: OpenRejects) -> str:
    """`12 rejected, 80 errors at Ometria`."""
    counts = {"rejected": left.rejected, "refused": left.refused}
    parts = [f"{count:,} {words}" for words, count in counts.items() if count]
    return ", ".join([*parts, *_at_ometria(left.late_errors, is_doubtful=left.is_doubtful)])


def _at_ometria(errors: int, *, is_doubtful: bool) -> list[str]:
    told = [f"{counted(errors, 'error')} at Ometria"] if errors else []
    return [*told, "not all errors at Ometria known"] if is_doubtful else told


def _warnings(problems: dict[str, Any]) -> list[str]:
    count = warnings_in(problems)
    return [counted(count, "warning")] if count else []
