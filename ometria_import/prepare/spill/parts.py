"""Finding on disk which objects of a file belong together, in constant memory.

Objects are cut into partitions by the hash of the record that they belong to. At first only the id
of their parent is known. A part whose parent is itself a part moves on to the partition of that
one's parent, until it has come to its record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.rows.key_hashes import hash_texts
from ometria_import.prepare.spill.spill import Spill
from ometria_import.sources.arrays import Hashes, Mask, Rows, Table
from ometria_import.sources.model import MAX_ROW_BYTES

_BITS = 8
_HELD_BYTES = 24 * 1024 * 1024
_MOST_LEVELS = 16
"""Parts of parts; no export has more than three levels, and in a circle there is no end."""
_RECORD = np.uint64(0)
"""Stands for the parent of an object that belongs to no other."""


class Gathered(NamedTuple):
    """Objects that belong together, as they were added, in the order of the file."""

    lines: list[int]
    texts: list[bytes]
    is_whole: bool
    """False for parts whose record is not there."""
    size: int
    """In bytes. If they are too large to be held, only the records themselves are here."""


class Parts:
    """The objects of a file with what each of them belongs to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rounds = [Spill(folder, _BITS, _HELD_BYTES)]
        self._index = Spill(folder, _BITS)

    def add(
        self,
        lines: Sequence[int],
        ids: Sequence[str],
        parents: Sequence[str],
        texts: Sequence[bytes],
    ) -> None:
        """Add the next objects.

        Args:
            lines: Their lines.
            ids: What each is called; blank for one that nothing else can name.
            parents: The id of the object that each belongs to; blank for records.
            texts: The objects.
        """
        own, parent = _hashed(ids), _hashed(parents)
        self.add_ids(own, parent)
        is_nameless = (own == _RECORD) & (parent == _RECORD)
        named = np.where(is_nameless, _hashed([f"\x1f{line}" for line in lines]), own)
        self.add_ids(named[is_nameless], parent[is_nameless])
        above = np.where(parent == _RECORD, named, parent)
        columns = {
            "line": pa.array(lines, pa.int64()),
            "is_record": pa.array(parent == _RECORD),
            "text": pa.array(texts, pa.binary()),
            "above": pa.array(above),
        }
        self._rounds[0].add(pa.table(columns), above)

    def add_inner(self, ids: Sequence[str], holders: Sequence[str]) -> None:
        """Add the ids of objects that stand within others, which have the ids `holders`."""
        self.add_ids(_hashed(ids), _hashed(holders))

    def add_ids(self, own: Hashes, parent: Hashes) -> None:
        """Note what belongs to what; both are hashes."""
        is_named = own != _RECORD
        own, parent = own[is_named], parent[is_named]
        if len(own):
            self._index.add(pa.table({"own": pa.array(own), "parent": pa.array(parent)}), own)

    def settle(self) -> None:
        """Move each part to the partition of its record; to be called once all are added."""
        for _ in range(_MOST_LEVELS):
            left, moved = self._rounds[-1], Spill(self._folder, _BITS, _HELD_BYTES)
            for number in np.flatnonzero(left.counts).tolist():
                known = self._known(number)
                for table in left.part(number):
                    found = known.above(table)
                    if found.is_part.any():
                        rows = table.filter(pa.array(found.is_part))
                        above = found.parents[found.is_part]
                        place = rows.column_names.index("above")
                        moved.add(rows.set_column(place, "above", pa.array(above)), above)
            if not moved.counts.any():
                moved.close()
                return
            self._rounds.append(moved)

    def gathered(self) -> Iterator[Gathered]:
        """All objects, those of one record together; records of one id are together, too."""
        for number in range(1 << _BITS):
            spills = [each for each in self._rounds if each.counts[number]]
            if not spills:
                continue
            known = self._known(number)
            large = self._large(number, known)
            tables = []
            for spill, table in ((each, table) for each in spills for table in each.part(number)):
                found = known.above(table)
                # What is left in the last round has come to no record: a circle has no end.
                is_orphan = ~found.is_there | (found.is_part & (spill is self._rounds[-1]))
                if is_orphan.any():
                    yield from _orphans(table.filter(pa.array(is_orphan)))
                is_held = ~np.isin(_hashes(table, "above"), large)
                is_held |= table.column("is_record").to_numpy()
                keep = found.is_there & ~found.is_part & is_held
                tables.append(table.filter(pa.array(keep)))
            yield from _groups(pa.concat_tables(tables).combine_chunks(), large)

    def close(self) -> None:
        """Remove the files."""
        for each in (*self._rounds, self._index):
            each.close()

    def _known(self, number: int) -> _Known:
        tables = list(self._index.part(number))
        if not tables:
            return _Known(np.empty(0, np.uint64), np.empty(0, np.uint64))
        table = pa.concat_tables(tables)
        own, parent = _hashes(table, "own"), _hashes(table, "parent")
        order = np.lexsort((parent, own))
        return _Known(own[order], parent[order])

    def _large(self, number: int, known: _Known) -> Hashes:
        """The records that are too large to be held with all of their parts."""
        aboves, sizes = [], []
        for spill in self._rounds:
            for table in spill.part(number) if spill.counts[number] else ():
                found = known.above(table)
                keep = found.is_there & ~found.is_part
                aboves.append(_hashes(table, "above")[keep])
                sizes.append(pc.binary_length(table.column("text")).to_numpy()[keep])
        unique, places = np.unique(np.concatenate(aboves), return_inverse=True)
        totals = np.bincount(places, np.concatenate(sizes), len(unique))
        large: Hashes = unique[totals > MAX_ROW_BYTES]
        return large


