"""Whether files and folders are there, for callers to which "unknown" must not mean "no".

From Python 3.14 on, `Path.exists` and its like also answer no if a folder cannot be looked into
or a disk fails. Something that only seems to be missing would then be left out or begun again: a
list of forgotten people, a run, an export. Here such an error is raised, as Python did before.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path

_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP})


def is_there(path: Path) -> bool:
    """Whether there is anything at the end of a path and of its links.

    Raises:
        OSError: nobody knows.
    """
    return _mode(path) is not None


def may_be_there(path: Path) -> bool:
    """The same; also where nobody knows, since whoever reads it then says what is wrong."""
    try:
        return is_there(path)
    except OSError:
        return True


def is_file(path: Path) -> bool:
    """Whether it is a file.

    Raises:
        OSError: nobody knows.
    """
    mode = _mode(path)
    return mode is not None and stat.S_ISREG(mode)


def is_folder(path: Path) -> bool:
    """Whether it is a folder.

    Raises:
        OSError: nobody knows.
    """
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        raise
    except ValueError:
        return None  # No file's name holds a zero byte.
