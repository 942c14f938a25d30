"""Reading one source to its end: its chunks, prepared side by side, in a fixed order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Self, TypeVar

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.prepare.chunks.chunks import PreparedChunk
from ometria_import.prepare.chunks.orphans import OrphanReport
from ometria_import.prepare.events import PrepareListener, SourceProgress
from ometria_import.prepare.inputs.inputs import Input, ItemInput, ObjectInput, TableInput
from ometria_import.prepare.rows.repeated_rows import DroppedRows, without_repeats
from ometria_import.prepare.rows.row_groups import KeysOf, keyed, rechunk, sort_by_key
from ometria_import.prepare.same_keys.split_records import has_split_records
from ometria_import.prepare.spill.joining import Join, JoinedSource
from ometria_import.prepare.spill.row_spill import (
    PARTITIONS,
    RowSpill,
    endless_keys,
    read_partition,
)
from ometria_import.problems import Located, Problem, Reject
from ometria_import.problems.catalogue import REPEATED_HEADER
from ometria_import.schema import ObjectType
from ometria_import.sources import ObjectChunk, RowChunk

Unit = TypeVar("Unit")

WORKERS = 2
_CHUNKS_AHEAD = WORKERS + 1


@dataclass(slots=True)
class RowCounter:
    """Rows as they are read, before anything is made of them: one side of the sum."""

    count: int = 0
    bytes_read: int = 0
    rejected: int = 0
    unreadable: int = 0
    """Of those whose rejects are still to be made."""
    headers: int = 0
    """Of those that are the header once more."""
    notices: list[Located] = field(default_factory=list)
    """Of rows that were counted, until somebody takes them."""
    dropped: DroppedRows = field(default_factory=DroppedRows)
    """Rows that were counted, and of which nothing is made."""

    def tables(self, chunks: Iterator[RowChunk]) -> Iterator[RowChunk]:
        """Count the rows that pass."""
        for chunk in chunks:
            headers = sum(each.finding.cause == REPEATED_HEADER for each in chunk.notices)
            self.count += chunk.table.num_rows + len(chunk.rejects) + headers
            self.headers += headers
            self.notices.extend(chunk.notices)
            yield chunk

    def objects(self, chunks: Iterator[ObjectChunk]) -> Iterator[ObjectChunk]:
        """Count the objects that pass."""
        for chunk in chunks:
            self.count += len(chunk.objects) + len(chunk.rejects)
            yield chunk

    def progress(self, bytes_read: int) -> None:
        """Take note of how far the file was read."""
        self.bytes_read = bytes_read


class Reader:
    """Reads the sources of one input, each to its end; a context manager that owns the files."""

    def __init__(
        self,
        inputs: Sequence[Input],
        pool: Executor,
        folder: Path,
        on_event: PrepareListener,
        finish: Callable[[PreparedChunk], None],
    ) -> None:
        """Plan the reading.

        Args:
            inputs: The sources.
            pool: Prepares.
            folder: Takes temporary files.
            on_event: Told how far each source was read.
            finish: What else is to be done with each prepared chunk by those who prepare.
        """
        self.inputs = inputs
        self._pool = pool
        self._folder = folder
        self._on_event = on_event
        self._finish = finish
        self._joins: dict[ObjectType, Join] = {}
        self._stack = ExitStack()
        self.rows = {number: RowCounter() for number in range(1, len(inputs) + 1)}
        """By the source's number."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def chunks(self, number: int) -> Iterator[PreparedChunk]:
        """The chunks of a source, prepared side by side, in a fixed order."""
        each = self.inputs[number - 1]
        rows = self.rows[number]
        if isinstance(each, ObjectInput):
            objects = each.preparer.units(rows.objects(each.source.chunks(progress=rows.progress)))
            return self._in_order(each.preparer.prepare, objects)
        if isinstance(each, ItemInput):
            return self._orphans(number, each)
        tables = (
            self._tables(number, each)
            if each.joined is None
            else self._joined(number, each, each.joined)
        )
        return self._in_order(each.preparer.prepare, each.preparer.units(tables))

    def noticed(self, number: int) -> Iterator[Problem]:
        """What is to be known of rows that were read since this was asked last."""
        each, rows = self.inputs[number - 1], self.rows[number]
        taken, rows.notices = [*rows.notices, *rows.dropped.notices], []
        rows.dropped.notices = []
        for notice in taken:
            yield notice.problem(each.paths[notice.file], str(each.object_type))

    def tell(self, number: int) -> None:
        """Say how far a source was read."""
        rows = self.rows[number]
        self._on_event(SourceProgress(number, rows.bytes_read, rows.count, rows.rejected))

    def rejects(self, number: int, rejects: Sequence[Reject]) -> Iterator[tuple[int, list[Reject]]]:
        """Rejects of a source by the number of the source that their rows stand in."""
        by_file: dict[int, list[Reject]] = {}
        for reject in rejects:
            by_file.setdefault(reject.file, []).append(reject)
        files = self.files(number)
        yield from ((files[file], rows) for file, rows in by_file.items())

    def files(self, number: int) -> list[int]:
        """The numbers of the sources whose rows a table is joined of, itself first."""
        own_type = self.inputs[number - 1].object_type
        return [number, *self._numbers(own_type, ItemInput)]

    def _in_order(
        self, prepare_one: Callable[[Unit], PreparedChunk], units: Iterator[Unit]
    ) -> Iterator[PreparedChunk]:
        """Prepare a few units ahead and hand on their outcomes in order."""

        def prepared(unit: Unit) -> PreparedChunk:
            chunk = prepare_one(unit)
            self._finish(chunk)
            return chunk

        waiting: deque[Future[PreparedChunk]] = deque()
        try:
            for unit in units:
                waiting.append(self._pool.submit(prepared, unit))
                if len(waiting) > _CHUNKS_AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _numbers(self, object_type: ObjectType, kind: type) -> list[int]:
        return [
            number
            for number, each in enumerate(self.inputs, 1)
            if isinstance(each, kind) and each.object_type is object_type
        ]

    def _tables(self, number: int, each: TableInput) -> Iterator[RowChunk]:
        """The rows of a table, those of one record together.

        In the order of the file, if they stand together there; else by partition.
        """
        keys_of = each.mapping.group_keys
        rows = self.rows[number]
        first_look = (
            self._noted(keyed(chunk, keys_of), each, keys_of) for chunk in each.source.chunks()
        )
        if not has_split_records(first_look, self._folder):
            yield from rows.tables(each.source.chunks(progress=rows.progress))
            return
        with RowSpill(self._folder, each.source.header) as spill:
            self._spill(number, each, keys_of, spill)
            yield from self._unreadable(number)
            yield from rechunk(_partitions(spill, each.mapping, rows.dropped))

    def _joined(self, number: int, each: TableInput, source: JoinedSource) -> Iterator[RowChunk]:
        """The rows of a table with those of their items behind them, by partition."""
        join = self._join(each.object_type)
        table = self._numbers(each.object_type, TableInput).index(number)
        yield from (source.widened(0, chunk) for chunk in self._unreadable(number))
        chunks = join.joined(table, source, source.mapping(each.mapping), self.rows[number].dropped)
        yield from rechunk(chunks)

    def _orphans(self, number: int, each: ItemInput) -> Iterator[PreparedChunk]:
        """What is left of a table of items when the records have got theirs."""
        items = self._numbers(each.object_type, ItemInput).index(number)
        report = OrphanReport(str(each.source.path), each.object_type, each.mapping)
        orphans = self._join(each.object_type).orphans(items)
        for chunk in chain(self._unreadable(number), rechunk(orphans)):
            yield report.prepared(chunk)

    def _join(self, object_type: ObjectType) -> Join:
        """Read all tables of an object type and of its items, the first time that it is asked."""
        if object_type not in self._joins:
            filled: dict[type, list[RowSpill]] = {TableInput: [], ItemInput: []}
            records = self._records_of(object_type)
            ignores_case = any(each.mapping.ignores_case for each in records)
            for kind, spills in filled.items():
                for number in self._numbers(object_type, kind):
                    each = self.inputs[number - 1]
                    if isinstance(each, ObjectInput):
                        continue
                    spill = RowSpill(self._folder, each.source.header, number)
                    self._stack.callback(spill.close)
                    keys_of: KeysOf = each.mapping.record_keys
                    if ignores_case:
                        keys_of = partial(_in_lower_case, keys_of)
                    self._spill(number, each, keys_of, spill)
                    spills.append(spill)
            self._joins[object_type] = Join(filled[TableInput], filled[ItemInput])
        return self._joins[object_type]

    def _spill(
        self, number: int, each: TableInput | ItemInput, keys_of: KeysOf, spill: RowSpill
    ) -> None:
        rows = self.rows[number]
        for chunk in rows.tables(each.source.chunks(progress=rows.progress)):
            spill.add(self._noted(keyed(chunk, keys_of), each, keys_of))
            rows.unreadable += len(chunk.rejects)
            self.tell(number)

    def _noted(self, chunk: RowChunk, each: TableInput | ItemInput, keys_of: KeysOf) -> RowChunk:
        """The chunk, once those who prepare its records know which of its rows are unreadable."""
        if isinstance(each, TableInput):
            each.preparer.unreadable.note(chunk, each.source, keys_of)
        else:
            for owner in self._records_of(each.object_type):
                owner.preparer.unreadable.note(chunk, each.source, keys_of, str(each.source.path))
        return chunk

    def _records_of(self, object_type: ObjectType) -> list[TableInput]:
        return [
            each
            for each in self.inputs
            if isinstance(each, TableInput) and each.object_type is object_type
        ]

    def _unreadable(self, number: int) -> Iterator[RowChunk]:
        """The rows that could not be read, from the file once more: they may be many."""
        each = self.inputs[number - 1]
        if self.rows[number].unreadable and not isinstance(each, ObjectInput):
            for chunk in each.source.chunks():
                if chunk.rejects:
                    yield chunk.split(0)[0]


def _in_lower_case(keys_of: KeysOf, table: Any) -> Any | None:
    import pyarrow.compute as pc

    keys = keys_of(table)
    return None if keys is None else pc.utf8_lower(keys)


def _partitions(spill: RowSpill, mapping: BoundMapping, dropped: DroppedRows) -> Iterator[RowChunk]:
    for number in filter(spill.count, range(PARTITIONS)):
        for chunk in read_partition(spill, number, endless_keys([spill], number)):
            whole = sort_by_key(keyed(chunk, mapping.group_keys))
            yield without_repeats(whole, mapping, dropped)
