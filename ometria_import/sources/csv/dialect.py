r"""Which delimiter a CSV file has, whether it has escapes, and what its header says.

MySQL writes a backslash before each quote, delimiter, line break and backslash of a value, and
`\N` for null. PHP writes one before a quote only where the value has it itself. So a quote
behind a backslash alone proves neither, and the file is read with escapes only if it has more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ometria_import.errors import SourceError, UsageError
from ometria_import.options.choices import Escape
from ometria_import.problems import Located, shorten
from ometria_import.sources.csv.records import Dialect, Records, find_line_end, read_records
from ometria_import.sources.file.encodings import UTF_8
from ometria_import.sources.header import (
    count_columns,
    find_header,
    name_columns,
    refuse_lines_in_cells,
)

MAX_HEADER_BYTES = 1024 * 1024

_WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "colon": ":"}
_CANDIDATES = (",", ";", "\t", "|")
_LAST_RESORT = ":"
"""Times and nested names are full of it."""
_STATED = frozenset((*_CANDIDATES, _LAST_RESORT))
_SAMPLE_ROWS = 50
_SAMPLE_BYTES = 1024 * 1024
_SEPARATOR_LINE = b"sep="
"""Excel's own first line, as in `sep=;`, that says the delimiter and is no row."""


_NULL = rb"(?:^|(?<=[\r\n%(mark)s]))\\N(?=[\r\n%(mark)s]|$)"
_QUOTE = rb"\\\""
_OTHERS = rb"\\\\|\\[\r\n%(mark)s]"
"""A backslash, a line break or a delimiter of a value."""
_DOUBLED_QUOTE = rb'[^\r\n%(mark)s]""[^\r\n%(mark)s"]'
"""What MySQL never writes."""


def has_certain_escapes(sample: bytes, dialect: Dialect, *, is_last: bool) -> bool:
    """Whether rows are broken as they stand, none is with escapes, and only MySQL writes so.

    Args:
        sample: Rows from the beginning of a file.
        dialect: That of the file, without escapes.
        is_last: Whether the file ends with the sample; otherwise its last row may be cut.
    """
    if b"\\" not in sample or not _is_of_mysql(sample, dialect.delimiter):
        return False
    if not read_records(sample, dialect, 1, is_last=is_last).rejects:
        return False
    escaped = read_records(sample, replace(dialect, has_escapes=True), 1, is_last=is_last)
    return bool(escaped.rows) and not escaped.rejects


