"""Failures before anything is sent: they leave nothing behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice

from ometria_import.config.home import Home, RunFolder
from ometria_import.config.storage import at_work, storage_errors
from ometria_import.errors import (
    InterruptedRunError,
    MachineError,
    OmetriaImportError,
    TemporaryFailureError,
)


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
def check_folder(home: Home, *, is_kept_on_interrupt: bool = False) -> Iterator[RunFolder]:
    """Make the folder of a check, in which this process is at work while the block runs.

    Args:
        home: Where checks are kept.
        is_kept_on_interrupt: As in `dropped_on_failure`.
    """
    with before_sending():
        folder = home.create_check(datetime.now(UTC))
        with (
            at_work(folder.path),
            dropped_on_failure(folder, is_kept_on_interrupt=is_kept_on_interrupt),
            storage_errors(folder.path),
        ):
            yield folder


@contextmanager
def dropped_on_failure(folder: RunFolder, *, is_kept_on_interrupt: bool = False) -> Iterator[None]:
    """Remove the new folder if the block fails: half a run is of no use to anybody.

    The problems that a check had found before it was interrupted are of use, and may be kept.
    """
    try:
        yield
    except InterruptedRunError as error:
        if not is_kept_on_interrupt or not _has_found(folder):
            drop(folder)
            raise
        raise InterruptedRunError(
            "interrupted; what was found until then is kept", hint=error.hint
        ) from None
    except OmetriaImportError:
        drop(folder)
        raise


def _has_found(folder: RunFolder) -> bool:
    """Whether the list of problems has more than its header."""
    try:
        with folder.problems.open("rb") as file:
            return len(list(islice(file, 2))) > 1
    except OSError:
        return False


def drop(folder: RunFolder) -> None:
    """Remove a folder."""
    shutil.rmtree(folder.path, ignore_errors=True)