class _Found(NamedTuple):
    is_there: Mask
    is_part: Mask
    """Whether what is above a row is itself a part."""
    parents: Hashes


class _Known(NamedTuple):
    """The objects of a partition, sorted: records before parts of the same id."""

    own: Hashes
    parent: Hashes

    def above(self, table: Table) -> _Found:
        """Look up what is above each row."""
        above = _hashes(table, "above")
        if not len(self.own):
            nothing = np.zeros(len(above), bool)
            return _Found(nothing, nothing, above)
        places = np.minimum(np.searchsorted(self.own, above), len(self.own) - 1)
        is_there = self.own[places] == above
        parents = self.parent[places]
        return _Found(is_there, is_there & (parents != _RECORD), parents)


def _orphans(table: Table) -> Iterator[Gathered]:
    texts = table.column("text").to_pylist()
    yield Gathered(table.column("line").to_pylist(), texts, is_whole=False, size=0)


def _groups(table: Table, large: Hashes) -> Iterator[Gathered]:
    """The objects of each record, in the order of the records' first lines."""
    if not len(table):
        return
    above, lines = _hashes(table, "above"), table.column("line").to_numpy()
    unique, places = np.unique(above, return_inverse=True)
    first = np.full(len(unique), np.iinfo(np.int64).max)
    is_record = table.column("is_record").to_numpy()
    np.minimum.at(first, places[is_record], lines[is_record])
    order: Rows = np.lexsort((lines, first[places]))
    starts = np.flatnonzero(np.diff(above[order], prepend=~above[order[:1]]))
    texts: list[bytes] = table.column("text").take(pa.array(order)).to_pylist()
    lines = lines[order]
    is_large = np.isin(above[order[starts]], large).tolist()
    for start, end, too_large in zip(
        starts.tolist(), [*starts[1:].tolist(), len(order)], is_large, strict=True
    ):
        own = texts[start:end]
        size = MAX_ROW_BYTES + 1 if too_large else sum(map(len, own))
        yield Gathered(lines[start:end].tolist(), own, is_whole=True, size=size)


def _hashed(texts: Sequence[str]) -> Hashes:
    """The hash of each text; 0 for a blank one and for no other."""
    column = pa.array(texts, pa.string())
    hashes = np.maximum(hash_texts(column), np.uint64(1))
    is_blank = pc.equal(column, "").to_numpy(zero_copy_only=False)
    blanked: Hashes = np.where(is_blank, _RECORD, hashes)
    return blanked


def _hashes(table: Table, name: str) -> Hashes:
    hashes: Hashes = table.column(name).to_numpy()
    return hashes
