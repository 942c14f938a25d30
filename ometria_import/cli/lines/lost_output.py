"""A stdout that cannot be written."""

from __future__ import annotations

import errno
import os
import sys
from typing import IO

from ometria_import.errors import LostOutputError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def lost_output(error: OSError) -> LostOutputError:
    """What an error of stdout means."""
    return LostOutputError(
        f"stdout cannot be written: {error.strerror}",
        hint="Free some space where it is written. The work itself may be done: check with "
        "`ometria-import runs`.",
    )


def lost_output_of(error: BaseException) -> LostOutputError | None:
    """What a write error means where nothing else guards the stream, as in `--help`.

    None for any other error.
    """
    is_of_a_stream = isinstance(error, OSError) and error.filename is None
    if not (is_of_a_stream and isinstance(error, OSError) and error.errno in _FULL):
        return None
    discard(sys.stdout)
    return lost_output(error)


def discard(stream: IO[str]) -> None:
    """Let whatever is written to a stream from now on go nowhere."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, stream.fileno())
    os.close(descriptor)
