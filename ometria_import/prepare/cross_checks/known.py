"""The keys that other files may refer to, and those that are missing, in constant memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from ometria_import.prepare.cross_checks.model import Orphan
from ometria_import.prepare.rows.key_hashes import hash_texts, is_among
from ometria_import.prepare.spill.spill import EntrySpill, Spill
from ometria_import.sources.arrays import Hashes, Mask, Rows, Table, Texts, mask_of

_ENTRY = np.dtype([("hash", np.uint64), ("number", np.int64)])


class KnownKeys:
    """A set of keys on disk: add all keys, seal it, then query it.

    Keys are 64-bit hashes: with 5,000,000 of them and as many lookups, the chance that any
    answer is wrong is one in a million.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries = EntrySpill(folder, _ENTRY, "hash")
        self._sorted: Hashes | None = None

    def add(self, keys: Texts, first_number: int) -> None:
        """Add the keys of the next records, a `pyarrow.StringArray`; null for a missing key."""
        given = np.flatnonzero(mask_of(keys.is_valid()))
        self.add_of(keys.drop_null(), given + first_number)

    def add_of(self, keys: Texts, numbers: Rows) -> None:
        """Add keys without nulls, for the records with the given numbers."""
        entries = np.empty(len(keys), _ENTRY)
        entries["hash"], entries["number"] = hash_texts(keys), numbers
        self._entries.add(entries)

    def seal(self, superseded: Rows) -> None:
        """Remove the keys of the records with the given sorted numbers."""
        if self._sorted is not None:
            return
        count = 0
        with tempfile.TemporaryFile(dir=self._folder) as file:
            for part in self._entries.parts():
                hashes = np.sort(part["hash"][~is_among(part["number"], superseded)])
                file.write(hashes.tobytes())
                count += len(hashes)
            file.flush()
            # The parts come in ascending order, so the file is sorted; the OS caches what it can.
            self._sorted = (
                np.memmap(file, np.uint64, "r", shape=(count,)) if count else np.empty(0, np.uint64)
            )
        self._entries.close()

    def contains(self, keys: Texts) -> Mask:
        """A mask of the keys, a `pyarrow.StringArray` without nulls, that are in the sealed set."""
        if self._sorted is None or not len(keys):
            return np.zeros(len(keys), bool)
        return is_among(hash_texts(keys), self._sorted)

    def close(self) -> None:
        """Remove the files."""
        self._entries.close()
        self._sorted = None


MOST_FREQUENT = 5
_BITS = 6
_COUNT, _FIRST = "number_count", "place_min"


class Orphans:
    """The missing ids, on disk because there may be as many as there are orders."""

    def __init__(self, folder: Path) -> None:
        self._spill = Spill(folder, _BITS)
        self._count = 0

    def add(self, ids: Texts, numbers: Rows) -> None:
        """Add ids without nulls, each with the number of the order that refers to it."""
        if not len(ids):
            return
        places = np.arange(self._count, self._count + len(ids))
        self._count += len(ids)
        table = pa.table([ids, numbers, places], names=["id", "number", "place"])
        self._spill.add(table, hash_texts(ids))

    def most_frequent(self, superseded: Rows) -> tuple[Orphan, ...]:
        """The most frequent ids, ties in order of appearance, without superseded orders."""
        order = [(_COUNT, "descending"), ("number_min", "ascending"), (_FIRST, "ascending")]
        best: list[Table] = []
        for number in np.flatnonzero(self._spill.counts).tolist():
            part = pa.concat_tables(self._spill.part(number))
            kept = part.filter(~is_among(part.column("number").to_numpy(), superseded))
            counts = kept.group_by("id", use_threads=False).aggregate(
                [("number", "count"), ("number", "min"), ("place", "min")]
            )
            counts = counts.select(["id", _COUNT, "number_min", _FIRST])
            best = [pa.concat_tables([*best, counts]).sort_by(order).slice(0, MOST_FREQUENT)]
        rows = best[0].to_pylist() if best else []
        return tuple(Orphan(row["id"], row[_COUNT]) for row in rows)

    def close(self) -> None:
        """Remove the file."""
        self._spill.close()
