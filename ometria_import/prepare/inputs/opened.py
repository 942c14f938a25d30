"""The opened sources: each knows its names in messages and how to read itself to the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.objects.mapped import MappedShape
from ometria_import.mapping.recognition.secret_columns import without_secrets
from ometria_import.prepare.chunks.chunks import PreparedChunk, prepared_orphans
from ometria_import.prepare.chunks.object_shapes import ObjectShape
from ometria_import.prepare.chunks.object_views import ObjectSource
from ometria_import.prepare.chunks.objects import ObjectPreparer, encoded
from ometria_import.prepare.chunks.source_reading import SourceReading
from ometria_import.prepare.chunks.tables import TablePreparer
from ometria_import.prepare.columns.null_words import NullWords
from ometria_import.prepare.columns.survey import ColumnPlace
from ometria_import.prepare.rows.repeated_rows import DroppedRows, without_repeats
from ometria_import.prepare.rows.resubmitted import (
    ResubmittedTable,
    RunsByLine,
    resubmitted_objects,
    runs_of_table,
)
from ometria_import.prepare.rows.row_groups import KeysOf, keyed, rechunk, sort_by_key
from ometria_import.prepare.spill.joining import JoinedSource
from ometria_import.prepare.spill.row_keys import RowKeys, have_returned
from ometria_import.prepare.spill.row_spill import (
    PARTITIONS,
    RowSpill,
    endless_keys,
    read_partition,
)
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types import Conventions
from ometria_import.sources import ObjectChunk, RowChunk, TableSource
from ometria_import.sources.arrays import Rows
from ometria_import.sources.model import SourceKind

_SMALL_BYTES = 16 * 1024
_ROW_BY_ROW = frozenset({ObjectType.CONTACT, ObjectType.CUSTOM_EVENT})
"""Orders have rows that belong together, and products are counted file by file."""
_BEGINNING = 2
"""The number of chunks at the beginning of a table that are looked at before any is prepared."""

Wanted = Iterator[tuple[list[int], list[tuple[str, ...]]]]
"""Some rows of a file: their line numbers and their cells, as written to a reject file."""


@dataclass(frozen=True, slots=True)
class _RowInput:
    """What all opened tables have in common."""

    source: TableSource
    mapping: BoundMapping

    @property
    def object_type(self) -> ObjectType:
        """The object type of the records, or of the records that the items belong to."""
        return self.mapping.schema.object_type

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the source's columns."""
        return self.source.header

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that its rows stand in, its own first."""
        return (str(self.source.path),)

    @property
    def runs(self) -> RunsByLine:
        """The runs in which its rows were rejected, if it is a reject file."""
        return runs_of_table(self.source)

    @property
    def unmapped(self) -> dict[str, bool]:
        """Unmapped columns, each with whether it is kept as a custom field."""
        return dict.fromkeys(self.mapping.unmapped, self.mapping.keeps_unmapped)

    @property
    def dropped(self) -> tuple[str, ...]:
        """The columns that the mapping leaves out by name."""
        names = self.mapping.file.columns.drop
        return tuple(column for name in names for column in self.mapping.names.find(name))

    def columns_of(self, path: str) -> tuple[str, ...]:
        """The columns that may feed a field, in the order in which they are tried."""
        return self.mapping.columns_of(path)

    @property
    def are_events(self) -> bool:
        """Whether records are made of events, whose time is not theirs."""
        return False

    @property
    def joins_by_email(self) -> bool:
        """Whether its contacts without an id belong to those with their email."""
        return self.mapping.file.joins_by_email

    def rows_on(self, lines: Rows) -> Wanted:
        """The rows of the file with the given line numbers."""
        for chunk in self.source.chunks():
            is_wanted = np.isin(chunk.lines, lines)
            if is_wanted.any():
                rows = chunk.where(is_wanted)
                columns = [column.to_pylist() for column in rows.table.columns]
                yield rows.lines.tolist(), list(zip(*columns, strict=True))

    def spill(
        self,
        reading: SourceReading,
        keys_of: KeysOf,
        spill: RowSpill,
        owners: Sequence[TableInput],
    ) -> None:
        """Read all rows into a spill.

        Args:
            reading: Counts the rows.
            keys_of: Returns the key that the rows of one record share.
            spill: Receives the rows.
            owners: Collects the keys of records of which a row cannot be read.
        """
        for read in reading.tables(self.source):
            chunk = keyed(read, keys_of)
            for owner in owners:
                name = "" if owner is self else str(self.source.path)
                owner.preparer.unreadable.note(chunk, self.source, keys_of, name)
            spill.add(chunk)
            reading.unreadable += len(chunk.rejects)
            reading.tell()
        for owner in owners:
            owner.preparer.unreadable.settle()

    def unreadable(self, reading: SourceReading) -> Iterator[RowChunk]:
        """The unreadable rows, read from the file again because there may be many."""
        for chunk in self.source.chunks() if reading.unreadable else ():
            if chunk.rejects:
                yield chunk.split(0)[0]


@dataclass(frozen=True, slots=True)
class TableInput(_RowInput):
    """An opened table with all that is needed to prepare it."""

    preparer: TablePreparer
    joined: JoinedSource | None = None
    """This table joined with its item tables, if items are in separate files. The preparer then
    expects the rows of all of them."""
    lines: str = ""
    """The mapping of the item tables that belong to this table and to no other platform's; empty
    if it goes with all others."""
    withheld: tuple[str, ...] = ()
    """Columns with secrets."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that its rows stand in, its own first."""
        return (str(self.source.path),) if self.joined is None else self.joined.paths

    def columns_of(self, path: str) -> tuple[str, ...]:
        """The columns that may feed a field, of this table or of one of its items."""
        joined = self.joined
        mapping = self.mapping if joined is None else joined.mapping(self.mapping)
        return mapping.columns_of(path)

    @property
    def may_be_prepared_with_others(self) -> bool:
        """Whether it is a small table in which each row is a record by itself."""
        file, about = self.mapping.file, self.source.format
        return (
            self.source.size_bytes <= _SMALL_BYTES
            and about.kind is SourceKind.CSV
            and about.compression == "none"
            and self.object_type in _ROW_BY_ROW
            and not (self.joined or self.withheld or self.mapping.filled_down)
            and not (file.group_by or file.members or file.own_row or file.items)
            and not isinstance(self.source, ResubmittedTable)
        )

    def is_like(self, other: TableInput) -> bool:
        """Whether its rows can be prepared with those of another such table."""
        return self.preparer.is_like(other.preparer)

    def open_columns(self) -> Iterator[tuple[ColumnPlace, Conventions]]:
        """The columns that can leave something open, each with what is known of it before."""
        return self.preparer.rules.columns()

    def units(self, reading: SourceReading) -> Iterator[RowChunk]:
        """All rows, those of one record together in one piece."""
        joined = self.joined
        rows = self._rows(reading) if joined is None else self._joined_rows(reading, joined)
        return self.preparer.units(rows)

    def prepare(self, chunk: RowChunk) -> PreparedChunk:
        """Prepare a piece, from any thread."""
        return self.preparer.prepare(chunk)

    def _rows(self, reading: SourceReading) -> Iterator[RowChunk]:
        """In the order of the file, if rows of a record stand together there; else by partition.

        Raises:
            KeyReturnsError: a key came back when chunks were already yielded.
        """
        if not reading.looks_first:
            with RowKeys(reading.folder) as keys:
                chunks = self._noted(reading.tables(self.source), keys)
                beginning = list(islice(chunks, _BEGINNING))
                if not keys.have_returned():
                    yield from beginning
                    yield from keys.watched(chunks)
                    return
            reading.start_over()
        if not have_returned(self._noted(self.source.chunks()), reading.folder):
            yield from reading.tables(self.source)
            return
        with RowSpill(reading.folder, self.header) as spill:
            self.spill(reading, self.mapping.group_keys, spill, [self])
            yield from self.unreadable(reading)
            yield from rechunk(self._partitions(spill, reading.dropped))

    def _noted(self, chunks: Iterator[RowChunk], keys: RowKeys | None = None) -> Iterator[RowChunk]:
        """The chunks with their keys, once these and their unreadable rows were noted."""
        unreadable = self.preparer.unreadable
        for read in chunks:
            chunk = keyed(read, self.mapping.group_keys)
            unreadable.note(chunk, self.source, self.mapping.group_keys)
            if keys is not None:
                keys.add(chunk)
                keys.add_strays(unreadable.taken_strays())
            yield chunk
        unreadable.settle()
        if keys is not None:
            keys.add_strays(unreadable.taken_strays())

    def _partitions(self, spill: RowSpill, dropped: DroppedRows) -> Iterator[RowChunk]:
        for number in filter(spill.count, range(PARTITIONS)):
            for chunk in read_partition(spill, number, endless_keys([spill], number)):
                whole = sort_by_key(keyed(chunk, self.mapping.group_keys))
                yield without_repeats(whole, self.mapping, dropped)

    def _joined_rows(self, reading: SourceReading, source: JoinedSource) -> Iterator[RowChunk]:
        """The rows, each record's item rows behind its own, partition by partition."""
        join = reading.join()
        yield from (source.widened(0, chunk) for chunk in self.unreadable(reading))
        mapping = source.mapping(self.mapping)
        yield from rechunk(join.joined(self.source, source, mapping, reading.dropped))


