"""Names for the columns that rows are kept in; all rows at once, so that no cell costs a loop."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Table = pa.Table
"""Columns of texts by name; an empty cell is an empty text."""
Column = pa.Array
"""One entry for each row, or each item, of any Arrow type."""
Texts = pa.Array
"""A column of texts (`pyarrow.StringArray`); whether it may hold nulls, its place says."""
Rows = npt.NDArray[np.int64]
"""Numbers of rows in their chunk, their lines, or counts."""
Mask = npt.NDArray[np.bool_]
"""Which rows are meant."""
Hashes = npt.NDArray[np.uint64]
"""What stands for texts where it only matters which are the same."""
Entries = npt.NDArray[np.void]
"""Records of numbers (a numpy dtype with fields), which take no Python object each."""


def mask_of(flags: Column) -> Mask:
    """A column of booleans as numpy has it; null counts as false."""
    # Booleans are single bits in Arrow and bytes in numpy, so that they are always copied.
    mask: Mask = flags.fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    return mask


def bytes_of(texts: Texts) -> memoryview:
    """The bytes of all texts, one after the other, as UTF-8."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return memoryview(b"")
    ends = memoryview(offsets).cast("i")
    begin, end = ends[texts.offset], ends[texts.offset + len(texts)]
    return memoryview(data)[begin:end]
