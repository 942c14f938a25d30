"""Folders of runs and checks that came to nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from ometria_import.config.home import RunFolder
from ometria_import.errors import MachineError, OmetriaImportError, TemporaryFailureError


@contextmanager
def before_sending() -> Iterator[None]:
    """Say of what stops a command before its first request that there is nothing to resume.

    Raises:
        MachineError: instead of a temporary failure, such as of a disk without room.
    """
    try:
        yield
    except TemporaryFailureError as error:
        raise MachineError(f"{error.message}; nothing was sent", hint=error.hint) from None


@contextmanager
def dropped_on_failure(folder: RunFolder) -> Iterator[None]:
    """Take the new folder away again where the block fails or ends the command.

    Half of a run is of no use to anybody.
    """
    try:
        yield
    except (OmetriaImportError, typer.Exit):
        drop(folder)
        raise


def drop(folder: RunFolder) -> None:
    """Take a folder away again."""
    shutil.rmtree(folder.path, ignore_errors=True)
