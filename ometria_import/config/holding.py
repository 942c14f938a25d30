"""Which folder a living process is at work in: what others left behind there may be removed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ometria_import.config.storage import storage_errors


@contextmanager
def at_work(path: Path) -> Iterator[None]:
    """Say of a folder that this process is at work in it while the block runs.

    The operating system knows it: a process that is killed says so no longer.
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
