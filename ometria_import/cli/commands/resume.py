"""`ometria-import resume`: go on where a run stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER, Sending
from ometria_import.actions.resume import resume as resume_run
from ometria_import.cli.asking.ending import HooksOption, ending
from ometria_import.cli.asking.flags import PlaceFlags, WorkingScreen, with_flags
from ometria_import.cli.asking.options import (
    Allow,
    Between,
    EvenIfOlder,
    GiveUpAfter,
    YesOption,
)


@with_flags
def resume(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="A run's id, or the beginning of it; default: the newest unfinished run that "
            "no later run has overtaken.",
        ),
    ] = None,
    *,
    even_if_older: EvenIfOlder = False,
    yes: YesOption = False,
    allow: Allow = None,
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER,
    between: Between = None,
    hooks: HooksOption = False,
    place: PlaceFlags,
    screen: WorkingScreen,
) -> None:
    """Send what an interrupted run has left, without the source files."""
    sending = Sending(frozenset(allow or ()), give_up_after, between)
    with ending("resume", screen, place, is_confirmed=yes, is_allowed=hooks) as end:
        done = resume_run(run, sending, end.context, is_even_if_older=even_if_older)
        end.code = done.exit_code
    raise typer.Exit(end.code)
