"""One CSV record at a time: the rules of quoting, in ordinary Python.

This is the exact reading; `csv_blocks` is the fast one, for blocks in which nothing is odd, and
has to agree with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from ometria_import.problems import Finding, Located, Reject
from ometria_import.problems.catalogue import (
    BROKEN_QUOTING,
    NUL_BYTE,
    RAGGED_ROW,
    ROW_TOO_LARGE,
    UNDECODABLE,
)
from ometria_import.problems.invisible_text import BYTE_ORDER_MARK
from ometria_import.sources.file.damaged_text import IS_UTF_8, find_mojibake, mend_utf8
from ometria_import.sources.file.encodings import undecodable
from ometria_import.sources.model import MAX_ROW_BYTES

_LINE_END = re.compile(rb"\r\n?|\n")
_QUOTE_BEHIND_MARK = BYTE_ORDER_MARK.encode() + b'"'
_ESCAPED_QUOTE = b'\\"'
_ESCAPE = re.compile(rb'""|\\(.)', re.DOTALL)
_ESCAPED = {b"0": b"\0", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"}
"""Source: MySQL 8.4 Reference Manual, "LOAD DATA Statement", escape sequences."""
_NULL = rb"\N"
"""A word for null, which stays as it is."""
_SHOWN_OF_LARGE_ROW = 1_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """What it takes to tell the cells of a file apart."""

    delimiter: str
    columns: int
    """Cells that a row must have; 0 takes rows of any length."""
    encoding: str
    """Of the file, for messages: the bytes at hand are UTF-8 already."""
    blank_columns: int = 0
    """How many of the columns end the table without a name; their cells are blank, or missing."""
    is_mending: bool = False
    """Bytes that are no UTF-8 are read as cp1252 where they can be."""
    is_guessed: bool = False
    """Most of the file's text is cp1252, as far as one can guess, so UTF-8 is the exception."""
    has_escapes: bool = False
    """A backslash takes the meaning from a quote, a delimiter or a line break behind it."""
    max_row_bytes: int = MAX_ROW_BYTES

    @property
    def named_columns(self) -> int:
        """How many columns there are without those blank ones."""
        return self.columns - self.blank_columns


@dataclass(slots=True)
class Records:
    """What `read_records` found in a buffer."""

    rows: list[list[bytes]] = field(default_factory=list)
    """Cells without their quotes; rows that were rejected are not among them."""
    lines: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notices: list[Located] = field(default_factory=list)
    consumed: int = 0
    """How far the buffer was read; what follows needs more bytes to be understood."""
    next_line: int = 0
    is_inside_large_row: bool = False
    """The next bytes belong to a line that was rejected for its size."""


@lru_cache
def _cell_patterns(
    delimiter: str, *, has_escapes: bool
) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """One cell with what ends it, and a quoted cell whatever follows it.

    A cell that breaks the rules of quoting does not match the first. Blanks may stand around a
    quoted cell.
    """
    mark = re.escape(delimiter.encode())
    blanks = b"[" + b" \t".replace(delimiter.encode(), b"") + b"]*+"
    if has_escapes:
        quoted = rb'(?:[^"\\]|""|\\.)*+'
        plain = rb"(?:[^\r\n\\" + mark + rb"]|\\(?:\r\n|.))*+"
    else:
        quoted = rb'[^"]*+(?:""[^"]*+)*+'
        plain = rb"[^\r\n" + mark + rb"]*+"
    in_quotes = blanks + rb'"(?P<quoted>' + quoted + rb')"' + blanks
    in_none = rb"(?!" + blanks + rb'")(?P<plain>' + plain + rb")"
    end = rb"(?P<end>" + mark + rb"|\r\n?|\n|\Z)"
    whole = re.compile(rb"(?:" + in_quotes + rb"|" + in_none + rb")" + end, re.DOTALL)
    return whole, re.compile(in_quotes, re.DOTALL)


def read_records(
    buffer: bytes, dialect: Dialect, first_line: int, *, is_last: bool, max_rows: int = 0
) -> Records:
    """Read the records of a buffer that starts where a record starts.

    A quote in the middle of an unquoted cell is text. A row whose quoting is broken costs its
    first line and nothing else: reading goes on at the next one.

    Args:
        buffer: UTF-8, or bytes that a finding has to be made of.
        dialect: The dialect to read it with.
        first_line: The physical line on which the buffer starts.
        is_last: Whether the file ends with the buffer; otherwise its last record may go on.
        max_rows: Stop after so many rows; 0 for all.
    """
    found = Records(next_line=first_line)
    while found.consumed < len(buffer) and (not max_rows or len(found.rows) < max_rows):
        cells, end = _read_cells(buffer, found.consumed, dialect, is_last=is_last)
        raw = buffer[found.consumed : end or len(buffer)]
        is_too_large = len(strip_line_end(raw)) > dialect.max_row_bytes
        if cells is not None and not is_too_large:
            _take_row(raw, cells, dialect, found)
            found.consumed = end
            continue
        is_waiting = end == 0 and not is_last and not is_too_large
        if is_waiting or not _reject_line(buffer, dialect, found, is_last=is_last):
            break
    return found


