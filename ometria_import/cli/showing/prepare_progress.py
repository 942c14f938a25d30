"""Progress of preparing: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import assert_never

from rich.progress import (
    BarColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from ometria_import.actions.calling.words import counted, visible
from ometria_import.cli.showing.progress import ProgressView
from ometria_import.cli.showing.screen import Screen
from ometria_import.prepare import (
    PackingStarted,
    PrepareEvent,
    SourceDone,
    SourceOpened,
    SourceProgress,
)

_NAME_COLUMNS = 24
"""A longer name loses its middle, so that a bar stays one line on a terminal of 80 columns."""


class PrepareProgress(ProgressView):
    """Shows the events of preparing."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(
            screen,
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:>3.0f}%", markup=False),
            TextColumn("{task.fields[rows]}", markup=False),
            TimeRemainingColumn(compact=True),
            clock=clock,
            is_transient=True,
        )
        self._sources: dict[int, SourceOpened] = {}
        self._tasks: dict[int, TaskID] = {}

    def __call__(self, event: PrepareEvent) -> None:
        """Show one event."""
        match event:
            case SourceOpened():
                self._opened(event)
            case SourceProgress():
                self._progress(event)
            case SourceDone():
                self._done(event)
            case PackingStarted():
                self._line(f"packing {counted(event.records, 'record')}")
            case _:
                assert_never(event)

    def _opened(self, event: SourceOpened) -> None:
        self._sources[event.number] = event
        self._screen.note(f"{visible(event.path)}: {event.object_type}, {event.description}")
        self._tasks[event.number] = self._bars.add_task(
            _short(visible(event.path)), total=event.size_bytes, rows="", start=False
        )

    def _progress(self, event: SourceProgress) -> None:
        task = self._tasks[event.number]
        rows = _rows(event)
        self._bars.start_task(task)
        self._bars.update(task, completed=event.bytes_read, rows=rows)
        self._heartbeat(f"{self._sources[event.number].path}: {rows} so far")

    def _done(self, event: SourceDone) -> None:
        source = self._sources[event.number]
        rows = _rows(event)
        self._bars.update(self._tasks[event.number], completed=source.size_bytes, rows=rows)
        self._line(f"{source.path}: {rows}, {counted(event.records, 'record')}")


def _rows(event: SourceProgress | SourceDone) -> str:
    rejected = f", {event.rejected:,} rejected" if event.rejected else ""
    return f"{counted(event.rows, 'row')}{rejected}"


def _short(path: str) -> str:
    if len(path) <= _NAME_COLUMNS:
        return path
    name = path.rpartition("/")[2]
    if len(name) <= _NAME_COLUMNS:
        return name
    half = (_NAME_COLUMNS - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
