"""Progress of a delivery: a bar per object type on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from rich.progress import BarColumn, TaskID, TextColumn

from ometria_import.actions.calling.words import counted, hours_words
from ometria_import.cli.showing.progress import ProgressView
from ometria_import.cli.showing.screen import Screen, duration
from ometria_import.delivery import (
    AwaitingErrors,
    BatchSettled,
    ErrorListUnreadable,
    Event,
    HoursBegun,
    LateErrorsMissed,
    LateErrorsSeen,
    OutsideHours,
    Paused,
    QueueSeen,
    RateChanged,
    Retrying,
    RunEnded,
    RunStarted,
)
from ometria_import.options.choices import ObjectType
from ometria_import.options.sending_hours import ALWAYS, SendingHours, local_time
from ometria_import.problems import shorten

_WINDOW_S = 60.0
"""What rate and time left are reckoned from: long enough that they do not jump."""
_ENOUGH_S = 2.0
_STEADY_S = 15.0
_NEW_RATE = 0.1
"""A change of the rate by so much makes what was measured before it worthless."""
_STATE_COLUMNS = 30


class _Pace:
    """How fast batches were settled during the last minute, and what is known of the next."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.queue: QueueSeen | None = None
        self.hours = ALWAYS
        self._clock = clock
        self._batch_records = 0.0
        self._rate_per_s: float | None = None
        self._settled: deque[tuple[float, int]] = deque()
        self._sum = 0
        """How many records they have."""

    def add(self, records: int) -> None:
        now = self._clock()
        self._batch_records = max(self._batch_records, records)
        self._settled.append((now, records))
        self._sum += records
        while now - self._settled[0][0] > _WINDOW_S:
            self._sum -= self._settled.popleft()[1]

    def change(self, event: RateChanged) -> None:
        """Go by the rate that was found until enough was measured at it."""
        before = self._rate_per_s or event.configured_per_s
        self._rate_per_s = event.rate_per_s
        if abs(event.rate_per_s / before - 1) >= _NEW_RATE:
            self._settled.clear()
            self._sum = 0

    @property
    def _span_s(self) -> float:
        return self._settled[-1][0] - self._settled[0][0] if self._settled else 0.0

    @property
    def words(self) -> str:
        if self._span_s < _ENOUGH_S:
            return f"{self._rate_per_s:.1f} requests/s" if self._rate_per_s else "starting"
        return f"{(len(self._settled) - 1) / self._span_s:.1f} requests/s"

    def time_for(self, records: int) -> str:
        """How long so many records take at this pace; empty while nobody can say."""
        if not records:
            return ""
        if self._rate_per_s and self._batch_records and self._span_s < _STEADY_S:
            per_s = self._rate_per_s * self._batch_records
        elif self._span_s < _ENOUGH_S:
            return ""
        else:
            # What the first answer brought was sent before the span began.
            sent = self._sum - self._settled[0][1]
            per_s = max(sent, 1) / self._span_s
        seconds = records / per_s
        if self.queue is not None:
            # What does not fit into the queue gets in no faster than the queue drains.
            beyond = records - self.queue.remaining
            seconds = max(seconds, beyond / self.queue.drain_per_s)
        now = time.time()
        forecast = self.hours.forecast(now, seconds)
        return f"{duration(forecast.ends_at - now)} left" if forecast else ""


