"""Duplicate rows of one record in a file, which come from overlapping exports.

If rows with one key are not adjacent, they were exported twice if they are equal, and are two
states of one order if they differ. Only one of them counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.mapping.cells import MappedRows
from ometria_import.prepare.rows.fates import Fate, RowFates
from ometria_import.prepare.rows.grouping import group_starts
from ometria_import.prepare.rows.key_hashes import hash_texts
from ometria_import.prepare.rows.orders_of_one_id import IDENTITY
from ometria_import.problems import Finding, Located, catalogue
from ometria_import.schema import ObjectType
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Mask, Rows, Table

RUN = "\x1frun"
"""A column of rows that were brought together: whether the row above had another key in the file.
No name of a source's column holds such a character."""

_ITEM_KEY = ("product_id", "variant_id", "sku")

Item = tuple[str, ...]


@dataclass(slots=True)
class DroppedRows:
    """Counts of rows that were dropped because the file holds them again or in a later state."""

    repeated: int = 0
    superseded: int = 0
    """The number of earlier record states that were replaced by a later one."""
    superseded_rows: int = 0
    """The number of rows of those earlier states."""
    notices: list[Located] = field(default_factory=list)
    fates: list[RowFates] = field(default_factory=list)
    """The rows themselves, waiting to be collected."""

    def take(self, fate: Fate, chunk: RowChunk, rows: Sequence[int], into: int) -> None:
        """Note rows of a chunk that do not count, and the row that counts in their place."""
        files = None if chunk.files is None else chunk.files[rows]
        file = 0 if chunk.files is None else int(chunk.files[into])
        counts = int(chunk.lines[into]), file
        self.fates.append(RowFates.of(fate, chunk.lines[rows], files, counts))


def without_repeats(chunk: RowChunk, mapping: BoundMapping, dropped: DroppedRows) -> RowChunk:
    """Drop duplicate rows, so that each row counts once.

    Args:
        chunk: The rows of each record together, with their keys and with the column `RUN`, which
            is taken out.
        mapping: The mapping of the table.
        dropped: Receives the counts of dropped rows.
    """
    begins = pc.fill_null(chunk.table.column(RUN), fill_value=True).to_numpy()
    table = chunk.table.drop_columns([RUN])
    if chunk.files is not None:
        # Each row of the records' own file is a whole record, but for its items.
        begins = begins | (chunk.files == 0)
    whole = replace(chunk, table=table)
    if chunk.keys is None or not len(table) or mapping.file.members is not None:
        # Rows that are records of their own merge later: to drop one that says what an earlier
        # one said would let the row between them have the last word.
        return whole
    starts = group_starts(chunk.keys)
    ends = np.append(starts[1:], len(table))
    several = np.add.reduceat(begins.astype(np.int64), starts) > 1
    doubtful = np.flatnonzero(several & _has_same_items(whole, starts, ends, mapping))
    if not len(doubtful):
        return whole
    is_kept = np.ones(len(table), bool)
    rows = np.concatenate([np.arange(starts[group], ends[group]) for group in doubtful.tolist()])
    of_rows = _Rows(table.take(pa.array(rows)).combine_chunks(), rows, mapping)
    for group in doubtful.tolist():
        first, last = int(starts[group]), int(ends[group])
        runs = np.split(np.arange(first, last), np.flatnonzero(begins[first:last])[1:].tolist())
        for gone in _settled(runs, of_rows, chunk, dropped):
            is_kept[gone] = False
    return whole.where(is_kept)


def _has_same_items(chunk: RowChunk, starts: Rows, ends: Rows, mapping: BoundMapping) -> Mask:
    """Which groups of rows may have an item twice: no others can have a row that repeats another.

    Files whose rows are in no order have most of their records in several places, so this looks
    at all rows at once.
    """
    table = chunk.table
    column = mapping.column_of("lineitems.product_id")
    if column in table.column_names:
        texts = table.column(column).combine_chunks().dictionary_encode()
        hashes = texts.indices.to_numpy()
    else:
        hashes = np.array(row_hashes(table), np.uint64)
    groups = np.repeat(np.arange(len(starts)), ends - starts)
    order = np.lexsort((hashes, groups))
    same = (groups[order][1:] == groups[order][:-1]) & (hashes[order][1:] == hashes[order][:-1])
    found = np.zeros(len(starts), bool)
    found[groups[order][1:][same]] = True
    if chunk.files is not None:
        found |= np.add.reduceat((chunk.files == 0).astype(np.int64), starts) > 1
    return found


