"""Rows of one record that do not stand together: brought together on disk, in flat memory.

A table's rows are cut into partitions by the hash of their key and wait on disk. Each partition
holds all rows of its keys and is put in order alone, so records come by partition and, within
it, by their first line: the same for the same file, whatever the sizes of its chunks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.rows import row_groups as units
from ometria_import.prepare.rows.grouping import group_starts
from ometria_import.prepare.rows.row_groups import KeysOf, endless_rows
from ometria_import.prepare.same_keys.duplicates import KeyIndex, hash_keys
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Hashes, Mask, Rows, Table, Texts

_PARTITION_BITS = 8
PARTITIONS = 1 << _PARTITION_BITS
"""5,000,000 rows make 20,000 of them a partition."""
_HELD_BYTES = 24 * 1024 * 1024
"""Rows held in memory before they are written to the file."""
_CHUNK_ROWS = 16_384
"""Rows that are prepared at a time."""
_LINE_BITS = 40
FILE_LINES = 1 << _LINE_BITS
"""Lines of the n-th file of a joined table begin at n times this."""
_CODEC = "lz4"
_LINE, _HASH = "\x1fline", "\x1fhash"
"""Columns beside the table's own, whose names hold no such character."""
RUN = "\x1frun"
"""A further column: whether the row above has another key in the file."""

Wanted = Callable[[Hashes], Mask]


def is_scattered(chunks: Iterable[RowChunk], keys_of: KeysOf, folder: Path) -> bool:
    """Whether some key begins more than one run of rows; `folder` takes temporary files."""
    index = KeyIndex(folder)
    try:
        last = ""
        for chunk in chunks:
            keys = keys_of(chunk.table)
            if keys is None:
                return False
            if not len(keys):
                continue
            begun = keys.take(pa.array(group_starts(keys)))
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


@dataclass(frozen=True, slots=True)
class _Block:
    """Where some rows of a partition lie in the file."""

    position: int
    length: int
    decompressed_length: int


class Scatter:
    """The rows of one table in partitions on disk; a context manager that owns the file."""

    def __init__(self, folder: Path, header: Iterable[str], number: int = 0) -> None:
        """Make the file in a folder; `number` tells apart tables that are joined."""
        columns = [(name, pa.string()) for name in header]
        self._schema = pa.schema(
            [*columns, (_LINE, pa.int64()), (_HASH, pa.uint64()), (RUN, pa.bool_())]
        )
        self._last_key = ""
        self._number = number
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- closed by `close`
        self._blocks: list[list[_Block]] = [[] for _ in range(PARTITIONS)]
        self._counts = np.zeros(PARTITIONS, np.int64)
        self._held: list[Table] = []
        self._held_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
        self._held = []

    def add(self, chunk: RowChunk, keys: Texts) -> None:
        """Take the next rows, with the key of each, a `pyarrow.StringArray`."""
        if not len(chunk):
            return
        hashes = hash_keys(keys)
        blank = pc.equal(keys, "").to_numpy(zero_copy_only=False)
        # Rows without a key are records of their own: they need not meet, but be spread.
        hashes[blank] = _spread(chunk.lines[blank], self._number)
        begins = np.zeros(len(chunk), bool)
        begins[group_starts(keys)] = True
        begins[0] = not self._last_key or keys[0].as_py() != self._last_key
        self._last_key = keys[len(keys) - 1].as_py()
        table = chunk.table.append_column(_LINE, pa.array(chunk.lines, pa.int64()))
        table = table.append_column(_HASH, pa.array(hashes, pa.uint64()))
        self._held.append(table.append_column(RUN, pa.array(begins)))
        self._held_bytes += table.nbytes
        if self._held_bytes >= _HELD_BYTES:
            self.write()

    def write(self) -> None:
        """Write what is held; must be called before the first reading."""
        if not self._held:
            return
        table = pa.concat_tables(self._held)
        self._held, self._held_bytes = [], 0
        partition = table.column(_HASH).to_numpy() >> np.uint64(64 - _PARTITION_BITS)
        order = np.argsort(partition, kind="stable")
        counts = np.bincount(partition.astype(np.int64), minlength=PARTITIONS)
        (batch,) = table.take(pa.array(order)).combine_chunks().to_batches()
        self._counts += counts
        self._file.seek(0, 2)
        for number, end in enumerate(np.cumsum(counts).tolist()):
            count = int(counts[number])
            if count:
                self._write_block(number, batch.slice(end - count, count))

    def count(self, partition: int) -> int:
        """How many rows a partition has."""
        return int(self._counts[partition])

    def hashes(self, partition: int) -> Hashes:
        """The hash of each row's key."""
        found = [batch.column(_HASH).to_numpy() for batch in self._batches(partition)]
        return np.concatenate(found) if found else np.empty(0, np.uint64)

    def pieces(self, partition: int) -> Iterator[tuple[RowChunk, Hashes]]:
        """A partition's rows in the order of the file, some at a time, with their hashes.

        They have the column `RUN`.
        """
        for batch in self._batches(partition):
            table = pa.Table.from_batches([batch])
            lines = table.column(_LINE).to_numpy()
            yield RowChunk(_own_columns(table), lines), table.column(_HASH).to_numpy()

    def no_rows(self) -> RowChunk:
        """A chunk without rows, with the columns in place."""
        return RowChunk(_own_columns(self._schema.empty_table()), np.empty(0, np.int64))

    def _write_block(self, partition: int, batch: pa.RecordBatch) -> None:
        content = batch.serialize()
        compressed = pa.compress(content, codec=_CODEC)
        place = _Block(self._file.tell(), compressed.size, content.size)
        self._file.write(compressed)
        self._blocks[partition].append(place)

    def _batches(self, partition: int) -> Iterator[pa.RecordBatch]:
        for block in self._blocks[partition]:
            self._file.seek(block.position)
            content = pa.decompress(
                self._file.read(block.length), block.decompressed_length, codec=_CODEC
            )
            yield pa.ipc.read_record_batch(content, self._schema)


