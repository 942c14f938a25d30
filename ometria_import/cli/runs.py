"""`ometria-import runs` and `show`: which runs there are, and what one came to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ometria_import.cli.delivering import RunView, summary_of
from ometria_import.cli.delivery_view import (
    delivery_json,
    show_late_errors,
    show_requests,
    show_totals,
)
from ometria_import.cli.effects_view import show_effects
from ometria_import.cli.next_step import Commands
from ometria_import.cli.options import EXIT_CODES, HomeOption, JsonOption
from ometria_import.cli.prune import prune
from ometria_import.cli.screen import FAINT, STRONG, Screen, counted, table_of
from ometria_import.config import Account
from ometria_import.delivery import (
    Journal,
    ListedRun,
    RunInfo,
    RunState,
    list_runs,
    load_request,
    mended_records,
)
from ometria_import.errors import UsageError
from ometria_import.home import DEFAULT_ROOT, Home, RunFolder
from ometria_import.package import Package

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
        open_runs = [run for run in found if run.info is not None and _is_open(run.info)]
        step = commands.resume(open_runs[0].folder.id) if open_runs else ""
        screen.say("")
        screen.say(("Next: ", FAINT), step or commands.show(found[0].folder.id))
    else:
        screen.say(f"There are no runs in {home}.")
        screen.say(("Next: ", FAINT), commands.push("FILE"))
    screen.result({"runs": [_run_json(run) for run in found]})


def show(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", help="A run's id, or the beginning of it; without it, the newest run."
        ),
    ] = None,
    *,
    home: HomeOption = DEFAULT_ROOT,
    json: JsonOption = False,
) -> None:
    """Show one run: where it goes, its sums, its files and the next step."""
    screen = Screen(is_json=json)
    commands = Commands(home)
    folder = find_run(Home(home), run, commands)
    with Journal(folder.journal, is_read_only=True) as journal:
        info, summary = journal.info(), summary_of(journal)
    with Package(info.package_path) as package:
        sources = package.sources()
        view = RunView(screen, folder, package, info.account, commands)
        code = None if info.exit_code is None else view.exit_code(info.exit_code)
        about, effects = view.as_json(), view.effects()
    allowed = load_request(folder).allowed
    mended = mended_records(Home(home), folder.id)
    screen.say((folder.id, STRONG), f"  {_state(info)}, to {info.account} ({info.base_url})")
    if info.state is RunState.RUNNING:
        screen.say(("Running: ", FAINT), "or killed; resuming it tells which, and does no harm")
    if info.reason:
        screen.say(("Stopped: ", FAINT), info.reason)
    screen.say(("Begun:   ", FAINT), f"{info.created_at:%Y-%m-%d %H:%M:%S} UTC")
    if info.retry_of:
        screen.say(("Retries: ", FAINT), f"run {info.retry_of}")
    for source in sources:
        rows = f"{source.path}: {source.object_type}, {counted(source.rows, 'row')}"
        screen.say(("Source:  ", FAINT), rows)
    screen.say(
        ("Rejects: ", FAINT),
        f"{about['rejected']:,} rejected, {about['superseded']:,} superseded, "
        f"{about.get('held_back', 0):,} held back while preparing",
    )
    if mended:
        screen.say(("Mended:  ", FAINT), f"{mended:,} of the rejected, and sent since")
    show_effects(screen, effects, info.account, allowed)
    screen.say("")
    show_totals(screen, summary.totals)
    screen.say("")
    if not info.is_dry_run:
        show_requests(screen, summary)
        show_late_errors(screen, summary)
    files = _files(folder, info)
    for name, path in files.items():
        screen.say((f"{name + ':':<10}", FAINT), path)
    if _is_open(info):
        screen.say(("Next:     ", FAINT), commands.resume(folder.id))
    elif summary.late.unreadable:
        screen.say(("Next:     ", FAINT), commands.errors(folder.id))
    screen.result(
        {
            **about,
            **_info_json(folder, info),
            "base_url": info.base_url,
            **delivery_json(summary),
            "mended": mended,
            "allowed": sorted(allowed),
            "files": files,
            "exit_code": code,
        }
    )


def find_run(place: Home, text: str | None, commands: Commands) -> RunFolder:
    """Find a run that has a journal: the newest one, or the one whose id begins with a text.

    Raises:
        UsageError: there is none, several are meant, or the run ended before it had a journal.
    """
    if text is not None:
        folder = place.find_run(text)
        if not folder.journal.exists():
            raise UsageError(
                f"run {folder.id} ended before anything could be sent",
                hint=f"Push its files again. What was found in them: {folder.problems}",
            )
        return folder
    begun = [folder for folder in place.runs() if folder.journal.exists()]
    if not begun:
        raise UsageError(f"there is no run in {place.root}", hint=commands.push("FILE"))
    return begun[0]


def refuse_other_address(info: RunInfo, account: Account) -> None:
    """Stop where a finished run went to another address than the account has now.

    Raises:
        UsageError: it did.
    """
    if info.base_url != account.base_url:
        raise UsageError(
            f"run {info.run_id} went to {info.base_url}; base_url is {account.base_url} now",
            hint="Put the old base_url back, or push the files as a new run.",
        )


def _row(run: ListedRun) -> tuple[str, ...]:
    if run.info is None:
        words = run.damage.message if run.damage else "damaged"
        return (run.folder.id, "", words, "", "", "")
    about = (run.folder.id, str(run.info.account), _state(run.info))
    records = f"{sum(total.records for total in run.totals):,}"
    if run.info.is_dry_run:
        return (*about, records, "", "")
    accepted = f"{sum(total.accepted for total in run.totals):,}"
    return (*about, records, accepted, f"{sum(total.to_send for total in run.totals):,}")


def _is_open(info: RunInfo) -> bool:
    return not (info.is_finished or info.is_dry_run)


def _state(info: RunInfo) -> str:
    if info.is_dry_run:
        return "dry run"
    # A run that was killed is called running for ever: only its account's lock would know.
    return "running?" if info.state is RunState.RUNNING else str(info.state)


def _run_json(run: ListedRun) -> dict[str, Any]:
    if run.info is None:
        return {"run": run.folder.id, "error": run.damage.message if run.damage else "damaged"}
    return {
        **_info_json(run.folder, run.info),
        "records": sum(total.records for total in run.totals),
        "accepted": sum(total.accepted for total in run.totals),
        "refused": sum(total.refused for total in run.totals),
        "to_send": sum(total.to_send for total in run.totals),
    }


def _info_json(folder: RunFolder, info: RunInfo) -> dict[str, Any]:
    return {
        "run": folder.id,
        "account": info.account,
        "state": info.state,
        "dry_run": info.is_dry_run,
        "created_at": info.created_at.isoformat(),
        "retry_of": info.retry_of or None,
    }


def _files(folder: RunFolder, info: RunInfo) -> dict[str, str]:
    """The files of a run that exist, by what they are."""
    named = {
        "package": info.package_path,
        "problems": folder.problems,
        "rejects": folder.rejects,
        "refused": folder.path / "api-problems.csv",
        "log": folder.log,
        "bodies": folder.path / "bodies",
    }
    return {name: str(path) for name, path in named.items() if path.exists()}