@dataclass(frozen=True, slots=True)
class ItemInput(_RowInput):
    """An opened table of items, whose records are in other tables."""

    nulls: NullWords
    """The null words of this table."""
    lines: str = ""
    """The mapping of these items, if only tables that name it have their records."""
    withheld: tuple[str, ...] = ()
    """Columns with secrets."""

    def open_columns(self) -> Iterator[tuple[ColumnPlace, Conventions]]:
        """Always empty: the record tables report the columns of their items."""
        return iter(())

    def units(self, reading: SourceReading) -> Iterator[RowChunk]:
        """The item rows whose record does not exist, and the unreadable rows."""
        orphans = reading.join().orphans(self.source)
        return chain(self.unreadable(reading), rechunk(orphans))

    def prepare(self, chunk: RowChunk) -> PreparedChunk:
        """Turn the rows into rejects."""
        return prepared_orphans(chunk, self.paths[0], self.mapping)


@dataclass(frozen=True, slots=True)
class ObjectInput:
    """An opened JSON source, or a view of one, with all that is needed to prepare it."""

    source: ObjectSource
    shape: ObjectShape
    object_type: ObjectType
    preparer: ObjectPreparer

    @property
    def header(self) -> tuple[str, ...]:
        """Always empty: objects have no columns."""
        return ()

    @property
    def withheld(self) -> tuple[str, ...]:
        """The keys with secrets in the objects that were prepared so far."""
        return tuple(sorted(self.preparer.withheld))

    @property
    def paths(self) -> tuple[str, ...]:
        """The file that its objects stand in."""
        return (str(self.source.path),)

    @property
    def runs(self) -> RunsByLine:
        """The runs in which its objects were rejected, if it is a reject file."""
        return self.preparer.runs

    @property
    def unmapped(self) -> dict[str, bool]:
        """Always empty: unknown keys are found only when the objects are read."""
        return {}

    @property
    def dropped(self) -> tuple[str, ...]:
        """Always empty: which keys are left out is not known before the objects are read."""
        return ()

    def columns_of(self, path: str) -> tuple[str, ...]:
        """The names in the objects that may feed a field."""
        return self.shape.columns_of(path) if isinstance(self.shape, MappedShape) else (path,)

    @property
    def are_events(self) -> bool:
        """Whether records are made of events, whose time is not theirs."""
        return self.shape.are_events

    @property
    def joins_by_email(self) -> bool:
        """Whether its contacts without an id belong to those with their email."""
        return self.shape.joins_by_email

    def rows_on(self, lines: Rows) -> Wanted:
        """The objects of the file with the given line numbers."""
        runs = RunsByLine()
        for objects in self.source.chunks():
            chunk = resubmitted_objects(objects, runs)
            found = np.flatnonzero(np.isin(chunk.lines, lines)).tolist()
            records = [chunk.objects[index] for index in found]
            for record in records:
                without_secrets(record, set())
            yield chunk.lines[found].tolist(), [(encoded(record),) for record in records]

    def open_columns(self) -> Iterator[tuple[ColumnPlace, Conventions]]:
        """The fields that can be ambiguous, each with the conventions known beforehand."""
        return self.preparer.rules.columns()

    def units(self, reading: SourceReading) -> Iterator[ObjectChunk]:
        """All objects; each one is a whole record."""
        return self.preparer.units(reading.objects(self.source))

    def prepare(self, chunk: ObjectChunk) -> PreparedChunk:
        """Prepare a piece, from any thread."""
        return self.preparer.prepare(chunk)


Input = TableInput | ObjectInput | ItemInput


def join_of(each: Input) -> tuple[ObjectType, str]:
    """What records and the items that may be theirs have in common."""
    return each.object_type, "" if isinstance(each, ObjectInput) else each.lines


def mapping_file_of(each: Input) -> MappingFile | None:
    """The mapping that an input is read with; None for objects in the push API's own shape."""
    if not isinstance(each, ObjectInput):
        return each.mapping.file
    return each.shape.mapping.file if isinstance(each.shape, MappedShape) else None
