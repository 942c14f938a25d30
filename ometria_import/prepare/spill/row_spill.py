"""Bringing scattered rows of a record together on disk, in constant memory.

A table's rows are partitioned on disk by the hash of their key. Each partition holds all rows of
its keys and is sorted separately, so records come by partition and then by their first line: the
order is the same for the same file, whatever its chunk sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.rows import row_groups
from ometria_import.prepare.rows.grouping import group_starts
from ometria_import.prepare.rows.key_hashes import hash_keys
from ometria_import.prepare.rows.repeated_rows import RUN
from ometria_import.prepare.rows.row_groups import endless_rows
from ometria_import.prepare.spill.spill import Spill
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Hashes, Mask

_PARTITION_BITS = 8
_TABLE_SHIFT = 40
PARTITIONS = 1 << _PARTITION_BITS
"""The number of partitions; 5,000,000 rows make about 20,000 per partition."""
_HELD_BYTES = 24 * 1024 * 1024
"""The bytes of rows held in memory before they are written to the file."""
_LINE, _HASH = "\x1fline", "\x1fhash"
"""Columns added to the table's own; no name of a source's column contains this character."""

Wanted = Callable[[Hashes], Mask]


class RowSpill:
    """The partitioned rows of one table; a context manager that owns the file."""

    def __init__(self, folder: Path, header: Iterable[str], number: int = 0) -> None:
        """Create an empty spill; `number` distinguishes the tables of a join."""
        self._header = tuple(header)
        self._number = number
        self._last_key = ""
        self._spill = Spill(folder, _PARTITION_BITS, _HELD_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the file."""
        self._spill.close()

    def add(self, chunk: RowChunk) -> None:
        """Add the next rows, with the key of each."""
        keys = chunk.keys
        if keys is None or not len(chunk):
            return
        hashes = hash_keys(keys)
        blank = pc.equal(keys, "").to_numpy(zero_copy_only=False)
        # Rows without a key are separate records: numbers that are unique per line and table
        # spread them evenly over the partitions.
        lines = chunk.lines[blank].astype(np.uint64)
        table_bits = np.uint64(self._number << _TABLE_SHIFT)
        hashes[blank] = (lines << np.uint64(64 - _PARTITION_BITS)) ^ lines ^ table_bits
        begins = np.zeros(len(chunk), bool)
        begins[group_starts(keys)] = True
        begins[0] = not self._last_key or keys[0].as_py() != self._last_key
        self._last_key = keys[len(keys) - 1].as_py()
        table = chunk.table.append_column(_LINE, pa.array(chunk.lines, pa.int64()))
        table = table.append_column(_HASH, pa.array(hashes, pa.uint64()))
        self._spill.add(table.append_column(RUN, pa.array(begins)), hashes)

    def count(self, partition: int) -> int:
        """The number of rows in a partition."""
        return int(self._spill.counts[partition])

    def hashes(self, partition: int) -> Hashes:
        """The hash of each row's key."""
        found = [table.column(_HASH).to_numpy() for table in self._spill.part(partition)]
        return np.concatenate(found) if found else np.empty(0, np.uint64)

    def pieces(self, partition: int) -> Iterator[tuple[RowChunk, Hashes]]:
        """A partition's rows in the order of the file, in batches, with their hashes.

        The rows have the added column `RUN`.
        """
        for table in self._spill.part(partition):
            lines, hashes = (table.column(name).to_numpy() for name in (_LINE, _HASH))
            yield RowChunk(table.drop_columns([_LINE, _HASH]), lines), hashes

    def no_rows(self) -> RowChunk:
        """A chunk with the right columns and no rows."""
        columns = [(name, pa.string()) for name in self._header]
        schema = pa.schema([*columns, (RUN, pa.bool_())])
        return RowChunk(schema.empty_table(), np.empty(0, np.int64))


def endless_keys(spills: Iterable[RowSpill], partition: int) -> Hashes:
    """The hashes of keys with more rows in all tables together than a record may have."""
    tables = list(spills)
    if sum(table.count(partition) for table in tables) <= row_groups.MAX_GROUP_ROWS:
        return np.empty(0, np.uint64)
    found = np.concatenate([table.hashes(partition) for table in tables])
    keys, counts = np.unique(found, return_counts=True)
    return keys[counts > row_groups.MAX_GROUP_ROWS]


def read_partition(
    spill: RowSpill, partition: int, endless: Hashes, wanted: Wanted | None = None
) -> Iterator[RowChunk]:
    """The rows of a partition, as the last chunk; before it, rows of endless keys as rejects.

    Args:
        spill: The spilled table.
        partition: The number of the partition.
        endless: The hashes of keys with more rows than a record may have.
        wanted: Selects the rows to read by the hashes of their keys; None reads all.
    """
    kept = [spill.no_rows()]
    for piece, all_hashes in spill.pieces(partition):
        chunk, hashes = piece, all_hashes
        if wanted is not None:
            is_wanted = wanted(hashes)
            chunk, hashes = piece.where(is_wanted), hashes[is_wanted]
        is_endless = np.isin(hashes, endless) if len(endless) else np.zeros(0, bool)
        if is_endless.any():
            rejects = endless_rows(chunk.lines[is_endless])
            yield replace(kept[0], rejects=tuple(rejects))
            chunk = chunk.where(~is_endless)
        kept.append(chunk)
    yield RowChunk.concat(kept)
