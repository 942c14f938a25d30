"""`ometria-import login`: keep an account's key in the system's keyring."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ometria_import.cli.asking.attending import attending, is_attended
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.asking.options import To
from ometria_import.cli.showing.screen import GOOD
from ometria_import.errors import UsageError


@with_flags
def login(
    *,
    to: To,
    is_piped: Annotated[
        bool,
        typer.Option("--stdin", help="Read the key from standard input instead of asking for it."),
    ] = False,
    place: PlaceFlags,
    screen: TellingScreen,
) -> None:
    """Check an account's key and keep it in this system's keyring.

    The key is typed, not shown, and kept only if the account accepts it. A key in the environment
    still comes first.
    """
    from ometria_import.actions.logging_in import log_in

    with attending(screen, place) as context:
        name = context.settings.named(to)
        account = log_in(name, _key(name, is_piped=is_piped), context)
    screen.prose((f"{account.base_url} accepts the key of {name}, which is kept.", GOOD))
    screen.next_step(command=context.commands.command("doctor", is_delivering=True))
    screen.result({"account": name, "base_url": account.base_url, "exit_code": 0})


def _key(name: str, *, is_piped: bool) -> str:
    """The key as it is typed or piped.

    Raises:
        UsageError: there is nobody to ask, or nothing was said.
    """
    if is_piped:
        key = sys.stdin.readline().rstrip("\r\n")
    elif is_attended():
        try:
            key = str(typer.prompt(f"Key of {name}", hide_input=True, err=True))
        except typer.Abort:
            key = ""
    else:
        raise UsageError(
            "there is no terminal to type the key on", hint="Pipe the key in, and add --stdin."
        )
    if not key:
        raise UsageError("no key was given; nothing was kept", hint="Run it again with a key.")
    return key
