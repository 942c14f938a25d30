"""`ometria-import errors`: what an account says now of records that it had accepted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.calling.words import counted
from ometria_import.actions.errors import AccountErrors, add_errors, list_errors
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, with_flags
from ometria_import.cli.asking.options import JsonOption
from ometria_import.cli.showing.screen import FAINT, GOOD, Screen, table_of
from ometria_import.config import AccountName
from ometria_import.delivery import FeedEntry, KnownError, ListedRun
from ometria_import.errors import UsageError

_ORIGINS_SHOWN = 3
_Group = tuple[str, str]
"""Message and path."""


@with_flags
def errors(
    *,
    to: Annotated[
        AccountName | None,
        typer.Option("--to", help="The account to read; default: staging."),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="A finished run's id, or the beginning of it. What the list now says about "
            "its records is added to the run and its reject files.",
        ),
    ] = None,
    place: PlaceFlags,
    json: JsonOption = False,
) -> None:
    """Show the errors that an account reported after accepting records."""
    screen = Screen(is_json=json)
    with attending(screen, place) as context:
        if run is None:
            found = list_errors(to or AccountName.STAGING, context)
        elif to is None:
            raise typer.Exit(add_errors(run, context).exit_code)
        else:
            raise UsageError(
                "--run and --to cannot be used together",
                hint="Leave out --to: the run already names its account.",
            )
    newest = found.newest if found.known else None
    if found.entries:
        _show(screen, found)
        screen.say("")
        commands = context.commands
        step = _next_step(newest, commands) if newest else commands.command("runs")
        screen.say(("Next: ", FAINT), step)
    else:
        screen.prose((f"The account {found.account} has no validation errors.", GOOD))
    screen.result(
        {
            "account": found.account,
            "errors": _as_json(found),
            "run": newest.folder.id if newest else None,
            "exit_code": 0,
        }
    )


def _next_step(run: ListedRun, commands: Commands) -> str:
    is_over = run.info is not None and run.info.is_finished
    return commands.errors(run.folder.id) if is_over else commands.show(run.folder.id)


def _show(screen: Screen, found: AccountErrors) -> None:
    entries, run, known = found.entries, found.newest, found.known
    places = _places(known)
    rows = [
        (f"{count:,}", message, path, _words(places[message, path]))
        for (message, path), count in _groups(entries).most_common()
    ]
    newest = f"records of run {run.folder.id}" if run else "records"
    screen.show(table_of((">errors", "message", "path", newest), rows))
    screen.say("")
    screen.prose(
        f"{counted(len(entries), 'validation error')} in the account's list, which keeps the "
        f"last 100; {counted(len(known), 'of them is', 'of them are')} about its newest run.",
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


def _as_json(found: AccountErrors) -> list[dict[str, Any]]:
    places = _places(found.known)
    return [
        {"message": message, "path": path, "count": count, "records": places[message, path]}
        for (message, path), count in _groups(found.entries).most_common()
    ]
