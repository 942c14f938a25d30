"""One sheet of an Excel workbook as chunks of text, row by row."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ErrorString

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.errors import SourceError
from ometria_import.problems import Finding, Located, Reject, shorten
from ometria_import.problems.catalogue import RAGGED_ROW
from ometria_import.sources.arrays import mask_of
from ometria_import.sources.file.damaged_text import find_mojibake, may_hold_mojibake
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
from ometria_import.sources.workbook.cells import Unstored, with_unstored
from ometria_import.sources.workbook.limits import Limits
from ometria_import.sources.workbook.reading import sheet_rows
from ometria_import.sources.workbook.sheet_rows import SheetRows

_SAMPLE_ROWS = 50
_MAX_CHUNK_BYTES = 16_000_000
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


def open_workbook(raw: RawFile, sheet: str | None) -> WorkbookSource:
    """Choose the sheet and find its header.

    Raises:
        SourceError: the workbook is damaged, has no such sheet, or the sheet is no table.
    """
    with raw.open() as file, _damage_told(raw):
        book = load_book(file)
        name = _choose_sheet(raw, book, sheet)
        sample = _sample(_rows(raw, book[name], []))
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
        below = (each.where(each.numbers > self._header_row) for each in _told(self._raw, rows))
        for some in SheetRows.chunked(below, chunk_rows, _MAX_CHUNK_BYTES):
            chunk = with_unstored(self._chunk(some), unstored, self.header)
            last = int(some.numbers[-1])
            unstored[:] = [place for place in unstored if place[0] > last]
            yield self._repeats.taken_out(chunk)

    def _chunk(self, rows: SheetRows) -> RowChunk:
        width = len(self.header)
        is_ragged = np.zeros(len(rows), bool)
        for column in rows.columns[width:]:
            is_ragged |= mask_of(pc.not_equal(column, ""))
        rejects = []
        for row in np.flatnonzero(is_ragged).tolist():
            cells = rows.cells(row)
            words = f"{len(cells):,} cells, but the header has {width:,}"
            finding = Finding(RAGGED_ROW, words)
            rejects.append(Reject.of(int(rows.numbers[row]), ",".join(cells), finding))
        good = rows.where(~is_ragged).with_width(width)
        table = pa.table(good.columns, names=list(self.header))
        return RowChunk(table, good.numbers, tuple(rejects), tuple(_garbled(good)))


def _garbled(rows: SheetRows) -> Iterator[Located]:
    """Notices of the rows with text that was read in the wrong encoding before."""
    columns = (each for each in rows.columns if not pc.all(pc.string_is_ascii(each)).as_py())
    if not any(may_hold_mojibake("\t".join(each.to_pylist()).encode()) for each in columns):
        return
    for row, number in enumerate(rows.numbers.tolist()):
        if finding := find_mojibake("\t".join(rows.cells(row)).encode()):
            yield Located(number, "", "", finding)


def _sample(rows: Iterator[SheetRows]) -> list[tuple[int, list[str]]]:
    sample: list[tuple[int, list[str]]] = []
    for each in rows:
        numbers = each.numbers[: _SAMPLE_ROWS - len(sample)].tolist()
        sample += [(number, each.cells(row)) for row, number in enumerate(numbers)]
        if len(sample) == _SAMPLE_ROWS:
            break
    return sample


def _told(raw: RawFile, rows: Iterator[SheetRows]) -> Iterator[SheetRows]:
    """The same rows, with errors about damage worded as for the whole file."""
    while True:
        with _damage_told(raw):
            some = next(rows, None)
        if some is None:
            return
        yield some


@contextmanager
def _damage_told(raw: RawFile) -> Iterator[None]:
    """Turn what openpyxl raises into an error of the source; its warnings are about styles."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _DAMAGES as error:
        said = ErrorString(error.code) if isinstance(error, ParseError) else str(error)
        reason = shorten(said) or type(error).__name__
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


def _rows(raw: RawFile, sheet: Any, unstored: Unstored) -> Iterator[SheetRows]:
    """The rows that hold anything, by their number, without the blank cells at their end."""
    for found in sheet_rows(sheet, unstored, Limits(raw, sheet.title)):
        rows = found.filled()
        if len(rows.columns) > MAX_COLUMNS:
            name_columns(raw.shown, max(map(rows.cells, range(len(rows))), key=len))
        if len(rows):
            yield rows
