"""Orders that are too recent to be sent yet: they are counted and left out of the package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.records.shared_columns import OrderColumns
from ometria_import.prepare.same_keys.outcomes import SharedKeys
from ometria_import.problems import Finding, Located, Problem, catalogue
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Rows, mask_of

_INSTANT = pa.timestamp("us", tz="UTC")


class HeldBack(NamedTuple):
    """An order that is held back."""

    number: int
    """0-based number among the orders."""
    source: int
    line: int
    rows: int
    timestamp: str


class HeldBackOrders:
    """Collects the held-back orders of all sources; superseded orders are removed again."""

    def __init__(self, latest: datetime | None, paths: Sequence[str]) -> None:
        """Start empty.

        Args:
            latest: The latest time of orders that are old enough; None holds no order back.
            paths: The paths of the sources, in the order of their numbers.
        """
        self._latest = None if latest is None else pa.scalar(latest, _INSTANT)
        self._paths = paths
        self._found: list[HeldBack] = []
        self._orders = 0

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Check the records of a chunk."""
        if self._latest is None or not isinstance(chunk.shared, OrderColumns):
            return
        timestamps = chunk.shared.timestamps
        # Timestamps in normal form may be of any zone.
        is_young = mask_of(pc.greater(timestamps.cast(_INSTANT), self._latest))
        for index in np.flatnonzero(is_young).tolist():
            number, text = self._orders + index, timestamps[index].as_py()
            line, rows = int(chunk.lines[index]), int(chunk.row_counts[index])
            self._found.append(HeldBack(number, source.number, line, rows, text))
        self._orders += len(chunk.keys)

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:
        """Remove orders that a later one replaces; the later one is judged by its own age."""
        if object_type is ObjectType.ORDER:
            gone = set(found.unsent().tolist())
            self._found = [each for each in self._found if each.number not in gone]

    def __iter__(self) -> Iterator[HeldBack]:
        return iter(self._found)

    def problems(self) -> Iterator[Problem]:
        """One notice for each held-back order."""
        finding = Finding(catalogue.HELD_BACK, "too young for --older-than; held back")
        for each in self._found:
            located = Located(each.line, "timestamp", each.timestamp, finding)
            yield located.problem(self._paths[each.source - 1], str(ObjectType.ORDER))

    def numbers(self, object_type: ObjectType) -> Rows:
        """The sorted numbers of the held-back records of an object type."""
        if object_type is not ObjectType.ORDER:
            return np.empty(0, np.int64)
        return np.array([each.number for each in self._found], np.int64)
