"""Polling the account's error list while a run sends, and until no more errors come.

The list shows only the last hundred errors, so it is polled faster the more of them come in. If
the list cannot be read, sending neither stops nor slows down.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque

from ometria_import.delivery.answers.attribution import attribute_errors
from ometria_import.delivery.answers.feed_window import WINDOW, FeedMemory
from ometria_import.delivery.api.feed_entries import ErrorFeed, FeedReadError, FeedReading
from ometria_import.delivery.events import (
    AwaitingErrors,
    BatchSettled,
    ErrorListUnreadable,
    Event,
    LateErrorsMissed,
    LateErrorsSeen,
    Subscriber,
)
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import BatchRange, Change, MissReason
from ometria_import.delivery.journal.model import BatchState
from ometria_import.delivery.pacing.limiter import Clock, Turns
from ometria_import.errors import InterruptedRunError
from ometria_import.package import Package

SNAPSHOT_DEADLINE_S = 5.0
"""How long sending waits for the first reading, without which old errors look like new ones."""
MIN_INTERVAL_S = 0.27
"""The shortest interval: a little more than the 4 readings a second that an account allows."""
MAX_INTERVAL_S = 2.0
DRAIN_PATIENCE_S = 600.0
"""How long to wait for a queue that does not drain."""
ARRIVAL_PATIENCE_S = 10.0
ARRIVAL_PATIENCE = 6.0
"""How long to wait while errors keep coming: at least this long, and this many quiet times."""

_FIRST_INTERVAL_S = 1.0
_AIM = WINDOW / 2
"""The target number of new entries between two readings, half of what the list can show."""
_LENGTHEN = 1.5
_MAX_BACKOFF_S = 15.0
_LAST_ATTEMPTS = 3


class ErrorWatch:
    """Polls the list for one session of a run and records new errors in the journal."""

    def __init__(
        self,
        feed: ErrorFeed,
        journal: Journal,
        *,
        turns: Turns,
        clock: Clock,
        quiet_s: float,
        on_event: Subscriber,
    ) -> None:
        self._feed = feed
        self._journal = journal
        self._turns = turns
        self._clock = clock
        self._quiet_s = quiet_s
        self._on_event = on_event
        self._memory = FeedMemory(journal.late.last_reading())
        self._interval_s = _FIRST_INTERVAL_S
        self._settled: deque[tuple[float, int]] = deque()
        self._has_earlier = journal.late.sent_range().last > 0
        self._read_at: float | None = None
        self._failures = 0
        self._not_before = -math.inf
        self._is_blurred = False
        self._is_asking = False
        self._is_ending = False
        self._reading: asyncio.Task[None] | None = None

    def note(self, event: Event) -> None:
        """Note which batches were sent when; called for each event of the run."""
        if isinstance(event, BatchSettled):
            self._settled.append((self._clock.monotonic(), event.number))

    async def begin(self) -> None:
        """Read the list once before anything is sent, then keep polling it."""
        if not self._memory.is_begun and not self._has_earlier:
            try:
                async with asyncio.timeout(SNAPSHOT_DEADLINE_S):
                    await self._read()
            except TimeoutError:
                self._fail(f"no whole answer within {SNAPSHOT_DEADLINE_S:g} s")
            except InterruptedRunError:
                return
        self._reading = asyncio.create_task(self._keep_reading())

    async def end(self, package: Package, *, is_all_sent: bool) -> None:
        """Stop polling; if everything is sent, first wait until no new errors come.

        Raises:
            InterruptedRunError: somebody stopped the wait.
        """
        try:
            if self._reading is not None:
                if self._is_asking and is_all_sent:
                    self._is_ending = True
                else:
                    self._reading.cancel()
                (failure,) = await asyncio.gather(self._reading, return_exceptions=True)
                is_expected = isinstance(failure, asyncio.CancelledError | InterruptedRunError)
                if isinstance(failure, BaseException) and not is_expected:
                    raise failure
            if is_all_sent:
                await self._settle()
        except InterruptedRunError:
            raise InterruptedRunError(
                "interrupted while waiting for late errors; everything is sent",
                hint="To hear of late errors: ometria-import resume",
            ) from None
        finally:
            attribute_errors(package, self._journal)

    async def _keep_reading(self) -> None:
        while not self._is_ending:
            await self._clock.sleep(max(self._interval_s, self._told_to_wait_s()))
            await self._read()

    async def _settle(self) -> None:
        """Keep polling until the queue is empty, if it can be seen, and no new errors come."""
        self._on_event(AwaitingErrors(self._quiet_s))
        began = quiet_since = self._clock.monotonic()
        longest_s = max(self._quiet_s / 4, _FIRST_INTERVAL_S)
        failed = 0
        patience_s = max(ARRIVAL_PATIENCE_S, ARRIVAL_PATIENCE * self._quiet_s)
        while self._told_to_wait_s() <= patience_s:
            await self._clock.sleep(self._told_to_wait_s())
            own, reading = await self._read()
            now = self._clock.monotonic()
            failed = failed + 1 if reading is None else 0
            is_draining = reading is not None and reading.is_drained is False
            if own or is_draining:
                quiet_since = now
            elif now - quiet_since >= self._quiet_s and (
                reading is not None or failed >= _LAST_ATTEMPTS
            ):
                return
            if is_draining and now - began >= DRAIN_PATIENCE_S:
                self._fail(f"records still waited {now - began:.0f} s after the last batch")
                return
            if reading is not None and not is_draining and now - began >= patience_s:
                # They may come from another sender without end: the count is a lower bound.
                more = Change(is_at_least=True)
                self._journal.late.add(reading.entries, more, self._journal.late.sent_range())
                return
            await self._clock.sleep(min(self._interval_s, longest_s))

    def _told_to_wait_s(self) -> float:
        """The seconds that the server asked us to wait."""
        return max(self._not_before - self._clock.monotonic(), 0.0)

    async def _read(self) -> tuple[int, FeedReading | None]:
        """Read once.

        Returns:
            The number of new entries that can belong to this run, and the reading unless it failed.
        """
        before = self._read_at
        await self._turns.acquire()
        self._is_asking = True
        try:
            reading = await self._feed.read()
        except FeedReadError as error:
            self._fail(str(error))
            self._not_before = self._clock.monotonic() + (error.retry_after_s or 0.0)
            backoff_s = _FIRST_INTERVAL_S * 2.0 ** min(self._failures, 10)
            self._interval_s = min(backoff_s, _MAX_BACKOFF_S)
            return 0, None
        finally:
            self._is_asking = False
        is_first_since_failure, self._failures = self._failures > 0, 0
        now = self._read_at = self._clock.monotonic()
        added, own = self._compare(reading, before, is_recovered=is_first_since_failure)
        longer_s = min(self._interval_s * _LENGTHEN, MAX_INTERVAL_S)
        if added and before is not None:
            longer_s = min(longer_s, (now - before) * _AIM / added)
        self._interval_s = max(longer_s, MIN_INTERVAL_S)
        return own, reading

    def _compare(
        self, reading: FeedReading, before: float | None, *, is_recovered: bool
    ) -> tuple[int, int]:
        late = self._journal.late
        is_sent = late.sent_range().last > 0
        is_late = not self._memory.is_begun and is_sent
        change = self._memory.compare(reading.entries)
        if not is_sent:
            # Errors that come before our first batch belong to another sender.
            change = Change()
        missed = MissReason.OVERFLOW if change.is_overflow else None
        if is_late and reading.entries:
            # In the first reading, only a request id shows which entries are ours.
            known = [(each, 1) for each in reading.entries if late.knows_request(each.request_id)]
            change = Change(tuple(known), is_at_least=len(known) < len(reading.entries))
            missed = MissReason.UNREAD if change.is_at_least else None
        is_blurred, self._is_blurred = self._is_blurred, change.is_at_least
        is_told = is_blurred or not change.is_at_least
        if is_told and not (change.new or missed or is_recovered or before is None):
            return 0, 0
        batches = self._batches_since(before)
        added = late.add(reading.entries, change, batches, missed)
        if missed is not None:
            self._on_event(LateErrorsMissed(str(batches), missed.value))
        if added:
            self._on_event(LateErrorsSeen(added, change.is_at_least))
        # Another sender's errors may never end.
        own = [
            count
            for entry, count in change.new
            if not entry.request_id or late.knows_request(entry.request_id)
        ]
        return added, min(added, sum(own))

    def _batches_since(self, before: float | None) -> BatchRange:
        """The batches that errors which appeared since a reading can be about.

        These are the batches in flight, those answered since, and those answered so shortly before
        that they may have been validated after it. Without a reading, all batches that were sent.
        """
        sent = self._journal.late.sent_range()
        if before is None:
            return sent
        since = before - self._quiet_s
        while self._settled and self._settled[0][0] < since:
            self._settled.popleft()
        numbers = [number for _, number in self._settled]
        numbers += [batch.number for batch in self._journal.batches(BatchState.STARTED)]
        return BatchRange(min(numbers), max(numbers)) if numbers else sent

    def _fail(self, reason: str) -> None:
        if self._failures == 0:
            self._journal.late.mark_unreadable(reason)
            self._on_event(ErrorListUnreadable(reason))
        self._failures += 1
