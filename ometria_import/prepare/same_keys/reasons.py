"""Why records are rejected because of their key, kept on disk until their rows are read again.

A file may hold millions of orders whose ids are used twice, and a reason names two places.
"""

from __future__ import annotations

import json
from array import array
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from ometria_import.problems import Finding, Located, Severity
from ometria_import.sources.arrays import Rows


class Reasons:
    """The problems of rejected records, in the order in which they were added."""

    def __init__(self, folder: Path) -> None:
        """Start empty; `folder` is for a temporary file."""
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 -- `close` closes it
        self._begins = array("q")
        self._records = array("q")
        self._end = 0

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def add(self, records: Rows, reason: Located) -> None:
        """Add the reason of some records, given by their indexes."""
        # Escaped, because names of files need not be valid text.
        told = json.dumps((reason.path, reason.finding.cause, reason.finding.message)).encode()
        self._records.extend(records.tolist())
        self._begins.extend([self._end] * len(records))
        self._end += self._file.write(told + b"\n")

    @property
    def records(self) -> Rows:
        """The index of each rejected record."""
        return np.array(self._records, np.int64)

    def of(self, number: int, line: int) -> Located:
        """The reason that was added with a number, as the one of a line."""
        self._file.seek(self._begins[number])
        path, cause, message = json.loads(self._file.readline())
        return Located(line, path, "", Finding(cause, message), Severity.ERROR)
