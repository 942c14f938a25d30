"""Orders that are too young to be sent yet: they stay out of the package, and are counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.chunks.chunks import PreparedChunk
from ometria_import.prepare.records.shared_columns import OrderColumns
from ometria_import.problems import Origin, Problem, catalogue
from ometria_import.schema import ObjectType

Numbers = npt.NDArray[np.int64]

_INSTANT = pa.timestamp("us", tz="UTC")


class HeldBack(NamedTuple):
    """An order that is held back."""

    number: int
    """0-based number among the orders."""
    source: int
    line: int
    rows: int
    timestamp: str

    def problem(self, paths: Sequence[str]) -> Problem:
        """Name the order; `paths` are those of the sources, in the order of their numbers."""
        return Problem(
            f"W{catalogue.HELD_BACK}",
            Origin(paths[self.source - 1], self.line),
            "timestamp",
            self.timestamp,
            "too young for --older-than; held back",
            str(ObjectType.ORDER),
        )


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """How old orders must be."""

    older_than: timedelta
    now: datetime

    def is_young(self, timestamps: pa.Array) -> npt.NDArray[np.bool_]:
        """Tell which timestamps in normal form, of whatever zone, are not old enough."""
        latest = pa.scalar(self.now - self.older_than, _INSTANT)
        young: npt.NDArray[np.bool_] = pc.greater(timestamps.cast(_INSTANT), latest).to_numpy(
            zero_copy_only=False
        )
        return young


class HeldBackOrders:
    """Collects the young orders of all sources; one that is superseded is no longer held back."""

    def __init__(self, limit: AgeLimit | None) -> None:
        self._limit = limit
        self._found: list[HeldBack] = []

    def add(self, chunk: PreparedChunk, first: int, source: int) -> None:
        """Look through the records of a chunk.

        Args:
            chunk: Of any object type.
            first: The number of its first record among those of its type.
            source: Its source's number.
        """
        if self._limit is None or not isinstance(chunk.shared, OrderColumns):
            return
        timestamps = chunk.shared.timestamps
        for index in np.flatnonzero(self._limit.is_young(timestamps)).tolist():
            line, rows = int(chunk.lines[index]), int(chunk.row_counts[index])
            text = timestamps[index].as_py()
            self._found.append(HeldBack(first + index, source, line, rows, text))

    def settle(self, superseded: Numbers) -> None:
        """Forget those that a later record replaces; the later one is judged by its own age."""
        gone = set(superseded.tolist())
        self._found = [each for each in self._found if each.number not in gone]

    def __iter__(self) -> Iterator[HeldBack]:
        return iter(self._found)

    def numbers(self, object_type: ObjectType) -> Numbers:
        """Their numbers among the records of an object type, sorted."""
        if object_type is not ObjectType.ORDER:
            return np.empty(0, np.int64)
        return np.array([each.number for each in self._found], np.int64)
