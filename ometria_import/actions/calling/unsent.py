"""What fails before anything is sent, and leaves nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from ometria_import.config.home import RunFolder
from ometria_import.errors import MachineError, OmetriaImportError, TemporaryFailureError


@contextmanager
def before_sending() -> Iterator[None]:
    """Mark an error that stops an action before its first request: nothing can be resumed.

    Raises:
        MachineError: instead of a temporary failure, such as of a disk without room.
    """
    try:
        yield
    except TemporaryFailureError as error:
        raise MachineError(f"{error.message}; nothing was sent", hint=error.hint) from None


@contextmanager
def dropped_on_failure(folder: RunFolder) -> Iterator[None]:
    """Take the new folder away again where the block fails: half a run is of no use to anybody."""
    try:
        yield
    except OmetriaImportError:
        drop(folder)
        raise


def drop(folder: RunFolder) -> None:
    """Take a folder away again."""
    shutil.rmtree(folder.path, ignore_errors=True)
