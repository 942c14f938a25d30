"""Delivering a run, the same for `push` and `resume`."""

from __future__ import annotations

from typing import Any

from ometria_import.cli.delivery_progress import DeliveryProgress
from ometria_import.cli.delivery_view import delivery_json, show_delivery
from ometria_import.cli.screen import ERROR, FAINT, STRONG, Screen
from ometria_import.config import Account
from ometria_import.delivery import (
    DeliveryOptions,
    Event,
    Journal,
    RunLog,
    RunSummary,
    StopSignal,
    push_package,
    stop_on_signals,
    write_outcome_files,
)
from ometria_import.errors import ExitCode
from ometria_import.home import RunFolder
from ometria_import.package import Package


def deliver_run(
    screen: Screen,
    run: RunFolder,
    package: Package,
    journal: Journal,
    account: Account,
    *,
    give_up_after_s: float,
) -> RunSummary:
    """Send what a run has left, showing progress, and write what the API refused."""
    stop = StopSignal()
    with RunLog(run.log) as log, DeliveryProgress(screen) as progress, stop_on_signals(stop):

        def tell(event: Event) -> None:
            log(event)
            progress(event)

        summary = push_package(
            package,
            journal,
            account,
            options=DeliveryOptions(give_up_after_s=give_up_after_s),
            on_event=tell,
            stop=stop,
        )
    problems = write_outcome_files(run, package, journal)
    show_delivery(screen, summary)
    if problems:
        screen.say(("What the API said: ", FAINT), str(run.path / "api-problems.csv"))
    return summary


def end_run(
    screen: Screen, run: RunFolder, package: Package, summary: RunSummary, *, to: str
) -> ExitCode:
    """Say how a run ended, where it lives and what to do next; returns the exit code."""
    code = summary.exit_code
    if code is ExitCode.OK and package.sums.get("rejected"):
        code = ExitCode.REJECTS
    screen.say(("Run:  ", FAINT), f"{run.id} in {run.path}")
    next_step = f"ometria-import show {run.id}"
    if summary.failure is not None:
        screen.err.print("error:", style=ERROR, end=" ")
        screen.err.print(summary.failure.message, markup=False)
        if summary.failure.hint:
            screen.err.print("hint:", style=STRONG, end=" ")
            screen.err.print(summary.failure.hint, markup=False)
        next_step = f"ometria-import resume {run.id}"
    elif code is ExitCode.OK and to == "staging":
        next_step = "check the staging account in Ometria, then push the same files --to live"
    elif code is ExitCode.REJECTS:
        next_step = f"mend the rejects in {run.rejects}, then push them"
    screen.say(("Next: ", FAINT), next_step)
    failure: dict[str, Any] = {}
    if summary.failure is not None:
        failure = {"error": summary.failure.message, "hint": summary.failure.hint}
    screen.result(
        {
            "run": run.id,
            "account": to,
            **package.sums,
            **delivery_json(summary),
            **failure,
            "exit_code": int(code),
        }
    )
    return code
