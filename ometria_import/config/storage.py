"""Files and folders on the disk: private to their owner, in use, and what is said if it fails."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ometria_import.errors import OmetriaImportError, TemporaryFailureError, UsageError

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WRONG_PLACE = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.ELOOP,
        errno.ENOENT,
        errno.ENAMETOOLONG,
    }
)

RUN_AGAIN = "Then run the same command again."


def private_file(path: Path) -> Path:
    """Make sure that a file exists and that only its owner can read it, whatever the umask.

    Raises:
        OSError: the file cannot be made, or its last part is a symbolic link.
    """
    flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, PRIVATE_FILE)
    try:
        os.fchmod(descriptor, PRIVATE_FILE)
    finally:
        os.close(descriptor)
    return path


def make_private(folder: Path) -> None:
    """Make sure that nobody else can look into a folder that may have been there before.

    Raises:
        PermissionError: it belongs to another user, who could read what is put into it.
    """
    status = folder.stat()
    if is_another_users(status):
        raise PermissionError(errno.EPERM, "it belongs to another user")
    if stat.S_IMODE(status.st_mode) != PRIVATE_FOLDER:
        folder.chmod(PRIVATE_FOLDER)


def is_another_users(status: os.stat_result) -> bool:
    """Whether a file or folder belongs to somebody else; to root, nothing does."""
    # In a container, root works in a folder that the host's user gave.
    return os.geteuid() not in {0, status.st_uid}


@contextmanager
def storage_errors(path: Path, resume_hint: str = RUN_AGAIN) -> Iterator[None]:
    """Turn what the disk says into an error that its reader can act on.

    Raises:
        TemporaryFailureError: no room, or the disk fails: the run can be resumed.
        UsageError: the place is wrong: not writable, a file where a folder belongs.
        MemoryError: it is not about the disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise MemoryError from None
        raise _storage_error(path, error.errno, error.strerror or str(error), resume_hint) from None
    except sqlite3.OperationalError as error:
        reason = str(error)
        number = errno.EIO
        if "full" in reason:
            number = errno.ENOSPC
        elif "readonly" in reason or "unable to open" in reason:
            number = errno.EACCES
        raise _storage_error(path, number, reason, resume_hint) from None


def _storage_error(
    path: Path, number: int | None, reason: str, resume_hint: str
) -> OmetriaImportError:
    if number in _NO_ROOM:
        return TemporaryFailureError(
            f"no room left on the disk of {path}", hint=f"Free some space. {resume_hint}"
        )
    if number in _WRONG_PLACE:
        return UsageError(
            f"{path} cannot be used: {reason}",
            hint="Make the folder writable for you, or choose another with --home.",
        )
    return TemporaryFailureError(
        f"the disk of {path} fails: {reason}", hint=f"Check the disk. {resume_hint}"
    )


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


def is_held(path: Path, probe: int = fcntl.LOCK_EX) -> bool:
    """Whether a process is at work in a folder, or holds a file.

    Args:
        path: The folder or the file.
        probe: The lock to try for a moment. `LOCK_SH` is for a file that is held with `LOCK_EX`:
            of two processes that look at once, neither then takes the other for the holder.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, probe | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
