"""Keeping records on disk until every source is read, then cutting them into batches.

Only then is it known which records share a key, and so which records make up the batches of 100.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.package import MAX_BATCH_RECORDS, PackedBatch
from ometria_import.prepare.records import json_text
from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.spill.spill import Packed, Spill
from ometria_import.processors import in_order
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Rows, Table, Texts, mask_of

_TEXT, _SOURCE, _LINE, _IS_KEPT = "text", "source", "line", "is_kept"
_ROWS = "row_lines", "row_files"
_HELD_BODIES = 4 * 1024 * 1024
"""The bytes of merged records that are held in memory."""

_AHEAD = 1
"""How many chunks have their JSON put together ahead of the one that is cut; each takes some
megabytes."""

_Layout = tuple[str | tuple[str, str], ...]
"""What the JSON of records is joined from: texts, and what stands around the values of columns."""

Erased = Callable[[memoryview, Rows], tuple[memoryview, Rows]]
"""Removes values that must not be sent from encoded records; takes and returns the records and
the offset at which each one ends."""


class Corrected(Protocol):
    """Knows what is sent in place of some records."""

    @property
    def numbers(self) -> Rows:
        """The sorted numbers of these records."""
        ...

    def corrected(self, number: int, body: bytes) -> bytes:
        """The JSON of a record as it is sent."""
        ...


class SpooledRecords(NamedTuple):
    """The records of one chunk, ready to be spooled."""

    packed: Packed
    layout: _Layout
    """The texts around the columns that the JSON is joined from."""
    sizes: Rows
    """The size of each record in bytes, without its comma."""

    @classmethod
    def of(
        cls, assembled: Assembled, lines: Rows, row_counts: Rows, row_lines: Rows, row_files: Rows
    ) -> SpooledRecords:
        """Pack the records of a chunk that are kept.

        Args:
            assembled: All records of the chunk.
            lines: The line on which each record begins.
            row_counts: The number of rows of each record.
            row_lines: The lines of all these rows, record by record.
            row_files: The files of all these rows, record by record.
        """
        is_kept = assembled.is_kept
        offsets = np.concatenate(([0], np.cumsum(row_counts))).astype(np.int32)
        rows = [
            pa.ListArray.from_arrays(pa.array(offsets), pa.array(each, pa.int64()))
            for each in (row_lines, row_files)
        ]
        own = (pa.array(is_kept), pa.array(lines, pa.int64()), *rows)
        columns = dict(zip((_IS_KEPT, _LINE, *_ROWS), own, strict=True))
        layout: list[str | tuple[str, str]] = []
        for number, each in enumerate(assembled.pieces):
            if isinstance(each, str):
                layout.append(each)
            else:
                layout.append((each.before, each.after))
                columns[str(number)] = each.values
        batch = pa.RecordBatch.from_arrays([*columns.values()], [*columns])
        packed = Packed.quickly(batch, int(is_kept.sum()))
        return cls(packed, tuple(layout), assembled.sizes[is_kept])


class _Records(NamedTuple):
    """The kept records of one chunk, read from the disk."""

    batch: pa.RecordBatch
    layout: _Layout

    def texts(self) -> Texts:
        """The JSON of the records, a comma behind each."""
        pieces: list[json_text.Piece | str] = []
        for number, each in enumerate(self.layout):
            if isinstance(each, str):
                pieces.append(each)
            else:
                before, after = each
                pieces.append(json_text.Piece(before, self.batch.column(str(number)), after))
        return json_text.joined(pieces, len(self.batch))


class _Chunk(NamedTuple):
    """The records of one chunk of a source, with their numbers among all records."""

    first_number: int
    rows: int
    source: Rows | int
    """The source of all records or, if a chunk has rows of several sources, of each record."""
    layout: _Layout

    def numbers(self, numbers: Rows) -> Rows:
        """The given sorted numbers that belong to this chunk, relative to its first record."""
        first, last = np.searchsorted(numbers, (self.first_number, self.first_number + self.rows))
        own: Rows = numbers[first:last] - self.first_number
        return own


class Spool:
    """The records of one object type, on disk."""

    def __init__(self, folder: Path, object_type: ObjectType) -> None:
        self._object_type = object_type
        self._spill = Spill(folder)
        self._chunks: list[_Chunk] = []
        self._layouts: dict[_Layout, _Layout] = {}
        self._merged = Spill(folder)
        self._bodies: list[tuple[int, str]] = []
        self._corrected: Corrected | None = None
        self._bodies_size = 0

    def add(self, records: SpooledRecords, source: Rows | int) -> None:
        """Append the records of a chunk; with several sources, `source` names that of each."""
        if records.packed.rows:
            count = int(self._spill.counts[0])
            layout = self._layouts.setdefault(records.layout, records.layout)
            self._chunks.append(_Chunk(count, records.packed.rows, source, layout))
            self._spill.append(records.packed)

    def merge(self, number: int, body: bytes) -> None:
        """Replace the JSON of a record; numbers must be passed in ascending order."""
        self._bodies.append((number, f"{body.decode()},"))
        self._bodies_size += len(body)
        if self._bodies_size >= _HELD_BODIES:
            self._write_merged()

    def rows(self, numbers: Rows) -> Iterator[tuple[Rows, Rows, Rows]]:
        """The rows of the records with the given sorted 0-based numbers, chunk by chunk.

        How many rows each record has, and the line and file of all these rows. A member has no
        rows: they are counted for its group.
        """
        for index, chunk in enumerate(self._chunks):
            if len(own := chunk.numbers(numbers)):
                records = self._records(index).batch
                lines, files = (records.column(name).take(pa.array(own)) for name in _ROWS)
                counts = pc.list_value_length(lines).to_numpy().astype(np.int64)
                yield counts, lines.flatten().to_numpy(), files.flatten().to_numpy()

    def bodies(self, numbers: Rows) -> dict[int, bytes]:
        """The JSON of the records with the given sorted 0-based numbers."""
        found = {}
        for index, chunk in enumerate(self._chunks):
            own = chunk.numbers(numbers)
            if len(own):
                texts = self._records(index, own).texts().to_pylist()
                for each, text in zip(own.tolist(), texts, strict=True):
                    found[chunk.first_number + each] = text[:-1].encode()
        return found

    def current(self, numbers: Rows) -> dict[int, bytes]:
        """The JSON of the records with the given sorted numbers, after others were merged."""
        wanted, found = set(numbers.tolist()), self.bodies(numbers)
        for number, text in self._merged_bodies():
            if number in wanted:
                found[number] = text[:-1].encode()
        return found

    def correct(self, corrected: Corrected) -> None:
        """Change records when they are cut into batches."""
        self._corrected = corrected

    def batches(self, unsent: Rows, erased: Erased | None = None) -> Iterator[PackedBatch]:
        """Cut the records into batches; other threads put their JSON together.

        Args:
            unsent: The sorted 0-based numbers of records that are left out.
            erased: Removes values that must not be sent from the other records.
        """
        left: list[Table] = []
        with ThreadPoolExecutor(_AHEAD + 1) as pool:
            for sent in in_order(pool, self._sendings(unsent), _AHEAD):
                records = pa.concat_tables([*left, sent]).combine_chunks()
                full = len(records) - len(records) % MAX_BATCH_RECORDS
                yield from self._batches_of(records.slice(0, full), erased)
                left = [records.slice(full)]
        if left:
            yield from self._batches_of(left[0].combine_chunks(), erased)

    def close(self) -> None:
        """Remove the files."""
        self._spill.close()
        self._merged.close()

    def _records(self, index: int, own: Rows | None = None) -> _Records:
        """The records of a chunk, or some of them."""
        batch = self._spill.batch(index)
        is_kept = batch.column(_IS_KEPT)
        if own is not None:
            batch = batch.take(pa.array(np.flatnonzero(mask_of(is_kept))[own]))
        elif len(batch) > self._chunks[index].rows:
            batch = batch.filter(is_kept)
        return _Records(batch, self._chunks[index].layout)

    def _sendings(self, unsent: Rows) -> Iterator[Callable[[], Table]]:
        """For each chunk, a call that makes the records to send, with their origins."""
        merged = self._merged_bodies()
        following = next(merged, None)
        for index, chunk in enumerate(self._chunks):
            others = {}
            while following and following[0] < chunk.first_number + chunk.rows:
                others[following[0] - chunk.first_number] = following[1]
                following = next(merged, None)
            yield partial(self._sent, index, others, unsent)

    def _sent(self, index: int, others: Mapping[int, str], unsent: Rows) -> Table:
        """The records of a chunk that are sent, and where they come from.

        Args:
            index: The chunk's.
            others: What stands in the place of some, which are counted from its first.
            unsent: The numbers of all records that are left out, sorted.
        """
        chunk, records = self._chunks[index], self._records(index)
        texts = records.texts()
        if self._corrected is not None:
            for own in chunk.numbers(self._corrected.numbers).tolist():
                text = others.get(own) or texts[own].as_py()
                body = self._corrected.corrected(chunk.first_number + own, text[:-1].encode())
                others = {**others, own: f"{body.decode()},"}
        if others:
            is_other = np.zeros(chunk.rows, bool)
            is_other[list(others)] = True
            in_order_of_rows = [others[own] for own in sorted(others)]
            texts = pc.replace_with_mask(texts, is_other, pa.array(in_order_of_rows, pa.string()))
        source = pa.array(np.full(chunk.rows, chunk.source, np.int64))
        columns = [texts, source, records.batch.column(_LINE)]
        sent = pa.table(columns, names=[_TEXT, _SOURCE, _LINE])
        if not len(own := chunk.numbers(unsent)):
            return sent
        is_sent = np.ones(chunk.rows, bool)
        is_sent[own] = False
        return sent.filter(is_sent)

    def _batches_of(self, records: Table, erased: Erased | None) -> Iterator[PackedBatch]:
        """Cut records into batches, the last of which may have fewer."""
        data, ends = _bytes_of(records.column(_TEXT).combine_chunks())
        if erased is not None:
            data, ends = erased(data, ends)
        places = [records.column(name).to_numpy() for name in (_SOURCE, _LINE)]
        origins = np.column_stack(places).astype("<i8")
        begin = 0
        for first in range(0, len(ends), MAX_BATCH_RECORDS):
            own = origins[first : first + MAX_BATCH_RECORDS]
            end = int(ends[first + len(own) - 1])
            body = b"".join((b"[", data[begin : end - 1], b"]"))
            yield PackedBatch(self._object_type, len(own), body, own.tobytes())
            begin = end

    def _write_merged(self) -> None:
        numbers, bodies = zip(*self._bodies, strict=True)
        columns = [pa.array(numbers), pa.array(bodies)]
        batch = pa.RecordBatch.from_arrays(columns, ["number", "body"])
        self._merged.append(Packed.of(batch))
        self._bodies, self._bodies_size = [], 0

    def _merged_bodies(self) -> Iterator[tuple[int, str]]:
        """What stands in the place of records, a comma behind each, by their numbers."""
        if self._bodies:
            self._write_merged()
        for table in self._merged.part(0):
            yield from zip(*(column.to_pylist() for column in table.columns), strict=True)


def _bytes_of(records: Texts) -> tuple[memoryview, Rows]:
    _, offsets, data = records.buffers()
    all_ends = np.frombuffer(offsets, np.int32)[
        records.offset : records.offset + len(records) + 1
    ].astype(np.int64)
    return memoryview(data)[all_ends[0] : all_ends[-1]], all_ends[1:] - all_ends[0]
