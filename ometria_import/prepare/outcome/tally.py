"""Counting what became of the rows and records of all sources, until the sums are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.outcome.summary import RowSums
from ometria_import.prepare.rows.repeated_rows import DroppedRows
from ometria_import.prepare.same_keys.same_keys import SharedKeys, Way
from ometria_import.schema import ObjectType


class Tally:
    """Rows, and records by object type, of all sources."""

    def __init__(self) -> None:
        self._rejected: Counter[ObjectType] = Counter()
        self.records: Counter[Way] = Counter()
        """Records by what became of them, if they are not ready; rejects by object type."""
        self.held_back = 0
        self._ready: Counter[ObjectType] = Counter()
        self._members = 0
        """Of the records that are ready, those that have no rows but those of their group."""
        self._ready_rows = 0
        """Of the records that are ready, and of those that turned out to stay out."""
        self._read_rows = 0
        self._header_rows = 0
        self._rows: Counter[Way] = Counter()
        """Those of `records`."""
        self._left_out_rows = 0
        self._held_back_rows = 0
        self._unsent_rows = 0
        """Of the records that turned out to stay out."""

    @property
    def ready(self) -> dict[ObjectType, int]:
        """The records that are ready, in sending order."""
        return {name: self._ready[name] for name in ObjectType if self._ready[name]}

    @property
    def rejected(self) -> dict[ObjectType, int]:
        """Rejected records, and rows that could not be read, in sending order."""
        return {name: self._rejected[name] for name in ObjectType if self._rejected[name]}

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Count the next records and rejects."""
        object_type = source.object_type
        self._rejected[object_type] += chunk.rejected
        self._ready[object_type] += len(chunk.keys)
        self._ready_rows += int(chunk.row_counts.sum())
        self._members += int((chunk.row_counts == 0).sum())
        self._rows[Way.REJECTED] += chunk.rejected_rows
        self._left_out_rows += chunk.left_out
        self._rows[Way.REPEATED] += chunk.repeated

    def add_source(self, rows: int, headers: int, dropped: DroppedRows) -> None:
        """Count the rows of a source that was read to its end.

        Args:
            rows: All of them.
            headers: Of these, repeated headers.
            dropped: Rows that were taken out before anything was made of them.
        """
        self._read_rows += rows
        self._header_rows += headers
        self._rows[Way.REPEATED] += dropped.repeated
        self.records[Way.SUPERSEDED] += dropped.superseded
        self._rows[Way.SUPERSEDED] += dropped.superseded_rows

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:
        """Take out the records whose key others have, too, and that are not sent for it."""
        for way in (each for each in Way if each is not Way.SENT):
            rows = found.gone(way)["rows"].tolist()
            self.records[way] += len(rows)
            if way is Way.REJECTED:
                self._rejected[object_type] += len(rows)
            self._rows[way] += self._taken_out(object_type, rows)

    def hold_back(self, object_type: ObjectType, rows: Iterable[int]) -> None:
        """Take out the records that are too young, by the rows that each is made of."""
        counts = list(rows)
        self.held_back += len(counts)
        self._held_back_rows += self._taken_out(object_type, counts)

    def _taken_out(self, object_type: ObjectType, rows: list[int]) -> int:
        """The rows of records that are not ready after all; a member of a group has none."""
        self._ready[object_type] -= len(rows)
        self._members -= rows.count(0)
        count = sum(rows)
        self._unsent_rows += count
        return count

    def row_sums(self) -> RowSums:
        """Draw the sums."""
        in_records = self._ready.total() - self._members
        return RowSums(
            self._read_rows,
            in_records,
            self._ready_rows - self._unsent_rows - in_records,
            self._rows[Way.REJECTED],
            self._rows[Way.SUPERSEDED],
            self._left_out_rows,
            self._members,
            self._held_back_rows,
            self._header_rows,
            self._rows[Way.MERGED],
            self._rows[Way.REPEATED],
        )


class FixedRejects:
    """Records that are ready now and were rejected in earlier runs."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        """Start with none; the sources are in the order of their numbers."""
        self._inputs = inputs
        self._counts: Counter[str] = Counter()

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Count the records of a chunk."""
        self._counts.update(self._inputs[source.number - 1].runs.count(chunk.lines))

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:  # noqa: ARG002
        """Take out the records that are not sent for their key."""
        gone = found.records[found.ways != Way.SENT]
        for number in np.unique(gone["source"]).tolist():
            lines = gone["line"][gone["source"] == number]
            self._counts.subtract(self._inputs[number - 1].runs.count(lines))

    @property
    def by_run(self) -> dict[str, int]:
        """How many there are by the id of the run that had rejected them."""
        return {run: count for run, count in sorted(self._counts.items()) if count}
