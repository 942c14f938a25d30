"""A whole block of CSV at once, for blocks in which nothing is odd.

Quotes, delimiters and line ends are found with numpy, rows of another width are taken out, and
Arrow reads the rest. Where anything is not as RFC 4180 has it, the block is left to
`records`.

Programs write formulas for a text, like `="00123"`, so that Excel keeps the zeros; they are read
as the text that they show.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from ometria_import.problems import Finding, Located, Reject, shorten
from ometria_import.problems.catalogue import TEXT_FORMULA
from ometria_import.sources.csv.layout import CR, Codes, Flags, Layout, find_rows
from ometria_import.sources.csv.records import (
    Dialect,
    Records,
    as_text,
    row_finding,
    strip_line_end,
)
from ometria_import.sources.file.damaged_text import (
    IS_UTF_8,
    find_mojibake,
    may_hold_mojibake,
    mend_utf8,
)
from ometria_import.sources.file.encodings import undecodable
from ometria_import.sources.model import RowChunk

_OUTSIDE_ASCII = 0x80
_BOM = "\ufeff".encode()


_BEGIN = '="'
_FORMULA = r'^[ \t]*="((?:[^"]|"")*)"[ \t]*$'


def may_hold_text_formulas(block: bytes, end: int) -> bool:
    """Whether a block of CSV is worth a look, up to a place; most are not."""
    # Searching for a single byte takes a hundredth of the time.
    return b"=" in block and block.find(_BEGIN.encode(), 0, end) >= 0


def without_text_formulas(chunk: RowChunk) -> RowChunk:
    """Put the text in place of each formula for one, with a notice for every column that had any.

    A formula that computes something stays as it is.
    """
    columns = {}
    notices = []
    for name, column in zip(chunk.table.column_names, chunk.table.columns, strict=True):
        texts = column.combine_chunks()
        columns[name] = texts
        if not pc.any(pc.match_substring(texts, _BEGIN)).as_py():
            continue
        is_formula = pc.match_substring_regex(texts, _FORMULA)
        if not (count := pc.sum(is_formula).as_py()):
            continue
        found = texts.filter(is_formula)
        inner = pc.replace_substring(pc.replace_substring_regex(found, _FORMULA, r"\1"), '""', '"')
        columns[name] = pc.replace_with_mask(texts, is_formula, inner)
        row = pc.index(is_formula, value=True).as_py()
        formula, text = shorten(found[0].as_py()), shorten(inner[0].as_py())
        message = f"formulas like {formula} were read as the text they show, '{text}'"
        line = int(chunk.lines[row])
        notices.append(Located(line, name, "", Finding(TEXT_FORMULA, message), times=count))
    if not notices:
        return chunk
    in_order = sorted((*chunk.notices, *notices), key=lambda notice: notice.row)
    return replace(chunk, table=pa.table(columns), notices=tuple(in_order))


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one buffer, and how far it was read."""

    chunk: RowChunk
    consumed: int
    next_line: int


def read_block(
    buffer: bytes, names: tuple[str, ...], dialect: Dialect, first_line: int
) -> Block | None:
    """Read all whole records of a buffer that starts where a record starts.

    Returns None where the buffer has no whole record or needs the exact reading.
    """
    codes = np.frombuffer(buffer, np.uint8)
    layout = find_rows(buffer, codes, dialect)
    if layout is None:
        return None
    consumed = int(layout.ends[-1]) + 1
    lengths = layout.ends - layout.starts
    if lengths.max() >= dialect.max_row_bytes:
        return None
    lengths -= (lengths > 0) & (codes[layout.ends - 1] == CR)
    is_blank = lengths == layout.cells - 1  # nothing but delimiters
    is_bad = (layout.cells != dialect.columns) & ~is_blank
    if dialect.blank_columns and _has_short_row(layout, is_bad, dialect):
        return None
    has_nul = _rows_with_nul(buffer, layout)
    is_bad |= has_nul
    table = _read_good_rows(buffer, layout, ~(is_blank | is_bad), names, dialect)
    if table is None:
        # Either text that is no UTF-8, or a difference between Arrow's reading and ours.
        undecoded = _undecodable_rows(buffer, codes, layout, dialect)
        if dialect.is_mending and (undecoded & ~has_nul).any():
            return _read_mended(buffer, layout, undecoded & ~has_nul, names, dialect, first_line)
        is_bad |= undecoded & ~is_blank
        table = _read_good_rows(buffer, layout, ~(is_blank | is_bad), names, dialect)
    if table is None:
        return None
    rejects = _reject(buffer, layout, is_bad, dialect, first_line)
    lines = layout.lines[~(is_blank | is_bad)] + first_line
    notices = _notices(buffer, layout, ~(is_blank | is_bad), dialect, first_line)
    chunk = RowChunk(table, lines, rejects, notices)
    return Block(chunk, consumed, first_line + layout.line_feeds)


def _has_short_row(layout: Layout, is_bad: Flags, dialect: Dialect) -> bool:
    """Whether a row lacks cells of columns that are blank anyway, so that it is right after all."""
    cells = layout.cells[is_bad]
    named = dialect.columns - dialect.blank_columns
    return bool(((cells >= named) & (cells < dialect.columns)).any())


