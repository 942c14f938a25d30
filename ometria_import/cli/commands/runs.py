"""`ometria-import runs`: which runs there are; `runs prune` removes what old ones left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any

import typer

from ometria_import.actions.calling.run import commands_of
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.calling.words import counted, local_moment
from ometria_import.cli.asking.durations import parse_age
from ometria_import.cli.asking.flags import WorkingScreen, screen_of, with_flags
from ometria_import.cli.asking.options import HomeOption, JsonLinesOption, JsonOption
from ometria_import.cli.showing.layout import Table
from ometria_import.cli.showing.run_facts import info_json, seconds_of, state_of
from ometria_import.cli.showing.screen import FAINT, duration, table_of
from ometria_import.config.home import DEFAULT_ROOT, Home, RunId
from ometria_import.delivery import (
    ListedRun,
    Pruned,
    RunHistory,
    RunInfo,
    load_request,
    prune_runs,
)
from ometria_import.errors import UsageError
from ometria_import.options.reading_options import duration_text

runs = typer.Typer()

_NAMES_SHOWN = 20
_COLUMNS = MappingProxyType(
    {
        "run": "run",
        "account": "account",
        "state": "state",
        "started": "started",
        "took": "took",
        "records": ">records",
        "accepted": ">accepted",
        "rejected": ">rejected",
        "refused": ">refused",
        "late errors": ">late",
        "to send": ">to send",
        "exit": ">exit",
    }
)


@runs.callback(invoke_without_command=True)
def list_all(
    context: typer.Context,
    *,
    home: HomeOption = DEFAULT_ROOT,
    json: JsonOption = False,
    json_lines: JsonLinesOption = False,
) -> None:
    """List the runs, newest first; `runs prune` removes old ones."""
    if context.invoked_subcommand is not None:
        if json or json_lines or home != DEFAULT_ROOT:
            name = context.invoked_subcommand
            raise UsageError(
                f"--home, --json and --json-lines must come after {name}",
                hint=f"For example: ometria-import runs {name} --home {home}",
            )
        return
    screen = screen_of({"json": json, "json_lines": json_lines}, context)
    commands = Commands(home)
    history = RunHistory.load(Home(home))
    found, overtaken = history.runs, _overtaken(history)
    if found:
        rows = [_row(run, overtaken.get(run.folder.id)) for run in found]
        screen.show(_table(rows))
        open_runs = [
            run
            for run in found
            if run.is_open and not run.is_running and run.folder.id not in overtaken
        ]
        folder = (open_runs or found)[0].folder
        step = commands_of(home, folder).resume if open_runs else commands.show
        screen.say("")
        screen.next_step(command=step(folder.id))
    else:
        screen.prose(f"There are no runs in {home}.")
        screen.next_step(command=commands.push("FILE"))
    screen.result({"runs": [_run_json(run, overtaken) for run in found]})


def _overtaken(history: RunHistory) -> dict[RunId, RunId]:
    """The unfinished runs that may no longer be resumed, each with the later run."""
    found = {}
    for run in history.runs:
        if run.is_open and (later := history.overtaker(run.folder.id)):
            found[run.folder.id] = later.folder.id
    return found


def _table(rows: Sequence[Mapping[str, str]]) -> Table:
    """Which runs there are; the columns that all runs leave empty are left out."""
    return table_of(
        [*_COLUMNS.values()], [[row.get(name, "") for name in _COLUMNS] for row in rows]
    )


def _row(run: ListedRun, later: RunId | None) -> dict[str, str]:
    info = run.info
    if info is None:
        return {"run": run.folder.id, "state": run.damage.message if run.damage else "damaged"}
    told = {
        "run": run.folder.id,
        "account": str(info.account),
        "state": _state_words(run, info, later),
        "started": local_moment(info.created_at),
        "took": "" if run.is_running else duration(seconds_of(info)),
        "records": f"{_sum(run, 'records'):,}",
        "rejected": f"{run.rejected:,}",
        "exit": "" if run.exit_code is None else str(int(run.exit_code)),
    }
    if info.is_dry_run:
        return told
    rare = {"refused": _sum(run, "refused"), "to send": _sum(run, "to_send")}
    return {
        **told,
        "accepted": f"{_sum(run, 'accepted'):,}",
        "late errors": f"{run.late.errors:,}",
        **{name: f"{count:,}" for name, count in rare.items() if count},
    }


def _state_words(run: ListedRun, info: RunInfo, later: RunId | None) -> str:
    request = load_request(run.folder)
    promotes = request.promotes
    words = (
        state_of(info, run.waits_until),
        "pseudonymised" if request.is_pseudonymised else "",
        f"promotes {promotes}" if promotes else "",
        f"overtaken by {later}" if later else "",
    )
    return ", ".join(filter(None, words))


def _sum(run: ListedRun, name: str) -> int:
    return sum(int(getattr(total, name)) for total in run.totals)


def _run_json(run: ListedRun, overtaken: Mapping[RunId, RunId]) -> dict[str, Any]:
    if run.info is None:
        return {"run": run.folder.id, "error": run.damage.message if run.damage else "damaged"}
    return {
        **info_json(run.folder, run.info, run.waits_until),
        "reason": run.info.reason,
        "overtaken_by": overtaken.get(run.folder.id),
        "records": _sum(run, "records"),
        "accepted": _sum(run, "accepted"),
        "rejected": run.rejected,
        "refused": _sum(run, "refused"),
        "rejected_later": _sum(run, "rejected_later"),
        "late_errors": run.late.errors,
        "to_send": _sum(run, "to_send"),
        "exit_code": run.exit_code,
    }


@runs.command("prune")
@with_flags
def prune(
    *,
    keep: Annotated[
        timedelta,
        typer.Option(
            "--keep",
            metavar="DURATION",
            parser=parse_age,
            help="Keep everything younger than this, such as 30d or 12h.",
            show_default="30d",
        ),
    ] = timedelta(days=30),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be removed.")
    ] = False,
    home: HomeOption = DEFAULT_ROOT,
    screen: WorkingScreen,
) -> None:
    """Remove old finished runs, checks and verifications, and packages that no run needs.

    Unfinished runs are kept, and so is everything that belongs to an account that a run is using.
    """
    pruned = prune_runs(Home(home), keep, datetime.now(UTC), is_dry_run=dry_run)
    for what, names in (
        ("run", pruned.runs),
        ("check", pruned.checks),
        ("verification", pruned.verifications),
    ):
        for name in names[:_NAMES_SHOWN]:
            screen.prose((f"{what} ", FAINT), name)
        if len(names) > _NAMES_SHOWN:
            screen.prose((f"and {counted(len(names) - _NAMES_SHOWN, f'more {what}')}", FAINT))
    for name, reason in pruned.kept.items():
        screen.prose((f"kept {name}: ", FAINT), reason)
    screen.prose(_sum_of_pruned(pruned, keep, is_dry_run=dry_run))
    screen.result({**asdict(pruned), "dry_run": dry_run, "exit_code": 0})


def _sum_of_pruned(pruned: Pruned, keep: timedelta, *, is_dry_run: bool) -> str:
    parts = (
        counted(len(pruned.runs), "run"),
        counted(len(pruned.checks), "check"),
        *([counted(len(pruned.verifications), "verification")] if pruned.verifications else []),
        counted(len(pruned.packages), "package"),
    )
    verb, freed = ("Would remove", "frees") if is_dry_run else ("Removed", "freed")
    megabytes = pruned.freed_bytes / 1_000_000
    return (
        f"{verb} {', '.join(parts)} older than {duration_text(keep)};"
        f" that {freed} {megabytes:,.1f} MB."
    )
