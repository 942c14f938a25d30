"""The cells of a sheet as texts, each as people see it in their spreadsheet."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ometria_import.problems import Finding, Located
from ometria_import.problems.catalogue import UNSTORED_FORMULA
from ometria_import.sources.model import RowChunk
from ometria_import.sources.workbook.number_formats import NumberFormat

_OF_WHOEVER_LOOKS = frozenset({5, 6, 7, 8, 41, 42, 43, 44})
"""Built-in formats whose currency depends on the machine. Source: ECMA-376, section 18.8.30."""
_FIRST_OWN_FORMAT = 164

Unstored = list[tuple[int, int]]
"""Row and column of cells with a formula and no value, both from 1."""


def shown_rows(sheet: Any, unstored: Unstored) -> Iterator[list[str]]:
    """The rows of a sheet from its first one on, those that are missing as empty lists.

    Args:
        sheet: One of a workbook that openpyxl reads cell by cell.
        unstored: Takes the places of formulas whose value the file does not have.
    """
    texts = _ShownTexts(sheet.parent)
    next_row = 1
    with sheet._get_source() as source:  # noqa: SLF001 -- its public way hides formulas
        for row, cells in _parser(sheet, source).parse():
            while next_row < row:
                yield []
                next_row += 1
            if next_row == row:
                yield _row_texts(cells, texts, unstored)
                next_row += 1


def with_unstored(chunk: RowChunk, unstored: Unstored, header: Sequence[str]) -> RowChunk:
    """Add notices of the formulas without a value that stand in the rows of a chunk."""
    lines = set(chunk.lines.tolist())
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row, column in unstored:
        if row in lines and column <= len(header):
            rows_of[column].append(row)
    unstored.clear()
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


def _parser(sheet: Any, source: Any) -> Any:
    """Openpyxl's reader of a sheet, but that a formula without a value is told from a blank."""
    from openpyxl.worksheet import _reader  # slow to import, and few sources need it

    class Parser(_reader.WorkSheetParser):  # type: ignore[misc]
        def parse_cell(self, element: Any) -> dict[str, Any]:
            cell: dict[str, Any] = super().parse_cell(element)
            # A formula whose value is an empty text says `str`.
            is_number = cell["value"] is None and cell["data_type"] == "n"
            if is_number and element.find(_reader.FORMULA_TAG) is not None:
                cell["data_type"] = "f"
            return cell

    book = sheet.parent
    return Parser(
        source,
        sheet._shared_strings,  # noqa: SLF001 -- as openpyxl itself calls its reader
        data_only=True,
        epoch=book.epoch,
        date_formats=book._date_formats,  # noqa: SLF001 -- the same
        timedelta_formats=book._timedelta_formats,  # noqa: SLF001 -- the same
    )


def _row_texts(
    cells: Sequence[dict[str, Any]], texts: _ShownTexts, unstored: Unstored
) -> list[str]:
    row = [""] * (cells[-1]["column"] if cells else 0)
    for cell in cells:
        if cell["value"] is not None:
            row[cell["column"] - 1] = texts.of(cell["value"], cell["style_id"])
        elif cell["data_type"] == "f":
            unstored.append((cell["row"], cell["column"]))
    return row


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
            number = int(style)
            if number not in self._formats:
                self._formats[number] = self._read_format(number)
            return self._formats[number].shown(value)
        return _time_text(value)

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