def _read_mended(
    buffer: bytes,
    layout: Layout,
    undecoded: Flags,
    names: tuple[str, ...],
    dialect: Dialect,
    first_line: int,
) -> Block | None:
    """Read the block with its undecodable rows in UTF-8; rows and cells lie as they lay."""
    parts: list[bytes] = []
    notices: list[Located] = []
    mended_lines: set[int] = set()
    done = 0
    columns = (layout.starts, layout.ends, layout.lines + first_line)
    for start, end, line in zip(*(each[undecoded].tolist() for each in columns), strict=True):
        mended, finding = mend_utf8(buffer[start:end])
        parts += [buffer[done:start], mended]
        done = end
        if finding is not None:
            mended_lines.add(line)
            notices += [] if dialect.is_guessed else [Located(line, "", "", finding)]
    consumed = int(layout.ends[-1]) + 1
    whole = b"".join((*parts, buffer[done:consumed]))
    block = read_block(whole, names, replace(dialect, is_mending=False), first_line)
    if block is None:
        return None
    rejected = {reject.line for reject in block.chunk.rejects}
    kept = [notice for notice in notices if notice.row not in rejected]
    kept += [
        notice
        for notice in block.chunk.notices
        if notice.finding is not IS_UTF_8 or notice.row not in mended_lines
    ]
    both = sorted(kept, key=lambda notice: notice.row)
    return Block(replace(block.chunk, notices=tuple(both)), consumed, block.next_line)


def _notices(
    buffer: bytes, layout: Layout, is_good: Flags, dialect: Dialect, first_line: int
) -> tuple[Located, ...]:
    """What is to be known of the good rows, all of which are UTF-8."""
    may_be_garbled = may_hold_mojibake(buffer)
    tells_utf_8 = dialect.is_guessed and not buffer.isascii()
    if not may_be_garbled and not tells_utf_8:
        return ()
    columns = (layout.starts, layout.ends, layout.lines + first_line)
    notices = []
    for start, end, line in zip(*(each[is_good].tolist() for each in columns), strict=True):
        text = buffer[start:end]
        if tells_utf_8 and not text.isascii():
            notices.append(Located(line, "", "", IS_UTF_8))
        if may_be_garbled and (garbled := find_mojibake(text)) is not None:
            notices.append(Located(line, "", "", garbled))
    return tuple(notices)


def _rows_with_nul(buffer: bytes, layout: Layout) -> Flags:
    flags = np.zeros(layout.ends.size, np.bool_)
    after = int(layout.ends[-1])
    position = buffer.find(0, 0, after)
    while position >= 0:
        row = int(np.searchsorted(layout.ends, position))
        flags[row] = True
        position = buffer.find(0, int(layout.ends[row]), after)
    return flags


def _undecodable_rows(buffer: bytes, codes: Codes, layout: Layout, dialect: Dialect) -> Flags:
    flags = np.zeros(layout.ends.size, np.bool_)
    outside_ascii = np.flatnonzero(codes[: int(layout.ends[-1])] >= _OUTSIDE_ASCII)
    for row in np.unique(np.searchsorted(layout.ends, outside_ascii)).tolist():
        text = buffer[layout.starts[row] : layout.ends[row]]
        flags[row] = undecodable(text, dialect.encoding) is not None
    return flags


def _read_good_rows(
    buffer: bytes, layout: Layout, is_good: Flags, names: tuple[str, ...], dialect: Dialect
) -> pa.Table | None:
    edges = np.flatnonzero(np.diff(is_good, prepend=False, append=False))
    first, after = edges[0::2], edges[1::2]
    begins = layout.starts[first].tolist()
    ends = (layout.ends[after - 1] + 1).tolist()
    view = memoryview(buffer)
    runs = [view[begin:end] for begin, end in zip(begins, ends, strict=True)]
    data = runs[0] if len(runs) == 1 else b"".join(runs)
    blank = tuple(f"\0{number}" for number in range(dialect.blank_columns))
    try:
        table = _read_table(data, int(is_good.sum()), names + blank, dialect)
    except pa.ArrowInvalid:
        return None
    if table is None:
        return None
    for name in blank:
        cells = pc.ascii_trim_whitespace(table.column(name))
        if pc.all(pc.equal(cells, "")).as_py() is False:
            return None
    return table.select(list(names)) if blank else table


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
    buffer: bytes, layout: Layout, is_bad: Flags, dialect: Dialect, first_line: int
) -> tuple[Reject, ...]:
    rejects = []
    columns = (layout.starts, layout.ends + 1, layout.cells, layout.lines + first_line)
    bad = (column[is_bad].tolist() for column in columns)
    for start, end, cells, line in zip(*bad, strict=True):
        text = strip_line_end(buffer[start:end])
        if dialect.is_mending and 0 not in text:
            text, _ = mend_utf8(text)
        finding = row_finding(text, cells, dialect)
        if finding is None:
            raise AssertionError(f"the row of line {line} is rejected without a reason")
        rejects.append(Reject.of(line, as_text(text), finding))
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
    lines = np.array(records.lines, np.int64)
    return RowChunk(table, lines, tuple(records.rejects), tuple(records.notices))


def with_carriage_returns(block: Block) -> Block:
    """The block of a text whose carriage returns were made line feeds to be read faster."""
    chunk = block.chunk
    columns = [pc.replace_substring(column, "\n", "\r") for column in chunk.table.columns]
    table = pa.table(columns, names=chunk.table.column_names)
    rejects = tuple(replace(each, raw=each.raw.replace("\n", "\r")) for each in chunk.rejects)
    return replace(block, chunk=replace(chunk, table=table, rejects=rejects))
