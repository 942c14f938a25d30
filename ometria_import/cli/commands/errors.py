"""`ometria-import errors`: what an account says now of records that it had accepted."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.calling.words import counted
from ometria_import.actions.errors import AccountErrors, add_errors, list_errors
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.showing.screen import ERROR, FAINT, GOOD, STRONG, Screen, one_line
from ometria_import.delivery import ListedRun
from ometria_import.errors import UsageError

_INDENT = 5
_ORIGINS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Group:
    """Entries of the account's list that say the same of the same path."""

    message: str
    path: str
    count: int
    records: list[str]
    """Where those records came from that are known to be of the newest run."""


@with_flags
def errors(
    *,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="ACCOUNT", help="The account to read; default: staging."),
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
    screen: TellingScreen,
) -> None:
    """Show the errors that an account reported after accepting records."""
    with attending(screen, place) as context:
        if run is None:
            found = list_errors(context.settings.named(to or "staging"), context)
        elif to is None:
            raise typer.Exit(add_errors(run, context).exit_code)
        else:
            raise UsageError(
                "--run and --to cannot be used together",
                hint="Leave out --to: the run already names its account.",
            )
    newest = found.newest if found.known else None
    groups = _groups(found)
    if found.entries:
        _show(screen, found, groups)
        screen.say("")
        screen.next_step(command=_next_step(newest, context.commands))
    else:
        screen.prose((f"The account {found.account} has no validation errors.", GOOD))
    screen.result(
        {
            "account": found.account,
            "errors": [asdict(each) for each in groups],
            "run": newest.folder.id if newest else None,
            "exit_code": 0,
        }
    )


def _next_step(run: ListedRun | None, commands: Commands) -> str:
    if run is None:
        return commands.command("runs")
    is_over = run.info is not None and run.info.is_finished
    return commands.errors(run.folder.id) if is_over else commands.show(run.folder.id)


def _groups(found: AccountErrors) -> list[_Group]:
    """The entries that say the same of the same path, most frequent first."""
    counts = Counter((entry.message, entry.path) for entry in found.entries)
    groups = {key: _Group(*key, count, []) for key, count in counts.most_common()}
    for error in found.known:
        place = str(error.origin) if error.origin else f"a record of batch {error.batch}"
        groups[error.entry.message, error.entry.path].records.append(place)
    return list(groups.values())


def _show(screen: Screen, found: AccountErrors, groups: list[_Group]) -> None:
    for each in groups:
        screen.prose((one_line(each.message), STRONG), (f"  {each.count:,}×", ERROR))
        screen.prose(each.path, indent=_INDENT)
        if each.records:
            more = " …" if len(each.records) > _ORIGINS_SHOWN else ""
            screen.prose(
                (f"{', '.join(each.records[:_ORIGINS_SHOWN])}{more}", FAINT), indent=_INDENT
            )
    screen.say("")
    newest = f"run {found.newest.folder.id}" if found.newest else "its newest run"
    screen.prose(
        f"{counted(len(found.entries), 'validation error')} in the list of {found.account}, which "
        f"keeps the last 100; {counted(len(found.known), 'of them is', 'of them are')} about "
        f"{newest}."
    )
