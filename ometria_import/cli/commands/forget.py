"""`ometria-import forget`: people who asked to be forgotten."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ometria_import.actions.calling.words import counted
from ometria_import.actions.forgetting.forget import Forget, Forgotten
from ometria_import.actions.forgetting.forget import forget as forget_people
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.showing.screen import WARNING, Screen, table_of
from ometria_import.errors import ExitCode


@with_flags
def forget(
    emails: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EMAIL",
            help="Whoever is to be forgotten. Other users of this machine can see what stands on "
            "a command line: --file hides it. Default: everybody who is on the list already.",
            show_default=False,
        ),
    ] = None,
    *,
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="Read addresses from a file, or from standard input (-): one a line, or a CSV "
            "with a column named email.",
            show_default=False,
        ),
    ] = None,
    accounts: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="ACCOUNT",
            help="Read whom an account was asked to forget; may be given several times.",
            show_default=False,
        ),
    ] = None,
    place: PlaceFlags,
    screen: TellingScreen,
) -> None:
    """Remove people from the home who asked for it, and never send them again.

    The home keeps keyed hashes of their addresses. Files outside of it are left alone.
    """
    source = sys.stdin.buffer if file == "-" else Path(file) if file is not None else None
    with attending(screen, place) as context:
        named = tuple(map(context.settings.named, accounts or ()))
        wish = Forget(emails=tuple(emails or ()), file=source, accounts=named)
        done = forget_people(wish, context)
    _show(screen, done)
    screen.result(_told(done))
    if done.removed.left:
        raise typer.Exit(ExitCode.UNUSABLE)


def _show(screen: Screen, done: Forgotten) -> None:
    rows = [(where, kind, f"{n:,}") for (where, kind), n in sorted(done.removed.counts.items())]
    if rows:
        screen.show(table_of(("where", "what", ">removed"), rows))
    else:
        screen.prose("Nothing about them was found in this home.")
    people = counted(done.listed, "person", "people")
    screen.prose(f"{people} on the list, {done.new:,} of them new: no push sends them any more.")
    for path, why in done.removed.left.items():
        screen.prose(("Not searched, or not cleaned: ", WARNING), f"{path}: {why}")
    if done.removed.left:
        screen.next_step("remove these files yourself, or restore them and run it again")


def _told(done: Forgotten) -> dict[str, Any]:
    removed: dict[str, dict[str, int]] = defaultdict(dict)
    for (where, kind), count in sorted(done.removed.counts.items()):
        removed[where][kind] = count
    return {
        "new": done.new,
        "listed": done.listed,
        "removed": dict(removed),
        "left": done.removed.left,
    }
