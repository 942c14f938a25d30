"""How requests are counted against a rate; what a refused one is told stands in `app`."""

from __future__ import annotations

from collections.abc import Callable
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

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._capacity = max(rate, 1.0)
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
