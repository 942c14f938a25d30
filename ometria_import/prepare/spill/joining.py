"""Joining items from separate files to their records, on disk and in constant memory.

The records' tables and the items' tables are cut into partitions by the same hash of the same
key, so each partition can be joined alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.mapping.binding.joined import (
    FILE_COLUMN,
    JoinedMapping,
    item_column,
    join_mappings,
)
from ometria_import.prepare.columns.null_words import NullWords
from ometria_import.prepare.rows.repeated_rows import (
    RUN,
    DroppedRows,
    without_repeats,
)
from ometria_import.prepare.rows.row_groups import keyed, sort_by_key
from ometria_import.prepare.spill.row_spill import (
    PARTITIONS,
    RowSpill,
    endless_keys,
    read_partition,
)
from ometria_import.sources import RowChunk, TableSource
from ometria_import.sources.arrays import Hashes, Mask

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ItemTable:
    """A table of items."""

    source: TableSource
    mapping: BoundMapping
    nulls: NullWords


@dataclass(frozen=True, slots=True)
class JoinedSource:
    """A table of records with its item tables, as one source that is not joined yet."""

    records: TableSource
    items: tuple[ItemTable, ...]

    @property
    def path(self) -> Path:
        """The path of the records' file."""
        return self.records.path

    @property
    def paths(self) -> tuple[str, ...]:
        """The path of the records' file, then of each item file."""
        return tuple(str(each.path) for each in (self.records, *(i.source for i in self.items)))

    def mapping(self, records: BoundMapping) -> JoinedMapping:
        """The mapping of the joined table."""
        return join_mappings(records, [each.mapping for each in self.items])

    def chunks(self) -> Iterator[RowChunk]:
        """All rows of all files, one file after the other."""
        for number, source in enumerate((self.records, *(each.source for each in self.items))):
            for chunk in source.chunks():
                yield self.widened(number, chunk)

    def widened(self, number: int, chunk: RowChunk) -> RowChunk:
        """Rows of one of the files, with blank columns for all other files."""
        blank = pa.repeat(pa.scalar("", pa.string()), len(chunk))
        columns: dict[str, Any] = {
            FILE_COLUMN: pa.repeat(pa.scalar(str(number) if number else ""), len(chunk))
        }
        headers = [self.records.header, *(each.source.header for each in self.items)]
        for file, header in enumerate(headers):
            for name in header:
                own = chunk.table.column(name) if file == number else blank
                columns[item_column(file, name) if file else name] = own
        if RUN in chunk.table.column_names:
            columns[RUN] = chunk.table.column(RUN)
        rejects = tuple(replace(each, file=number) for each in chunk.rejects)
        files = np.full(len(chunk), number, np.int64)
        return RowChunk(pa.table(columns), chunk.lines, rejects, files=files)

    def own_cells(self, number: int, cells: tuple[T, ...]) -> tuple[T, ...]:
        """The cells of a widened row that come from its own file."""
        widths = [1, len(self.records.header), *(len(each.source.header) for each in self.items)]
        start = sum(widths[: number + 1])
        return cells[start : start + widths[number + 1]]


class Join:
    """All tables of one object type and its items, partitioned on disk."""

    def __init__(
        self,
        records: Sequence[tuple[TableSource, RowSpill]],
        items: Sequence[tuple[TableSource, RowSpill]],
    ) -> None:
        """Join complete tables; each spill must have a different number."""
        self._records, self._items = list(records), list(items)
        self._all = [spill for _, spill in (*self._records, *self._items)]

    def joined(
        self, table: TableSource, source: JoinedSource, mapping: JoinedMapping, dropped: DroppedRows
    ) -> Iterator[RowChunk]:
        """The rows of one record table, each record followed by its item rows.

        Items go to the last table that has their record, because that is the record that is sent.
        Duplicate rows of a file are counted in `dropped`.
        """
        place = next(n for n, (own, _) in enumerate(self._records) if own is table)
        records, *later = [spill for _, spill in self._records[place:]]
        for partition in filter(records.count, range(PARTITIONS)):
            endless = endless_keys(self._all, partition)
            wanted = records.hashes(partition)
            if later:
                of_others = np.concatenate([each.hashes(partition) for each in later])
                wanted = np.setdiff1d(wanted, of_others)
            parts = []
            for number, spill in enumerate((records, *(items for _, items in self._items))):
                keep = _in(wanted) if number else None
                *before, rows = read_partition(spill, partition, endless, keep)
                yield from (_without_runs(source.widened(number, chunk)) for chunk in before)
                parts.append(source.widened(number, rows))
            whole = sort_by_key(keyed(RowChunk.concat(parts), mapping.group_keys))
            yield without_repeats(whole, mapping, dropped)

    def orphans(self, table: TableSource) -> Iterator[RowChunk]:
        """The rows of one item table whose record is not in any table."""
        items = next(spill for own, spill in self._items if own is table)
        nothing = np.empty(0, np.uint64)
        for partition in filter(items.count, range(PARTITIONS)):
            known = np.concatenate([each.hashes(partition) for _, each in self._records])
            is_orphan = _in(known, is_in=False)
            for chunk in read_partition(items, partition, nothing, is_orphan):
                yield _without_runs(chunk)


def _without_runs(chunk: RowChunk) -> RowChunk:
    return replace(chunk, table=chunk.table.drop_columns([RUN]))


def _in(keys: Hashes, *, is_in: bool = True) -> Callable[[Hashes], Mask]:
    return lambda hashes: np.isin(hashes, keys, invert=not is_in)
