"""`ometria-import mapping`: the presets, checking a mapping file, and drafting one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ometria_import.cli.asking.flags import OpeningOptions, PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.showing.screen import FAINT, GOOD, STRONG, WARNING, Screen

if TYPE_CHECKING:
    from ometria_import.actions.inspection.known_mappings import KnownMapping

mapping = typer.Typer(help="Show the presets, check a mapping file, or draft one.")


@mapping.command("list")
@with_flags
def list_presets(*, screen: TellingScreen) -> None:
    """List the presets, each of which recognises the files of one export by their columns."""
    from ometria_import.actions.inspection.known_mappings import known_presets

    found = known_presets()
    for each in found:
        types = ", ".join(each.object_types)
        screen.prose((each.name, STRONG), f"  {each.title}", (f"  {types}", FAINT))
        if each.refusal:
            screen.prose(("cannot be imported: ", WARNING), each.refusal, indent=4)
        elif each.export:
            screen.prose((each.export, FAINT), indent=4)
    screen.say("")
    screen.next_step(command=f"ometria-import mapping show {found[0].name}")
    screen.result({"presets": [_told(each) for each in found]})


@mapping.command("show")
def show_preset(
    preset: Annotated[str, typer.Argument(metavar="PRESET", help="A preset's name.")],
) -> None:
    """Print the mapping file of a preset, as a starting point for your own."""
    from ometria_import.actions.inspection.known_mappings import named_mapping

    Screen().say(named_mapping(preset).text.rstrip("\n"))


@mapping.command("check")
@with_flags
def check_mapping(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mapping file of your own.")],
    *,
    screen: TellingScreen,
) -> None:
    """Check a mapping file and report each mistake with its line."""
    from ometria_import.actions.inspection.known_mappings import checked_mapping

    found = checked_mapping(file)
    types = ", ".join(found.object_types)
    screen.prose((str(file), STRONG), f": {found.name}, {types}. ", ("No problem found.", GOOD))
    if not found.refusal:
        screen.next_step(command=f"ometria-import check --mapping {file} FILE")
    screen.result({**_told(found), "exit_code": 0})


@mapping.command("suggest")
@with_flags
def suggest(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A table that no preset recognises, also by URL; order=FILE gives its object "
            "type.",
        ),
    ],
    *,
    options: OpeningOptions,
) -> None:
    """Draft a mapping from the names and values of a file's columns; save it with > my.toml."""
    from ometria_import.actions.inspection.drafting import suggest as suggested
    from ometria_import.cli.asking.attending import attending

    screen = Screen()
    with attending(screen, PlaceFlags()) as context:
        text = suggested(file, options, context)
    screen.say(text.rstrip("\n"))


def _told(each: KnownMapping) -> dict[str, Any]:
    told = asdict(each)
    del told["text"]
    return told
