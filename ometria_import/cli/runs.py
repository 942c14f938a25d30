"""`ometria-import runs`: which runs there are."""

from __future__ import annotations

from typing import Any

import typer

from ometria_import.cli.next_step import Commands
from ometria_import.cli.one_run import commands_of, info_json, is_open, state_of
from ometria_import.cli.options import EXIT_CODES, HomeOption, JsonOption
from ometria_import.cli.prune import prune
from ometria_import.cli.screen import FAINT, Screen, table_of
from ometria_import.delivery import ListedRun, list_runs
from ometria_import.errors import UsageError
from ometria_import.home import DEFAULT_ROOT, Home

runs = typer.Typer()
runs.command("prune", epilog=EXIT_CODES)(prune)


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
    if found:
        columns = ("run", "account", "state", ">records", ">accepted", ">to send")
        screen.show(table_of(columns, [_row(run) for run in found]))
        open_runs = [run for run in found if run.info is not None and is_open(run.info)]
        folder = (open_runs or found)[0].folder
        step = commands_of(home, folder).resume if open_runs else commands.show
        screen.say("")
        screen.say(("Next: ", FAINT), step(folder.id))
    else:
        screen.say(f"There are no runs in {home}.")
        screen.say(("Next: ", FAINT), commands.push("FILE"))
    screen.result({"runs": [_run_json(run) for run in found]})


def _row(run: ListedRun) -> tuple[str, ...]:
    if run.info is None:
        words = run.damage.message if run.damage else "damaged"
        return (run.folder.id, "", words, "", "", "")
    about = (run.folder.id, str(run.info.account), state_of(run.info))
    records = f"{sum(total.records for total in run.totals):,}"
    if run.info.is_dry_run:
        return (*about, records, "", "")
    accepted = f"{sum(total.accepted for total in run.totals):,}"
    return (*about, records, accepted, f"{sum(total.to_send for total in run.totals):,}")


def _run_json(run: ListedRun) -> dict[str, Any]:
    if run.info is None:
        return {"run": run.folder.id, "error": run.damage.message if run.damage else "damaged"}
    return {
        **info_json(run.folder, run.info),
        "records": sum(total.records for total in run.totals),
        "accepted": sum(total.accepted for total in run.totals),
        "refused": sum(total.refused for total in run.totals),
        "to_send": sum(total.to_send for total in run.totals),
    }
