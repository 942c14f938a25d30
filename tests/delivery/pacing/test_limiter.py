from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.delivery.api.sink import RetriableSinkError
from ometria_import.delivery.events import Event, Paused, RateChanged
from ometria_import.delivery.pacing.limiter import MAX_IN_FLIGHT, Clock, PacedLimiter


class TestClock:
    """Time that passes only when somebody sleeps, or when a test says so."""

    __test__ = False

    def __init__(self) -> None:
        self.now = 1000.0
        self.oversleeps_s = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds + (self.oversleeps_s if seconds else 0.0)
        await asyncio.sleep(0)

    @property
    def as_clock(self) -> Clock:
        return Clock(monotonic=lambda: self.now, sleep=self.sleep, wall=lambda: self.now)


class TokenBucket:
    """A server that allows a rate, with so many tokens to spare."""

    def __init__(self, rate_per_s: float, tokens: float, now: float) -> None:
        self.rate_per_s, self.capacity = rate_per_s, tokens
        self._tokens, self._last = tokens, now

    def allows(self, now: float) -> bool:
        gained = (now - self._last) * self.rate_per_s
        self._tokens = min(self.capacity, self._tokens + gained)
        self._last = now
        # The bucket's own arithmetic must not refuse what comes exactly in time.
        if self._tokens < 1 - 1e-6:
            return False
        self._tokens -= 1
        return True


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


@given(
    rate_per_s=st.floats(0.5, 100),
    oversleeps_s=st.floats(0, 0.004),
)
def test_requests_leave_at_the_rate_however_late_each_sleep_ends(
    rate_per_s: float, oversleeps_s: float
) -> None:
    clock = TestClock()
    clock.oversleeps_s = oversleeps_s
    limiter = PacedLimiter(rate_per_s, clock.as_clock)

    async def send_many() -> None:
        await limiter.acquire()
        began = clock.now
        for _ in range(200):
            await limiter.acquire()
        assert 200 / (clock.now - began) == pytest.approx(rate_per_s, rel=0.01)

    run(send_many())


def test_a_token_bucket_of_the_same_rate_refuses_nothing() -> None:
    clock = TestClock()
    clock.oversleeps_s = 0.002
    limiter = PacedLimiter(8, clock.as_clock)
    bucket = TokenBucket(8, 2, clock.now)

    async def send_many() -> None:
        for _ in range(2000):
            await limiter.acquire()
            assert bucket.allows(clock.now)

    run(send_many())


def test_nothing_is_made_up_for_after_a_suspend() -> None:
    clock = TestClock()
    limiter = PacedLimiter(8, clock.as_clock)

    async def send_with_a_gap() -> None:
        for _ in range(10):
            await limiter.acquire()
        clock.now += 3600
        moments = [await limiter.acquire() for _ in range(9)]
        assert moments[8] - moments[0] >= 1.0 - 1e-9

    run(send_with_a_gap())


def test_callers_get_their_moments_first_come_first_served() -> None:
    clock = TestClock()
    limiter = PacedLimiter(8, clock.as_clock)
    order: list[int] = []

    async def caller(number: int) -> None:
        await limiter.acquire()
        order.append(number)

    async def call_all() -> None:
        await asyncio.gather(*(caller(number) for number in range(20)))

    run(call_all())
    assert order == list(range(20))


def test_the_rate_and_its_changes_are_told() -> None:
    clock = TestClock()
    events: list[Event] = []
    limiter = PacedLimiter(8, clock.as_clock, events.append)

    async def meet_a_429() -> None:
        for _ in range(20):
            limiter.accepted(await limiter.acquire())
        assert limiter.rate_per_s == 8
        limiter.refused(await limiter.acquire())

    run(meet_a_429())
    assert 7 < limiter.rate_per_s < 8
    assert [event for event in events if isinstance(event, RateChanged)] == [
        RateChanged(limiter.rate_per_s, 8)
    ]


def test_a_pause_holds_for_everybody_even_those_who_wait_already() -> None:
    clock = TestClock()
    events: list[Event] = []
    limiter = PacedLimiter(8, clock.as_clock, events.append)

    async def pause_while_waiting() -> None:
        await limiter.acquire()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        paused_at = clock.now
        limiter.pause(30, "the push API answered 429")
        assert await waiting >= paused_at + 30

    run(pause_while_waiting())
    assert events == [Paused(30, "the push API answered 429")]


def test_requests_in_flight_follow_the_latency() -> None:
    clock = TestClock()
    limiter = PacedLimiter(8, clock.as_clock)

    def awaited(seconds: float) -> int:
        with limiter.request():
            clock.now += seconds
            return limiter.in_flight_limit

    assert awaited(0.05) <= 8
    assert 8 < awaited(1.0) <= 20
    assert 40 < awaited(5.0) <= 60
    assert awaited(20.0) == MAX_IN_FLIGHT
    assert awaited(0.05) <= 8
    assert limiter.in_flight_limit == 4


def test_a_failed_request_still_leaves_the_window() -> None:
    clock = TestClock()
    limiter = PacedLimiter(8, clock.as_clock)

    def fail() -> None:
        with limiter.request():
            raise RetriableSinkError("reset")

    check: Callable[[], None] = fail
    with pytest.raises(RetriableSinkError):
        check()
    clock.now += 1000
    assert limiter.in_flight_limit < MAX_IN_FLIGHT
