"""Records waiting on disk until every source is read, and cutting them into batches.

Only then is it known which records have the same key, and so which records make up the batches
of 100.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ometria_import.package import MAX_BATCH_RECORDS, PackedBatch
from ometria_import.prepare.columns.guest_ids import GuestEraser
from ometria_import.schema import ObjectType

Numbers = npt.NDArray[np.int64]

_CODEC = "lz4"
_NUMBER_BYTES = 8


@dataclass(frozen=True, slots=True)
class SpooledRecords:
    """The records of one chunk as they lie in the file."""

    compressed: bytes
    ends: Numbers
    """Byte after each record, its comma included."""

    @classmethod
    def of(cls, records: Any) -> SpooledRecords:
        """Take records, a `pyarrow.StringArray` with a comma behind each."""
        data, ends = _bytes_of(records)
        return cls(pa.compress(data, codec=_CODEC, asbytes=True), ends)

    @property
    def sizes(self) -> Numbers:
        """The bytes of each record, without its comma."""
        return np.diff(self.ends, prepend=0) - 1


@dataclass(frozen=True, slots=True)
class _Block:
    """Where the records of one chunk lie in the file: bytes, then ends, then lines."""

    position: int
    compressed_length: int
    data_length: int
    count: int
    first_number: int
    source: int


@dataclass(frozen=True, slots=True)
class _Records:
    """A run of records as one piece of bytes."""

    data: memoryview
    ends: Numbers
    """Byte after each record, its comma included."""
    origins: Numbers
    """Source and line of each record, in two columns."""


class Spool:
    """The records of one object type, compressed in a temporary file."""

    def __init__(self, folder: Path, object_type: ObjectType) -> None:
        self._object_type = object_type
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- closed by `close`
        self._blocks: list[_Block] = []
        self._count = 0

    def add(self, records: SpooledRecords, source: int, lines: Numbers) -> None:
        """Append records, each of which begins on one of the lines."""
        count = len(records.ends)
        if not count:
            return
        self._blocks.append(
            _Block(
                self._file.tell(),
                len(records.compressed),
                int(records.ends[-1]),
                count,
                self._count,
                source,
            )
        )
        self._file.write(records.compressed)
        self._file.write(records.ends.tobytes())
        self._file.write(lines.astype(np.int64).tobytes())
        self._count += count

    def bodies(self, numbers: Numbers) -> dict[int, bytes]:
        """The JSON of the records with the given 0-based numbers, which are sorted."""
        found = {}
        for block in self._blocks:
            first, last = np.searchsorted(
                numbers, (block.first_number, block.first_number + block.count)
            )
            if first == last:
                continue
            records = self._whole(block)
            begins = np.concatenate(([0], records.ends[:-1]))
            for number in numbers[first:last].tolist():
                own = number - block.first_number
                found[number] = bytes(records.data[begins[own] : records.ends[own] - 1])
        return found

    def batches(
        self, unsent: Numbers, merged: MergedBodies, eraser: GuestEraser | None = None
    ) -> Iterator[PackedBatch]:
        """Cut the records into batches.

        Args:
            unsent: The 0-based numbers of records that are left out, sorted.
            merged: What takes the place of records that others were merged into.
            eraser: Takes out of the others what is not sent.
        """
        left: list[_Records] = []
        for block in self._blocks:
            records = self._read(block, unsent, merged)
            if eraser is not None:
                data, ends = eraser.erased(records.data, records.ends)
                records = replace(records, data=data, ends=ends)
            left.append(records)
            yield from self._full_batches(left)
        if sum(len(records.ends) for records in left):
            yield self._batch(left)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def _read(self, block: _Block, unsent: Numbers, merged: MergedBodies) -> _Records:
        records = self._whole(block)
        others = merged.within(block.first_number, block.first_number + block.count)
        if others:
            records = _with_others(records, others)
        first, last = np.searchsorted(
            unsent, (block.first_number, block.first_number + block.count)
        )
        return _without(records, unsent[first:last] - block.first_number)

    def _whole(self, block: _Block) -> _Records:
        self._file.seek(block.position)
        compressed = self._file.read(block.compressed_length)
        data = pa.decompress(compressed, block.data_length, codec=_CODEC)
        ends = np.frombuffer(self._file.read(block.count * _NUMBER_BYTES), np.int64)
        lines = np.frombuffer(self._file.read(block.count * _NUMBER_BYTES), np.int64)
        origins = np.column_stack((np.full(block.count, block.source, np.int64), lines))
        return _Records(memoryview(data), ends, origins)

    def _full_batches(self, left: list[_Records]) -> Iterator[PackedBatch]:
        """Take full batches off the front of what is left."""
        while sum(len(records.ends) for records in left) >= MAX_BATCH_RECORDS:
            taken: list[_Records] = []
            wanted = MAX_BATCH_RECORDS
            while wanted:
                head, tail = _split(left.pop(0), wanted)
                taken.append(head)
                wanted -= len(head.ends)
                if len(tail.ends):
                    left.insert(0, tail)
            yield self._batch(taken)

    def _batch(self, taken: list[_Records]) -> PackedBatch:
        inside = b"".join(records.data for records in taken)
        origins = np.concatenate([records.origins for records in taken])
        return PackedBatch(
            self._object_type,
            len(origins),
            b"[" + inside[:-1] + b"]",
            origins.astype("<i8").tobytes(),
        )


class MergedBodies:
    """What takes the place of records that others were merged into, in a temporary file."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- closed by `close`
        self._numbers = array("q")
        self._ends = array("q", [0])

    def add(self, number: int, body: bytes) -> None:
        """Append what takes the place of a record, whose number is higher than all before."""
        self._file.write(body)
        self._numbers.append(number)
        self._ends.append(self._ends[-1] + len(body))

    def within(self, first: int, last: int) -> list[tuple[int, bytes]]:
        """Those of the records from one number to before another, counted from the first."""
        begin, end = (bisect_left(self._numbers, number) for number in (first, last))
        self._file.seek(self._ends[begin])
        data = self._file.read(self._ends[end] - self._ends[begin])
        base = self._ends[begin]
        return [
            (number - first, data[start - base : stop - base])
            for number, start, stop in zip(
                self._numbers[begin:end],
                self._ends[begin:end],
                self._ends[begin + 1 : end + 1],
                strict=True,
            )
        ]

    def close(self) -> None:
        """Remove the file."""
        self._file.close()


