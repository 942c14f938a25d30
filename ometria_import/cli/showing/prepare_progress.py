"""Progress of preparing: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, assert_never

from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from ometria_import.actions.calling.words import counted, visible
from ometria_import.cli.showing.screen import Screen
from ometria_import.prepare import (
    PackingStarted,
    PrepareEvent,
    SourceDone,
    SourceOpened,
    SourceProgress,
)

HEARTBEAT_S = 30.0
_NAME_COLUMNS = 24
"""A longer name loses its middle, so that a bar stays one line on a terminal of 80 columns."""


class PrepareProgress:
    """Shows the events of preparing; a context manager."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._last_line = clock()
        self._sources: dict[int, SourceOpened] = {}
        self._tasks: dict[int, TaskID] = {}
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:>3.0f}%", markup=False),
            TextColumn("{task.fields[rows]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=screen.err,
            disable=not screen.shows_bars,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

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
        if self._clock() - self._last_line >= HEARTBEAT_S:
            self._line(f"{visible(self._sources[event.number].path)}: {rows} so far")

    def _done(self, event: SourceDone) -> None:
        source = self._sources[event.number]
        rows = _rows(event)
        self._bars.update(self._tasks[event.number], completed=source.size_bytes, rows=rows)
        self._line(f"{visible(source.path)}: {rows}, {counted(event.records, 'record')}")

    def _line(self, text: str) -> None:
        if not self._screen.shows_bars:
            self._screen.note(text)
            self._last_line = self._clock()


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
