"""Missing ids, which are referred to but not in the input, counted in constant memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from ometria_import.prepare.cross_checks.known import is_among
from ometria_import.prepare.cross_checks.model import Orphan
from ometria_import.prepare.rows.key_hashes import hash_texts
from ometria_import.prepare.spill.spill import Spill
from ometria_import.sources.arrays import Rows, Table, Texts

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
        best: list[Table] = []
        for number in np.flatnonzero(self._spill.counts).tolist():
            part = pa.concat_tables(self._spill.part(number))
            kept = part.filter(~is_among(part.column("number").to_numpy(), superseded))
            best = [_best(pa.concat_tables([*best, _counted(kept)]))]
        rows = best[0].to_pylist() if best else []
        return tuple(Orphan(row["id"], row[_COUNT]) for row in rows)

    def close(self) -> None:
        """Remove the file."""
        self._spill.close()


def _counted(rows: Table) -> Table:
    counts: Table = rows.group_by("id", use_threads=False).aggregate(
        [("number", "count"), ("number", "min"), ("place", "min")]
    )
    return _best(counts.select(["id", _COUNT, "number_min", _FIRST]))


def _best(counts: Table) -> Table:
    order = [(_COUNT, "descending"), ("number_min", "ascending"), (_FIRST, "ascending")]
    found: Table = counts.sort_by(order).slice(0, MOST_FREQUENT)
    return found
