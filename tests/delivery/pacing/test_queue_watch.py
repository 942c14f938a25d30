"""Queue headers keep the client from filling the queue, as far as they can be believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from ometria_import.delivery.events import Event, Paused, QueueSeen, RateChanged
from ometria_import.emulator.limits import TokenBucket
from tests.delivery.simulation import RECORDS, Queue, Server, deliver_for

Headers: TypeAlias = Callable[[int], tuple[int | None, int | None]]


def deliver(
    queue: Queue, seconds: float = 200, latency_s: float = 0.1
) -> tuple[Server, list[Event]]:
    server = Server(TokenBucket(8), latency_s, 0.005, queue=queue)
    events = deliver_for(seconds, server)
    return server, [event for _, event in events]


@pytest.mark.no_cover
@pytest.mark.parametrize("latency_s", [0.05, 1, 5])
@pytest.mark.parametrize("drain_per_s", [300, 650])
def test_a_queue_that_drains_slowly_is_never_overfilled_and_never_empty(
    drain_per_s: float, latency_s: float
) -> None:
    queue = Queue(20_000, drain_per_s)
    server, events = deliver(queue, 240, latency_s)
    assert server.refused(0, 240) == 0
    assert queue.drained >= 0.98 * drain_per_s * 239
    # The queue was full long before the end, and then the drain is the pace.
    assert server.used(150, 240, drain_per_s / RECORDS) >= 0.98
    assert not [event for event in events if isinstance(event, RateChanged)]
    told = [event for event in events if isinstance(event, QueueSeen)]
    assert told[-1].drain_per_s == pytest.approx(drain_per_s, rel=0.1)
    assert told[-1].remaining < 8_000


def test_a_queue_with_room_for_a_few_batches_is_used_as_fast_as_it_drains() -> None:
    queue = Queue(1_000, 200)
    server, _ = deliver(queue)
    assert server.refused(0, 200) == 0
    assert queue.drained >= 0.98 * 200 * 198


def test_another_sender_on_the_queue_stops_nobody_for_good() -> None:
    queue = Queue(10_000, 500, foreign_per_s=300)
    server, _ = deliver(queue, 400)
    # It leaves 200 records a second to us; the other takes every gap at once.
    accepted = sum(each.status == 202 for each in server.arrivals if each.at > 200)
    assert accepted * RECORDS / 200 > 100
    assert server.refused(0, 400, "queue") < 0.25
    assert not server.refused(0, 400, "rate")


def test_a_queue_that_stands_still_is_asked_now_and_then_and_goes_on_when_it_drains() -> None:
    queue = Queue(2_000, 0)
    server = Server(TokenBucket(8), 0.1, queue=queue)

    class Opening(TokenBucket):
        """Lets the queue drain from the moment at which it comes in."""

        def admit(self, now: float) -> float:
            queue.drain_per_s = 400
            return super().admit(now)

    events = deliver_for(300, server, changes=[(120, Opening(8))])
    assert sum(20 < each.at < 120 for each in server.arrivals) < 40
    assert server.used(200, 300, 4) >= 0.95
    assert [event for _, event in events if isinstance(event, Paused)]


@pytest.mark.parametrize(
    "headers",
    [
        lambda _: (None, None),
        lambda _: (10_000, None),
        lambda _: (5, 10_000),
        lambda _: (10_000, 0),
        lambda remaining: (None, remaining),
    ],
)
def test_without_true_headers_the_rate_is_kept_all_the_same(
    headers: Headers,
) -> None:
    queue = Queue(10**9, 2_000, headers=headers)
    server, _ = deliver(queue)
    assert server.used(60, 200, 8) >= 0.98


def test_a_full_queue_without_headers_is_met_with_429s_and_pauses() -> None:
    queue = Queue(2_000, 300, headers=lambda _: (None, None))
    server, _ = deliver(queue)
    # It cannot be told from a rate, so it is treated as one: at the drain's pace in the end.
    assert queue.drained >= 0.9 * 300 * 195
    assert server.refused(60, 200) < 0.05
