"""The rate that the client finds on servers that count in every way, in virtual time."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ometria_import.delivery.events import RateChanged
from ometria_import.delivery.pacing.rate_finding import RateFinder
from ometria_import.emulator.limits import COUNTERS, TokenBucket
from tests.delivery.simulation import BusyMachine, Server, deliver_for
from tests.delivery.virtual_time import now
from tests.thoroughness import IS_THOROUGH

FOUND_OUT_S = 30
LATENCIES_S = (0.05, 1, 5) if IS_THOROUGH else (0.05, 5)
"""For each way of counting; the extremes are always tried."""
HARD = "sliding-second"
"""What an even pace can use at best is 96 % here, so each second of pause shows: averaged."""


@pytest.mark.no_cover
@pytest.mark.parametrize("jitter_s", [0.005, 0.03])
@pytest.mark.parametrize("latency_s", LATENCIES_S)
@pytest.mark.parametrize("counting", COUNTERS)
def test_the_rate_is_used_and_hardly_a_request_refused_however_the_server_counts(
    counting: str, latency_s: float, jitter_s: float
) -> None:
    seeds = range(4) if counting == HARD else range(1)
    servers = [Server(COUNTERS[counting](8), latency_s, jitter_s, seed) for seed in seeds]
    for server in servers:
        deliver_for(FOUND_OUT_S + 120, server)
    end_s = FOUND_OUT_S + 120
    used = statistics.mean(server.used(FOUND_OUT_S, end_s, 8) for server in servers)
    refused = statistics.mean(server.refused(FOUND_OUT_S, end_s) for server in servers)
    if counting == "token-bucket":
        assert used >= 0.98
        assert refused < 0.001
    else:
        assert used >= (0.95 if jitter_s == 0.005 else 0.83)
        assert refused <= 0.005


@pytest.mark.no_cover
@pytest.mark.parametrize("latency_s", [0.05, 1])
@pytest.mark.parametrize("counting", COUNTERS)
def test_half_of_the_configured_rate_is_found_within_ten_seconds_and_more_when_there_is_more(
    counting: str, latency_s: float
) -> None:
    make = COUNTERS[counting]
    server = Server(make(4), latency_s, 0.002, seed=3)
    deliver_for(330, server, changes=[(100, make(8))])
    assert server.used(10, 100, 4) >= 0.95
    # A request or two of the 360; the first ten seconds are not counted.
    assert server.refused(10, 100) <= 0.01
    assert server.used(290, 330, 8) >= 0.95


def test_at_a_latency_of_five_seconds_the_half_is_found_as_soon_as_answers_tell() -> None:
    server = Server(TokenBucket(4), 5, 0.005, seed=1)
    deliver_for(100, server)
    assert server.used(15, 100, 4) >= 0.95


@pytest.mark.no_cover
@pytest.mark.parametrize("allowed", [1, 2, 3, 5, 6, 7])
def test_any_part_of_the_configured_rate_is_found(allowed: int) -> None:
    server = Server(TokenBucket(allowed), 0.3, 0.005, seed=2)
    deliver_for(200, server)
    # With less than that, a pause of a second is long beside what a bucket keeps.
    assert server.used(60, 200, allowed) >= (0.93 if allowed > 1 else 0.8)
    assert server.refused(60, 200) <= 0.02


@pytest.mark.parametrize(("latency_s", "seed"), [(0.05, 27), (1, 16)])
def test_a_halving_by_false_alarm_is_made_up_for(latency_s: float, seed: int) -> None:
    server = Server(COUNTERS["sliding-second"](8), latency_s, 0.03, seed)
    events = deliver_for(120, server)
    rates = [event.rate_per_s for _, event in events if isinstance(event, RateChanged)]
    assert min(rates) < 6
    # To what comes of a rate that was never halved.
    assert server.used(60, 120, 8) >= 0.81


class _Starting(BusyMachine):
    """Busy for six seconds, while programs start."""

    began = math.inf

    def way_s(self) -> float:
        self.began = min(self.began, now())
        return self._random.uniform(0, 0.06) if now() - self.began < 6 else 0.0


@pytest.mark.parametrize("stalls", [[], [(2.5, 2.8)]])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_machine_that_is_busy_at_the_beginning_costs_little_later(
    seed: int, stalls: list[tuple[float, float]]
) -> None:
    machine = _Starting(seed, 0)
    server = Server(COUNTERS["sliding-second"](8), 0.05, 0.003, seed, None, machine, stalls)
    deliver_for(120, server)
    assert server.used(30, 120, 8) >= 0.92


def test_the_time_of_a_storm_of_429s_is_not_paid_for_long() -> None:
    class Closed(TokenBucket):
        def admit(self, now: float) -> float:  # noqa: ARG002 -- nobody is let in
            return 1.0

    server = Server(TokenBucket(8), 0.2)
    events = deliver_for(260, server, changes=[(60, Closed(8)), (120, TokenBucket(8))])
    assert server.used(200, 260, 8) >= 0.98
    told = [event for _, event in events if isinstance(event, RateChanged)]
    assert told[-1] == RateChanged(8, 8)
    # A closed server is asked now and then and not eight times a second.
    assert sum(60 <= each.at < 120 for each in server.arrivals) < 120


@pytest.mark.parametrize("wait_s", [None, 0.0, 0.5, 3.0])
def test_a_server_that_names_another_wait_or_none_is_served_at_its_rate(
    wait_s: float | None,
) -> None:
    server = Server(TokenBucket(4), 0.2, 0.005, seed=5, retry_after=lambda _: wait_s)
    deliver_for(150, server)
    assert server.used(30, 150, 4) >= 0.9
    assert server.refused(30, 150) <= 0.02


@pytest.mark.parametrize("latency_s", [0.05, 1, 5])
def test_nothing_is_sent_sooner_than_the_server_asked_for(latency_s: float) -> None:
    server = Server(TokenBucket(4), latency_s, 0.03, retry_after=lambda _: 2.5)
    deliver_for(120, server)
    assert server.told_to_wait
    for told_at, until in server.told_to_wait:
        sooner = [e for e in server.arrivals if told_at < e.sent_at < until - 1e-9]
        assert not sooner


@pytest.mark.parametrize("latency_s", LATENCIES_S)
@pytest.mark.parametrize("counting", COUNTERS)
def test_what_is_held_up_and_arrives_together_says_nothing_of_the_rate(
    counting: str, latency_s: float
) -> None:
    stalls = [(30, 30.4), (55, 56.8), (80, 80.7)]
    server = Server(COUNTERS[counting](8), latency_s, 0.005, stalls=stalls)
    events = deliver_for(150, server)
    assert server.refused(30, 90) or counting == "token-bucket"
    assert all(event.rate_per_s > 7 for _, event in events if isinstance(event, RateChanged))
    # Three stalls, and the pauses that the server asks for after them.
    assert server.used(20, 100, 8) >= 0.85
    assert server.used(100, 150, 8) >= 0.9


def test_a_server_that_is_slower_and_gives_less_at_once_is_not_taken_for_a_stall() -> None:
    class Overloaded(TokenBucket):
        def admit(self, now: float) -> float:
            server.latency_s = 3
            return super().admit(now)

    server = Server(TokenBucket(8), 0.2, 0.005)
    deliver_for(160, server, changes=[(60, Overloaded(3))])
    assert server.used(90, 160, 3) >= 0.9
    assert server.refused(90, 160) <= 0.05


def test_requests_in_flight_follow_the_latency_and_suffice_for_it() -> None:
    server = Server(TokenBucket(8), 12)
    deliver_for(120, server)
    assert server.used(20, 120, 8) >= 0.98
    assert 96 <= server.most_in_flight <= 128


Steps = st.lists(st.tuples(st.booleans(), st.floats(0, 3), st.floats(0, 6)), max_size=300)

REFUSED_AT = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]
"""Gaps between 429s after which the steps down, reckoned anew, led below the slowest rate."""


@given(st.floats(0.1, 100), Steps)
@example(0.109375, [*((False, 0.0, 0.0),) * 5, (True, 2.0, 0.0), (True, 3.0, 4.0)])
@example(1.0, [*((False, float(gap_s), 0.0) for gap_s in REFUSED_AT), (True, 1.0, 0.0)])
def test_whatever_comes_the_rate_stays_between_a_little_and_the_configured_one(
    configured: float, steps: list[tuple[bool, float, float]]
) -> None:
    finder, now = RateFinder(configured), 0.0
    for is_accepted, gap_s, took_s in steps:
        now += gap_s
        before = finder.rate_per_s
        if is_accepted:
            finder.accepted(now - took_s, now)
            assert finder.rate_per_s >= before * 0.9
        else:
            finder.refused(now - took_s, now)
            assert before / 2 - 1e-9 <= finder.rate_per_s <= before or before < configured / 32
        assert configured / 64 <= finder.rate_per_s <= configured


def test_429s_to_requests_of_an_earlier_rate_slow_down_only_where_they_are_dense() -> None:
    finder = RateFinder(8)
    for sent in range(80):
        finder.accepted(sent / 8, sent / 8 + 5)
    finder.refused(10.0, 15.0)
    found = finder.rate_per_s
    finder.refused(10.5, 15.5)
    assert finder.rate_per_s == found
    for number in range(8):
        finder.refused(11 + number / 8, 16 + number / 8)
    assert finder.rate_per_s == 4
    finder.refused(13, 18)
    assert finder.rate_per_s == 4
