"""Finding records with the same key, in flat memory whatever the number of records.

Keys are kept as 128-bit hashes in files cut by the hash's first bits, so that each file holds
all records of its keys and can be looked at alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_PARTITION_BITS = 6
_PARTITIONS = 1 << _PARTITION_BITS
_HELD = 1 << 17
"""Entries held in memory before they are written to the files."""
_HASH_KEYS = ("ometria-import-1", "ometria-import-2")
"""Sixteen bytes each, as pandas wants them; two of them make 64 + 64 bits."""

_ENTRY = np.dtype(
    [
        ("high", np.uint64),
        ("low", np.uint64),
        ("number", np.int64),
        ("source", np.int64),
        ("line", np.int64),
        ("rows", np.int64),
    ]
)
Entries = npt.NDArray[np.void]


class Superseded(NamedTuple):
    """A record that a later one with the same key replaces."""

    number: int
    """0-based number of the record among those of its object type."""
    source: int
    line: int
    rows: int
    by_source: int
    by_line: int


class KeyIndex:
    """The keys of all records of one object type."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: list[Entries] = []
        self._held_count = 0
        self._files: Any = None
        self.count = 0

    def add(
        self,
        keys: Any,
        source: int,
        lines: npt.NDArray[np.int64],
        row_counts: npt.NDArray[np.int64],
    ) -> None:
        """Take the keys of the next records, a `pyarrow.StringArray`."""
        entries = np.empty(len(keys), _ENTRY)
        entries["high"], entries["low"] = (hash_keys(keys, each) for each in _HASH_KEYS)
        entries["number"] = np.arange(self.count, self.count + len(keys))
        entries["source"], entries["line"], entries["rows"] = source, lines, row_counts
        self.count += len(keys)
        self._held.append(entries)
        self._held_count += len(entries)
        if self._held_count >= _HELD:
            self._write()

    def superseded(self) -> Iterator[Superseded]:
        """Every record but the last of its key, in no particular order."""
        if self._files is None:
            if self._held:
                yield from _superseded(np.concatenate(self._held))
            return
        self._write()
        for file in self._files:
            file.seek(0)
            yield from _superseded(np.frombuffer(file.read(), _ENTRY))

    def close(self) -> None:
        """Remove the files."""
        for file in self._files or ():
            file.close()
        self._files, self._held = None, []

    def _write(self) -> None:
        if self._files is None:
            self._files = [
                tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 -- closed by `close`
                for _ in range(_PARTITIONS)
            ]
        entries = np.concatenate(self._held) if self._held else np.empty(0, _ENTRY)
        self._held, self._held_count = [], 0
        partition = (entries["high"] >> np.uint64(64 - _PARTITION_BITS)).astype(np.int64)
        order = np.argsort(partition, kind="stable")
        ends = np.cumsum(np.bincount(partition, minlength=_PARTITIONS))
        for file, part in zip(self._files, np.split(entries[order], ends[:-1]), strict=True):
            file.write(part.tobytes())


def hash_keys(keys: Any, hash_key: str = _HASH_KEYS[0]) -> npt.NDArray[np.uint64]:
    """Hash texts, a `pyarrow.StringArray`, with the same outcome in every run."""
    from pandas.util import hash_array

    texts = keys.to_numpy(zero_copy_only=False)
    hashes: npt.NDArray[np.uint64] = hash_array(texts, hash_key=hash_key, categorize=False)
    return hashes


def _superseded(entries: Entries) -> Iterator[Superseded]:
    order = np.lexsort((entries["number"], entries["low"], entries["high"]))
    entries = entries[order]
    same = (entries["high"][1:] == entries["high"][:-1]) & (
        entries["low"][1:] == entries["low"][:-1]
    )
    for position in np.flatnonzero(same).tolist():
        last = position + 1
        while last < len(same) and same[last]:
            last += 1
        earlier, later = entries[position], entries[last]
        yield Superseded(
            int(earlier["number"]),
            int(earlier["source"]),
            int(earlier["line"]),
            int(earlier["rows"]),
            int(later["source"]),
            int(later["line"]),
        )
