"""Sending each batch at its scheduled time, and reacting to the server's limits."""

from __future__ import annotations

import asyncio

from ometria_import.delivery.api.sink import Receipt, RetriableSinkError, Sink, SinkError
from ometria_import.delivery.events import Paused, QueueSeen, Subscriber, ignore_events
from ometria_import.delivery.journal.thread import JournalThread
from ometria_import.delivery.pacing.hours_wait import HoursWait
from ometria_import.delivery.pacing.limiter import Clock, PacedLimiter
from ometria_import.delivery.pacing.queue_watch import QueueReport, QueueWatch
from ometria_import.errors import InterruptedRunError
from ometria_import.package import Batch

_PAUSE_AFTER_THROTTLE_S = 1.0
"""The wait after a 429 without `Retry-After`: the second over which a rate is counted."""
_LOOK_AGAIN_S = 0.1
_TOLD_PAUSE_S = 1.0
_TOLD_EVERY_S = 5.0


class LimitedSink:
    """Waits for the scheduled time and for room in the queue before each attempt.

    Slow work is done before the scheduled time, so that the request leaves on time: late requests
    arrive in bunches. At most one intent is recorded whose request has not left.
    """

    def __init__(
        self,
        sink: Sink,
        limiter: PacedLimiter,
        clock: Clock,
        on_event: Subscriber = ignore_events,
        writer: JournalThread | None = None,
        hours: HoursWait | None = None,
    ) -> None:
        """`writer` records intents, and pauses that the server asked for; `hours` may hold back."""
        self._sink = sink
        self._limiter = limiter
        self._clock = clock
        self._on_event = on_event
        self._writer = writer
        self._hours = hours
        self._queue = QueueWatch()
        self._turn = asyncio.Lock()
        self._told_at = clock.monotonic()

    async def send(self, batch: Batch) -> Receipt:
        """Send a batch when it is its turn."""
        async with self._turn:
            sent_at = await self._moment_in_hours(batch)
            self._queue.sent(sent_at, batch.records)
        try:
            with self._limiter.request():
                receipt = await self._sink.send(batch)
        except RetriableSinkError as error:
            self._heed(error, sent_at, batch.records)
            writer, now_s, told_s = self._writer, self._clock.wall(), error.retry_after_s
            if writer is not None and told_s:
                await writer.write(lambda: writer.journal.mark_pause(now_s, told_s))
            raise
        except SinkError:
            # The content is refused, so the rate was fine and nothing was added to the queue.
            self._limiter.accepted(sent_at)
            self._queue.refused(sent_at, None, is_full=False)
            raise
        self._limiter.accepted(sent_at)
        report = self._report(receipt.queue_remaining, receipt.queue_limit, sent_at)
        self._queue.accepted(sent_at, report)
        self._tell_queue()
        return receipt

    async def _moment_in_hours(self, batch: Batch) -> float:
        """Wait for a moment at which the run may send, and record the intent."""
        hours = self._hours
        while True:
            if hours is not None:
                await hours.wait(batch)
            await self._wait_for_room(batch.records)
            sent_at = await self._moment(batch)
            if hours is None or hours.is_open:
                return sent_at
            # The hours have ended meanwhile: the intent must not stand in the journal for a day.
            if self._writer is not None:
                await self._writer.withdraw(batch)

    async def _moment(self, batch: Batch) -> float:
        """Record the intent, and wait for the scheduled time."""
        writer = self._writer
        if writer is None:
            return await self._limiter.acquire()
        try:
            await writer.write(lambda: writer.journal.mark_started(batch))
            return await self._limiter.acquire()
        except (asyncio.CancelledError, InterruptedRunError):
            await writer.withdraw(batch)
            raise

    async def _wait_for_room(self, records: int) -> None:
        """Wait until the queue has room for this many records, as far as is known."""
        is_told = False
        while (wait_s := self._queue.wait_s(records, self._clock.monotonic())) > 0:
            if wait_s >= _TOLD_PAUSE_S and not is_told:
                self._on_event(Paused(wait_s, "the push API's queue is nearly full"))
                is_told = True
            # Answers that arrive in the meantime can shorten the wait.
            await self._clock.sleep(min(wait_s, _LOOK_AGAIN_S))

    def _heed(self, error: RetriableSinkError, sent_at: float, records: int) -> None:
        """Slow down for the rate, pause for the queue, and obey the requested wait."""
        if not error.is_throttled:
            self._queue.lost(sent_at)
            if error.retry_after_s is not None:
                self._limiter.pause(error.retry_after_s, error.message)
            return
        remaining = error.queue_remaining
        # Whether a 429 is about the queue and not the rate, the headers say, or the words do.
        is_full = "queue" in error.message.lower() if remaining is None else remaining < records
        report = self._report(remaining, error.queue_limit, sent_at)
        self._queue.refused(sent_at, report, is_full=is_full)
        if not is_full:
            self._limiter.refused(sent_at)
        wait_s = error.retry_after_s
        self._limiter.pause(_PAUSE_AFTER_THROTTLE_S if wait_s is None else wait_s, error.message)

    def _report(
        self, remaining: int | None, limit: int | None, sent_at: float
    ) -> QueueReport | None:
        if remaining is None or (limit is not None and remaining > limit):
            return None
        return QueueReport(remaining, limit, sent_at, self._clock.monotonic())

    def _tell_queue(self) -> None:
        now = self._clock.monotonic()
        remaining, drain_per_s = self._queue.remaining, self._queue.drain_per_s
        if remaining is None or not drain_per_s or now - self._told_at < _TOLD_EVERY_S:
            return
        self._told_at = now
        self._on_event(QueueSeen(remaining, drain_per_s))
