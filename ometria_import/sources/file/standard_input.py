"""Standard input as a file: a source is read more than once, and a stream only once."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import weakref
from pathlib import Path

from ometria_import.errors import SourceError

STANDARD_INPUT = Path("-")
"""The path that a user gives for it; a file of that name is `./-` with a folder before it."""

SHOWN = Path("(standard input)")
"""How messages name it."""

_COPIED_BYTES = 1024 * 1024


class SpooledInput:
    """A copy of standard input on disk, which only its owner can read and which goes with it."""

    def __init__(self) -> None:
        """Read standard input to its end.

        Raises:
            SourceError: it is closed, or there is no room for the copy.
        """
        stream = sys.stdin
        if stream is None:
            raise SourceError(f"{SHOWN} is closed", hint="Pipe a file into the command.")
        try:
            number, name = tempfile.mkstemp(prefix="ometria-import-")  # with mode 0600
            self.path = Path(name)
            self._removal = weakref.finalize(self, _remove, name)
            with os.fdopen(number, "wb") as copy:
                shutil.copyfileobj(stream.buffer, copy, _COPIED_BYTES)
        except OSError as error:
            reason = error.strerror or str(error)
            raise SourceError(
                f"{SHOWN} cannot be kept in {tempfile.gettempdir()}: {reason}",
                hint="Make room there, or name another folder with TMPDIR.",
            ) from error


def _remove(name: str) -> None:
    Path(name).unlink(missing_ok=True)
