"""Progress of a delivery: a bar per object type on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, assert_never

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from ometria_import.cli.screen import Screen, counted, duration
from ometria_import.delivery import (
    BatchSettled,
    Event,
    Paused,
    RateChanged,
    Retrying,
    RunEnded,
    RunStarted,
)
from ometria_import.schema.object_types import ObjectType

HEARTBEAT_S = 30.0
_RATE_WINDOW_S = 10.0
_SPEED_WINDOW_S = 60.0


class DeliveryProgress:
    """Shows the events of a delivery; a context manager."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._last_line = clock()
        self._tasks: dict[ObjectType, TaskID] = {}
        self._left: dict[ObjectType, int] = {}
        self._done = self._total = self._refused = self._retries = 0
        self._settled_at: list[float] = []
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=screen.err,
            disable=not screen.shows_bars,
            speed_estimate_period=_SPEED_WINDOW_S,
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

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case RunStarted():
                self._started(event)
            case BatchSettled():
                self._settled(event)
            case Retrying():
                self._retries += 1
                self._heartbeat(f"{event.reason}; again in {event.wait_s:.1f} s")
            case RateChanged():
                self._heartbeat(f"sending {event.rate_per_s:.1f} requests/s")
            case Paused():
                self._line(f"{event.reason}: waiting {duration(event.wait_s)}")
            case RunEnded():
                pass
            case _:
                assert_never(event)

    def _started(self, event: RunStarted) -> None:
        for total in event.totals:
            settled = total.records - total.to_send
            self._total += total.records
            self._done += settled
            self._left[total.object_type] = total.to_send
            self._tasks[total.object_type] = self._bars.add_task(
                total.object_type.replace("_", " "),
                total=total.records,
                completed=settled,
                start=False,
                state="",
            )
        self._line(
            f"sending {counted(self._total - self._done, 'record')}"
            f" in {counted(event.batches_to_send, 'batch', 'batches')}"
        )

    def _settled(self, event: BatchSettled) -> None:
        now = self._clock()
        self._settled_at = [at for at in self._settled_at if now - at <= _RATE_WINDOW_S] + [now]
        self._done += event.records
        self._refused += event.refused
        self._left[event.object_type] -= event.records
        task = self._tasks[event.object_type]
        self._bars.start_task(task)
        self._bars.update(task, advance=event.records, state=self._state())
        if not self._left[event.object_type]:
            self._line(f"all {event.object_type} records are sent")
        self._heartbeat(f"{self._done:,} of {counted(self._total, 'record')}, {self._state()}")

    def _state(self) -> str:
        if len(self._settled_at) > 1:
            span = self._settled_at[-1] - self._settled_at[0]
            rate = f"{(len(self._settled_at) - 1) / max(span, 0.001):.1f} req/s"
        else:
            rate = "starting"
        refused = f", {self._refused:,} refused" if self._refused else ""
        retries = f", {counted(self._retries, 'retry', 'retries')}" if self._retries else ""
        return f"{rate}{refused}{retries}"

    def _heartbeat(self, text: str) -> None:
        if self._clock() - self._last_line >= HEARTBEAT_S:
            self._line(text)

    def _line(self, text: str) -> None:
        if not self._screen.shows_bars:
            self._screen.note(text)
            self._last_line = self._clock()
