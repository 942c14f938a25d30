"""The cells of a sheet as texts, each as people see it in their spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.problems import Finding, Located
from ometria_import.problems.catalogue import UNSTORED_FORMULA
from ometria_import.sources.arrays import Texts
from ometria_import.sources.model import RowChunk
from ometria_import.sources.workbook.book import text_of
from ometria_import.sources.workbook.number_formats import PLAIN_NUMBERS, NumberFormat

_OF_WHOEVER_LOOKS = frozenset({5, 6, 7, 8, 41, 42, 43, 44})
"""Built-in formats whose currency depends on the machine. Source: ECMA-376, section 18.8.30."""
_FIRST_OWN_FORMAT = 164

_USUAL_KINDS = frozenset({"n", "s", "str", "inlineStr"})
_NO_DATE = "#VALUE!"
"""What openpyxl makes of a number that is marked as a date but cannot be one."""

Unstored = list[tuple[int, int]]
"""Row and column of cells with a formula and no value, both from 1."""


def with_unstored(chunk: RowChunk, unstored: Unstored, header: Sequence[str]) -> RowChunk:
    """Add notices of the formulas without a value that stand in the rows of a chunk."""
    lines = set(chunk.lines.tolist())
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, column in sorted(unstored):
        if row in lines and column <= len(header):
            rows_of[column].append(row)
    if not rows_of:
        return chunk
    message = "the file has the formula but not its result, so the cell was read as blank"
    finding = Finding(UNSTORED_FORMULA, message)
    notices = [
        Located(rows[0], header[column - 1], "", finding, times=len(rows))
        for column, rows in rows_of.items()
    ]
    in_order = sorted((*chunk.notices, *notices), key=lambda notice: notice.row)
    return replace(chunk, notices=tuple(in_order))


class CellReader:
    """Reads rows with openpyxl, but usual cells in fewer steps, because cells take most time."""

    def __init__(self, sheet: Any, unstored: Unstored) -> None:
        from openpyxl.utils.datetime import from_excel  # slow to import, and few sources need it
        from openpyxl.worksheet import _reader

        self._from_excel, self._cast_number = from_excel, _reader._cast_number  # noqa: SLF001 -- as openpyxl itself reads them
        book = sheet.parent
        self._texts = _ShownTexts(book)
        self.unstored = unstored
        self._strings = sheet._shared_strings  # noqa: SLF001 -- as openpyxl itself calls its reader
        self._formula, self._value = _reader.FORMULA_TAG, _reader.VALUE_TAG
        self._inline = _reader.INLINE_STRING
        self._columns: dict[str, int] = {}
        self._written_row = ""
        self._library = _reader.WorkSheetParser(
            None,
            self._strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001 -- the same
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001 -- the same
        )

    def begin_below(self, row: int) -> None:
        """Continue below a row that was read in another way."""
        self._library.row_counter = row

    def read(self, row: Element) -> tuple[int, list[str]]:
        """The number of a row, and its texts up to the last cell that it has."""
        self._library.row_dimensions.clear()
        number: int = self._library.parse_row(Element(row.tag, row.attrib))[0]
        self._written_row = row.get("r", "")
        texts: list[str] = []
        column = 0
        for cell in row:
            column, text = self._cell(cell)
            if len(texts) < column:
                texts += [""] * (column - len(texts))
            if text is not None:
                texts[column - 1] = text
        if len(texts) > column:
            raise IndexError(f"row {number:,}: its cells are in no order")
        return number, texts

    def _cell(self, cell: Element) -> tuple[int, str | None]:
        """The column of a cell, from 1, and its text; None where it has no value."""
        column = self._columns.get(cell.get("r", "").removesuffix(self._written_row))
        kind = cell.get("t", "n")
        if column is None or kind not in _USUAL_KINDS:
            return self.unusual_cell(cell)
        self._library.col_counter = column
        if kind == "inlineStr":
            inline = cell.find(self._inline)
            return column, None if inline is None else text_of(inline)
        value = cell.findtext(self._value)
        if not value:
            # A formula whose value is an empty text says `str`.
            if kind == "n" and cell.find(self._formula) is not None:
                self.unstored.append((self._library.row_counter, column))
            return column, None
        if kind == "n":
            return column, self._number_text(value, int(cell.get("s") or 0))
        return column, value if kind == "str" else self._strings[int(value)]

    def unusual_cell(self, element: Element) -> tuple[int, str | None]:
        """The same of a cell that may be written in any way."""
        cell: dict[str, Any] = self._library.parse_cell(element)
        column = cell["column"]
        letters = element.get("r", "").removesuffix(self._written_row)
        if letters.isalpha():
            self._columns[letters] = column
        if cell["value"] is not None:
            return column, self._texts.of(cell["value"], cell["style_id"])
        if cell["data_type"] == "n" and element.find(self._formula) is not None:
            self.unstored.append((cell["row"], column))
        return column, None

    def number_texts(self, values: Texts, style: int) -> Texts:
        """The texts of numbers as they are written."""
        if style not in self._library.date_formats and self._texts.format_of(style).is_plain:
            is_same = pc.match_substring_regex(values, PLAIN_NUMBERS)
            if pc.all(is_same).as_py():
                return values
        written = values.dictionary_encode()
        shown = [self._number_text(value, style) for value in written.dictionary.to_pylist()]
        return pa.array(shown, pa.string()).take(written.indices)

    def _number_text(self, value: str, style: int) -> str:
        library = self._library
        number = self._cast_number(value)
        if style not in library.date_formats:
            return self._texts.of_number(number, style)
        is_duration = style in library.timedelta_formats
        try:
            return _time_text(self._from_excel(number, library.epoch, timedelta=is_duration))
        except (OverflowError, ValueError):
            return _NO_DATE


class _ShownTexts:
    """What people see of values, by the styles of their workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[int, NumberFormat] = {}

    def of(self, value: Any, style: int) -> str:
        """A cell's value as a CSV file would have it."""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return self.of_number(value, int(style))
        return _time_text(value)

    def of_number(self, number: float, style: int) -> str:
        """The same of a number that is no date."""
        return self.format_of(style).shown(number)

    def format_of(self, style: int) -> NumberFormat:
        """The format of a style."""
        if style not in self._formats:
            self._formats[style] = self._read_format(style)
        return self._formats[style]

    def _read_format(self, style: int) -> NumberFormat:
        from openpyxl.styles.numbers import BUILTIN_FORMATS  # slow, like all of openpyxl

        book = self._book
        try:
            # Cells offer their formats one by one, and these would be read anew for each.
            number = book._cell_styles[style].numFmtId  # noqa: SLF001
            own = number - _FIRST_OWN_FORMAT
            code = BUILTIN_FORMATS.get(number) if own < 0 else book._number_formats[own]  # noqa: SLF001
        except IndexError:  # a style that the workbook does not have: there is nothing to see
            return NumberFormat("General")
        return NumberFormat(code or "General", has_own_currency=number not in _OF_WHOEVER_LOOKS)


def _time_text(value: Any) -> str:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(value)
