from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.emulator import Settings, running
from ometria_import.emulator.limits import TokenBucket

Connect = Callable[..., httpx.Client]


def products(count: int) -> list[dict[str, Any]]:
    return [{"@type": "product", "id": f"p-{number}"} for number in range(count)]


@given(
    st.floats(0.1, 50),
    st.lists(st.floats(0, 2), min_size=1, max_size=60),
)
def test_a_bucket_never_admits_more_than_its_capacity_and_what_flowed_in(
    rate: float, gaps: list[float]
) -> None:
    bucket = TokenBucket(rate)
    admitted: list[float] = []
    now = 0.0
    for gap in gaps:
        now += gap
        if bucket.admit(now) == 0:
            admitted.append(now)
    for first, since in enumerate(admitted):
        for count, until in enumerate(admitted[first:], start=1):
            assert count <= max(rate, 1) + (until - since) * rate + 1e-6


@given(st.floats(0.1, 50), st.lists(st.floats(0, 0.2), max_size=60))
def test_a_request_that_waits_as_long_as_it_is_told_is_admitted(
    rate: float, gaps: list[float]
) -> None:
    bucket = TokenBucket(rate)
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
        with pytest.raises(TimeoutError, match="wait in the queue"):
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
            stored = len(client.get("/products").json())
            if stored >= 60:
                break
        assert stored == 60
        time.sleep(0.05)
        assert len(client.get("/products").json()) == 60


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
