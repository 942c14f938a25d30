"""The pace: requests leave evenly, at the account's rate and no faster than the server lets."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ometria_import.delivery.events import Paused, RateChanged, Subscriber, ignore_events
from ometria_import.delivery.sink import Receipt, RetriableSinkError, Sink
from ometria_import.package import Batch

MAX_IN_FLIGHT = 64

_MIN_IN_FLIGHT = 4
_SPARE_IN_FLIGHT = 3
_FIRST_GUESS_S = 1.0
_LATENCY_MEMORY = 0.125
_DEVIATIONS = 4.0
"""As TCP guards its timeout: the mean and four mean deviations cover nearly every answer."""

_SLOWEST_PART = 1 / 16
_CLIMB_PART = 1 / 20
_CLIMB_EVERY_S = 1.0
_PAUSE_AFTER_THROTTLE_S = 1.0
_MAX_CATCH_UP = 0.5
"""Intervals of lateness that are made up for; more (a suspend, a stall) would be a burst."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the limiter and the retries see it, so that tests need not wait."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Raises InterruptedRunError where the delivery stops."""
    wall: Callable[[], float] = time.time
    """Seconds since 1970, only to read `Retry-After` dates."""


class PacedLimiter:
    """Gives out moments for sending, one after the other.

    The moments come from a schedule and not from waits between sends, so that what sending
    costs does not add up. It halves the rate on a 429 and climbs back step by step.
    """

    def __init__(
        self, rate_per_s: float, clock: Clock, on_event: Subscriber = ignore_events
    ) -> None:
        self.rate_per_s = rate_per_s
        self._configured_per_s = rate_per_s
        self._clock = clock
        self._on_event = on_event
        self._turn = asyncio.Lock()
        self._next = -math.inf
        self._last_change = -math.inf

    async def acquire(self) -> float:
        """Wait for the caller's moment, first come, first served; returns that moment."""
        async with self._turn:
            wait_s = self._next - self._clock.monotonic()
            # Sleeping for nothing, too: it is where a stop is noticed.
            await self._clock.sleep(max(wait_s, 0.0))
            while (wait_s := self._next - self._clock.monotonic()) > 0:
                await self._clock.sleep(wait_s)
            now = self._clock.monotonic()
            interval_s = 1 / self.rate_per_s
            is_on_time = now - self._next <= _MAX_CATCH_UP * interval_s
            self._next = (self._next if is_on_time else now) + interval_s
            return now

    def pause(self, seconds: float, reason: str) -> None:
        """Let nobody send for so long."""
        until = self._clock.monotonic() + seconds
        if until > self._next:
            self._next = until
            self._on_event(Paused(seconds, reason))

    def slow_down(self, sent_at: float) -> None:
        """Halve the rate; requests sent before the last change tell nothing new."""
        if sent_at <= self._last_change:
            return
        slowest = self._configured_per_s * _SLOWEST_PART
        self._change(max(self.rate_per_s / 2, slowest))
        self._next = max(self._next, self._clock.monotonic() + 1 / self.rate_per_s)

    def climb(self) -> None:
        """Take one step back up, if the last change is long enough ago."""
        if self.rate_per_s >= self._configured_per_s:
            return
        if self._clock.monotonic() - self._last_change < _CLIMB_EVERY_S:
            return
        step = self._configured_per_s * _CLIMB_PART
        self._change(min(self.rate_per_s + step, self._configured_per_s))

    def _change(self, rate_per_s: float) -> None:
        self.rate_per_s = rate_per_s
        self._last_change = self._clock.monotonic()
        self._on_event(RateChanged(rate_per_s, self._configured_per_s))


class InFlightWindow:
    """How many requests may be under way, from what answers took lately.

    The limiter holds the rate; the window only keeps a server that does not answer from
    gathering more requests than the rate needs.
    """

    def __init__(self, rate_per_s: float, clock: Clock) -> None:
        self._rate_per_s = rate_per_s
        self._clock = clock
        self._mean_s = _FIRST_GUESS_S
        self._deviation_s = _FIRST_GUESS_S / 2
        self._began: dict[object, float] = {}

    @property
    def limit(self) -> int:
        """Batches that may be under way now; grows while answers are awaited too long."""
        now = self._clock.monotonic()
        oldest_s = now - min(self._began.values(), default=now)
        latency_s = max(self._mean_s + _DEVIATIONS * self._deviation_s, oldest_s)
        needed = math.ceil(self._rate_per_s * latency_s) + _SPARE_IN_FLIGHT
        return max(_MIN_IN_FLIGHT, min(needed, MAX_IN_FLIGHT))

    @contextmanager
    def request(self) -> Iterator[None]:
        """Measure one request, from its first byte to its answer or its failure."""
        token = object()
        began = self._began[token] = self._clock.monotonic()
        try:
            yield
        finally:
            del self._began[token]
            took_s = self._clock.monotonic() - began
            error_s = abs(took_s - self._mean_s)
            self._deviation_s += _LATENCY_MEMORY * (error_s - self._deviation_s)
            self._mean_s += _LATENCY_MEMORY * (took_s - self._mean_s)


class LimitedSink:
    """Sends each attempt in its moment, and tells the limiter what the server said."""

    def __init__(self, sink: Sink, limiter: PacedLimiter, window: InFlightWindow) -> None:
        self._sink = sink
        self._limiter = limiter
        self._window = window

    async def send(self, batch: Batch) -> Receipt:
        """Send a batch when it is its turn."""
        sent_at = await self._limiter.acquire()
        try:
            with self._window.request():
                receipt = await self._sink.send(batch)
        except RetriableSinkError as error:
            if error.is_throttled:
                self._limiter.slow_down(sent_at)
            pause_s = error.retry_after_s
            if pause_s is None and error.is_throttled:
                pause_s = _PAUSE_AFTER_THROTTLE_S
            if pause_s is not None:
                self._limiter.pause(pause_s, error.message)
            raise
        self._limiter.climb()
        return receipt
