from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.cli.commands.emulator import Counting
from ometria_import.emulator import COUNTERS, EmulatorError, Settings, running
from ometria_import.emulator.limits import (
    BucketOfTwo,
    FixedWindows,
    RateCounter,
    SlidingSecond,
    TokenBucket,
)

Connect = Callable[..., httpx.Client]
Gaps = st.lists(st.floats(0, 2), min_size=1, max_size=60)


def admitted(counter: RateCounter, gaps: list[float]) -> list[float]:
    """When the requests were admitted that come after such gaps."""
    moments, now = [], 0.0
    for gap in gaps:
        now += gap
        if counter.admit(now) == 0:
            moments.append(now)
    return moments


def most_within(moments: list[float], seconds: float) -> int:
    """The largest number in any span of so many seconds, its end left out."""
    return max(
        (sum(since <= each < since + seconds for each in moments) for since in moments), default=0
    )


def products(count: int) -> list[dict[str, Any]]:
    return [{"@type": "product", "id": f"p-{number}"} for number in range(count)]


@pytest.mark.parametrize("counter_type", [TokenBucket, BucketOfTwo])
@given(rate=st.floats(0.1, 50), gaps=Gaps)
def test_a_bucket_never_admits_more_than_its_capacity_and_what_flowed_in(
    counter_type: type[TokenBucket], rate: float, gaps: list[float]
) -> None:
    capacity = 2 if counter_type is BucketOfTwo else max(rate, 1)
    moments = admitted(counter_type(rate), gaps)
    for first, since in enumerate(moments):
        for count, until in enumerate(moments[first:], start=1):
            assert count <= capacity + (until - since) * rate + 1e-6


@given(st.integers(1, 20), Gaps)
def test_a_sliding_second_never_holds_more_than_the_rate(rate: int, gaps: list[float]) -> None:
    assert most_within(admitted(SlidingSecond(rate), gaps), 1 - 1e-6) <= rate


@given(st.integers(1, 20), Gaps)
def test_windows_hold_the_rate_each_and_know_nothing_of_each_other(
    rate: int, gaps: list[float]
) -> None:
    moments = admitted(FixedWindows(rate), gaps)
    windows = [int(moment) for moment in moments]
    assert all(windows.count(window) <= rate for window in windows)


def test_the_border_of_two_windows_is_where_twice_the_rate_gets_in() -> None:
    requests = [0.9 + number / 100 for number in range(20)]
    gaps = [b - a for a, b in zip([0.0, *requests], requests, strict=False)]
    assert len(admitted(FixedWindows(8), gaps)) == 16
    assert len(admitted(SlidingSecond(8), gaps)) == 8
    assert len(admitted(TokenBucket(8), gaps)) == 9
    assert len(admitted(BucketOfTwo(8), gaps)) == 3


@pytest.mark.parametrize("counter_type", COUNTERS.values())
@pytest.mark.parametrize("rate", [8, 4, 0.5, 7.5])
def test_requests_at_exactly_the_rate_are_all_admitted(
    counter_type: Callable[[float], RateCounter], rate: float
) -> None:
    # A hair slower, so that no rounding decides.
    gaps = [1 / rate * (1 + 1e-9)] * 500
    assert len(admitted(counter_type(rate), gaps)) == 500


@pytest.mark.parametrize("counter_type", COUNTERS.values())
@given(rate=st.floats(0.1, 50), gaps=st.lists(st.floats(0, 0.2), max_size=60))
def test_a_request_that_waits_as_long_as_it_is_told_is_admitted(
    counter_type: Callable[[float], RateCounter], rate: float, gaps: list[float]
) -> None:
    bucket = counter_type(rate)
    now = 0.0
    for gap in gaps:
        now += gap
        wait_s = bucket.admit(now)
        if wait_s:
            now += wait_s + 1e-6
            assert bucket.admit(now) == 0


def test_a_push_over_the_rate_gets_429_until_a_token_has_flowed_in(
    fast: Settings, clock: Any, connect: Connect
) -> None:
    with running(dataclasses.replace(fast, rate=8, clock=clock)) as emulator:
        client = connect(emulator)
        statuses = [client.post("/push", json=products(1)).status_code for _ in range(10)]
        assert statuses == [202] * 8 + [429] * 2
        refused = client.post("/push", json=products(1))
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["X-QueueSize-Limit"] == "50000"
        clock.now += 0.13
        assert client.post("/push", json=products(1)).status_code == 202
        assert client.post("/push", json=products(1)).status_code == 429
        clock.now += 60
        statuses = [client.post("/push", json=products(1)).status_code for _ in range(9)]
        assert statuses == [202] * 8 + [429]


