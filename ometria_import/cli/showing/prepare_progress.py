"""Progress of preparing: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import assert_never

from rich.progress import (
    BarColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ometria_import.actions.calling.words import counted, visible
from ometria_import.cli.showing.problem_view import show_problems
from ometria_import.cli.showing.progress import ProgressView
from ometria_import.cli.showing.screen import ERROR, FAINT, WARNING, Screen, linked, styled
from ometria_import.options.counting import size_words
from ometria_import.prepare import (
    PackingStarted,
    PrepareEvent,
    PreparingInterrupted,
    SourceCopying,
    SourceDone,
    SourceOpened,
    SourceProgress,
    SourcesNamed,
)
from ometria_import.problems import CAUSES

_WIDE, _NARROW = 100, 80
"""How wide a terminal must be for long bars, and for rejects beside the bars."""
_CAUSES_SHOWN = 5
_NAME_COLUMNS = 24
"""A longer name loses its middle, so that a bar stays one line on a terminal of 80 columns."""


class PrepareProgress(ProgressView):
    """Shows the events of preparing."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(
            screen,
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20 if screen.err.width >= _WIDE else 8),
            TextColumn("{task.percentage:>3.0f}%", markup=False),
            TextColumn("{task.fields[rows]}", markup=False),
            TimeRemainingColumn(compact=True),
            clock=clock,
            is_transient=True,
        )
        self._looking: TaskID | None = None
        self._copy: TaskID | None = None
        self._sources: dict[int, SourceOpened] = {}
        self._tasks: dict[int, TaskID] = {}

    def __call__(self, event: PrepareEvent) -> None:
        """Show one event."""
        match event:
            case SourceCopying():
                self._copying(event)
            case SourcesNamed():
                self._bars.start()
                words = f"looking at {counted(event.count, 'file')}"
                self._looking = self._bars.add_task(words, total=None, rows="")
            case SourceOpened():
                self._opened(event)
            case SourceProgress():
                self._progress(event)
            case SourceDone():
                self._done(event)
            case PackingStarted():
                self._line(f"packing {counted(event.records, 'record')}")
            case PreparingInterrupted():
                self._bars.below = []
                self._bars.stop()
                _show_interrupted(self._screen, event)
            case _:
                assert_never(event)

    def _copying(self, event: SourceCopying) -> None:
        path, size = visible(event.path), event.size_bytes
        if event.is_over:
            if self._copy is not None:
                self._bars.remove_task(self._copy)
                self._copy = None
            if not self._bars.tasks:
                # Else it would go on drawing where results are to stand.
                self._bars.stop()
            return
        if event.bytes_copied == 0:
            of_size = "" if size is None else f", {size_words(size)}"
            self._screen.note(f"{path}: copying it to this machine{of_size}")
        if self._copy is None:
            self._bars.start()
            self._copy = self._bars.add_task(f"copying {_short(path)}", total=size, rows="")
        copied = size_words(event.bytes_copied)
        self._bars.update(self._copy, completed=event.bytes_copied, rows=copied)
        self._heartbeat(f"{path}: {copied} copied so far")

    def _opened(self, event: SourceOpened) -> None:
        if self._looking is not None:
            self._bars.remove_task(self._looking)
            self._looking = None
        self._sources[event.number] = event
        self._screen.note(f"{visible(event.path)}: {event.object_type}, {event.description}")
        self._tasks[event.number] = self._bars.add_task(
            _short(visible(event.path)), total=event.size_bytes, rows="", start=False
        )

    def _progress(self, event: SourceProgress) -> None:
        task = self._tasks[event.number]
        rows = _rows(event)
        # A narrow terminal has no room, and says it below.
        shown = rows if self._screen.err.width >= _NARROW else counted(event.rows, "row")
        self._bars.start_task(task)
        self._bars.update(task, completed=event.bytes_read, rows=shown)
        self._bars.below = _found(event.problems, self._screen)
        self._heartbeat(f"{self._sources[event.number].path}: {rows} so far")

    def _done(self, event: SourceDone) -> None:
        source = self._sources[event.number]
        rows = _rows(event)
        self._bars.update(self._tasks[event.number], completed=source.size_bytes, rows=rows)
        self._line(f"{source.path}: {rows}, {counted(event.records, 'record')}")


def _found(problems: Mapping[str, int], screen: Screen) -> list[Text]:
    """The most frequent causes so far, errors first, a line for each."""
    if not screen.shows_bars:
        return []
    ordered = sorted(problems.items(), key=lambda each: (each[0][0] != "E", -each[1], each[0]))
    lines = [
        styled(
            (f"  {code} ", ERROR if code.startswith("E") else WARNING),
            f"{CAUSES[code[1:]].title}  {count:,}",
        )
        for code, count in ordered[:_CAUSES_SHOWN]
    ]
    if (left := len(ordered) - _CAUSES_SHOWN) > 0:
        lines.append(styled((f"  and {counted(left, 'more cause')}", FAINT)))
    for line in lines:
        line.truncate(screen.err.width, overflow="ellipsis")
    return lines


def _show_interrupted(screen: Screen, event: PreparingInterrupted) -> None:
    """Say what was found before the interruption."""
    rows = counted(event.rows, "row")
    screen.prose((f"Interrupted after {rows}, {event.rejected:,} rejected. So far:", WARNING))
    show_problems(screen, event.groups)
    if event.groups:
        screen.say("")
        screen.fact("Problems", linked(event.problems_path))


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
