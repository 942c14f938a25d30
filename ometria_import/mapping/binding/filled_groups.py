"""Cells that stand on one row of a group and hold for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ometria_import.mapping.cells import is_filled


def filled_in_groups(table: Any, keys: Any, columns: Iterable[str]) -> Any:
    """Give blank cells the first value of their group that is not blank.

    Args:
        table: A `pyarrow.Table` of text columns.
        keys: What the rows of one group have in common; rows with a blank key are alone.
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
