"""The keys that other files may refer to, in constant memory however many there are."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from ometria_import.prepare.rows.key_hashes import hash_texts
from ometria_import.prepare.spill.spill import EntrySpill
from ometria_import.sources.arrays import Hashes, Mask, Rows, Texts, mask_of

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


def is_among(numbers: Rows | Hashes, some: Rows | Hashes) -> Mask:
    """A mask of the numbers that occur among some sorted others."""
    if not len(some):
        return np.zeros(len(numbers), bool)
    # A number greater than all others gets an index behind the last one.
    places = np.minimum(np.searchsorted(some, numbers), len(some) - 1)
    found: Mask = some[places] == numbers
    return found