def test_reads_have_a_rate_of_their_own_and_so_has_each_account(
    fast: Settings, clock: Any, connect: Connect
) -> None:
    settings = dataclasses.replace(fast, rate=1, read_rate=4, clock=clock)
    with running(settings) as emulator:
        client = connect(emulator)
        assert client.post("/push", json=products(1)).status_code == 202
        paths = ["/products", "/orders", "/contacts", "/push/_errors", "/products/x"]
        assert [client.get(path).status_code for path in paths] == [200, 200, 200, 200, 429]
        assert client.get("/contacts").headers["Retry-After"] == "1"
        assert client.post("/push", json=products(1)).status_code == 429
        live = connect(emulator, "live-key")
        assert live.post("/push", json=products(1)).status_code == 202
        assert live.get("/products").status_code == 200


def test_a_request_with_a_bad_key_counts_against_nobody(
    fast: Settings, clock: Any, connect: Connect
) -> None:
    with running(dataclasses.replace(fast, rate=1, clock=clock)) as emulator:
        stranger = connect(emulator, "no-key")
        assert {stranger.post("/push", json=products(1)).status_code for _ in range(5)} == {403}
        assert connect(emulator).post("/push", json=products(1)).status_code == 202


def test_a_push_that_does_not_fit_into_the_queue_gets_429(
    fast: Settings, clock: Any, connect: Connect
) -> None:
    settings = dataclasses.replace(fast, queue=150, drain=10, clock=clock)
    with running(settings) as emulator:
        client = connect(emulator)
        first = client.post("/push", json=products(100))
        assert first.headers["X-QueueSize-Limit"] == "150"
        assert first.headers["X-QueueSize-Remaining"] == "50"
        full = client.post("/push", json=products(100))
        assert full.status_code == 429
        assert full.headers["Retry-After"] == "5"
        assert full.headers["X-QueueSize-Remaining"] == "50"
        assert client.post("/push", json=products(50)).headers["X-QueueSize-Remaining"] == "0"
        assert connect(emulator, "live-key").post("/push", json=products(100)).status_code == 202
        with pytest.raises(TimeoutError, match="waiting in the queue"):
            emulator.wait_until_drained(timeout_s=0.1)
        clock.now += 15
        emulator.wait_until_drained()
        last = client.post("/push", json=products(1))
        assert last.headers["X-QueueSize-Remaining"] == "149"


def test_the_queue_drains_at_its_pace_and_no_faster(
    fast: Settings, clock: Any, connect: Connect
) -> None:
    settings = dataclasses.replace(fast, queue=1_000, drain=20, clock=clock)
    with running(settings) as emulator:
        client = connect(emulator)
        client.post("/push", json=products(100))
        clock.now += 3.02
        for _ in range(200):
            time.sleep(0.02)
            stored = len(client.get("/products?limit=250").json())
            if stored >= 60:
                break
        assert stored == 60
        time.sleep(0.05)
        assert len(client.get("/products?limit=250").json()) == 60


def test_a_queue_that_never_drains_says_to_come_back_in_a_minute(
    fast: Settings, connect: Connect
) -> None:
    with running(dataclasses.replace(fast, queue=1, drain=0)) as emulator:
        client = connect(emulator)
        assert client.post("/push", json=products(1)).status_code == 202
        assert client.post("/push", json=products(1)).headers["Retry-After"] == "60"
        assert client.get("/products/p-0").status_code == 404


def test_another_way_of_counting_can_be_put_in(fast: Settings, connect: Connect) -> None:
    class Never:
        def __init__(self, rate: float) -> None:
            self.rate = rate

        def admit(self, _: float) -> float:
            return 2.5

    with running(dataclasses.replace(fast, rate_counter=Never)) as emulator:
        assert connect(emulator).get("/products").headers["Retry-After"] == "3"


def test_the_command_and_the_emulator_know_the_same_ways_of_counting() -> None:
    assert {str(counting) for counting in Counting} == set(COUNTERS)


def test_jitter_delays_both_ways_and_a_request_is_counted_when_it_has_arrived(
    fast: Settings, connect: Connect
) -> None:
    """The sender's requests are a tenth of a second apart; those that are counted are not."""
    counted: list[float] = []

    class Watching(TokenBucket):
        def admit(self, now: float) -> float:
            counted.append(now)
            return super().admit(now)

    settings = dataclasses.replace(fast, jitter=0.02, jitter_seed=7, rate_counter=Watching)
    with running(settings) as emulator:
        client = connect(emulator)
        sent, delays = [], []
        for _ in range(12):
            sent.append(time.monotonic())
            client.get("/contacts")
            delays.append(time.monotonic() - sent[-1])
    on_the_way = [arrived - left for left, arrived in zip(sent, counted, strict=True)]
    back = [whole - one for whole, one in zip(delays, on_the_way, strict=True)]
    # Seeded, so the spread is the same in every run; only the machine adds to it.
    assert max(on_the_way) - min(on_the_way) > 0.02
    assert max(back) - min(back) > 0.02


def test_jitter_cannot_be_negative() -> None:
    with pytest.raises(EmulatorError, match="jitter"):
        Settings(jitter=-1)
