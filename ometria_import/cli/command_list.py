"""Which commands there are. Only the one that is wanted is imported, so that all start at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any

import typer

from ometria_import.cli.asking.options import EXIT_CODES

_COMPLETION = "_OMETRIA_IMPORT_COMPLETE"
"""Set by the shell when it asks what could be typed next."""
COMMANDS = MappingProxyType(
    {
        "init": "Look at a folder of exports, ask what they do not say, and write the settings.",
        "inspect": "Show what each file is, which column feeds which field, and what is missing.",
        "check": "Find every problem in the files without sending anything.",
        "push": "Check the files and send every valid record, 100 per request.",
        "resume": "Send what an interrupted run has left, without the source files.",
        "retry": "Send the records of a run that failed for temporary reasons again.",
        "verify": "Read back what the account holds and compare it with what was sent.",
        "promote": "Send the very package of a staging run to live, once every check has passed.",
        "errors": "Show the errors that an account reported after accepting records.",
        "runs": "List the runs, newest first; `runs prune` removes old ones.",
        "report": "Write one page about a run that can be printed, signed and kept.",
        "show": "Show one run: its account, totals, files and next step.",
        "given": "Show, forget or rebuild what `push --changed` knows of an account.",
        "pseudonym": "Show which fake stands for a person in pseudonymised runs.",
        "consent": "Compare who opted in or out in the files with what the account says.",
        "tracking": "Check the tracker on the shop's pages against what was pushed.",
        "checklist": "Tick the steps of the way live that are proven, and show what is left for "
        "people.",
        "mapping": "Show the presets, check a mapping file, or draft one.",
        "doctor": "Check whether keys, folders, clock and versions are ready for a run.",
        "fields": "List every field: its column name, type, whether it is mandatory, example "
        "and rule.",
        "explain": "Explain what a problem code means and what to do about it.",
        "emulator": "Run an emulator of Ometria's push API on this machine until Ctrl-C.",
    }
)
"""The first line of each command's help, which a test keeps the same, in the order of `--help`.

A command is the function or sub-app of its name, in the module of its name.
"""


def add_commands(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Add every command to the app, whole if the arguments begin with its name.

    The others stand there by name and help alone.
    """
    wanted = next((word for word in arguments if not word.startswith("-")), "")
    for name, words in COMMANDS.items():
        if name == wanted or _COMPLETION in os.environ:
            load_command(app, name)
        else:
            app.command(name, help=words, epilog=EXIT_CODES)(_not_wanted)


def load_command(app: typer.Typer, name: str) -> None:
    """Import a command and add it to the app."""
    found: Any = getattr(import_module(f"ometria_import.cli.commands.{name}"), name)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name, epilog=EXIT_CODES)
    else:
        app.command(name, epilog=EXIT_CODES)(found)


def _not_wanted() -> None:
    """Stand for a command that this call does not run."""
