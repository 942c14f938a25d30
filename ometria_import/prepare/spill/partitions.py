"""Entries by the hash of a key, in flat memory whatever their number.

They are kept in files cut by the hash's first bits, so that each file holds all entries of its
keys and can be looked at alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_PARTITION_BITS = 6
_PARTITIONS = 1 << _PARTITION_BITS
_HELD = 1 << 17
"""Entries held in memory before they are written to the files."""

Entries = npt.NDArray[np.void]


class Partitions:
    """Entries of one kind; the field that they are cut by is an unsigned 64-bit hash."""

    def __init__(self, folder: Path, dtype: np.dtype[Any], hashed: str) -> None:
        self._folder = folder
        self._dtype = dtype
        self._hashed = hashed
        self._held: list[Entries] = []
        self._held_count = 0
        self._files: Any = None

    def add(self, entries: Entries) -> None:
        """Append entries, which must not be changed afterwards."""
        self._held.append(entries)
        self._held_count += len(entries)
        if self._held_count >= _HELD:
            self._write()

    def parts(self) -> Iterator[Entries]:
        """All entries part by part, in rising order of the hashes' first bits.

        All entries with one hash are in one part, in the order in which they were added. Few
        entries are one part.
        """
        if self._files is None:
            if self._held:
                yield np.concatenate(self._held)
            return
        self._write()
        for file in self._files:
            file.seek(0)
            yield np.frombuffer(file.read(), self._dtype)

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
        entries = np.concatenate(self._held) if self._held else np.empty(0, self._dtype)
        self._held, self._held_count = [], 0
        partition = (entries[self._hashed] >> np.uint64(64 - _PARTITION_BITS)).astype(np.int64)
        order = np.argsort(partition, kind="stable")
        ends = np.cumsum(np.bincount(partition, minlength=_PARTITIONS))
        for file, part in zip(self._files, np.split(entries[order], ends[:-1]), strict=True):
            file.write(part.tobytes())
