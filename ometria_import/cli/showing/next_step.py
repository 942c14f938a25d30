"""What to do next, at the end of a command."""

from __future__ import annotations

from dataclasses import dataclass

from ometria_import.cli.showing.screen import FAINT, Screen


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next: some words, a command to paste, or both."""

    words: str = ""
    command: str = ""


def show_step(screen: Screen, step: NextStep) -> None:
    """Print a step; a command stands in one piece on a line, so that it can be copied."""
    if step.words:
        screen.prose(("Next: ", FAINT), step.words)
    if step.command:
        screen.say(("      " if step.words else "Next: ", FAINT), step.command)