def _read_cells(
    buffer: bytes, start: int, dialect: Dialect, *, is_last: bool
) -> tuple[list[bytes] | None, int]:
    """The cells of the record at `start` and where it ends.

    Without cells the record is broken; with neither cells nor end (0) it is not closed within
    the buffer.
    """
    whole, in_quotes = _cell_patterns(dialect.delimiter, has_escapes=dialect.has_escapes)
    match_cell = whole.match
    delimiter = dialect.delimiter.encode()
    position, size = start, len(buffer)
    if buffer.startswith(_QUOTE_BEHIND_MARK, start):
        position += len(BYTE_ORDER_MARK.encode())  # of a file that was appended to another
    cells: list[bytes] = []
    while True:
        cell = match_cell(buffer, position)
        if cell is None:
            quoted = in_quotes.match(buffer, position)
            is_open = quoted is None or (quoted.end() == size and not is_last)
            return None, 0 if is_open else size
        end, position = cell["end"], cell.end()
        if position == size and not is_last and end not in {delimiter, b"\n", b"\r\n"}:
            return None, 0
        text = cell["quoted"]
        value = cell["plain"] if text is None else text
        if dialect.has_escapes and b"\\" in value and value != _NULL:
            value = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]) or b'"', value)
        if text is not None and not (dialect.has_escapes and b"\\" in text):
            value = value.replace(b'""', b'"')
        cells.append(value)
        if end != delimiter:
            return cells, position


def _take_row(raw: bytes, cells: list[bytes], dialect: Dialect, found: Records) -> None:
    line = found.next_line
    # LF, CRLF and a lone CR end one physical line each.
    found.next_line += raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")
    text = strip_line_end(raw)
    if len(text) == len(cells) - 1:
        return  # nothing but delimiters: a blank line, as spreadsheets write it
    finding = row_finding(text, len(cells), dialect)
    notices = []
    if finding is None and dialect.is_guessed and not text.isascii():
        notices.append(IS_UTF_8)
    if finding is not None and finding.cause == UNDECODABLE and dialect.is_mending:
        mended, notice = mend_utf8(text)
        if notice is not None:
            notices += [] if dialect.is_guessed else [notice]
            cells = [mend_utf8(cell)[0] for cell in cells]
            finding = row_finding(mended, len(cells), dialect)
            text = mended
    named = dialect.named_columns
    if finding is None and any(cell.strip() for cell in cells[named:] if dialect.columns):
        finding = _ragged(text, len(cells), dialect)
    if finding is not None:
        found.rejects.append(Reject.of(line, as_text(text), finding))
        return
    garbled = find_mojibake(text)
    found.rows.append(cells[:named] if dialect.columns else cells)
    found.lines.append(line)
    found.notices.extend(Located(line, "", "", each) for each in (*notices, garbled) if each)


def _reject_line(buffer: bytes, dialect: Dialect, found: Records, *, is_last: bool) -> bool:
    """Reject the line at which the buffer was read so far; False where its end is not known."""
    start = found.consumed
    end, after = find_line_end(buffer, start, is_last=is_last)
    if end - start > dialect.max_row_bytes:
        raw = buffer[start : start + _SHOWN_OF_LARGE_ROW]
        finding = Finding(ROW_TOO_LARGE, f"the row has over {dialect.max_row_bytes:,} bytes")
        found.is_inside_large_row = after == 0
    elif after == 0:
        return False
    else:
        raw = buffer[start:end]
        words = _about_backslash(raw, dialect)
        finding = Finding(
            BROKEN_QUOTING, f"a quote is not closed, or there is text after a closing quote{words}"
        )
    found.rejects.append(Reject.of(found.next_line, as_text(raw), finding))
    found.consumed = after or end
    found.next_line += 1 if after else 0
    return True


def find_line_end(buffer: bytes, start: int, *, is_last: bool) -> tuple[int, int]:
    """Where the physical line ends and where the next one starts.

    The second is 0 while that is not known: the line goes on after the buffer.
    """
    match = _LINE_END.search(buffer, start)
    if match is None:
        return len(buffer), len(buffer) if is_last else 0
    if match.end() == len(buffer) and match[0] == b"\r" and not is_last:
        return match.start(), 0
    return match.start(), match.end()


def row_finding(text: bytes, cells: int, dialect: Dialect) -> Finding | None:
    """What is wrong with a row whose quoting is right."""
    if b"\0" in text:
        return Finding(NUL_BYTE, f"byte {text.index(0) + 1} of the row is NUL")
    damaged = undecodable(text, dialect.encoding)
    if damaged is not None:
        others = " or in cp1252" if dialect.is_guessed else ""
        return Finding(damaged.cause, f"{damaged.message}{others}")
    if dialect.columns and not dialect.named_columns <= cells <= dialect.columns:
        return _ragged(text, cells, dialect)
    return None


def _ragged(text: bytes, cells: int, dialect: Dialect) -> Finding:
    words = "1 cell" if cells == 1 else f"{cells:,} cells"
    more = _about_backslash(text, dialect)
    if cells == 1 and text.lstrip().startswith(b'"') and dialect.delimiter.encode() in text:
        more = ": the whole line is in one quoted cell"
    return Finding(RAGGED_ROW, f"{words}, but the header has {dialect.named_columns:,}{more}")


def _about_backslash(text: bytes, dialect: Dialect) -> str:
    """The message for a broken row in which a backslash may be an escape."""
    if dialect.has_escapes or b"\\" not in text:
        return ""
    before = {
        "a quote": _ESCAPED_QUOTE in text,
        "a delimiter": b"\\" + dialect.delimiter.encode() in text,
        "the line break": text.endswith(b"\\"),
    }
    found = " and ".join(words for words, is_there in before.items() if is_there)
    if not found:
        return ""
    return (
        f"; it has a backslash before {found}, as MySQL and PHP write it: --escape backslash "
        "reads such files"
    )


def as_text(raw: bytes) -> str:
    """The raw row for people; a byte that is no text stands as its escaped number."""
    return raw.decode("utf-8", "backslashreplace")


def strip_line_end(raw: bytes) -> bytes:
    """The row without the one line end that closes it."""
    return raw.removesuffix(b"\n").removesuffix(b"\r")
