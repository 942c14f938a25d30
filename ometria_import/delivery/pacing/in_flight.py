"""How many requests may be under way at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from ometria_import.delivery.pacing.limiter import Clock

MAX_IN_FLIGHT = 128
"""Enough for 8 requests/s with answers that take 15 s; a bound on memory, too."""

_MIN_IN_FLIGHT = 4
_SPARE_IN_FLIGHT = 3
_FIRST_GUESS_S = 1.0
_LATENCY_MEMORY = 0.125
_DEVIATIONS = 4.0
"""As TCP guards its timeout: the mean and four mean deviations cover nearly every answer."""


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
