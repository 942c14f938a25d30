"""The rows of a sheet: whole columns at once as long as its XML is plain, then cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ometria_import.sources.workbook.cells import CellReader, Unstored
from ometria_import.sources.workbook.elements import whole_elements
from ometria_import.sources.workbook.limits import Limits
from ometria_import.sources.workbook.plain_cells import PlainCells
from ometria_import.sources.workbook.plain_xml import SheetXml
from ometria_import.sources.workbook.sheet_rows import SheetRows

_ROWS_AT_ONCE = 1_000
_CELLS_AT_ONCE = 100_000


def sheet_rows(sheet: Any, unstored: Unstored, limits: Limits) -> Iterator[SheetRows]:
    """The rows of a sheet; those that hold nothing may be left out.

    Args:
        sheet: One of a workbook that openpyxl reads cell by cell.
        unstored: Takes the places of formulas whose value the file does not have.
        limits: How large the sheet may grow.

    Raises:
        SourceError: the sheet grows as no sheet made by people does.
        ValueError: it is damaged, as are all others that openpyxl raises.
    """
    from openpyxl.xml.constants import SHEET_MAIN_NS  # slow, like all of openpyxl

    last = 0
    with sheet._get_source() as source:  # noqa: SLF001 -- its public way hides formulas
        xml, reader = SheetXml(source, SHEET_MAIN_NS), CellReader(sheet, unstored)
        plain = PlainCells(xml, reader, sheet._shared_strings, limits)  # noqa: SLF001 -- as openpyxl itself calls its reader
        for rows in xml.rows():
            if (found := plain.read(rows)) is None:
                break
            last = rows.numbers[-1]
            yield from found
        yield from _cell_by_cell(xml, reader, last, limits)


def _cell_by_cell(
    xml: SheetXml, reader: CellReader, last: int, limits: Limits
) -> Iterator[SheetRows]:
    """The rows that are left, below the last one that was read."""
    from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG  # slow, like all of openpyxl

    reader.begin_below(last)
    held: list[tuple[int, list[str]]] = []
    cells = 0
    for element in whole_elements(xml, DATA_TAG, ROW_TAG):
        row, texts = reader.read(element)
        if row <= last:
            continue
        last = row
        limits.check(row, texts)
        held.append((row, texts))
        cells += len(texts)
        if len(held) == _ROWS_AT_ONCE or cells > _CELLS_AT_ONCE:
            yield SheetRows.of(held)
            held, cells = [], 0
    if held:
        yield SheetRows.of(held)
