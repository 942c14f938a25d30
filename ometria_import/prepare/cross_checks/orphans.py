"""Ids that are referred to and that the input does not have, counted in flat memory."""

from __future__ import annotations

import heapq
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ometria_import.prepare.cross_checks.known import is_among
from ometria_import.prepare.cross_checks.model import Orphan
from ometria_import.prepare.spill.key_hashes import hash_texts
from ometria_import.prepare.spill.partitions import Entries, Partitions

Numbers = npt.NDArray[np.int64]

MOST_FREQUENT = 5

_ENTRY = np.dtype(
    [
        ("hash", np.uint64),
        ("number", np.int64),
        ("count", np.int64),
        ("position", np.int64),
        ("length", np.int64),
    ]
)


class _Counted(NamedTuple):
    """Sorted by these, the most frequent is the smallest; then the one that came first."""

    minus_count: int
    number: int
    position: int
    length: int


class Orphans:
    """The ids, on disk; they may be as many as there are orders."""

    def __init__(self, folder: Path) -> None:
        self._entries = Partitions(folder, _ENTRY, "hash")
        self._texts = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- closed by `close`

    def add(self, ids: Any, numbers: Numbers, counts: Numbers | int) -> None:
        """Take ids, a `pyarrow.StringArray`.

        Args:
            ids: Without nulls.
            numbers: The number of the order that each stands in.
            counts: How often it stands there.
        """
        if not len(ids):
            return
        entries = np.empty(len(ids), _ENTRY)
        entries["hash"], entries["number"], entries["count"] = hash_texts(ids), numbers, counts
        _, offsets, data = ids.buffers()
        ends = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1]
        ends = ends.astype(np.int64)
        entries["position"] = self._texts.tell() + ends[:-1] - ends[0]
        entries["length"] = np.diff(ends)
        self._texts.write(memoryview(data)[ends[0] : ends[-1]])
        self._entries.add(entries)

    def most_frequent(self, superseded: Numbers) -> tuple[Orphan, ...]:
        """The most frequent ids, without those of superseded orders; nothing is added after it."""
        best: list[_Counted] = []
        for part in self._entries.parts():
            kept = part[~is_among(part["number"], superseded)]
            best = heapq.nsmallest(MOST_FREQUENT, [*best, *_counted(kept)])
        found = []
        for each in best:
            self._texts.seek(each.position)
            found.append(Orphan(self._texts.read(each.length).decode(), -each.minus_count))
        return tuple(found)

    def close(self) -> None:
        """Remove the files."""
        self._entries.close()
        self._texts.close()


def _counted(entries: Entries) -> list[_Counted]:
    """The most frequent ids of one part."""
    if not len(entries):
        return []
    entries = entries[np.argsort(entries["hash"], kind="stable")]
    starts = np.flatnonzero(np.diff(entries["hash"], prepend=~entries["hash"][:1]))
    counts = np.add.reduceat(entries["count"], starts)
    first = entries[starts]
    best = np.lexsort((first["number"], -counts))[:MOST_FREQUENT]
    return [
        _Counted(-int(counts[each]), *(int(first[each][name]) for name in _FOUND))
        for each in best.tolist()
    ]


_FOUND = ("number", "position", "length")
