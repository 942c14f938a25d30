"""`ometria-import retry`: send again what of a run was not taken, for reasons that can pass."""

from __future__ import annotations

from typing import Annotated

import typer

from ometria_import.actions.delivering import DEFAULT_GIVE_UP_AFTER, Sending
from ometria_import.actions.retry import retry as retry_run
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
def retry(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.")],
    *,
    refused_too: Annotated[
        bool,
        typer.Option(
            "--refused-too",
            help="Also send records that were refused for their content; use it when something "
            "has changed on Ometria's side.",
        ),
    ] = False,
    even_if_older: EvenIfOlder = False,
    yes: YesOption = False,
    allow: Allow = None,
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER,
    between: Between = None,
    hooks: HooksOption = False,
    place: PlaceFlags,
    screen: WorkingScreen,
) -> None:
    """Send the records of a run that failed for temporary reasons again."""
    sending = Sending(frozenset(allow or ()), give_up_after, between)
    with ending("retry", screen, place, is_confirmed=yes, is_allowed=hooks) as end:
        done = retry_run(
            run, sending, end.context, is_refused_too=refused_too, is_even_if_older=even_if_older
        )
        end.code = done.exit_code
    raise typer.Exit(end.code)
