"""`ometria-import show`: the totals of one run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ometria_import.actions.calling.run import (
    Run,
    commands_of,
    find_run,
    later_words,
    package_to_show,
)
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.calling.words import counted, local_moment
from ometria_import.cli.asking.flags import TellingScreen, with_flags
from ometria_import.cli.asking.options import HomeOption
from ometria_import.cli.showing.delivery_view import (
    delivery_json,
    show_effects,
    show_late_errors,
    show_requests,
    show_totals,
)
from ometria_import.cli.showing.next_step import NextStep, show_step, step_after, step_of_mending
from ometria_import.cli.showing.run_facts import (
    info_json,
    is_open,
    requests_per_s,
    revenue_in,
    show_revenue,
    show_times,
    state_of,
)
from ometria_import.cli.showing.screen import ERROR, STRONG, Screen, linked
from ometria_import.config.home import DEFAULT_ROOT, Home, RunFolder
from ometria_import.delivery import (
    Journal,
    ListedRun,
    RunHistory,
    RunInfo,
    RunState,
    RunSummary,
    info_of,
    load_request,
    summary_of,
)
from ometria_import.errors import ExitCode
from ometria_import.reporting import PAGE
from ometria_import.verification import newest_verification

if TYPE_CHECKING:
    from ometria_import.actions.results.results import WrittenResults


@with_flags
def show(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", help="A run's id, or the beginning of it; default: the newest run."
        ),
    ] = None,
    *,
    results: Annotated[
        Path | None,
        typer.Option(
            "--results",
            metavar="FILE",
            help="Also write a CSV with one line for each row of the run's files: what became of "
            "it, and in which batch and request it was sent.",
            show_default=False,
        ),
    ] = None,
    home: HomeOption = DEFAULT_ROOT,
    screen: TellingScreen,
) -> None:
    """Show one run: its account, totals, files and next step."""
    folder = find_run(Home(home), run, Commands(home))
    written = None if results is None else _write_results(Home(home), folder, results)
    with Journal(folder.journal, is_read_only=True) as journal:
        info, summary, hours = info_of(journal, folder), summary_of(journal), journal.hours()
    history = RunHistory.load(Home(home))
    waits_until = hours.until if info.state is RunState.RUNNING else ""
    summary = replace(summary, between=hours.between)
    resubmitted = history.resubmitted(folder.id)
    with package_to_show(info.package_path) as package:
        told_run = Run(folder, package, info.account, commands_of(home, folder))
        later = history.overtaker(folder.id) if is_open(info) else None
        _show_beginning(screen, told_run, info, waits_until)
        if later is not None:
            words = later_words(later, history.types_to_send(folder.id))
            screen.fact("Overtaken", f"{words} since")
        _show_delivery(screen, info, summary)
        show_times(screen, info, summary)
        promoted_by = history.promotions_of(folder.id)
        for live_run in promoted_by:
            screen.fact("Promoted", f"by run {live_run}")
        verified = newest_verification(Home(home), folder.id)
        if verified is not None:
            screen.fact("Verified", f"{local_moment(verified.ended_at)}. {verified.sentence}")
        _show_preparation(screen, told_run, resubmitted)
        revenue = revenue_in(told_run)
        show_revenue(screen, revenue)
        allowed = load_request(folder).allowed
        show_effects(screen, told_run.effects(), info.account, allowed)
        files = _files(folder, info)
        for name, path in files.items():
            screen.fact(name.title(), linked(path))
        if written is not None:
            _show_results(screen, written)
        if info.state is not RunState.RUNNING:
            show_step(screen, _next_step(told_run, info, summary, later))
        code = info.exit_code
        screen.result(
            {
                **told_run.as_json(),
                **info_json(folder, info, waits_until),
                "overtaken_by": later.folder.id if later else None,
                "promoted_by": promoted_by,
                "verified": verified.verification if verified else None,
                "base_url": info.base_url,
                **delivery_json(summary),
                "requests_per_s": requests_per_s(info, summary),
                "revenue": {currency: each.as_json() for currency, each in revenue.items()},
                "mended": resubmitted,
                "allowed": sorted(allowed),
                "files": {name: str(path) for name, path in files.items()},
                "results": None if written is None else written.as_json(),
                "exit_code": None if code is None else told_run.exit_code(code),
            }
        )


def _write_results(home: Home, folder: RunFolder, path: Path) -> WrittenResults:
    # Here and not above: it takes a second that no other use of the command needs to pay for.
    from ometria_import.actions.results.results import write_results

    return write_results(home, folder.id, path)


def _show_results(screen: Screen, written: WrittenResults) -> None:
    screen.fact("Results", linked(written.path))
    counts = ", ".join(
        f"{count:,} {verdict.replace('_', ' ')}" for verdict, count in written.verdicts.items()
    )
    screen.fact("Rows", f"{written.rows:,}: {counts}")


def _show_beginning(screen: Screen, run: Run, info: RunInfo, waits_until: str) -> None:
    where = f"to {info.account} ({info.base_url})"
    screen.prose((run.folder.id, STRONG), f"  {state_of(info, waits_until)}, {where}")
    if info.reason:
        screen.fact("Stopped", info.reason)
    if run.damage:
        screen.fact("Package", (run.damage.message, ERROR))
    if info.retry_of:
        screen.fact("Retries", f"run {info.retry_of}")
    if run.is_pseudonymised:
        screen.fact("People", "pseudonymised: fakes stand for all of them")
    if run.promotes:
        screen.fact("Promotes", f"run {run.promotes}")


def _show_preparation(screen: Screen, run: Run, resubmitted: int) -> None:
    sums = run.sums
    for source in run.sources():
        rows = f"{source.path}: {source.object_type}, {counted(source.rows, 'row')}"
        screen.fact("Source", rows)
    if sums:
        counts = {
            "superseded": sums["superseded"],
            "merged": sums.get("merged", 0),
            "held back": sums.get("held_back", 0),
        }
        parts = [f"{sums['rejected']:,} rejected"]
        parts += [f"{count:,} {words}" for words, count in counts.items() if count]
        screen.fact("Prepared", ", ".join(parts))
    if resubmitted:
        screen.fact("Mended", f"{resubmitted:,} of the rejected records, and sent since")


def _show_delivery(screen: Screen, info: RunInfo, summary: RunSummary) -> None:
    screen.say("")
    show_totals(screen, summary.totals, summary.late)
    screen.say("")
    if not info.is_dry_run:
        show_requests(screen, summary)
        show_late_errors(screen, summary)
        screen.say("")


def _next_step(run: Run, info: RunInfo, summary: RunSummary, later: ListedRun | None) -> NextStep:
    run_id = run.folder.id
    if info.is_unsent:
        return step_of_mending(run)
    if info.is_dry_run:
        return NextStep(f"push the files without --dry-run, to send them to {info.account}")
    if not is_open(info):
        code = info.exit_code
        return step_after(run, summary, run.exit_code(ExitCode.OK if code is None else code))
    if run.damage:
        return NextStep(run.damage.hint)
    if later is not None:
        words = "push the files as they are now; or, to send what is left anyway:"
        return NextStep(words, run.commands.resume(run_id, is_overtaken=True))
    return NextStep(command=run.commands.resume(run_id))


def _files(folder: RunFolder, info: RunInfo) -> dict[str, Path]:
    """The files of a run that exist, by what they are."""
    named = {
        "package": info.package_path,
        "problems": folder.problems,
        "rejects": folder.rejects,
        "refused": folder.path / "api-problems.csv",
        "log": folder.log,
        "report": folder.path / PAGE,
        "bodies": folder.path / "bodies",
    }
    return {name: path for name, path in named.items() if path.exists()}