def row_hashes(table: Table) -> list[int]:
    """One number for each row, the same where all cells are."""
    columns = [column.combine_chunks() for column in table.columns]
    hashes: list[int] = hash_texts(pc.binary_join_element_wise(*columns, "\x1f")).tolist()
    return hashes


class _Rows:
    """The notices about records whose rows are in several places of the file."""

    def __init__(self, table: Table, rows: Rows, mapping: BoundMapping) -> None:
        self._place = {row: place for place, row in enumerate(rows.tolist())}
        self._hashes = row_hashes(table)
        self._table = table
        self._mapping = mapping
        self._mapped: MappedRows | None = None
        self._fields: dict[str, list[str]] = {}
        self._items: dict[int, list[Item]] = {}

    def hashes(self, rows: Sequence[int]) -> list[int]:
        """One number for each row, the same where all cells are."""
        return [self._hashes[self._place[row]] for row in rows]

    def is_exported_again(self, earlier: Sequence[int], later: Sequence[int]) -> bool:
        """Whether rows are a later state of an order, and no further part of it.

        They are where they have its items once more (or none of both has any), and say something
        else than before, of the order or of the items; but not where they contradict what no order
        changes.
        """
        if self._mapping.schema.object_type is not ObjectType.ORDER:
            return False
        self._read()
        before, after = set(self._items_of(earlier)), set(self._items_of(later))
        if (before or after) and not before & after:
            return False
        says_otherwise = bool(before) and before <= after
        for path, texts in self._fields.items():
            old, new = (self._first(texts, rows) for rows in (earlier, later))
            if old and new and old != new:
                if path in IDENTITY:
                    return False
                says_otherwise = True
        return says_otherwise

    def _read(self) -> None:
        if self._mapped is not None:
            return
        self._mapped = self._mapping.apply(self._table)
        self._fields = {
            path: texts.to_pylist() for path, texts in self._mapped.record.fields.items()
        }
        items = self._mapped.items.get("lineitems")
        if items is None:
            return
        columns = [
            items.cells.fields[name].to_pylist() for name in _ITEM_KEY if name in items.cells.fields
        ]
        for row, item in zip(items.rows.tolist(), zip(*columns, strict=True), strict=True):
            self._items.setdefault(row, []).append(tuple(text.strip() for text in item))

    def _items_of(self, rows: Sequence[int]) -> Iterator[Item]:
        for row in rows:
            yield from self._items.get(self._place[row], ())

    def _first(self, texts: Sequence[str], rows: Sequence[int]) -> str:
        said = (texts[self._place[row]].strip() for row in rows)
        return next((text for text in said if text), "")


def _settled(
    runs: Sequence[Any], of_rows: _Rows, chunk: RowChunk, dropped: DroppedRows
) -> Iterator[list[int]]:
    """The rows of one record that are dropped, for each run of adjacent rows."""
    kept: list[int] = []
    for run in runs:
        rows: list[int] = run.tolist()
        known = Counter(of_rows.hashes(kept))
        fresh: list[int] = []
        repeated: list[int] = []
        for row, hashed in zip(rows, of_rows.hashes(rows), strict=True):
            is_known = known[hashed] > 0
            known[hashed] -= is_known
            (repeated if is_known else fresh).append(row)
        if fresh and kept and of_rows.is_exported_again(kept, rows):
            words = f"superseded by line {chunk.lines[rows[0]]}: the same order, exported again"
            dropped.notices.append(chunk.located(kept[0], Finding(catalogue.SUPERSEDED, words)))
            dropped.superseded += 1
            dropped.superseded_rows += len(kept)
            dropped.take(Fate.SUPERSEDED, chunk, kept, rows[0])
            yield kept
            kept = rows
            continue
        if repeated:
            count = "it is" if len(repeated) == 1 else f"{len(repeated)} rows of a record are"
            first = chunk.lines[kept[0]]
            words = f"{count} in the file from line {first} on, too, and counted once"
            dropped.notices.append(chunk.located(repeated[0], Finding(catalogue.REPEATED, words)))
            dropped.repeated += len(repeated)
            dropped.take(Fate.REPEATED, chunk, repeated, kept[0])
            yield repeated
        kept = [*kept, *fresh]