def _bytes_of(records: Any) -> tuple[memoryview, Numbers]:
    _, offsets, data = records.buffers()
    all_ends = np.frombuffer(offsets, np.int32)[
        records.offset : records.offset + len(records) + 1
    ].astype(np.int64)
    return memoryview(data)[all_ends[0] : all_ends[-1]], all_ends[1:] - all_ends[0]


def _with_others(records: _Records, others: Sequence[tuple[int, bytes]]) -> _Records:
    """The records with other bodies in the place of some, by their index."""
    pieces: list[bytes | memoryview] = []
    begins = np.concatenate(([0], records.ends[:-1]))
    sizes = records.ends - begins
    position = 0
    for index, body in others:
        pieces += [records.data[position : begins[index]], body, b","]
        position = int(records.ends[index])
        sizes[index] = len(body) + 1
    pieces.append(records.data[position:])
    return _Records(memoryview(b"".join(pieces)), np.cumsum(sizes), records.origins)


def _without(records: _Records, gone: Numbers) -> _Records:
    if not len(gone):
        return records
    kept = np.ones(len(records.ends), bool)
    kept[gone] = False
    begins = np.concatenate(([0], records.ends[:-1]))
    edges = np.flatnonzero(np.diff(kept, prepend=False, append=False))
    runs = zip(begins[edges[0::2]].tolist(), records.ends[edges[1::2] - 1].tolist(), strict=True)
    return _Records(
        memoryview(b"".join([records.data[begin:end] for begin, end in runs])),
        np.cumsum((records.ends - begins)[kept]),
        records.origins[kept],
    )


def _split(records: _Records, count: int) -> tuple[_Records, _Records]:
    if count >= len(records.ends):
        nothing = np.empty(0, np.int64)
        return records, _Records(memoryview(b""), nothing, nothing.reshape(0, 2))
    cut = int(records.ends[count - 1])
    return (
        _Records(records.data[:cut], records.ends[:count], records.origins[:count]),
        _Records(records.data[cut:], records.ends[count:] - cut, records.origins[count:]),
    )
