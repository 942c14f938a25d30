"""Delivering a run, the same for `push` and `resume`, and how every run ends on the screen."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta

from ometria_import.cli.showing.delivery_progress import DeliveryProgress
from ometria_import.cli.showing.delivery_view import delivery_json, show_delivery
from ometria_import.cli.showing.next_step import NextStep, show_step
from ometria_import.cli.showing.quiet_view import sum_up_run
from ometria_import.cli.showing.run_view import RunView, SendingView
from ometria_import.cli.showing.screen import FAINT
from ometria_import.config import Account, AccountName
from ometria_import.config.home import Home
from ometria_import.delivery import (
    BatchState,
    DeliveryOptions,
    Event,
    Journal,
    RunLog,
    RunSummary,
    StopSignal,
    account_pause_s,
    overtaking_run,
    push_package,
    stop_on_signals,
    write_outcome_files,
)
from ometria_import.errors import ExitCode, LostOutputError, OmetriaImportError, PackageError
from ometria_import.problems import Problem


def deliver_run(
    view: SendingView, journal: Journal, account: Account, give_up_after: timedelta
) -> ExitCode:
    """Send what a run has left, showing progress, and say how it ended."""
    stop = StopSignal()
    problems: list[Problem] = []

    def write_files() -> None:
        problems[:] = write_outcome_files(view.folder, view.package, journal)

    # To the very end: a signal must not keep us from writing down what became of the run.
    with stop_on_signals(stop):
        with RunLog(view.folder.log) as log, DeliveryProgress(view.screen) as progress:

            def tell(event: Event) -> None:
                log(event)
                progress(event)

            summary = push_package(
                view.package,
                journal,
                account,
                options=DeliveryOptions(
                    give_up_after_s=give_up_after.total_seconds(),
                    pause_s=account_pause_s(Home(view.commands.home), account, time.time()),
                ),
                on_event=tell,
                stop=stop,
                write_files=write_files,
            )
        if summary.failure is not None:
            # What stopped the run is what is told; whoever goes on with it writes them anew.
            with suppress(OmetriaImportError):
                write_files()
        try:
            return end_run(view, summary, is_told_why=bool(problems))
        except LostOutputError as lost:
            code = view.exit_code(summary.exit_code)
            if code is ExitCode.OK:
                raise
            # Why the run stopped, or that not all got in, matters more than lost words about it.
            view.screen.complain(lost)
            return code


def summary_of(journal: Journal) -> RunSummary:
    """What a run came to so far, by its journal."""
    batches, settled = journal.batch_sums()
    requests, retries = journal.request_sums()
    return RunSummary(
        totals=journal.totals(),
        batches=batches,
        batches_settled=settled,
        unclear_batches=tuple(batch.number for batch in journal.batches(BatchState.UNCLEAR)),
        requests=requests,
        retries=retries,
        late=journal.late_sums(),
    )


def end_run(view: RunView, summary: RunSummary, *, is_told_why: bool = False) -> ExitCode:
    """Say how a run ended, where it lives and what to do next; returns the exit code.

    Args:
        view: The run.
        summary: What delivering came to.
        is_told_why: Whether `api-problems.csv` was written.
    """
    screen, run = view.screen, view.folder
    code = view.exit_code(summary.exit_code)
    show_delivery(screen, summary)
    if is_told_why:
        screen.say(("What the API said: ", FAINT), str(run.path / "api-problems.csv"))
    screen.say(("Run:  ", FAINT), f"{run.id} in {run.path}")
    failure: dict[str, str] = {}
    step = _next_step(view, summary, code)
    if code is not ExitCode.OK:
        screen.sum_up(sum_up_run(view, summary, step.command))
    if summary.failure is not None:
        screen.complain(summary.failure)
        failure = {"error": summary.failure.message, "hint": summary.failure.hint}
    show_step(screen, step)
    screen.result(
        {**view.as_json(), **delivery_json(summary), **failure, "exit_code": int(code)},
    )
    return code


def _next_step(view: RunView, summary: RunSummary, code: ExitCode) -> NextStep:
    run = view.folder
    if isinstance(summary.failure, PackageError):
        return NextStep("push the files again: what Ometria has already is only updated")
    if summary.failure is not None:
        later = overtaking_run(Home(view.commands.home), run)
        return NextStep(command=view.commands.resume(run.id, is_overtaken=later is not None))
    if summary.has_rejects:
        return _step_about_rejects(view, summary)
    if code is ExitCode.REJECTS:
        return step_of_mending(view)
    if view.to is AccountName.STAGING:
        return NextStep(
            "look at the staging account in Ometria; if all is well, push the files --to live"
        )
    return NextStep(command=view.commands.show(run.id))


def step_of_mending(view: RunView) -> NextStep:
    """What to do about what was rejected while preparing."""
    if not view.has_rejects:
        return NextStep(command=view.commands.command("runs"))
    command = view.push_rejects()
    if not command:
        return NextStep(
            f"mend what {view.folder.rejects} shows in the files that it came from, and push those "
            "again"
        )
    return NextStep(f"mend what is in {view.folder.rejects}, then push those files:", command)


def _step_about_rejects(view: RunView, summary: RunSummary) -> NextStep:
    run, late = view.folder, summary.late
    if late.unreadable:
        return NextStep(command=view.commands.errors(run.id))
    look = f"look into {run.path / 'api-problems.csv'}"
    if summary.unclear or late.missed or late.unread or late.unattributed:
        return NextStep(f"{look}; what can pass goes again with:", view.commands.retry(run.id))
    return NextStep(f"{look}, mend the records and push them again:", view.push_rejects())
