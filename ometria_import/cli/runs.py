"""`ometria-import runs` and `show`: which runs there are, and what one came to."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ometria_import.cli.delivery_view import show_totals
from ometria_import.cli.options import HomeOption, JsonOption
from ometria_import.cli.screen import FAINT, STRONG, Screen, counted, table_of
from ometria_import.delivery import Journal, ListedRun, RunInfo, TypeTotals, list_runs
from ometria_import.home import DEFAULT_ROOT, Home, RunFolder
from ometria_import.package import Package


def runs(*, home: HomeOption = DEFAULT_ROOT, json: JsonOption = False) -> None:
    """List the runs, newest first."""
    screen = Screen(is_json=json)
    found = list_runs(Home(home))
    if found:
        columns = ("run", "account", "state", ">records", ">accepted", ">to send", "begun")
        screen.show(table_of(columns, [_row(run) for run in found]))
    else:
        screen.say(f"There are no runs in {home}.")
        screen.say(("Next: ", FAINT), "ometria-import push FILES --to staging")
    screen.result({"runs": [_run_json(run) for run in found]})


def show(
    run: Annotated[str, typer.Argument(help="A run's id, or the beginning of it.")],
    *,
    home: HomeOption = DEFAULT_ROOT,
    json: JsonOption = False,
) -> None:
    """Show one run: where it goes, its sums, its files and the next step."""
    screen = Screen(is_json=json)
    folder = Home(home).find_run(run)
    with Journal(folder.journal, is_read_only=True) as journal:
        info, totals = journal.info(), journal.totals()
        requests, retries = journal.request_sums()
        batches, settled = journal.batch_sums()
    with Package(info.package_path) as package:
        sums, sources = package.sums, package.sources()
    screen.say((folder.id, STRONG), f"  {_state(info)} on {info.account} ({info.base_url})")
    if info.reason:
        screen.say(("Stopped: ", FAINT), info.reason)
    screen.say(("Begun:   ", FAINT), f"{info.created_at:%Y-%m-%d %H:%M:%S} UTC")
    screen.say(("Package: ", FAINT), str(info.package_path))
    for source in sources:
        rows = f"{source.path}: {source.object_type}, {counted(source.rows, 'row')}"
        screen.say(("Source:  ", FAINT), rows)
    screen.say(
        ("Rejects: ", FAINT),
        f"{sums['rejected']:,} records and rows rejected, {sums['superseded']:,} superseded",
    )
    screen.say("")
    show_totals(screen, totals)
    screen.say(
        "\n",
        f"{requests:,} requests, {retries:,} of them retries;"
        f" {settled:,} of {batches:,} batches settled",
    )
    for name, path in _files(folder).items():
        screen.say((f"{name}: ", FAINT), path)
    if not info.is_finished and not info.is_dry_run:
        screen.say(("Next: ", FAINT), f"ometria-import resume {folder.id}")
    screen.result(
        {
            **_info_json(folder, info, totals),
            "package": str(info.package_path),
            "base_url": info.base_url,
            **sums,
            "batches": batches,
            "batches_settled": settled,
            "requests": requests,
            "retries": retries,
            "files": _files(folder),
        }
    )


def _row(run: ListedRun) -> tuple[str, ...]:
    if run.info is None:
        words = run.damage.message if run.damage else "damaged"
        return (run.folder.id, "", words, "", "", "", "")
    return (
        run.folder.id,
        str(run.info.account),
        _state(run.info),
        f"{sum(total.records for total in run.totals):,}",
        f"{sum(total.accepted for total in run.totals):,}",
        f"{sum(total.to_send for total in run.totals):,}",
        f"{run.info.created_at:%Y-%m-%d %H:%M}",
    )


def _state(info: RunInfo) -> str:
    return f"dry run, {info.state}" if info.is_dry_run else str(info.state)


def _run_json(run: ListedRun) -> dict[str, Any]:
    if run.info is None:
        return {"run": run.folder.id, "error": run.damage.message if run.damage else "damaged"}
    return _info_json(run.folder, run.info, run.totals)


def _info_json(folder: RunFolder, info: RunInfo, totals: tuple[TypeTotals, ...]) -> dict[str, Any]:
    return {
        "run": folder.id,
        "account": info.account,
        "state": info.state,
        "dry_run": info.is_dry_run,
        "created_at": info.created_at.isoformat(),
        "exit_code": info.exit_code,
        "accepted": sum(total.accepted for total in totals),
        "refused": sum(total.refused for total in totals),
        "to_send": sum(total.to_send for total in totals),
    }


def _files(folder: RunFolder) -> dict[str, str]:
    """The files of a run that exist, by what they are."""
    named = {
        "problems": folder.problems,
        "rejects": folder.rejects,
        "log": folder.log,
        "bodies": folder.path / "bodies",
    }
    return {name: str(path) for name, path in named.items() if path.exists()}
