"""`ometria-import checklist`: the steps of a way live, and which of them are proven."""

from __future__ import annotations

from dataclasses import asdict
from types import MappingProxyType
from typing import Annotated

import typer

from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.showing.screen import FAINT, GOOD, STRONG, WARNING

_BOXES = MappingProxyType(
    {"done": ("[x]", GOOD), "open": ("[ ]", WARNING), "by_hand": ("[ ]", STRONG)}
)


@with_flags
def checklist(
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="ACCOUNT", help="The account whose tag and ids pages should have."
        ),
    ] = "live",
    place: PlaceFlags,
    screen: TellingScreen,
) -> None:
    """Tick the steps of the way live that are proven, and show what is left for people.

    Nothing is sent or read over the network: runs, verifications and checks of pages in the home
    are the evidence.
    """
    from ometria_import.actions.checklist import checklist as steps_now

    with attending(screen, place) as context:
        named = context.settings.named(to)
        steps = steps_now(named, context)
    for step in steps:
        screen.prose(_BOXES[str(step.mark)], f" {step.number:>2}  ", (step.words, STRONG), hang=8)
        for line in step.evidence:
            screen.prose((line, FAINT), indent=8)
        if step.by_hand:
            screen.prose("[ ] ", step.by_hand, indent=8)
    done = sum(step.mark == "done" for step in steps)
    screen.say("")
    screen.prose(f"{done} of {len(steps)} steps are proven; the others need somebody to look.")
    screen.result({"to": named, "steps": [asdict(step) for step in steps], "exit_code": 0})
