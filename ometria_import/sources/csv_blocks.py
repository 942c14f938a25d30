"""A whole block of CSV at once, for blocks in which nothing is odd.

Quotes, delimiters and line ends are found with numpy, rows of another width are taken out, and
Arrow reads the rest. Where anything is not as RFC 4180 has it, the block is left to
`csv_records`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ometria_import.sources.csv_records import (
    Dialect,
    Records,
    as_text,
    row_finding,
    strip_line_end,
)
from ometria_import.sources.encodings import undecodable
from ometria_import.sources.model import RowChunk, RowReject

_LF, _CR, _QUOTE = b"\n"[0], b"\r"[0], b'"'[0]
_BOM = "\ufeff".encode()
_SLICE_BYTES = 512 * 1024
"""Comparing bytes is several times as fast while they stay in the processor's cache."""

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one buffer, and how far it was read."""

    chunk: RowChunk
    consumed: int
    next_line: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the rows of a block lie."""

    starts: Positions
    ends: Positions
    """Of each row, at its line feed."""
    cells: Positions
    lines: Positions
    """Line feeds before each row, in its block."""
    line_feeds: int


def read_block(
    buffer: bytes, names: tuple[str, ...], dialect: Dialect, first_line: int
) -> Block | None:
    """Read all whole records of a buffer that starts where a record starts.

    Returns None where the buffer has no whole record or needs the exact reading.
    """
    codes = np.frombuffer(buffer, np.uint8)
    layout = _find_rows(buffer, codes, dialect)
    if layout is None:
        return None
    consumed = int(layout.ends[-1]) + 1
    lengths = layout.ends - layout.starts
    if lengths.max() >= dialect.max_row_bytes:
        return None
    is_blank = (lengths == 0) | ((lengths == 1) & (codes[layout.starts] == _CR))
    is_bad = (layout.cells != dialect.columns) & ~is_blank
    is_bad |= _rows_with_nul(buffer, layout)
    table = _read_good_rows(buffer, layout, ~(is_blank | is_bad), names, dialect)
    if table is None:
        # Either text that is no UTF-8, or a difference between Arrow's reading and ours.
        is_bad |= _undecodable_rows(buffer, layout, dialect) & ~is_blank
        table = _read_good_rows(buffer, layout, ~(is_blank | is_bad), names, dialect)
    if table is None:
        return None
    rejects = _reject(buffer, layout, is_bad, dialect, first_line)
    lines = layout.lines[~(is_blank | is_bad)] + first_line
    return Block(RowChunk(table, lines, rejects), consumed, first_line + layout.line_feeds)


def _find_rows(buffer: bytes, codes: Codes, dialect: Dialect) -> _Layout | None:
    has_quotes = b'"' in buffer
    marks = np.flatnonzero(_flag_marks(codes, ord(dialect.delimiter), has_quotes=has_quotes))
    kinds = codes[marks]
    line_feeds = np.flatnonzero(kinds == _LF)
    is_row_end = np.ones(line_feeds.size, np.bool_)
    is_quote = kinds == _QUOTE
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
    return _Layout(
        starts=_shifted(ends + 1, 0),
        ends=ends,
        cells=cells,
        lines=_shifted(row_ends + 1, 0),
        line_feeds=int(row_ends[-1]) + 1,
    )


def _count_cells(kinds: Codes) -> Positions:
    """Cells of each row, from the delimiters and line feeds that are not within quotes."""
    return np.diff(np.flatnonzero(kinds == _LF), prepend=-1)


def _has_lone_carriage_return(buffer: bytes, codes: Codes, last: int) -> bool:
    if buffer.find(b"\r", 0, last) < 0:
        return False
    return bool((codes[np.flatnonzero(codes[:last] == _CR) + 1] != _LF).any())


def _flag_marks(codes: Codes, delimiter: int, *, has_quotes: bool) -> Flags:
    flags = np.empty(codes.size, np.bool_)
    spare = np.empty(min(codes.size, _SLICE_BYTES), np.bool_)
    for start in range(0, codes.size, _SLICE_BYTES):
        some = codes[start : start + _SLICE_BYTES]
        part, other = flags[start : start + _SLICE_BYTES], spare[: some.size]
        np.equal(some, delimiter, out=part)
        part |= np.equal(some, _LF, out=other)
        if has_quotes:
            part |= np.equal(some, _QUOTE, out=other)
    return flags


