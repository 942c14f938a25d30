"""Copies of files of other machines: in one private folder, and gone with who made them."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "copy-"


class Copy:
    """An empty file for a copy, which its maker holds as long as it lives."""

    def __init__(self, folder: Path) -> None:
        """Make it, and remove what was left by those who were killed.

        Raises:
            OSError: it cannot be made.
        """
        with _alone_in(folder):
            _remove_leftovers(folder)
            self._descriptor, name = tempfile.mkstemp("", _PREFIX, folder)  # with mode 0600
            self.path = Path(name)
            # It goes with the process, however that ends: what nobody holds is a leftover.
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def remove(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)


def remove_leftovers(folder: Path) -> None:
    """Remove the copies that nobody reads any more, because who made them was killed.

    Raises:
        OSError: one cannot be removed.
    """
    with _alone_in(folder):
        _remove_leftovers(folder)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep others away between the making of a file and the holding of it."""
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
