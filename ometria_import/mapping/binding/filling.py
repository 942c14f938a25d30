"""Cells that are blank because what they say stands in another row: above, or of their group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ometria_import.mapping.cells import is_filled
from ometria_import.sources import RowChunk, TableSource
from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.model import Progress


class FilledDown(OfFile):
    """A source of rows in which a blank key is that of the row above.

    Blank rows stay blank. The keys are filled in before anything else sees the rows, so that a
    row that is rejected alone still says which record it belongs to.
    """

    def __init__(self, source: TableSource, columns: tuple[str, ...]) -> None:
        super().__init__(source, source.format)
        self._source = source
        self._columns = columns

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._source.header

    def chunks(self, *, progress: Progress | None = None) -> Iterator[RowChunk]:
        """All rows, in order, with their keys."""
        above = dict.fromkeys(self._columns, "")
        for chunk in self._source.chunks(progress=progress):
            yield self._filled(chunk, above)

    def head(self) -> RowChunk:
        """The first rows with their keys."""
        return self._filled(self._source.head(), dict.fromkeys(self._columns, ""))

    def _filled(self, chunk: RowChunk, above: dict[str, str]) -> RowChunk:
        """Fill in the keys; `above` holds those of the last row and takes the new ones."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        if not len(chunk):
            return chunk
        has_key = np.zeros(len(chunk), bool)
        for name in self._columns:
            has_key |= is_filled(chunk.table.column(name).combine_chunks())
        table = chunk.table
        if not has_key.all():
            is_row = has_key.copy()
            for name in table.column_names:
                is_row |= is_filled(table.column(name).combine_chunks())
            source = np.maximum.accumulate(np.where(has_key, np.arange(len(chunk)), -1))
            source[~is_row] = np.flatnonzero(~is_row)
            # Rows before the first key of this chunk belong to the last key of the one before.
            taken = pa.array(source, mask=source < 0)
            for name in self._columns:
                place = table.column_names.index(name)
                cells = table.column(name).combine_chunks()
                filled = pc.fill_null(cells.take(taken), above[name])
                table = table.set_column(place, name, filled)
        if has_key.any():
            last = int(np.flatnonzero(has_key)[-1])
            above.update((name, chunk.table.column(name)[last].as_py()) for name in self._columns)
        return RowChunk(table, chunk.lines, chunk.rejects, chunk.notices)


def fill_down(source: TableSource, columns: tuple[str, ...]) -> TableSource:
    """The source itself, or one whose rows have their keys filled in."""
    return FilledDown(source, columns) if columns else source


def filled_in_groups(table: Any, keys: Any, columns: Iterable[str]) -> Any:
    """Give blank cells the first value of their group that is not blank.

    Args:
        table: A `pyarrow.Table` of text columns.
        keys: The key of each row's group; a row with a blank key is its own group.
        columns: The columns to fill.
    """
    import numpy as np
    import pyarrow as pa

    if not len(keys):
        return table
    encoded = keys.dictionary_encode()
    groups = encoded.indices.to_numpy().astype(np.int64)
    is_alone = ~is_filled(keys)
    groups[is_alone] = len(encoded.dictionary) + np.flatnonzero(is_alone)
    for name in columns:
        cells = table.column(name).combine_chunks()
        mask = is_filled(cells)
        filled = np.flatnonzero(mask)
        first = np.full(int(groups.max()) + 1, -1, np.int64)
        # From the last to the first, so that the first one stays.
        first[groups[filled][::-1]] = filled[::-1]
        rows = np.arange(len(cells))
        source = np.where(mask | (first[groups] < 0), rows, first[groups])
        place = table.column_names.index(name)
        table = table.set_column(place, name, cells.take(pa.array(source)))
    return table
