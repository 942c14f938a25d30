"""`ometria-import pseudonym`: which fake stands for a person."""

from __future__ import annotations

from typing import Annotated

import typer

from ometria_import.actions.pseudonyms import pseudonym_of
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags

pseudonym = typer.Typer(help="Show which fake stands for a person in pseudonymised runs.")


@pseudonym.callback()
def about() -> None:
    """Show which fake stands for a person in pseudonymised runs."""


@pseudonym.command("of")
@with_flags
def of(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address in the files.")],
    *,
    place: PlaceFlags,
    screen: TellingScreen,
) -> None:
    """Show the address that stands for another one, to find a person on staging.

    Nobody can go the other way without trying all addresses with the secret.
    """
    with attending(screen, place) as context:
        fake = pseudonym_of(email, context)
    screen.say(fake)
    screen.result({"pseudonym": fake})
