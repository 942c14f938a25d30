"""Finding records with the same key, in flat memory whatever the number of records.

Keys are kept as 128-bit hashes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ometria_import.prepare.key_hashes import hash_pairs
from ometria_import.prepare.partitions import Entries, Partitions
from ometria_import.problems import Origin, Problem, catalogue
from ometria_import.schema import ObjectType

_HASH_KEY = "ometria-import-1"
"""Sixteen bytes, as pandas wants them."""

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


class Superseded(NamedTuple):
    """A record that a later one with the same key replaces."""

    number: int
    """0-based number of the record among those of its object type."""
    source: int
    line: int
    rows: int
    by_source: int
    by_line: int

    def problem(self, object_type: ObjectType, paths: Sequence[str]) -> Problem:
        """Name both records; `paths` are those of the sources, in the order of their numbers."""
        return Problem(
            f"W{catalogue.SUPERSEDED}",
            Origin(paths[self.source - 1], self.line),
            "id",
            "",
            f"superseded by {Origin(paths[self.by_source - 1], self.by_line)}",
            str(object_type),
        )


class KeyIndex:
    """The keys of all records of one object type."""

    def __init__(self, folder: Path) -> None:
        self._entries = Partitions(folder, _ENTRY, "high")
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
        entries["high"], entries["low"] = hash_pairs(keys)
        entries["number"] = np.arange(self.count, self.count + len(keys))
        entries["source"], entries["line"], entries["rows"] = source, lines, row_counts
        self.count += len(keys)
        self._entries.add(entries)

    def superseded(self) -> Iterator[Superseded]:
        """Every record but the last of its key, in no particular order."""
        for part in self._entries.parts():
            yield from _superseded(part)

    def close(self) -> None:
        """Remove the files."""
        self._entries.close()


def hash_keys(keys: Any) -> npt.NDArray[np.uint64]:
    """Hash texts, a `pyarrow.StringArray`, with the same outcome in every run."""
    from pandas.util import hash_array

    texts = keys.to_numpy(zero_copy_only=False)
    hashes: npt.NDArray[np.uint64] = hash_array(texts, hash_key=_HASH_KEY, categorize=False)
    return hashes


def _superseded(entries: Entries) -> Iterator[Superseded]:
    order = np.lexsort((entries["number"], entries["low"], entries["high"]))
    entries = entries[order]
    same = (entries["high"][1:] == entries["high"][:-1]) & (
        entries["low"][1:] == entries["low"][:-1]
    )
    positions = np.flatnonzero(same)
    # Found at once: going on from each to its last takes time by the square of their number.
    ends = np.append(np.flatnonzero(~same), len(same))
    lasts = ends[np.searchsorted(ends, positions)]
    for position, last in zip(positions.tolist(), lasts.tolist(), strict=True):
        earlier, later = entries[position], entries[last]
        yield Superseded(
            int(earlier["number"]),
            int(earlier["source"]),
            int(earlier["line"]),
            int(earlier["rows"]),
            int(later["source"]),
            int(later["line"]),
        )
