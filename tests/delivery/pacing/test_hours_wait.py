"""Requests leave in the hours of a run only, and what waits for them loses nothing by it."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ometria_import.delivery import (
    BatchState,
    DeliveryOptions,
    HoursBegun,
    OutsideHours,
    RunState,
    RunSummary,
    StopSignal,
    push_package,
)
from ometria_import.delivery.api.sink import Receipt, RetriableSinkError
from ometria_import.delivery.events import Event, ignore_events
from ometria_import.delivery.pacing.hours_wait import HoursWait
from ometria_import.delivery.pacing.limited_sink import LimitedSink
from ometria_import.delivery.pacing.limiter import Clock, PacedLimiter
from ometria_import.delivery.pacing.retrying import RetryingSink
from ometria_import.errors import ExitCode, TemporaryFailureError, UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.options.sending_hours import SendingHours
from ometria_import.package import Batch, Package
from tests.delivery.building import account, begin_run, pack
from tests.delivery.scripted_server import ScriptedServer, ok
from tests.delivery.virtual_time import now as virtual_now
from tests.delivery.virtual_time import run as run_virtually

NIGHT = SendingHours(60, 360, UTC)
BATCH = Batch(7, ObjectType.ORDER, 1, b"[{}]", "")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def clock(wall: float) -> Clock:
    """Virtual time that begins at a moment."""
    return Clock(virtual_now, asyncio.sleep, lambda: wall + virtual_now() - 1000.3)


class Server:
    """Notes when requests leave, and fails as often as it is told to."""

    def __init__(self, clock: Clock, failures: int = 0, retry_after_s: float | None = None) -> None:
        self.clock, self.failures, self.retry_after_s = clock, failures, retry_after_s
        self.sent: list[str] = []
        self.took_s = 0.0

    async def send(self, _: Batch) -> Receipt:
        moment = datetime.fromtimestamp(round(self.clock.wall()), UTC)
        self.sent.append(f"{moment:%a %H:%M:%S}")
        await asyncio.sleep(self.took_s)
        if len(self.sent) <= self.failures:
            raise RetriableSinkError("answered 503", retry_after_s=self.retry_after_s)
        return Receipt(200, "r", 1, 0, 0)


def deliver(
    server: Server, batches: int, rate_per_s: float, give_up_after_s: float = 3600
) -> tuple[HoursWait, list[Event]]:
    events: list[Event] = []

    async def send() -> HoursWait:
        hours = HoursWait(NIGHT, server.clock, events.append)
        limiter = PacedLimiter(rate_per_s, server.clock)
        sink = RetryingSink(
            LimitedSink(server, limiter, server.clock, hours=hours),
            give_up_after_s=give_up_after_s,
            clock=server.clock,
            on_event=ignore_events,
            jitter=lambda _, most: most,
            paused_s=hours.paused_s,
        )
        await asyncio.gather(*(sink.send(BATCH) for _ in range(batches)))
        return hours

    return run_virtually(send()), events


def test_requests_wait_for_the_hours_and_what_is_in_flight_is_finished() -> None:
    # 2024-01-10 is a Wednesday.
    server = Server(clock(at("2024-01-10 05:40")))
    server.took_s = 1_200
    hours, events = deliver(server, 5, 1 / 600)
    assert server.sent == [
        *("Wed 05:40:00", "Wed 05:50:00"),
        *("Thu 01:00:00", "Thu 01:10:00", "Thu 01:20:00"),
    ]
    # The third was due when they ended; its intent is not in the journal for the day.
    (ended, begun), paused_s = events, pytest.approx(19 * 3600)
    assert isinstance(ended, OutsideHours)
    assert (ended.between, ended.until) == ("01:00-06:00", "2024-01-11T01:00:00+00:00")
    assert isinstance(begun, HoursBegun)
    assert ended.wait_s == paused_s
    assert begun.paused_s == paused_s
    assert hours.paused_s() == paused_s


def test_a_retry_waits_and_the_pause_does_not_count_against_its_patience() -> None:
    server = Server(clock(at("2024-01-10 05:59:30")), failures=8)
    deliver(server, 1, 100, give_up_after_s=300)
    assert server.sent == [
        *("Wed 05:59:30", "Wed 05:59:31", "Wed 05:59:33", "Wed 05:59:37", "Wed 05:59:45"),
        *("Thu 01:00:00", "Thu 01:00:32", "Thu 01:01:32", "Thu 01:02:32"),
    ]


def test_patience_ends_after_as_much_time_in_the_hours_as_ever() -> None:
    server = Server(clock(at("2024-01-10 00:00")), failures=100)
    with pytest.raises(TemporaryFailureError, match="gave up after"):
        deliver(server, 1, 100, give_up_after_s=300)
    assert server.sent[0] == "Wed 01:00:00"
    assert server.sent[-1] == "Wed 01:04:03"


def test_a_wait_that_the_server_asks_for_does_not_end_outside_of_the_hours() -> None:
    server = Server(clock(at("2024-01-10 05:59")), failures=1, retry_after_s=120)
    deliver(server, 2, 100)
    assert server.sent == ["Wed 05:59:00", "Thu 01:00:00", "Thu 01:00:00"]


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 4, ObjectType.CONTACT: 2}, 1) as package:
        yield package


class Wall:
    """A clock on which only waiting takes time; the run is stopped at a moment, if one is named."""

    def __init__(self, begin: str, stop_at: str = "") -> None:
        self.now_s, self.stop = at(begin), StopSignal()
        self.stop_at_s = at(stop_at) if stop_at else math.inf
        self.clock = Clock(lambda: self.now_s, self._sleep, lambda: self.now_s)

    async def _sleep(self, seconds: float) -> None:
        await self.stop.sleep(0)
        self.now_s += seconds
        if self.now_s >= self.stop_at_s:
            self.stop.request()


def test_a_run_over_several_nights_settles_everything(package: Package, tmp_path: Path) -> None:
    """Against a server and a journal."""
    wall = Wall("2024-01-10 00:30")
    events: list[Event] = []
    with ScriptedServer(ok).running() as server:
        to = replace(account(server.base_url, 1 / 1800), reads_errors=False)
        run = begin_run(tmp_path, package, to)
        with run.journal() as journal:
            options = DeliveryOptions(hours=SendingHours(60, 180, UTC))
            summary = push_package(
                package,
                journal,
                to,
                options=options,
                on_event=events.append,
                stop=wall.stop,
                clock=wall.clock,
            )
    assert (summary.exit_code, summary.accepted, summary.between) == (0, 6, "01:00-03:00")
    assert len(server.requests) == summary.requests == 6
    pauses = [event.until for event in events if isinstance(event, OutsideHours)]
    assert pauses == ["2024-01-10T01:00:00+00:00", "2024-01-11T01:00:00+00:00"]
    # From half past midnight to one, and from three to one.
    assert summary.paused_s == pytest.approx(22.5 * 3600)
    assert summary.paused_total_s == summary.paused_s


def test_a_run_that_is_gone_on_with_tells_how_long_all_its_sessions_waited(
    package: Package, tmp_path: Path
) -> None:
    hours = SendingHours(60, 180, UTC)
    with ScriptedServer(ok).running() as server:
        to = replace(account(server.base_url, 1 / 1800), reads_errors=False)
        run = begin_run(tmp_path, package, to)

        def session(wall: Wall) -> RunSummary:
            with run.journal() as journal:
                return push_package(
                    package,
                    journal,
                    to,
                    options=DeliveryOptions(hours=hours),
                    stop=wall.stop,
                    clock=wall.clock,
                )

        first = session(Wall("2024-01-10 00:30", stop_at="2024-01-10 07:00"))
        assert (first.exit_code, first.to_send) == (ExitCode.INTERRUPTED, 2)
        assert first.paused_s == first.paused_total_s == pytest.approx(4.5 * 3600)
        second = session(Wall("2024-01-12 00:00"))
    assert (second.exit_code, second.accepted) == (ExitCode.OK, 6)
    assert second.paused_s == pytest.approx(3600)
    assert second.paused_total_s == pytest.approx(5.5 * 3600)


def test_after_a_pause_a_batch_is_sent_only_if_it_still_may_be(
    package: Package, tmp_path: Path
) -> None:
    stop, now_s = StopSignal(), at("2024-01-10 00:59:59")
    clock = Clock(sleep=stop.sleep, wall=lambda: now_s)

    def open_hours(event: Event) -> None:
        nonlocal now_s
        if isinstance(event, OutsideHours):
            now_s += 1

    def check(batch: Batch) -> None:
        if batch.object_type is ObjectType.CONTACT:
            raise UsageError("too old")

    with ScriptedServer(ok).running() as server:
        to = replace(account(server.base_url), reads_errors=False)
        run = begin_run(tmp_path, package, to)
        with run.journal() as journal:
            summary = push_package(
                package,
                journal,
                to,
                options=DeliveryOptions(hours=NIGHT),
                on_event=open_hours,
                stop=stop,
                clock=clock,
                check_after_pause=check,
            )
            assert not journal.batches(BatchState.STARTED)
        assert {each["@type"] for request in server.requests for each in request.records} == {
            "product"
        }
    assert (summary.exit_code, summary.accepted, summary.to_send) == (ExitCode.USAGE, 4, 2)


def test_a_stop_ends_a_pause_at_once(package: Package, tmp_path: Path) -> None:
    stop = StopSignal()
    to = account("http://127.0.0.1:9/v2")
    run = begin_run(tmp_path, package, to)
    summaries: list[RunSummary] = []

    def tell(event: Event) -> None:
        if isinstance(event, OutsideHours):
            stop.request()

    began = time.monotonic()
    noon = Clock(sleep=stop.sleep, wall=lambda: at("2024-01-10 12:00"))
    with run.journal() as journal:
        summaries.append(
            push_package(
                package,
                journal,
                replace(to, reads_errors=False),
                options=DeliveryOptions(hours=NIGHT),
                on_event=tell,
                stop=stop,
                clock=noon,
            )
        )
        assert journal.info().state is RunState.STOPPED
        assert not journal.batches(BatchState.STARTED)
    assert time.monotonic() - began < 5
    assert summaries[0].exit_code is ExitCode.INTERRUPTED
    assert (summaries[0].requests, summaries[0].to_send) == (0, 6)
