"""Whether the rows of some record of a table stand in several places."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from ometria_import.prepare.rows.grouping import group_starts
from ometria_import.prepare.same_keys.duplicates import KeyIndex
from ometria_import.sources import RowChunk


def has_split_records(chunks: Iterable[RowChunk], folder: Path) -> bool:
    """Whether some key begins more than one run of rows.

    Args:
        chunks: All rows, with their keys.
        folder: Takes temporary files.
    """
    index = KeyIndex(folder)
    try:
        last = ""
        for chunk in chunks:
            keys = chunk.keys
            if keys is None:
                return False
            if not len(keys):
                continue
            begun = keys.take(group_starts(keys))
            if begun[0].as_py() == last:
                begun = begun.slice(1)
            last = keys[len(keys) - 1].as_py()
            begun = begun.filter(pc.not_equal(begun, ""))
            if pc.count_distinct(begun).as_py() < len(begun):
                return True
            nothing = np.zeros(len(begun), np.int64)
            index.add(begun, 0, nothing, nothing)
        return index.has_shared_keys()
    finally:
        index.close()
