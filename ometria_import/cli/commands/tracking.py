"""`ometria-import tracking`: the tracker on the shop's pages."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated

import typer

from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.showing.screen import ERROR, FAINT, GOOD, STRONG, WARNING

tracking = typer.Typer(help="Check the tracker on the shop's pages against what was pushed.")

_STYLES = MappingProxyType({"ok": GOOD, "error": ERROR, "warning": WARNING, "cannot_tell": STRONG})


@tracking.callback()
def _group() -> None:
    """Check the tracker on the shop's pages against what was pushed."""


@tracking.command("check")
@with_flags
def check(
    pages: Annotated[
        list[str],
        typer.Argument(
            metavar="PAGE", help="Saved pages, folders of them, and https:// addresses."
        ),
    ],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ACCOUNT",
            help="The account whose tag the pages should have; default: any account's.",
        ),
    ] = None,
    fetch_tag: Annotated[
        bool,
        typer.Option(
            "--fetch-tag", help="Look also whether the tag's file is there and names the account."
        ),
    ] = False,
    allow_private: Annotated[
        bool,
        typer.Option(
            "--allow-private", help="Read addresses of this machine and of private networks, too."
        ),
    ] = False,
    place: PlaceFlags,
    screen: TellingScreen,
) -> None:
    """Check which account's tag pages have, which calls they make, and whether the ids were pushed.

    No script is run. Addresses are read with one plain request each, without cookies or a key.
    The exit code is 3 if there are errors, 4 if a page cannot be read, and 2 if the settings name
    no account_hash.
    """
    from ometria_import.actions.tracking import check_tracking

    with attending(screen, place) as context:
        named = None if to is None else context.settings.named(to)
        found = check_tracking(
            pages, named, context, allows_private=allow_private, fetches_tag=fetch_tag
        )
    for page in found.pages:
        about = [*page.page_types, *([f"tag of {page.account}"] if page.account else [])]
        screen.prose((page.page, STRONG), (f"  ({', '.join(about)})" if about else "", FAINT))
        for target in page.redirects:
            screen.prose(f"redirected to {target}", indent=2)
        for verdict in page.verdicts:
            mark = str(verdict.mark).replace("_", " ")
            screen.prose((f"{mark}: ", _STYLES[str(verdict.mark)]), verdict.text, indent=2)
            if verdict.remedy:
                screen.prose((verdict.remedy, FAINT), indent=4)
    if found.exit_code == 0:
        screen.say("")
        words = context.commands.command("checklist", is_delivering=True)
        screen.next_step(command=words)
    screen.result(found.as_json())
    raise typer.Exit(found.exit_code)
