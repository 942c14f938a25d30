"""One sheet of an Excel workbook as chunks of text, row by row."""

from __future__ import annotations

import itertools
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from ometria_import.errors import SourceError
from ometria_import.problems import Finding, Located, Reject, shorten
from ometria_import.problems.catalogue import RAGGED_ROW
from ometria_import.sources.file.archive import SAVE_AS_CSV, unpacked_bytes
from ometria_import.sources.file.compression import check_ratio
from ometria_import.sources.file.damaged_text import find_mojibake
from ometria_import.sources.file.raw_file import RawFile
from ometria_import.sources.file.source_file import TableFile
from ometria_import.sources.header import (
    MAX_COLUMNS,
    count_columns,
    find_header,
    name_columns,
    names_with_invisible,
    refuse_lines_in_cells,
    repeated_names,
)
from ometria_import.sources.model import Format, RowChunk, SourceKind
from ometria_import.sources.repeated_header import RepeatedHeader
from ometria_import.sources.workbook.book import load_book
from ometria_import.sources.workbook.cells import Unstored, shown_rows, with_unstored

_SAMPLE_ROWS = 50
_MAX_ROWS = 1_048_576
"""Of a sheet; a higher number is damage, and openpyxl would count up to it."""
_MAX_CELL_CHARS = 100_000
"""Excel allows 32,767, Google's spreadsheets 50,000."""
_MAX_CHUNK_CHARS = 16_000_000
_UNCHECKED_CELLS = 20_000_000
"""Below it, any number of blank cells before one that is filled is harmless."""
_SHOWN_SHEETS = 10
_DAMAGES = (
    # All that openpyxl is known to raise at a workbook which is not as it should be.
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)

_Row = tuple[int, list[str]]


def open_workbook(raw: RawFile, sheet: str | None) -> WorkbookSource:
    """Choose the sheet and find its header.

    Raises:
        SourceError: the workbook is damaged, has no such sheet, or the sheet is no table.
    """
    with raw.open() as file, _damage_told(raw):
        book = load_book(file)
        name = _choose_sheet(raw, book, sheet)
        sample = list(itertools.islice(_rows(raw, book[name], []), _SAMPLE_ROWS))
    if not sample:
        raise SourceError(
            f"{raw.shown} is empty: sheet {shorten(name)!r} has no rows",
            hint="Name another sheet with --sheet, or export the file again.",
        )
    columns = max(len(cells) for _, cells in sample)
    rows = [cells + [""] * (columns - len(cells)) for _, cells in sample]
    at = find_header(rows)
    cells = rows[at][: count_columns(rows[at], rows[at + 1 :])]
    names = name_columns(raw.shown, cells)
    if len(names) == 1:
        refuse_lines_in_cells(raw.shown, cells[0], [row[0] for row in rows[at + 1 :]])
    book_format = Format(
        SourceKind.XLSX,
        sheet=name,
        names_with_invisible=names_with_invisible(cells),
        repeated_names=repeated_names(cells),
        skipped_lines=at,
    )
    return WorkbookSource(raw, book_format, names, sample[at][0], RepeatedHeader(raw.shown, cells))


