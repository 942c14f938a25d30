"""Which commands there are. Only the one that is wanted is imported, so that all start at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer

from ometria_import.cli.command_words import COMMANDS
from ometria_import.cli.help import HelpfulCommand, HelpfulGroup

_COMPLETION = "_OMETRIA_IMPORT_COMPLETE"
"""Set by the shell when it asks what could be typed next."""


def add_commands(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Add every command to the app, whole if the arguments begin with its name.

    The others stand there by name and help alone.
    """
    wanted = next((word for word in arguments if not word.startswith("-")), "")
    for name, words in COMMANDS.items():
        if name == wanted or _COMPLETION in os.environ:
            load_command(app, name)
        else:
            app.command(name, help=words, cls=HelpfulCommand)(_not_wanted)


def load_command(app: typer.Typer, name: str) -> None:
    """Import a command and add it to the app."""
    found: Any = getattr(import_module(f"ometria_import.cli.commands.{name}"), name)
    if isinstance(found, typer.Typer):
        for each in found.registered_commands:
            each.cls = HelpfulCommand
        app.add_typer(found, name=name, cls=HelpfulGroup)
    else:
        app.command(name, cls=HelpfulCommand)(found)


def _not_wanted() -> None:
    """Stand for a command that this call does not run."""
