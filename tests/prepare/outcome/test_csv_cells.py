"""Columns of cells are written as `csv` and the guard against formulas write each of them."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from ometria_import.prepare.outcome.csv_cells import (
    END,
    csv_cell,
    csv_cells,
    guarded_cells,
)
from ometria_import.problems.spreadsheet_cells import guarded
from ometria_import.sources.arrays import bytes_of

ODD = "=+-@'\";,\t\r\n\0 \u00a0\u2003\u2212\uff1d\u200b\ufe62aZ09.\x1c\x0b\x85"
CELLS = st.lists(
    st.text(st.sampled_from(ODD), max_size=8) | st.text(max_size=12), min_size=1, max_size=20
)


@given(CELLS)
@example(["\u2003=1", "a;\u00a0-1", "+44", "-1,5", "'-1", "x\n'=2", "a;b-c"])
def test_a_column_is_guarded_as_each_of_its_cells(cells: list[str]) -> None:
    assert guarded_cells(pa.array(cells, pa.string())).to_pylist() == [*map(guarded, cells)]


@given(CELLS)
def test_a_column_is_written_as_csv_writes_each_of_its_cells(cells: list[str]) -> None:
    file = io.StringIO()
    csv.writer(file).writerow(cells)

    written = csv_cells(pa.array(cells, pa.string())).to_pylist()

    assert written == [*map(csv_cell, cells)]
    if len(cells) > 1:
        assert ",".join(written) + END == file.getvalue()


@given(CELLS, st.integers(0, 19))
def test_bytes_are_those_of_the_texts_of_a_slice(cells: list[str], begin: int) -> None:
    column = pa.array(cells, pa.string()).slice(min(begin, len(cells)))

    assert bytes(bytes_of(column)) == "".join(column.to_pylist()).encode()
