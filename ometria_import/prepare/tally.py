"""Counting what became of the rows and records of all sources, until the sums are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Protocol

from ometria_import.prepare.chunks import PreparedChunk
from ometria_import.prepare.summary import RowSums
from ometria_import.schema import ObjectType


class _Unsent(Protocol):
    """A record that was ready and stays out of the package."""

    @property
    def rows(self) -> int:
        """The rows that it was made of; none for a member of a group."""
        ...


class Tally:
    """Rows, and records by object type, of all sources."""

    def __init__(self) -> None:
        self._rejected: Counter[ObjectType] = Counter()
        self.superseded = 0
        self.held_back = 0
        self._ready: Counter[ObjectType] = Counter()
        self._members = 0
        """Of the records that are ready, those that have no rows but those of their group."""
        self._ready_rows = 0
        """Of the records that are ready, and of those that turned out to stay out."""
        self._read_rows = 0
        self._header_rows = 0
        self._rejected_rows = 0
        self._left_out_rows = 0
        self._superseded_rows = 0
        self._held_back_rows = 0

    @property
    def ready(self) -> dict[ObjectType, int]:
        """The records that are ready, in sending order."""
        return {name: self._ready[name] for name in ObjectType if self._ready[name]}

    @property
    def rejected(self) -> dict[ObjectType, int]:
        """Rejected records, and rows that could not be read, in sending order."""
        return {name: self._rejected[name] for name in ObjectType if self._rejected[name]}

    def add_chunk(self, object_type: ObjectType, chunk: PreparedChunk) -> None:
        """Count the next records and rejects."""
        self._rejected[object_type] += chunk.rejected
        self._ready[object_type] += len(chunk.keys)
        self._ready_rows += int(chunk.row_counts.sum())
        self._members += int((chunk.row_counts == 0).sum())
        self._rejected_rows += chunk.rejected_rows
        self._left_out_rows += chunk.left_out

    def add_source(self, rows: int, headers: int) -> None:
        """Count the rows of a source that was read to its end, repeated headers among them."""
        self._read_rows += rows
        self._header_rows += headers

    def supersede(self, object_type: ObjectType, found: Collection[_Unsent]) -> None:
        """Take out the records that later ones replace."""
        self.superseded += len(found)
        self._superseded_rows += self._taken_out(object_type, found)

    def hold_back(self, object_type: ObjectType, found: Collection[_Unsent]) -> None:
        """Take out the records that are too young."""
        self.held_back += len(found)
        self._held_back_rows += self._taken_out(object_type, found)

    def _taken_out(self, object_type: ObjectType, found: Collection[_Unsent]) -> int:
        self._ready[object_type] -= len(found)
        self._members -= sum(not each.rows for each in found)
        return sum(each.rows for each in found)

    def row_sums(self) -> RowSums:
        """Draw the sums."""
        in_records = self._ready.total() - self._members
        unsent = self._superseded_rows + self._held_back_rows
        return RowSums(
            self._read_rows,
            in_records,
            self._ready_rows - unsent - in_records,
            self._rejected_rows,
            self._superseded_rows,
            self._left_out_rows,
            self._members,
            self._held_back_rows,
            self._header_rows,
        )
