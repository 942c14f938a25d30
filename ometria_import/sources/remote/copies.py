"""Copies of files of other machines: in one private folder, and only as long as their process."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "copy-"


class Copy:
    """An empty file for a copy, locked as long as the process that made it lives."""

    def __init__(self, folder: Path) -> None:
        """Make the file, and remove the copies that killed processes left behind.

        Raises:
            OSError: it cannot be made.
        """
        with _alone_in(folder):
            _remove_leftovers(folder)
            self._descriptor, name = tempfile.mkstemp("", _PREFIX, folder)  # with mode 0600
            self.path = Path(name)
            # The lock ends with the process, however it ends: a file without one is a leftover.
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def remove(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)


def remove_leftovers(folder: Path) -> None:
    """Remove the copies of killed processes, which nobody reads any more.

    Raises:
        OSError: one cannot be removed.
    """
    with _alone_in(folder):
        _remove_leftovers(folder)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other processes out between making a file and locking it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_leftovers(folder: Path) -> None:
    for path in folder.glob(f"{_PREFIX}*"):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # somebody is reading it
            path.unlink(missing_ok=True)