def _shifted(values: Positions, first: int) -> Positions:
    """The values of the rows before: what ends one row starts the next."""
    shifted = np.empty_like(values)
    shifted[0] = first
    shifted[1:] = values[:-1]
    return shifted


def _is_quoting_regular(codes: Codes, quotes: Positions, dialect: Dialect) -> bool:
    """Whether every quote opens a cell, closes one, or is half of a doubled quote within one.

    As the number of quotes is even, every second one opens and the others close; the pair in a
    doubled quote does both.
    """
    limits = np.zeros(256, np.bool_)
    limits[[ord(dialect.delimiter), _LF, _CR, _QUOTE]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    before = opening[1:] if opening.size and opening[0] == 0 else opening
    return bool(limits[codes[before - 1]].all() and limits[codes[closing + 1]].all())


def _rows_with_nul(buffer: bytes, layout: _Layout) -> Flags:
    flags = np.zeros(layout.ends.size, np.bool_)
    after = int(layout.ends[-1])
    position = buffer.find(0, 0, after)
    while position >= 0:
        row = int(np.searchsorted(layout.ends, position))
        flags[row] = True
        position = buffer.find(0, int(layout.ends[row]), after)
    return flags


def _undecodable_rows(buffer: bytes, layout: _Layout, dialect: Dialect) -> Flags:
    flags = np.zeros(layout.ends.size, np.bool_)
    for row in range(layout.ends.size):
        text = buffer[layout.starts[row] : layout.ends[row]]
        flags[row] = not text.isascii() and undecodable(text, dialect.encoding) is not None
    return flags


def _read_good_rows(
    buffer: bytes, layout: _Layout, is_good: Flags, names: tuple[str, ...], dialect: Dialect
) -> pa.Table | None:
    edges = np.flatnonzero(np.diff(is_good, prepend=False, append=False))
    first, after = edges[0::2], edges[1::2]
    begins = layout.starts[first].tolist()
    ends = (layout.ends[after - 1] + 1).tolist()
    view = memoryview(buffer)
    runs = [view[begin:end] for begin, end in zip(begins, ends, strict=True)]
    data = runs[0] if len(runs) == 1 else b"".join(runs)
    try:
        return _read_table(data, int(is_good.sum()), names, dialect)
    except pa.ArrowInvalid:
        return None


def _read_table(
    data: bytes | memoryview, rows: int, names: tuple[str, ...], dialect: Dialect
) -> pa.Table | None:
    """Arrow's reading, if it sees as many rows as we do."""
    schema = pa.schema([(name, pa.string()) for name in names])
    if not rows:
        return schema.empty_table()
    if bytes(data[: len(_BOM)]) == _BOM:
        return None  # Arrow would take it for the mark of a file's beginning
    table = arrow_csv.read_csv(
        pa.BufferReader(pa.py_buffer(data)),
        # One block holds it all, so no worker and no border between blocks comes into it.
        read_options=arrow_csv.ReadOptions(
            column_names=list(names), block_size=len(data) + 1, use_threads=False
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=True, ignore_empty_lines=False
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=schema, strings_can_be_null=False, check_utf8=True
        ),
    )
    return table if table.num_rows == rows else None


def _reject(
    buffer: bytes, layout: _Layout, is_bad: Flags, dialect: Dialect, first_line: int
) -> tuple[RowReject, ...]:
    rejects = []
    columns = (layout.starts, layout.ends + 1, layout.cells, layout.lines + first_line)
    bad = (column[is_bad].tolist() for column in columns)
    for start, end, cells, line in zip(*bad, strict=True):
        text = strip_line_end(buffer[start:end])
        finding = row_finding(text, cells, dialect)
        if finding is None:
            raise AssertionError(f"the row of line {line} is rejected without a reason")
        rejects.append(RowReject(line, as_text(text), finding))
    return tuple(rejects)


def table_of(records: Records, names: tuple[str, ...], dialect: Dialect) -> RowChunk:
    """Put the rows of the exact reading into the same shape.

    They go through Arrow's reader once more, with every cell quoted, so that there is one way
    in which cells become columns.
    """
    delimiter = dialect.delimiter.encode()
    data = b"".join(
        delimiter.join(b'"' + cell.replace(b'"', b'""') + b'"' for cell in cells) + b"\n"
        for cells in records.rows
    )
    table = _read_table(data, len(records.rows), names, dialect)
    if table is None:
        raise AssertionError("Arrow does not read back as many rows as were written")
    return RowChunk(table, np.array(records.lines, np.int64), tuple(records.rejects))
