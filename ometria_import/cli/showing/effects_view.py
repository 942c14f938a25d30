"""What a package sets off in a live account, on the screen."""

from __future__ import annotations

from datetime import UTC, datetime

from ometria_import.actions.calling.words import effect_lines, way_out
from ometria_import.choices import AccountName, Danger
from ometria_import.cli.showing.screen import FAINT, STRONG, WARNING, Screen
from ometria_import.package import Effects


def show_effects(
    screen: Screen,
    effects: Effects | None,
    to: AccountName,
    allowed: frozenset[Danger] = frozenset(),
) -> None:
    """Print what a package sets off in a live account, and what must be allowed for it by name.

    Args:
        screen: Is told.
        effects: None where nobody could count them.
        to: Where the run goes.
        allowed: What is allowed already.
    """
    if effects is None:
        return
    lines = effect_lines(effects, datetime.now(UTC))
    if lines:
        is_live = to is AccountName.LIVE
        heading = "In the live account:" if is_live else "If this package were pushed to live:"
        screen.prose((heading, STRONG))
    for line in lines:
        screen.prose((line, WARNING), indent=2)
    if missing := {one: count for one, count in effects.dangers.items() if one not in allowed}:
        screen.prose((way_out(missing), FAINT), indent=2)
