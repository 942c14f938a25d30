"""`ometria-import errors`: what an account says now of records that it had accepted."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ometria_import.cli.next_step import Commands
from ometria_import.cli.options import ConfigOption, HomeOption, JsonOption
from ometria_import.cli.screen import FAINT, GOOD, Screen, counted, table_of
from ometria_import.config import Account, AccountName, load_settings
from ometria_import.delivery import (
    FeedEntry,
    Journal,
    KnownError,
    list_runs,
    read_error_list,
    traced_in,
)
from ometria_import.errors import OmetriaImportError
from ometria_import.home import DEFAULT_ROOT, Home, RunFolder
from ometria_import.package import Package

_ORIGINS_SHOWN = 3
_Group = tuple[str, str]
"""Message and path."""


def errors(
    *,
    to: Annotated[
        AccountName, typer.Option("--to", help="The account to look at.")
    ] = AccountName.STAGING,
    home: HomeOption = DEFAULT_ROOT,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what an account says of records after accepting them."""
    screen = Screen(is_json=json)
    account = load_settings(config, os.environ).account(to)
    entries = read_error_list(account)
    run, known = _newest_run(Home(home), account, entries)
    if entries:
        _show(screen, entries, run, known)
        screen.say("")
        step = Commands(home, config)
        screen.say(("Next: ", FAINT), step.show(run.id) if run and known else step.command("runs"))
    else:
        screen.prose((f"The account {to} has no validation errors.", GOOD))
    screen.result(
        {
            "account": to,
            "errors": _as_json(entries, known),
            "run": run.id if run and known else None,
            "exit_code": 0,
        }
    )


def _newest_run(
    home: Home, account: Account, entries: Sequence[FeedEntry]
) -> tuple[RunFolder | None, list[KnownError]]:
    """What the account's newest run explains of the entries; one that is damaged explains none."""
    for run in list_runs(home):
        info = run.info
        if info is None or info.is_dry_run:
            continue
        if (info.account, info.base_url) != (account.name, account.base_url):
            continue
        try:
            with (
                Journal(run.folder.journal, is_read_only=True) as journal,
                Package(info.package_path) as package,
            ):
                return run.folder, traced_in(package, journal, entries)
        except OmetriaImportError:
            return run.folder, []
    return None, []


def _show(
    screen: Screen,
    entries: Sequence[FeedEntry],
    run: RunFolder | None,
    known: Sequence[KnownError],
) -> None:
    places = _places(known)
    rows = [
        (f"{count:,}", message, path, _words(places[message, path]))
        for (message, path), count in _groups(entries).most_common()
    ]
    newest = f"records of run {run.id}" if run else "records"
    screen.show(table_of((">errors", "message", "path", newest), rows))
    screen.say("")
    screen.prose(
        f"{counted(len(entries), 'validation error')} in the account's list, which keeps the last"
        f" 100; {counted(len(known), 'of them is', 'of them are')} of its newest run.",
    )


def _groups(entries: Sequence[FeedEntry]) -> Counter[_Group]:
    return Counter((entry.message, entry.path) for entry in entries)


def _places(known: Sequence[KnownError]) -> defaultdict[_Group, list[str]]:
    places: defaultdict[_Group, list[str]] = defaultdict(list)
    for error in known:
        place = str(error.origin) if error.origin else f"a record of batch {error.batch}"
        places[error.entry.message, error.entry.path].append(place)
    return places


def _words(places: Sequence[str]) -> str:
    more = len(places) - _ORIGINS_SHOWN
    return ", ".join(places[:_ORIGINS_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def _as_json(entries: Sequence[FeedEntry], known: Sequence[KnownError]) -> list[dict[str, Any]]:
    places = _places(known)
    return [
        {"message": message, "path": path, "count": count, "records": places[message, path]}
        for (message, path), count in _groups(entries).most_common()
    ]
