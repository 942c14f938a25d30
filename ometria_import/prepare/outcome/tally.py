"""Counting the outcomes of the rows and records of all sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.outcome.summary import RowSums
from ometria_import.prepare.rows.repeated_rows import DroppedRows
from ometria_import.prepare.same_keys.outcomes import SharedKeys, Way
from ometria_import.schema import ObjectType


class Tally:
    """Counts of the rows of all sources, and of their records by object type."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        """Row counts by the names in `RowSums`; `ready` counts all rows of ready records."""
        self._ready: Counter[ObjectType] = Counter()
        self._rejected: Counter[ObjectType] = Counter()
        self.records: Counter[Way] = Counter()
        """The number of records that are not ready, by the reason why."""
        self.held_back = 0
        self.earlier_states = 0
        """The number of orders that were replaced before records were made of their rows."""

    @property
    def ready(self) -> dict[ObjectType, int]:
        """The number of ready records by object type, in sending order."""
        return {name: self._ready[name] for name in ObjectType if self._ready[name]}

    @property
    def rejected(self) -> dict[ObjectType, int]:
        """The number of rejected records and unreadable rows by object type, in sending order."""
        return {name: self._rejected[name] for name in ObjectType if self._rejected[name]}

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Count a chunk's records and rejects."""
        self._rejected[source.object_type] += chunk.rejected
        self._ready[source.object_type] += len(chunk.keys)
        self._rows.update(
            ready=int(chunk.row_counts.sum()),
            members=int((chunk.row_counts == 0).sum()),
            rejected=chunk.rejected_rows,
            left_out=chunk.left_out,
            repeated=chunk.repeated,
        )

    def add_source(self, rows: int, headers: int, dropped: DroppedRows) -> None:
        """Count the rows of a source that was read to its end.

        Args:
            rows: The number of rows.
            headers: How many of them are repeated headers.
            dropped: The rows that were dropped before records were made of them.
        """
        self.records[Way.SUPERSEDED] += dropped.superseded
        self.earlier_states += dropped.superseded
        self._rows.update(
            read=rows,
            headers=headers,
            repeated=dropped.repeated,
            superseded=dropped.superseded_rows,
        )

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:
        """Subtract the records that are not sent because they share their key with others."""
        for way in (each for each in Way if each is not Way.SENT):
            rows = found.gone(way)["rows"].tolist()
            self.records[way] += len(rows)
            if way is Way.REJECTED:
                self._rejected[object_type] += len(rows)
            self._take_out(object_type, rows, way.name.lower())

    def hold_back(self, rows: list[int]) -> None:
        """Subtract the orders that are held back, given the number of rows of each."""
        self.held_back += len(rows)
        self._take_out(ObjectType.ORDER, rows, "held_back")

    def _take_out(self, object_type: ObjectType, rows: list[int], name: str) -> None:
        """Move records from ready to another count; a member of a group has no rows."""
        self._ready[object_type] -= len(rows)
        self._rows["members"] -= rows.count(0)
        self._rows["ready"] -= sum(rows)
        self._rows[name] += sum(rows)

    def row_sums(self) -> RowSums:
        """The final row counts."""
        in_records = self._ready.total() - self._rows["members"]
        sums = {each.name: self._rows[each.name] for each in fields(RowSums)}
        folded = self._rows["ready"] - in_records
        return RowSums(**{**sums, "in_records": in_records, "folded": folded})


class FixedRejects:
    """Counts of records that are ready now and were rejected in earlier runs."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        """Start empty; the sources are in the order of their numbers."""
        self._inputs = inputs
        self._counts: Counter[str] = Counter()

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Count the records of a chunk."""
        self._counts.update(self._inputs[source.number - 1].runs.count(chunk.lines))

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:  # noqa: ARG002
        """Subtract the records that are not sent because of their key."""
        gone = found.gone(*(each for each in Way if each is not Way.SENT))
        for number in np.unique(gone["source"]).tolist():
            lines = gone["line"][gone["source"] == number]
            self._counts.subtract(self._inputs[number - 1].runs.count(lines))

    @property
    def by_run(self) -> dict[str, int]:
        """The number of such records by the id of the run that rejected them."""
        return {run: count for run, count in sorted(self._counts.items()) if count}