def _is_of_mysql(sample: bytes, delimiter: str) -> bool:
    mark = {b"mark": re.escape(delimiter.encode())}

    def has(pattern: bytes) -> bool:
        return re.search(pattern % mark, sample) is not None

    return (has(_NULL) or (has(_QUOTE) and has(_OTHERS))) and not has(_DOUBLED_QUOTE)


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns, and where the rows begin."""

    names: tuple[str, ...]
    cells: tuple[str, ...]
    """What the file calls these columns, as it is written."""
    delimiter: str
    end: int
    """Bytes of the text, as UTF-8 without its mark, up to the first row."""
    next_line: int
    blank_columns: int
    """Columns at the end of the table that have neither a name nor, as far as seen, a cell."""
    skipped_lines: int
    """Lines with text above the header."""
    has_only_cr: bool
    """Whether lines end in a lone carriage return."""
    has_escapes: bool
    """Whether a backslash takes the meaning from what follows it."""
    notices: tuple[Located, ...] = ()
    """What is to be known of the header itself."""


def parse_delimiter(given: str) -> str:
    """The character that `--delimiter` stands for.

    Raises:
        UsageError: it is neither one character that can delimit cells nor one of the words.
    """
    delimiter = _WORDS.get(given.lower(), given)
    is_usable = len(delimiter) == 1 and delimiter.isascii() and not delimiter.isalnum()
    if not is_usable or delimiter in '"\r\n\0\ufeff':
        raise UsageError(
            f"--delimiter {shorten(given)!r} is not one character",
            hint="Use comma, semicolon, tab, pipe, or the character itself.",
        )
    return delimiter


def read_header(
    path: Path,
    text: bytes,
    given: str | None,
    *,
    encoding: str,
    is_whole: bool,
    escape: Escape | None = None,
    is_mending: bool = False,
) -> Header:
    """Find the header in the beginning of a file's text, and the delimiter if none is given.

    Args:
        path: For messages.
        text: As UTF-8, without its mark.
        given: The delimiter, if the user says it.
        encoding: Of the file, for messages.
        is_whole: Whether the file ends with `text`.
        escape: The meaning of a backslash, if the user gave it.
        is_mending: Whether bytes that are no UTF-8 are read as cp1252.

    Raises:
        SourceError: there is none, it does not name every column once, or the file holds whole
            lines in single cells.
    """
    start, line, stated = _skip_preamble(text, is_whole=is_whole)
    if not text[start:].strip():
        raise SourceError(
            f"{path} is empty: it has only blank lines", hint="Export the file again."
        )
    body = text[start:]
    delimiter, sampled = given or stated, None
    if not delimiter:
        delimiter, sampled = _detect_delimiter(body[:_SAMPLE_BYTES])
    dialect = Dialect(
        delimiter,
        columns=0,
        encoding=encoding,
        is_mending=is_mending,
        has_escapes=escape is Escape.BACKSLASH,
        max_row_bytes=MAX_HEADER_BYTES,
    )
    is_same = dialect.encoding == UTF_8 and is_mending and not dialect.has_escapes
    is_small = is_whole and len(body) <= _SAMPLE_BYTES and line == 1
    sample = sampled if is_same and is_small else None
    # With many small files, reading these rows again would take most of the time.
    if sample is None:
        sample = read_records(body, dialect, line, is_last=is_whole, max_rows=_SAMPLE_ROWS + 1)
    at = find_header(_texts(sample)) if sample.rows else 0
    if not sample.rows or (sample.rejects and sample.rejects[0].line < sample.lines[at]):
        raise _unreadable_header(path, line, sample)
    found = read_records(body, dialect, line, is_last=is_whole, max_rows=at + 1)
    cells = _texts(found)[at]
    below = body[found.consumed :]
    if len(cells) == 1 and body.lstrip().startswith(b'"'):
        rows = (row for row in _texts(sample)[at + 1 :] if len(row) == 1)
        refuse_lines_in_cells(path, cells[0], [row[0] for row in rows])
    columns = _count_columns(cells, below[:_SAMPLE_BYTES], dialect)
    dialect = replace(dialect, columns=len(cells), blank_columns=len(cells) - columns)
    has_escapes = dialect.has_escapes or (
        escape is None
        and has_certain_escapes(
            below[:_SAMPLE_BYTES], dialect, is_last=is_whole and len(below) <= _SAMPLE_BYTES
        )
    )
    return Header(
        names=name_columns(path, cells[:columns]),
        cells=tuple(cells[:columns]),
        delimiter=delimiter,
        end=start + found.consumed,
        next_line=found.next_line,
        blank_columns=len(cells) - columns,
        skipped_lines=at,
        has_only_cr=b"\r" in text and b"\n" not in text,
        has_escapes=has_escapes,
        notices=tuple(each for each in found.notices if each.row == found.lines[at]),
    )


def _texts(records: Records) -> list[list[str]]:
    return [[cell.decode("utf-8", "replace") for cell in row] for row in records.rows]


def _count_columns(cells: list[str], sample: bytes, dialect: Dialect) -> int:
    """How many columns there are without those at the end that are blank as far as seen."""
    if cells[-1].strip():
        return len(cells)
    below = _texts(read_records(sample, dialect, 1, is_last=True))
    return count_columns(cells, [row for row in below if len(row) == len(cells)])


def _skip_preamble(text: bytes, *, is_whole: bool) -> tuple[int, int, str]:
    """Where the header starts, on which line, and the delimiter if a line before states it."""
    start, line, stated = 0, 1, ""
    while start < len(text):
        end, after = find_line_end(text, start, is_last=is_whole)
        content = text[start:end].strip()
        is_statement = content[: len(_SEPARATOR_LINE)].lower() == _SEPARATOR_LINE
        last = chr(text[end - 1]) if is_statement else ""
        if last in _STATED and end - start == len(_SEPARATOR_LINE) + 1 and not stated:
            stated = last
        elif content or not after:
            break
        start, line = after, line + 1
    return start, line, stated


def _unreadable_header(path: Path, line: int, found: Records) -> SourceError:
    reason = found.rejects[0].finding.message if found.rejects else "it does not end"
    return SourceError(
        f"{path} line {line}: the header cannot be read: {reason}",
        hint="Is it a CSV file? You can give its encoding with --encoding, for example utf-16-le.",
    )


def _detect_delimiter(sample: bytes) -> tuple[str, Records | None]:
    """The candidate that splits most rows into as many cells as the header; a comma if none does.

    Returns:
        The delimiter, and the first rows if they were read with it.
    """
    scores = {candidate: _score(sample, candidate) for candidate in _CANDIDATES}
    best = max(_CANDIDATES, key=lambda candidate: scores[candidate][0])
    if scores[best][0] > 0:
        return best, scores[best][1]
    score, found = _score(sample, _LAST_RESORT)
    return (_LAST_RESORT, found) if score > 0 else (_CANDIDATES[0], scores[_CANDIDATES[0]][1])


def _score(sample: bytes, delimiter: str) -> tuple[float, Records | None]:
    """More columns count more, but only as far as the rows agree with the header.

    Returns:
        The score, and the first rows if they were read for it, as UTF-8 with damaged text
        replaced.
    """
    if delimiter.encode() not in sample:
        return 0, None  # every row is a single cell
    dialect = Dialect(
        delimiter, columns=0, encoding=UTF_8, is_mending=True, max_row_bytes=len(sample)
    )
    found = read_records(sample, dialect, 1, is_last=True, max_rows=_SAMPLE_ROWS + 1)
    if not found.rows:
        return 0, found
    header, *rows = map(len, found.rows[find_header(_texts(found)) :])
    # The sample may cut its last row, which the others outvote.
    agreeing = sum(cells == header for cells in rows)
    return (header - 1) * (agreeing / len(rows) if rows else 1), found
