"""The events of a command as lines."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from ometria_import import delivery, prepare
from ometria_import.cli.lines.fields import LINES, AnyEvent
from ometria_import.cli.lines.shapes.line import Line
from ometria_import.cli.lines.shapes.sending import BatchesSettled
from ometria_import.cli.lines.stream import SCHEMA, JsonLines
from ometria_import.verification import events as verification

_EVERY_S = 0.25
"""At most one line of progress of each kind is written in this time."""
_PROGRESS = (prepare.SourceProgress, verification.RecordsRead, delivery.QueueSeen)
_FIRST = ("schema", "event", "at")
"""They begin every line, as they do the last one."""
_SUMMED = ("batches", "records", "accepted", "refused", "skipped", "unclear")


class Telling:
    """Writes the events of a command as lines; progress is limited."""

    def __init__(self, lines: JsonLines, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = lines
        self._clock = clock
        self._told_at: dict[type, float] = {}
        self._settled: dict[str, Any] = {}
        """The sums of batches that have no line yet."""

    def __call__(self, event: AnyEvent) -> None:
        """Write an event, or keep it back."""
        if isinstance(event, delivery.BatchSettled):
            self._add(event)
        elif not isinstance(event, _PROGRESS):
            self.flush()
            self._write(event)
        elif self._is_time(type(event)):
            self._write(event)

    def flush(self) -> None:
        """Write what was kept back, so that the sums of the lines are those of the events."""
        if self._settled:
            self._line(BatchesSettled, self._settled)
            self._settled = {}

    def _add(self, event: delivery.BatchSettled) -> None:
        _, fields = LINES[type(event)]
        own = dict(fields(event))
        before = self._settled
        if before and before["object_type"] != event.object_type:
            self.flush()
            before = {}
        self._settled = {**own, **{name: before.get(name, 0) + own[name] for name in _SUMMED}}
        if self._is_time(type(event)):
            self.flush()

    def _is_time(self, kind: type) -> bool:
        now = self._clock()
        if now - self._told_at.get(kind, -math.inf) < _EVERY_S:
            return False
        self._told_at[kind] = now
        return True

    def _write(self, event: AnyEvent) -> None:
        shape, fields = LINES[type(event)]
        self._line(shape, fields(event))

    def _line(self, shape: type[Line], fields: Mapping[str, Any]) -> None:
        line = shape(schema=SCHEMA, at=datetime.now(UTC), **fields)
        values = msgspec.to_builtins(line)
        self._lines.write({name: values[name] for name in _FIRST} | values)
