"""Cells of CSV files that people open in a spreadsheet, a column at a time.

Most cells are written as they are. Only cells that may need quotes are looked at one by one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.problems.spreadsheet_cells import (
    ENCODING,
    HARMLESS_PATTERN,
    MAYBE_UNGUARDED_PATTERN,
    guarded,
)
from ometria_import.sources.arrays import Texts

END = "\r\n"
"""The end of a row, as `csv` writes it."""
_QUOTED = '[",\r\n]'
"""What no cell without quotes contains."""


class _Echo:
    """A file for `csv.writer` that returns what it is given."""

    def write(self, text: str) -> str:
        return text


_written: Callable[[tuple[str, str]], str] = csv.writer(_Echo()).writerow


def csv_cell(cell: str) -> str:
    """A cell as `csv.writer` writes it beside others."""
    return _written((cell, ""))[: -len("," + END)]


def csv_cells(texts: Texts) -> Texts:
    """Cells as `csv.writer` writes them beside others."""
    is_odd = pc.match_substring_regex(texts, _QUOTED)
    odd = texts.filter(is_odd)
    if not len(odd):
        return texts
    doubled = pc.replace_substring(odd, '"', '""')
    return pc.replace_with_mask(texts, is_odd, pc.binary_join_element_wise('"', doubled, '"', ""))


def guarded_cells(texts: Texts) -> Texts:
    """Cells as `guarded` returns them."""
    is_odd = pc.match_substring_regex(texts, MAYBE_UNGUARDED_PATTERN)
    if pc.any(is_odd).as_py():
        is_odd = pc.and_not(is_odd, pc.match_substring_regex(texts, HARMLESS_PATTERN))
    odd = texts.filter(is_odd)
    if not len(odd):
        return texts
    changed = pa.array([guarded(cell) for cell in odd.to_pylist()], pa.string())
    return pc.replace_with_mask(texts, is_odd, changed)


def csv_header(names: Iterable[str]) -> bytes:
    """The first line of a file, with the mark that tells a spreadsheet how it is encoded."""
    return (",".join(map(csv_cell, names)) + END).encode(ENCODING)


def csv_rows(
    columns: Sequence[Texts], guard: Callable[[Texts], Texts] = lambda texts: texts
) -> Texts:
    """Rows of cells; a whole column is formatted at once, because few cells are odd."""
    written = csv_cells(guard(pa.concat_arrays(columns)))
    rows = len(columns[0])
    *cells, last = (written.slice(place * rows, rows) for place in range(len(columns)))
    return pc.binary_join_element_wise(*cells, pc.binary_join_element_wise(last, END, ""), ",")