class DeliveryProgress(ProgressView):
    """Shows the events of a delivery."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(
            screen,
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=16),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}", markup=False),
            TextColumn("{task.fields[state]}", markup=False),
            TextColumn("{task.fields[left]}", markup=False),
            clock=clock,
        )
        self._pace = _Pace(clock)
        self._tasks: dict[ObjectType, TaskID] = {}
        self._left: dict[ObjectType, int] = {}
        self._done = self._total = self._refused = self._retries = self._late = 0

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case RunStarted():
                self._started(event)
            case BatchSettled():
                self._settled(event)
            case Retrying():
                self._retries += 1
                self._trouble(f"{event.reason}; trying again in {event.wait_s:.1f} s")
            case RateChanged():
                self._pace.change(event)
                self._heartbeat(f"sending {event.rate_per_s:.1f} requests/s")
            case Paused():
                text = f"{event.reason}: waiting {duration(event.wait_s)}"
                self._trouble(text)
                self._line(text)
            case OutsideHours() | HoursBegun():
                self._in_hours(event)
            case LateErrorsSeen() | LateErrorsMissed() | ErrorListUnreadable() | AwaitingErrors():
                self._listening(event)
            case QueueSeen():
                self._pace.queue = event
            case RunEnded():
                pass
            case _:
                assert_never(event)

    def _in_hours(self, event: OutsideHours | HoursBegun) -> None:
        """Show that sending waits for its hours, or goes on in them."""
        if isinstance(event, HoursBegun):
            self._trouble("sending again")
            return
        until = datetime.fromisoformat(event.until).timestamp()
        text = f"paused until {local_time(until, time.time())}"
        self._trouble(text)
        self._line(f"{text}: sending only {SendingHours.parse(event.between).words}")

    def _listening(
        self, event: LateErrorsSeen | LateErrorsMissed | ErrorListUnreadable | AwaitingErrors
    ) -> None:
        """Show what came of the account's error list."""
        match event:
            case LateErrorsSeen():
                self._late += event.count
                self._heartbeat(f"{counted(self._late, 'late error')} so far")
            case LateErrorsMissed():
                self._line(f"errors of {event.batches} may be missing: {event.reason}")
            case ErrorListUnreadable():
                self._line(f"late errors cannot be read for now: {event.reason}")
            case AwaitingErrors():
                if event.quiet_s:
                    wait = duration(event.quiet_s)
                    self._line(
                        f"everything has been sent; waiting for late errors for at least {wait}"
                    )

    def _started(self, event: RunStarted) -> None:
        self._pace.hours = event.hours
        for total in event.totals:
            settled = total.records - total.to_send
            self._total += total.records
            self._done += settled
            self._left[total.object_type] = total.to_send
            self._tasks[total.object_type] = self._bars.add_task(
                total.object_type.replace("_", " "),
                total=total.records,
                completed=settled,
                state="",
                left="",
            )
        self._line(
            f"sending {counted(self._total - self._done, 'record')}"
            f" in {counted(event.batches_to_send, 'batch', 'batches')}"
            f"{hours_words(event.hours, event.sending_s)}"
        )

    def _settled(self, event: BatchSettled) -> None:
        self._pace.add(event.records)
        self._done += event.records
        self._refused += event.refused
        self._left[event.object_type] -= event.records
        is_done = not self._left[event.object_type]
        state = "done" if is_done else self._state()
        self._bars.update(self._tasks[event.object_type], advance=event.records, state=state)
        before = 0
        for object_type, left in self._left.items():
            # One object type follows the other: a bar's time has those before it in it.
            before += left
            own = self._pace.time_for(before) if left else ""
            self._bars.update(self._tasks[object_type], left=own)
        if is_done:
            self._line(f"all {event.object_type.replace('_', ' ')} records have been sent")
        time_left = self._pace.time_for(self._total - self._done)
        words = (f"{self._done:,} of {counted(self._total, 'record')}", self._state(), time_left)
        self._heartbeat(", ".join(filter(None, words)))

    def _state(self) -> str:
        refused = f"{self._refused:,} refused" if self._refused else ""
        retries = counted(self._retries, "retry", "retries") if self._retries else ""
        return ", ".join(filter(None, (self._pace.words, refused, retries)))

    def _trouble(self, text: str) -> None:
        """Say on the bar of the object type under way why nothing moves."""
        for object_type, left in self._left.items():
            if left:
                state = shorten(text, _STATE_COLUMNS)
                self._bars.update(self._tasks[object_type], state=state, left="")
                break
        self._heartbeat(text)