def endless_keys(scatters: Iterable[Scatter], partition: int) -> Hashes:
    """The hashes of the keys that have more rows than a record may, in all tables together."""
    tables = list(scatters)
    if sum(table.count(partition) for table in tables) <= units.MAX_GROUP_ROWS:
        return np.empty(0, np.uint64)
    found = np.concatenate([table.hashes(partition) for table in tables])
    keys, counts = np.unique(found, return_counts=True)
    return keys[counts > units.MAX_GROUP_ROWS]


def read_partition(
    scatter: Scatter, partition: int, endless: Hashes, wanted: Wanted | None = None
) -> Iterator[RowChunk]:
    """The rows of a partition as the last chunk; those of endless keys before it, as rejects.

    Args:
        scatter: The table.
        partition: Its number.
        endless: Hashes of keys that have more rows than a record may.
        wanted: Says which rows are read, by the hashes of their keys; None reads all.
    """
    kept = [scatter.no_rows()]
    for piece, all_hashes in scatter.pieces(partition):
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


def rechunk(chunks: Iterable[RowChunk]) -> Iterator[RowChunk]:
    """Join small chunks and cut large ones."""
    held: list[RowChunk] = []
    count = 0
    for chunk in chunks:
        held.append(chunk)
        count += len(chunk) + len(chunk.rejects)
        if count >= _CHUNK_ROWS:
            yield from _cut(RowChunk.concat(held))
            held, count = [], 0
    if count:
        yield from _cut(RowChunk.concat(held))


def _cut(chunk: RowChunk) -> Iterator[RowChunk]:
    while True:
        first, chunk = chunk.split(_CHUNK_ROWS)
        yield first
        if not len(chunk):
            return


def sort_by_key(chunk: RowChunk, keys: Texts | None) -> RowChunk:
    """Put the rows of one key behind its first row, in their order; blank keys stay alone."""
    if keys is None or not len(keys):
        return chunk
    _, first, key_number = np.unique(
        keys.dictionary_encode().indices.to_numpy(), return_index=True, return_inverse=True
    )
    rank = first[key_number]
    blank = pc.equal(keys, "").to_numpy(zero_copy_only=False)
    rank[blank] = np.flatnonzero(blank)
    order = np.argsort(rank, kind="stable")
    return chunk.take(order)


def _spread(lines: Rows, table: int) -> Hashes:
    """Different numbers for different lines and tables, evenly over the partitions."""
    numbers = lines.astype(np.uint64)
    return (numbers << np.uint64(64 - _PARTITION_BITS)) ^ numbers ^ np.uint64(table << _LINE_BITS)


def _own_columns(table: Table) -> Table:
    return table.drop_columns([_LINE, _HASH])
