"""`ometria-import errors`: what an account says now of records that it had accepted."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ometria_import.cli.asking.flags import TrustFlags, with_flags
from ometria_import.cli.asking.options import ConfigOption, HomeOption, JsonOption
from ometria_import.cli.asking.trusting import trust_of, trusted_account
from ometria_import.cli.errors_of_run import add_to_run
from ometria_import.cli.showing.next_step import Commands
from ometria_import.cli.showing.screen import FAINT, GOOD, Screen, counted, table_of
from ometria_import.config import Account, AccountName, load_settings
from ometria_import.config.home import DEFAULT_ROOT, Home
from ometria_import.delivery import (
    FeedEntry,
    Journal,
    KnownError,
    ListedRun,
    list_runs,
    read_error_list,
    traced_in,
)
from ometria_import.errors import OmetriaImportError, UsageError
from ometria_import.package import Package

_ORIGINS_SHOWN = 3
_Group = tuple[str, str]
"""Message and path."""


@with_flags
def errors(
    *,
    to: Annotated[
        AccountName | None,
        typer.Option("--to", help="The account to look at; staging unless you say so."),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="A finished run's id, or the beginning of it: what the list says of its records"
            " now is added to the run and its reject files.",
        ),
    ] = None,
    home: HomeOption = DEFAULT_ROOT,
    trust: TrustFlags,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show what an account says of records after accepting them."""
    screen = Screen(is_json=json)
    settings, commands = load_settings(config, os.environ), Commands(home, config, trust.words())
    if run is not None:
        if to is not None:
            raise UsageError(
                "--run and --to are said at once", hint="A run knows its account: leave out --to."
            )
        raise typer.Exit(add_to_run(screen, settings, run, trust_of(trust), commands))
    account = trusted_account(screen, settings, to or AccountName.STAGING, trust_of(trust))
    entries = read_error_list(account)
    newest, known = _newest_run(Home(home), account, entries)
    found = newest.folder.id if newest and known else None
    if entries:
        _show(screen, entries, newest, known)
        screen.say("")
        step = _next_step(newest, commands) if newest and known else commands.command("runs")
        screen.say(("Next: ", FAINT), step)
    else:
        screen.prose((f"The account {account.name} has no validation errors.", GOOD))
    screen.result(
        {
            "account": account.name,
            "errors": _as_json(entries, known),
            "run": found,
            "exit_code": 0,
        }
    )


def _newest_run(
    home: Home, account: Account, entries: Sequence[FeedEntry]
) -> tuple[ListedRun | None, list[KnownError]]:
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
                return run, traced_in(package, journal, entries)
        except OmetriaImportError:
            return run, []
    return None, []


def _next_step(run: ListedRun, commands: Commands) -> str:
    is_over = run.info is not None and run.info.is_finished
    return commands.errors(run.folder.id) if is_over else commands.show(run.folder.id)


def _show(
    screen: Screen,
    entries: Sequence[FeedEntry],
    run: ListedRun | None,
    known: Sequence[KnownError],
) -> None:
    places = _places(known)
    rows = [
        (f"{count:,}", message, path, _words(places[message, path]))
        for (message, path), count in _groups(entries).most_common()
    ]
    newest = f"records of run {run.folder.id}" if run else "records"
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
