"""A table on disk, hash-partitioned into parts that are read separately to save memory.

Everything that is needed again once all sources are read is kept in such a file: rows of
incomplete records, keys that may occur again, and the records themselves.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa

from ometria_import.sources.arrays import Entries, Hashes, Table

_HELD_BYTES = 4 * 1024 * 1024
"""The bytes held in memory before they are written to the file."""
_CODEC = "lz4"
_ENTRY_BITS = 6


class Packed(NamedTuple):
    """A batch of rows as it is written; packing takes no lock, so several threads can do it."""

    content: bytes | pa.Buffer
    size: int
    """The size in bytes before compression."""
    rows: int
    """The number of rows."""
    schema: pa.Schema | None
    """None if the content is not compressed and describes its columns itself."""

    @classmethod
    def of(cls, batch: pa.RecordBatch) -> Packed:
        """Pack one batch of rows."""
        content = batch.serialize()
        packed = pa.compress(content, codec=_CODEC, asbytes=True)
        return cls(packed, content.size, batch.num_rows, batch.schema)

    @classmethod
    def quickly(cls, batch: pa.RecordBatch, rows: int) -> Packed:
        """Pack a batch as it is, even with dictionaries, and count only some of its rows."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        content = sink.getvalue()
        return cls(content, content.size, rows, None)


class _Block(NamedTuple):
    """The position of one `Packed` in the file."""

    file: IO[bytes]
    position: int
    length: int
    size: int
    schema: pa.Schema | None

    def read(self) -> pa.RecordBatch:
        """Read the rows from the file; several threads can do it at once."""
        content: Any = os.pread(self.file.fileno(), self.length, self.position)
        if self.schema is None:
            batch: pa.RecordBatch = pa.ipc.open_stream(content).read_next_batch()
        else:
            content = pa.decompress(content, self.size, codec=_CODEC)
            batch = pa.ipc.read_record_batch(content, self.schema)
        return batch


class Spill:
    """The rows of one table; a small table stays in memory and needs no file."""

    def __init__(self, folder: Path, bits: int = 0, held_bytes: int | None = None) -> None:
        """Create an empty spill.

        Args:
            folder: The folder for the temporary file, which no other process can open.
            bits: The number of leading bits of a row's hash that select its part; 0 for a
                single part.
            held_bytes: The number of bytes to hold in memory.
        """
        self._folder = folder
        self._bits = bits
        self._held_bytes = _HELD_BYTES if held_bytes is None else held_bytes
        self._held: list[tuple[Table, Hashes]] = []
        self._bytes = 0
        self._file: IO[bytes] | None = None
        self._blocks: list[list[_Block | pa.RecordBatch]] = [[] for _ in range(1 << bits)]
        self.counts = np.zeros(1 << bits, np.int64)
        """The number of rows in each part."""

    def add(self, table: Table, hashes: Hashes) -> None:
        """Add rows with the hashes that select their parts; neither may be changed afterwards."""
        self._held.append((table, hashes))
        self._bytes += table.nbytes
        parts = hashes >> np.uint64(64 - self._bits)
        self.counts += np.bincount(parts.astype(np.int64), minlength=len(self.counts))
        if self._bytes >= self._held_bytes:
            self._sort_held(is_on_disk=True)

    def append(self, packed: Packed) -> None:
        """Add packed rows; only for a spill with a single part."""
        self.counts[0] += packed.rows
        self._write(0, packed)

    def part(self, number: int) -> Iterator[Table]:
        """The rows of one part in the order in which they were added, in batches."""
        self._sort_held(is_on_disk=self._file is not None)
        yield from (self.block(index, number) for index in range(len(self._blocks[number])))

    def block(self, index: int, part: int = 0) -> Table:
        """The rows of a part's n-th `Packed`."""
        return pa.Table.from_batches([self.batch(index, part)])

    def batch(self, index: int, part: int = 0) -> pa.RecordBatch:
        """The same as a batch."""
        block = self._blocks[part][index]
        return block.read() if isinstance(block, _Block) else block

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()
        self._held, self._blocks = [], []

    def _sort_held(self, *, is_on_disk: bool) -> None:
        """Distribute the rows held in memory to the parts."""
        if not self._held:
            return
        table = pa.concat_tables([rows for rows, _ in self._held])
        hashes = np.concatenate([of_rows for _, of_rows in self._held])
        self._held, self._bytes = [], 0
        parts = (hashes >> np.uint64(64 - self._bits)).astype(np.int64)
        if self._bits:
            table = table.take(np.argsort(parts, kind="stable"))
        # A single batch is enough, because no column held in memory reaches 2 GB.
        batches = table.combine_chunks().to_batches()
        start = 0
        for number, count in enumerate(np.bincount(parts, minlength=len(self.counts)).tolist()):
            if count:
                own = batches[0].slice(start, count)
                if is_on_disk:
                    self._write(number, Packed.of(own))
                else:
                    self._blocks[number].append(own)
                start += count

    def _write(self, part: int, packed: Packed) -> None:
        if self._file is None:
            # Unbuffered, because blocks are not read through the file object; `close` closes it.
            self._file = tempfile.TemporaryFile(buffering=0, dir=self._folder)  # noqa: SIM115
        position = self._file.seek(0, 2)
        content = memoryview(packed.content)
        while content:
            content = content[self._file.write(content) :]
        place = (self._file, position, len(packed.content))
        self._blocks[part].append(_Block(*place, packed.size, packed.schema))


class EntrySpill:
    """Numeric entries, partitioned by a hash that is one of their fields."""

    def __init__(self, folder: Path, dtype: np.dtype[Any], hashed: str = "") -> None:
        """Create an empty spill; without the name of a hash field it has a single part."""
        self._spill = Spill(folder, _ENTRY_BITS if hashed else 0)
        self._dtype = dtype
        self._hashed = hashed

    def __len__(self) -> int:
        return int(self._spill.counts.sum())

    def add(self, entries: Entries) -> None:
        """Append entries."""
        if not len(entries):
            return
        # Arrow treats each entry as an opaque value of fixed size.
        kind = pa.binary(self._dtype.itemsize)
        column = pa.Array.from_buffers(kind, len(entries), [None, pa.py_buffer(entries.tobytes())])
        hashes = entries[self._hashed] if self._hashed else np.zeros(len(entries), np.uint64)
        self._spill.add(pa.table([column], names=["entry"]), hashes)

    def blocks(self) -> Iterator[Entries]:
        """All entries in the order in which they were added, in batches; for a single part."""
        for table in self._spill.part(0):
            yield self._entries_of(table)

    def parts(self) -> Iterator[Entries]:
        """All entries part by part, in ascending order of the hashes' leading bits.

        Entries with the same hash are in one part, in the order in which they were added.
        """
        for number in np.flatnonzero(self._spill.counts).tolist():
            yield np.concatenate([self._entries_of(table) for table in self._spill.part(number)])

    def close(self) -> None:
        """Remove the file."""
        self._spill.close()

    def _entries_of(self, table: Table) -> Entries:
        (batch,) = table.to_batches()
        column = batch.column(0)
        # A buffer read from the file has some padding after the last entry.
        end = column.offset + len(column)
        return np.frombuffer(column.buffers()[1], self._dtype, end)[column.offset :]
