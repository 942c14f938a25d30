"""`ometria-import runs`: which runs there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from ometria_import.cli.asking.options import EXIT_CODES, HomeOption, JsonOption
from ometria_import.cli.commands.prune import prune
from ometria_import.cli.one_run import commands_of, info_json, is_open, seconds_of, state_of
from ometria_import.cli.showing.next_step import Commands
from ometria_import.cli.showing.screen import FAINT, Screen, duration, styled, table_of
from ometria_import.config.home import DEFAULT_ROOT, Home, RunId
from ometria_import.delivery import ListedRun, RunState, list_runs, overtaker
from ometria_import.errors import UsageError

runs = typer.Typer()
runs.command("prune", epilog=EXIT_CODES)(prune)


_GAP = "  "
_COLUMNS = MappingProxyType(
    {
        "run": "run",
        "account": "account",
        "state": "state",
        "started": "started (UTC)",
        "took": ">took",
        "records": ">records",
        "accepted": ">accepted",
        "rejected": ">rejected",
        "refused": ">refused",
        "late errors": ">late errors",
        "to send": ">to send",
        "exit": ">exit code",
    }
)


@runs.callback(invoke_without_command=True)
def list_all(
    context: typer.Context, *, home: HomeOption = DEFAULT_ROOT, json: JsonOption = False
) -> None:
    """List the runs, newest first; `runs prune` removes old ones."""
    if context.invoked_subcommand is not None:
        if json or home != DEFAULT_ROOT:
            name = context.invoked_subcommand
            raise UsageError(
                f"--home and --json of {name} stand behind it",
                hint=f"Say it like: ometria-import runs {name} --home {home}",
            )
        return
    screen = Screen(is_json=json)
    commands = Commands(home)
    found = list_runs(Home(home))
    overtaken = _overtaken(found)
    if found:
        rows = [_row(run, overtaken.get(run.folder.id)) for run in found]
        screen.show(_table(rows, screen.out.width))
        open_runs = [
            run
            for run in found
            if run.info is not None and is_open(run.info) and run.folder.id not in overtaken
        ]
        folder = (open_runs or found)[0].folder
        step = commands_of(home, folder).resume if open_runs else commands.show
        screen.say("")
        screen.say(("Next: ", FAINT), step(folder.id))
    else:
        screen.say(f"There are no runs in {home}.")
        screen.say(("Next: ", FAINT), commands.push("FILE"))
    screen.result({"runs": [_run_json(run, overtaken) for run in found]})


def _overtaken(runs: Sequence[ListedRun]) -> dict[RunId, RunId]:
    """The unfinished runs that may no longer be gone on with, each with the later run."""
    found = {}
    for run in runs:
        if run.info is not None and is_open(run.info) and (later := overtaker(run, runs)):
            found[run.folder.id] = later.folder.id
    return found


def _table(rows: Sequence[Mapping[str, str]], width: int) -> Table:
    """A line for each run; the columns that all runs leave empty are left out."""
    names = [name for name in _COLUMNS if any(row.get(name) for row in rows)]
    longest = (
        max(len(_COLUMNS[name]), *(len(row.get(name, "")) for row in rows)) for name in names
    )
    if sum(longest) + len(_GAP) * len(names) > width:
        return _narrow_table(rows)
    return table_of(
        [_COLUMNS[name] for name in names], [[row.get(name, "") for name in names] for row in rows]
    )


def _narrow_table(rows: Sequence[Mapping[str, str]]) -> Table:
    """Two lines for each run, so that its id stands in one piece in 80 columns, too."""
    titles = ("run", ">records", ">accepted", ">rejected", ">late", ">exit")
    names = ("records", "accepted", "rejected", "late errors", "exit")
    cells: list[tuple[str | Text, ...]] = []
    for row in rows:
        rare = (f"{row[name]} {name}" for name in ("refused", "to send") if name in row)
        words = (row.get("state", ""), row.get("started", ""), row.get("took", ""), *rare)
        about = ", ".join(word for word in words if word)
        first = styled(row["run"], (f"\n  {about}", FAINT))
        cells.append((first, *(row.get(name, "") for name in names)))
    return table_of(titles, cells)


def _row(run: ListedRun, later: RunId | None) -> dict[str, str]:
    info = run.info
    if info is None:
        return {"run": run.folder.id, "state": run.damage.message if run.damage else "damaged"}
    is_over = info.state is not RunState.RUNNING
    told = {
        "run": run.folder.id,
        "account": str(info.account),
        "state": state_of(info) + (f", overtaken by {later}" if later else ""),
        "started": f"{info.created_at:%Y-%m-%d %H:%M}",
        "took": duration(seconds_of(info)) if is_over else "",
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


def _sum(run: ListedRun, name: str) -> int:
    return sum(int(getattr(total, name)) for total in run.totals)


def _run_json(run: ListedRun, overtaken: Mapping[RunId, RunId]) -> dict[str, Any]:
    if run.info is None:
        return {"run": run.folder.id, "error": run.damage.message if run.damage else "damaged"}
    return {
        **info_json(run.folder, run.info),
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
