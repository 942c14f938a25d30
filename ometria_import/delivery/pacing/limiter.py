"""The limiter: requests leave evenly at the current rate, and not during a pause.

As many requests may be in flight as leave while the oldest one awaits its answer.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ometria_import.delivery.events import Paused, RateChanged, ignore_events
from ometria_import.delivery.pacing.rate_finding import RateFinder

_MAX_CATCH_UP, _MAX_CATCH_UP_IF_STRICT = 2.0, 0.5
"""Intervals of lateness that are made up for; more (a suspend, a stall) would be a burst."""
_SHORTEST_GAP = 0.5
"""Part of an interval between two requests at least, while lateness is made up for."""
_STRICT_FOR_S = 600.0
"""How long a 429 for the rate is remembered."""
MAX_IN_FLIGHT = 128
"""Enough for 8 requests/s with answers that take 15 s; a bound on memory, too."""
_MIN_IN_FLIGHT = 4
_AHEAD_S = 0.5
"""How far ahead batches are made ready: longer than a run waits before it looks for room again."""
_TOLD_CHANGE = 0.01
"""Smaller changes of the rate are not reported."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the limiter and the retries see it, so that tests need not wait."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Sleep; raises InterruptedRunError if the delivery stops."""
    wall: Callable[[], float] = time.time
    """The seconds since 1970, only needed for `Retry-After` dates."""


class Turns(Protocol):
    """Whoever wants to make a request waits for its turn."""

    async def acquire(self) -> float:
        """Wait for a turn; returns the time at which it came."""
        ...


class PacedLimiter:
    """Assigns each request a time to be sent, one after the other.

    The moments come from a schedule and not from waits between sends, so that what sending
    costs does not add up; less of it is made up for where the server has shown that it is strict.
    Whoever sends tells how it went, and the rate follows that.
    """

    def __init__(
        self,
        rate_per_s: float,
        clock: Clock,
        on_event: Callable[[Paused | RateChanged], None] = ignore_events,
    ) -> None:
        self._finder = RateFinder(rate_per_s)
        self._told_per_s = rate_per_s
        self._clock = clock
        self._on_event = on_event
        self._turn = asyncio.Lock()
        self._next = -math.inf
        self._refused_at = -math.inf
        self._began: dict[object, float] = {}
        """The times at which the requests in flight were sent."""

    @property
    def rate_per_s(self) -> float:
        """Requests per second at present: at most the rate that the limiter was made for."""
        return self._finder.rate_per_s

    @property
    def in_flight_limit(self) -> int:
        """Batches that may be under way now; grows while answers are awaited.

        It holds nothing back that the rate lets go: it only keeps batches that have long to wait
        for their moment from being read.
        """
        now = self._clock.monotonic()
        awaited_s = now - min(self._began.values(), default=now)
        needed = math.ceil(self._finder.configured_per_s * (awaited_s + _AHEAD_S))
        return max(_MIN_IN_FLIGHT, min(needed, MAX_IN_FLIGHT))

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request as under way, until its answer or its failure."""
        token = object()
        self._began[token] = self._clock.monotonic()
        try:
            yield
        finally:
            del self._began[token]

    async def acquire(self) -> float:
        """Wait for the next scheduled time, first come, first served; returns that time."""
        async with self._turn:
            wait_s = self._next - self._clock.monotonic()
            # Sleeping for nothing, too: it is where a stop is noticed.
            await self._clock.sleep(max(wait_s, 0.0))
            while (wait_s := self._next - self._clock.monotonic()) > 0:
                await self._clock.sleep(wait_s)
            now = self._clock.monotonic()
            self._next = self._after(now)
            return now

    def _after(self, now: float) -> float:
        """The scheduled time after a request that was due at `_next` and left now."""
        interval_s = 1 / self.rate_per_s
        late_s = now - self._next
        is_strict = now - self._refused_at < _STRICT_FOR_S
        most = _MAX_CATCH_UP_IF_STRICT if is_strict else _MAX_CATCH_UP
        if late_s > most * interval_s:
            return now + interval_s
        return now + max(interval_s - late_s, _SHORTEST_GAP * interval_s)

    def pause(self, seconds: float, reason: str) -> None:
        """Pause all sending for this many seconds."""
        until = self._clock.monotonic() + seconds
        if until > self._next:
            self._next = until
            self._on_event(Paused(seconds, reason))

    def accepted(self, sent_at: float) -> None:
        """Note that the request sent at that time was within the server's rate."""
        self._finder.accepted(sent_at, self._clock.monotonic())
        self._tell()

    def refused(self, sent_at: float) -> None:
        """Note that the request sent at that time got a 429 for the rate."""
        now = self._refused_at = self._clock.monotonic()
        self._finder.refused(sent_at, now)
        self._next = max(self._next, now + 1 / self.rate_per_s)
        self._tell()

    def _tell(self) -> None:
        rate_per_s, configured_per_s = self.rate_per_s, self._finder.configured_per_s
        is_all = rate_per_s == configured_per_s
        change = abs(rate_per_s / self._told_per_s - 1)
        if change >= _TOLD_CHANGE or (is_all and change):
            self._told_per_s = rate_per_s
            self._on_event(RateChanged(rate_per_s, configured_per_s))
