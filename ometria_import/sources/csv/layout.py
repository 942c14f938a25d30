"""Where the rows and cells of a block of CSV lie, for all its rows at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ometria_import.sources.csv.records import Dialect

LF, CR, QUOTE = b"\n"[0], b"\r"[0], b'"'[0]
_SLICE_BYTES = 512 * 1024
"""Comparing bytes is several times as fast while they stay in the processor's cache."""

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the rows of a block lie."""

    starts: Positions
    ends: Positions
    """Of each row, at its line feed."""
    cells: Positions
    lines: Positions
    """Line feeds before each row, in its block."""
    line_feeds: int


def find_rows(buffer: bytes, codes: Codes, dialect: Dialect) -> Layout | None:
    """The whole rows of a buffer, or None where there are none or their quoting is odd."""
    has_quotes = b'"' in buffer
    marks = np.flatnonzero(_flag_marks(codes, ord(dialect.delimiter), has_quotes=has_quotes))
    kinds = codes[marks]
    line_feeds = np.flatnonzero(kinds == LF)
    is_row_end = np.ones(line_feeds.size, np.bool_)
    is_quote = kinds == QUOTE
    # Sums of bytes overflow at 256, which leaves their parity alone.
    is_outside = (np.cumsum(is_quote, dtype=np.uint8) & 1) == 0 if has_quotes else None
    if is_outside is not None:
        is_row_end = is_outside[line_feeds]
    row_ends = np.flatnonzero(is_row_end)
    if not row_ends.size:
        return None
    count = int(line_feeds[row_ends[-1]]) + 1
    if _has_lone_carriage_return(buffer, codes, int(marks[count - 1])):
        return None
    ends = marks[line_feeds[row_ends]]
    if is_outside is None:
        cells = _count_cells(kinds[:count])
    elif not _is_quoting_regular(codes, marks[:count][is_quote[:count]], dialect):
        return None
    else:
        cells = _count_cells(kinds[:count][(is_outside & ~is_quote)[:count]])
    return Layout(
        starts=_shifted(ends + 1),
        ends=ends,
        cells=cells,
        lines=_shifted(row_ends + 1),
        line_feeds=int(row_ends[-1]) + 1,
    )


def _count_cells(kinds: Codes) -> Positions:
    """Cells of each row, from the delimiters and line feeds that are not within quotes."""
    return np.diff(np.flatnonzero(kinds == LF), prepend=-1)


def _has_lone_carriage_return(buffer: bytes, codes: Codes, last: int) -> bool:
    if buffer.find(b"\r", 0, last) < 0:
        return False
    return bool((codes[np.flatnonzero(codes[:last] == CR) + 1] != LF).any())


def _flag_marks(codes: Codes, delimiter: int, *, has_quotes: bool) -> Flags:
    flags = np.empty(codes.size, np.bool_)
    spare = np.empty(min(codes.size, _SLICE_BYTES), np.bool_)
    for start in range(0, codes.size, _SLICE_BYTES):
        some = codes[start : start + _SLICE_BYTES]
        part, other = flags[start : start + _SLICE_BYTES], spare[: some.size]
        np.equal(some, delimiter, out=part)
        part |= np.equal(some, LF, out=other)
        if has_quotes:
            part |= np.equal(some, QUOTE, out=other)
    return flags


def _shifted(values: Positions) -> Positions:
    """The values of the rows before: what ends one row starts the next."""
    shifted = np.empty_like(values)
    shifted[0] = 0
    shifted[1:] = values[:-1]
    return shifted


def _is_quoting_regular(codes: Codes, quotes: Positions, dialect: Dialect) -> bool:
    """Whether every quote opens a cell, closes one, or is half of a doubled quote within one.

    As the number of quotes is even, every second one opens and the others close; the pair in a
    doubled quote does both.
    """
    limits = np.zeros(256, np.bool_)
    limits[[ord(dialect.delimiter), LF, CR, QUOTE]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    before = opening[1:] if opening.size and opening[0] == 0 else opening
    return bool(limits[codes[before - 1]].all() and limits[codes[closing + 1]].all())