class WorkbookSource(TableFile):
    """One sheet; memory is bounded by the chunk and by the workbook's table of texts."""

    def __init__(
        self,
        raw: RawFile,
        file_format: Format,
        header: tuple[str, ...],
        header_row: int,
        repeats: RepeatedHeader,
    ) -> None:
        super().__init__(raw, file_format, header)
        self._header_row = header_row
        self._repeats = repeats

    def _read(self, file: BinaryIO, chunk_rows: int) -> Iterator[RowChunk]:
        unstored: Unstored = []
        with _damage_told(self._raw):
            rows = _rows(self._raw, load_book(file)[self.format.sheet], unstored)
        below = (row for row in rows if row[0] > self._header_row)
        while some := self._next_rows(below, chunk_rows):
            chunk = with_unstored(self._chunk(some), unstored, self.header)
            yield self._repeats.taken_out(chunk)

    def _next_rows(self, rows: Iterator[_Row], count: int) -> list[_Row]:
        with _damage_told(self._raw):
            some: list[_Row] = []
            chars = 0
            for row in itertools.islice(rows, count):
                some.append(row)
                chars += sum(map(len, row[1]))
                if chars > _MAX_CHUNK_CHARS:
                    break
            return some

    def _chunk(self, rows: Sequence[_Row]) -> RowChunk:
        import numpy as np
        import pyarrow as pa

        width = len(self.header)
        good = [row for row in rows if len(row[1]) <= width]
        padded = [cells + [""] * (width - len(cells)) for _, cells in good]
        columns = zip(*padded, strict=True) if padded else [()] * width
        arrays = [pa.array(column, pa.string()) for column in columns]
        rejects = []
        for number, cells in rows:
            if len(cells) > width:
                words = f"{len(cells):,} cells, but the header has {width:,}"
                rejects.append(Reject.of(number, ",".join(cells), Finding(RAGGED_ROW, words)))
        lines = np.array([number for number, _ in good], np.int64)
        texts = ((number, "\t".join(cells)) for number, cells in good)
        garbled = (
            (number, find_mojibake(text.encode())) for number, text in texts if not text.isascii()
        )
        notices = tuple(Located(number, "", "", finding) for number, finding in garbled if finding)
        return RowChunk(pa.table(arrays, names=list(self.header)), lines, tuple(rejects), notices)


@contextmanager
def _damage_told(raw: RawFile) -> Iterator[None]:
    """Turn what openpyxl raises into an error of the source; its warnings are about styles."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _DAMAGES as error:
        reason = shorten(str(error)) or type(error).__name__
        raise SourceError(
            f"{raw.shown} cannot be read as an Excel workbook: {reason}",
            hint="Open it in a spreadsheet and save it again, as .xlsx or as CSV.",
        ) from error


def _choose_sheet(raw: RawFile, book: Any, sheet: str | None) -> str:
    names = [each.title for each in book.worksheets]
    if sheet is None and names:
        visible = (each.title for each in book.worksheets if each.sheet_state == "visible")
        return str(next(visible, names[0]))
    if sheet is not None and sheet in names:
        return sheet
    shown = [repr(shorten(name)) for name in names[:_SHOWN_SHEETS]]
    more = ["..."] if len(names) > _SHOWN_SHEETS else []
    raise SourceError(
        f"{raw.shown} has no sheet" + (f" named {shorten(sheet)!r}" if sheet is not None else ""),
        hint=f"Its sheets are {', '.join(shown + more)}." if names else "Export the file again.",
    )


def _rows(raw: RawFile, sheet: Any, unstored: Unstored) -> Iterator[_Row]:
    """The rows that hold anything, by their number, without the blank cells at their end."""
    with raw.open() as file:
        written = unpacked_bytes(file, raw.shown)
    chars = seen = 0
    for number, cells in enumerate(shown_rows(sheet, unstored), start=1):
        if number > _MAX_ROWS:
            raise ValueError(f"sheet {sheet.title!r} has a row over {_MAX_ROWS:,}")
        seen += len(cells)
        if seen > max(_UNCHECKED_CELLS, written):
            # A cell that is written takes some bytes; those that are not are made up here.
            raise SourceError(
                f"{raw.shown} row {number:,}: the sheet is nearly all blank cells, {seen:,} so far",
                hint="Copy the columns that have data to a new workbook, or save it as CSV.",
            )
        chars += sum(map(len, cells))
        check_ratio(raw.shown, chars, raw.size_bytes, SAVE_AS_CSV)
        if max(map(len, cells), default=0) > _MAX_CELL_CHARS:
            raise ValueError(f"row {number:,} has a cell of over {_MAX_CELL_CHARS:,} characters")
        while cells and not cells[-1].strip():
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            name_columns(raw.shown, cells)
        if cells:
            yield number, cells
