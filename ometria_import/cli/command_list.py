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
            "inspect", "Tell what each file is, which field each column feeds, and what is missing."
        ),
        "check": Command("check", "Find every problem in the files; nothing is sent."),
        "push": Command("push", "Check the files and send every good record, 100 to a request."),
        "resume": Command(
            "resume", "Send what an interrupted run has left; the source files are not needed."
        ),
        "retry": Command(
            "retry", "Send again what of a run was not taken, for reasons that can pass."
        ),
        "errors": Command("errors", "Show what an account says of records after accepting them."),
        "runs": Command("runs", "List the runs, newest first; `runs prune` removes old ones."),
        "show": Command(
            "show", "Show one run: where it goes, its sums, its files and the next step."
        ),
        "mapping": Command("mapping", "Show the presets, check a mapping file, or draft one."),
        "doctor": Command(
            "doctor", "Tell whether keys, folders, clock and versions are fit for a run."
        ),
        "fields": Command(
            "fields",
            "List every field: its name as a column, type, whether it is required, example and "
            "rule.",
        ),
        "explain": Command("explain", "Say what a problem code means, and what to do about it."),
        "emulator": Command("emulator", "Run Ometria's push API on this machine until Ctrl-C."),
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
