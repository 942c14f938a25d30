"""Headers that stand among the rows, because several exports were put into one file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from ometria_import.errors import SourceError
from ometria_import.problems import Finding, Located, shorten
from ometria_import.problems.catalogue import RAGGED_ROW, REPEATED_HEADER
from ometria_import.problems.invisible_text import BYTE_ORDER_MARK
from ometria_import.sources.header import name_of
from ometria_import.sources.model import RowChunk

_REPEATED = Finding(REPEATED_HEADER, "the line repeats the header")
_LOOKED_AT = 2
"""How many columns are searched for names; a header has one in each."""
_ENOUGH = 2
"""Names of columns that a row must have to be a header, and half of its cells at least."""


class RepeatedHeader:
    """Finds lines that say the names of a file's columns again."""

    def __init__(self, path: Path, cells: Sequence[str], delimiter: str = ",") -> None:
        """Learn the header.

        Args:
            path: For messages.
            cells: The header's, as they are written.
            delimiter: The separator of cells in the text of rejects.
        """
        self._path = path
        self._cells = cells
        self._names = _names(cells)
        self._known = frozenset(self._names)
        written = {*cells, *(cell.strip() for cell in cells), *self._names} - {""}
        written |= {form(cell) for cell in written for form in (str.lower, str.upper, str.title)}
        self._written = sorted(written | {f"{BYTE_ORDER_MARK}{cell}" for cell in written})
        self._delimiter = delimiter

    def taken_out(self, chunk: RowChunk) -> RowChunk:
        """The chunk with a notice in place of each row that is the header.

        Raises:
            SourceError: a row is a header of other columns; the rows under it are not ours.
        """
        self._refuse_ragged(chunk)
        suspects = self._suspects(chunk)
        repeated = []
        for row in suspects:
            cells = [column[row].as_py() for column in chunk.table.columns]
            names = _names(cells)
            if names == self._names:
                repeated.append(row)
            elif self._is_header(names):
                self._refuse(int(chunk.lines[row]), cells)
        return _without(chunk, repeated) if repeated else chunk

    def _suspects(self, chunk: RowChunk) -> list[int]:
        """Rows that have a column's name in one of the first columns."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        written = pa.array(self._written, pa.string())
        found = np.zeros(len(chunk), bool)
        for column in chunk.table.columns[:_LOOKED_AT]:
            found |= pc.is_in(column.combine_chunks(), value_set=written).to_numpy(
                zero_copy_only=False
            )
        rows: list[int] = np.flatnonzero(found).tolist()
        return rows

    def _refuse_ragged(self, chunk: RowChunk) -> None:
        for reject in chunk.rejects:
            first = reject.raw.split(self._delimiter, 1)[0].strip(f'{BYTE_ORDER_MARK}" ')
            if reject.finding.cause == RAGGED_ROW and first.casefold() in self._known:
                cells = next(csv.reader(io.StringIO(reject.raw), delimiter=self._delimiter), [])
                if self._is_header(_names(cells)):
                    self._refuse(reject.line, cells)

    def _is_header(self, names: Sequence[str]) -> bool:
        same = len(self._known.intersection(names))
        return same >= _ENOUGH and same * 2 >= min(len(names), len(self._names))

    def _refuse(self, line: int, cells: Sequence[str]) -> NoReturn:
        shown = shorten(self._delimiter.join(cells))
        raise SourceError(
            f"{self._path} line {line:,}: a header with different columns is among the rows: "
            f"{shown!r}; the file begins with {shorten(self._delimiter.join(self._cells))!r}",
            hint="The file is several exports joined together. Split it before this line and "
            "name both parts.",
        )


def _names(cells: Sequence[str]) -> list[str]:
    """The names of columns as they are compared, without regard to case."""
    return [name_of(cell, number).casefold() for number, cell in enumerate(cells, start=1)]


def _without(chunk: RowChunk, rows: Sequence[int]) -> RowChunk:
    import numpy as np
    import pyarrow as pa

    is_kept = np.ones(len(chunk), bool)
    is_kept[list(rows)] = False
    told = (Located(line, "", "", _REPEATED) for line in chunk.lines[~is_kept].tolist())
    notices = sorted((*chunk.notices, *told), key=lambda notice: notice.row)
    table = chunk.table.filter(pa.array(is_kept))
    return replace(chunk, table=table, lines=chunk.lines[is_kept], notices=tuple(notices))
