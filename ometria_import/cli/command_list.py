"""Which commands there are. Only the one that is wanted is imported, so that all start at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple

import typer

from ometria_import.cli.asking.options import EXIT_CODES

_COMPLETION = "_OMETRIA_IMPORT_COMPLETE"
"""Set by the shell when it asks what could be typed next."""


class Command(NamedTuple):
    """A command, before it is imported."""

    module: str
    """In `ometria_import.cli.commands`; its function or sub-app has the command's name."""
    help: str
    """The first line of its help, which a test keeps the same."""


COMMANDS = MappingProxyType(
    {
        "inspect": Command(
            "inspect",
            "Show what each file is, which column feeds which field, and what is missing.",
        ),
        "check": Command("check", "Find every problem in the files without sending anything."),
        "push": Command("push", "Check the files and send every valid record, 100 per request."),
        "resume": Command(
            "resume", "Send what an interrupted run has left, without the source files."
        ),
        "retry": Command(
            "retry", "Send the records of a run that failed for temporary reasons again."
        ),
        "errors": Command(
            "errors", "Show the errors that an account reported after accepting records."
        ),
        "runs": Command("runs", "List the runs, newest first; `runs prune` removes old ones."),
        "show": Command("show", "Show one run: its account, totals, files and next step."),
        "mapping": Command("mapping", "Show the presets, check a mapping file, or draft one."),
        "doctor": Command(
            "doctor", "Check whether keys, folders, clock and versions are ready for a run."
        ),
        "fields": Command(
            "fields",
            "List every field: its column name, type, whether it is mandatory, example and rule.",
        ),
        "explain": Command("explain", "Explain what a problem code means and what to do about it."),
        "emulator": Command(
            "emulator", "Run an emulator of Ometria's push API on this machine until Ctrl-C."
        ),
    }
)
"""In the order of `--help`."""


def add_commands(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Add every command to the app, whole if the arguments begin with its name.

    The others stand there by name and help alone.
    """
    wanted = next((word for word in arguments if not word.startswith("-")), "")
    for name, command in COMMANDS.items():
        if name == wanted or _COMPLETION in os.environ:
            load_command(app, name)
        else:
            app.command(name, help=command.help, epilog=EXIT_CODES)(_not_wanted)


def load_command(app: typer.Typer, name: str) -> None:
    """Import a command and add it to the app."""
    found: Any = getattr(
        import_module(f"ometria_import.cli.commands.{COMMANDS[name].module}"), name
    )
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name, epilog=EXIT_CODES)
    else:
        app.command(name, epilog=EXIT_CODES)(found)


def _not_wanted() -> None:
    """Stand for a command that this call does not run."""
