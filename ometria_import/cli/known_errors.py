"""Errors of others that are no bugs: what each means to whoever gave the command."""

from __future__ import annotations

import errno
import os
from typing import Any

import typer

from ometria_import.cli.lines.lost_output import lost_output_of
from ometria_import.errors import (
    InterruptedRunError,
    MachineError,
    OmetriaImportError,
    UsageError,
)

_MEMORY_WORDS = (
    "failed to map segment",
    "annot allocate memory",
    "can't start new thread",
    "unable to allocate",
)
_PARSER_ERRORS: Any = typer.BadParameter.__mro__[2]
"""What the command line's parser raises: the class has another home in each line of Typer."""


def known_error(error: BaseException) -> OmetriaImportError | None:
    """What an error means that is no bug, be it ours or not; None for a bug."""
    return error if isinstance(error, OmetriaImportError) else _known_of_others(error)


def _known_of_others(error: BaseException) -> OmetriaImportError | None:
    interrupted = _interrupted_before(error)
    if interrupted is not None:
        return interrupted
    if _is_about_memory(error):
        return MachineError(
            "this machine does not have enough memory for it",
            hint="Close other programs, or split the file. Then run the same command again.",
        )
    if isinstance(error, FileNotFoundError) and not _has_working_folder():
        return UsageError(
            "the working folder is not there any more",
            hint="Change into a folder that exists, and run the command again.",
        )
    lost = lost_output_of(error)
    if lost is not None:
        return lost
    if isinstance(error, _PARSER_ERRORS):
        message = " ".join(str(error.format_message()).split()).removesuffix(".")
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "ometria-import"
        return UsageError(f"{message[:1].lower()}{message[1:]}", hint=f"See {command} --help.")
    return None


def _interrupted_before(error: BaseException | None) -> InterruptedRunError | None:
    """The interrupt that an error followed from, if one did: a library may stumble over it.

    `threading` does: it takes a thread that it has started for one that it could not start.
    """
    while error is not None:
        if isinstance(error, InterruptedRunError):
            return error
        error = error.__context__
    return None


def _has_working_folder() -> bool:
    """Whether the folder in which the command was started still exists."""
    try:
        os.getcwd()  # noqa: PTH109 -- the same, without a path that nobody wants
    except FileNotFoundError:
        return False
    return True


def _is_about_memory(error: BaseException) -> bool:
    """Whether there is too little memory, for data, for a library's code or for a thread."""
    is_refused = isinstance(error, OSError) and error.errno == errno.ENOMEM
    words = f"{error}" if isinstance(error, ImportError | RuntimeError) else ""
    return (
        isinstance(error, MemoryError) or is_refused or any(part in words for part in _MEMORY_WORDS)
    )
