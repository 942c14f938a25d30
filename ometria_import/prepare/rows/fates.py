"""What preparing does with single rows, as far as a chunk knows."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from ometria_import.sources.arrays import Rows


class Fate(IntEnum):
    """What became of a row; the numbers are kept in files, and of two the higher one holds."""

    READY = 0
    """It is part of a record that is ready to be sent."""
    HEADER = 1
    """It says the names of the columns once more."""
    MERGED = 2
    """It is part of a later record with the same key."""
    REPEATED = 3
    """It stands once more in the input."""
    SUPERSEDED = 4
    """A later state of the same record is sent in its place."""
    HELD_BACK = 5
    """Its order is too young to be sent yet."""
    LEFT_OUT = 6
    """By the mapping, or because it is a return that the user leaves out."""
    REJECTED = 7
    """It cannot be read, or its record breaks a rule."""


class RowFates(NamedTuple):
    """Rows of a source that became the same."""

    fate: Fate
    lines: Rows
    files: Rows
    """The file of each row, as in `RowChunk`."""
    into_lines: Rows
    """The line on which the record of each begins, or of the row that counts in its place; 0 where
    there is none."""
    into_files: Rows
    """The files of those."""

    @classmethod
    def of(
        cls, fate: Fate, lines: Rows, files: Rows | None, into: tuple[int, int] = (0, 0)
    ) -> RowFates:
        """Rows that are part of no record, and the line and the file of one that counts."""
        nothing = np.zeros(len(lines), np.int64)
        files = nothing if files is None else files
        return cls(fate, lines, files, nothing + into[0], nothing + into[1])
