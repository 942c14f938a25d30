"""How requests are counted against a rate; what a refused one is told stands in `app`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

Clock = Callable[[], float]
"""Seconds that only go forward; their zero means nothing."""


class RateCounter(Protocol):
    """One way of counting requests per second; the documentation does not say which is used."""

    def admit(self, now: float) -> float:
        """Count a request that arrives at `now`, or say how long it comes too early.

        Returns 0 for a request that is within the rate, else the seconds until one would be.
        A refused request is not counted.
        """
        ...


class TokenBucket:
    """Counts as a bucket that fills evenly and holds one second's worth of requests.

    Assumption: a refused request takes nothing out of the bucket. A rate below one request per
    second still has room for one.
    """

    def __init__(self, rate: float, capacity: float | None = None) -> None:
        self._rate = rate
        self._capacity = max(rate, 1.0) if capacity is None else capacity
        self._tokens = self._capacity
        self._filled_at = -float("inf")

    def admit(self, now: float) -> float:
        """Take a token, or say when there is one; see `RateCounter.admit`."""
        if now > self._filled_at:
            grown = self._tokens + (now - self._filled_at) * self._rate
            self._tokens = min(self._capacity, grown)
            self._filled_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class BucketOfTwo(TokenBucket):
    """Counts as a bucket that never holds more than two requests, however long none came.

    Assumption: two, so that evenly spaced requests may be a little early or late. It decides
    like the generic cell rate algorithm with a burst of two.
    """

    def __init__(self, rate: float) -> None:
        super().__init__(rate, capacity=2.0)


class FixedWindows:
    """Counts each second of the clock for itself, whatever came in the one before.

    A rate that is no whole number of requests gets windows of another length, so that a window
    has room for a whole number all the same.
    """

    def __init__(self, rate: float) -> None:
        self._room = max(int(rate), 1)
        self._length_s = self._room / rate
        self._window = -1
        self._admitted = 0

    def admit(self, now: float) -> float:
        """Take a place in the window, or say when the next begins; see `RateCounter.admit`."""
        window = int(now / self._length_s)
        if window > self._window:
            self._window, self._admitted = window, 0
        if self._admitted < self._room:
            self._admitted += 1
            return 0.0
        # Rounding must not say zero, which is "admitted".
        return max((self._window + 1) * self._length_s - now, 1e-6)


class SlidingSecond:
    """Counts the requests of the last second at every moment; the length as for windows."""

    def __init__(self, rate: float) -> None:
        room = max(int(rate), 1)
        self._length_s = room / rate
        self._admitted: deque[float] = deque([-float("inf")] * room, maxlen=room)

    def admit(self, now: float) -> float:
        """Join the log if its oldest entry left it, or say when; see `RateCounter.admit`."""
        too_early_s = self._admitted[0] + self._length_s - now
        if too_early_s > 0:
            return too_early_s
        self._admitted.append(now)
        return 0.0


COUNTERS: Mapping[str, Callable[[float], RateCounter]] = {
    "token-bucket": TokenBucket,
    "fixed-windows": FixedWindows,
    "sliding-second": SlidingSecond,
    "bucket-of-two": BucketOfTwo,
}
"""The ways of counting by the names that `--counting` takes."""
