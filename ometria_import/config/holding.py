"""Folders in which a process is at work: what is left in any other may be removed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ometria_import.config.storage import storage_errors


@contextmanager
def at_work(path: Path) -> Iterator[None]:
    """Mark a folder as one in which this process is at work, while the block runs.

    The mark is a lock, which the operating system removes when the process is killed.
    """
    with storage_errors(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with storage_errors(path):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a process is at work in a folder, or holds a file in the same way."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
