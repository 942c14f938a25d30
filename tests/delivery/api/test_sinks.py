"""What holds for every sink, and what the dry run's and the retrying one add."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from ometria_import.delivery import (
    DeliveryOptions,
    StopSignal,
    dry_run_package,
    push_package,
)
from ometria_import.delivery.api.dry_run import DryRunSink
from ometria_import.delivery.api.push_api import PushApiSink
from ometria_import.delivery.api.sink import BatchRefusedError, Receipt, RetriableSinkError, Sink
from ometria_import.delivery.events import Event, Retrying, ignore_events
from ometria_import.delivery.pacing.limited_sink import LimitedSink
from ometria_import.delivery.pacing.limiter import Clock, PacedLimiter
from ometria_import.delivery.pacing.retrying import RetryingSink
from ometria_import.emulator import Settings, running
from ometria_import.errors import (
    ExitCode,
    InterruptedRunError,
    TemporaryFailureError,
    UsageError,
)
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch, Package, PackageWriter
from ometria_import.package.bodies import records_of
from tests.delivery.building import account, begin_run, pack, packed

OpenSink = Callable[[], AbstractAsyncContextManager[Sink]]
COUNTS = {ObjectType.PRODUCT: 150, ObjectType.CONTACT: 20, ObjectType.CUSTOM_EVENT: 3}


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    with pack(tmp_path / "packages", COUNTS) as package:
        yield package


@pytest.fixture(params=["dry run", "push API", "retrying(limited(push API))"])
def open_sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenSink]:
    if request.param == "dry run":
        yield lambda: DryRunSink(tmp_path / "dry-run")
        return
    with running(Settings(rate=10_000)) as emulator:

        @asynccontextmanager
        async def push_api() -> AsyncIterator[Sink]:
            async with PushApiSink(account(emulator.base_url)) as sink:
                yield sink

        @asynccontextmanager
        async def composed() -> AsyncIterator[Sink]:
            clock = Clock()
            async with push_api() as sink:
                limited = LimitedSink(sink, PacedLimiter(100, clock), clock)
                yield RetryingSink(limited, give_up_after_s=5, clock=clock, on_event=ignore_events)

        yield push_api if request.param == "push API" else composed


def test_a_receipt_counts_every_record_once_however_often_it_is_sent(
    open_sink: OpenSink, package: Package
) -> None:
    async def send_all() -> None:
        async with open_sink() as sink:
            for batch in [*package.batches(), *package.batches()]:
                receipt = await sink.send(batch)
                assert receipt.accepted == batch.records
                assert receipt.adds_up_to(batch.records)

    asyncio.run(send_all())


def test_a_sink_takes_several_batches_at_a_time(open_sink: OpenSink, package: Package) -> None:
    async def send_all() -> None:
        async with open_sink() as sink:
            receipts = await asyncio.gather(*(sink.send(batch) for batch in package.batches()))
        assert sum(receipt.accepted for receipt in receipts) == 173

    asyncio.run(send_all())


def test_a_dry_run_writes_what_would_be_sent_to_the_byte(tmp_path: Path, package: Package) -> None:
    run = begin_run(tmp_path, package, is_dry_run=True)
    events: list[Event] = []
    with run.journal() as journal:
        summary = dry_run_package(package, journal, tmp_path / "bodies", on_event=events.append)
    assert (summary.exit_code, summary.accepted, summary.requests) == (ExitCode.OK, 173, 4)
    for object_type in COUNTS:
        path = tmp_path / "bodies" / f"{object_type}.ndjson"
        records = [body for batch in package.batches(object_type) for body in records_of(batch)]
        assert path.read_bytes() == b"".join(body + b"\n" for body in records)
        assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "bodies").stat().st_mode & 0o777 == 0o700
    assert len(events) == 6


def test_lines_of_a_dry_run_are_whole_records_whatever_they_hold(tmp_path: Path) -> None:
    inside = b'{"@type":"product","properties":{"like":%s}}'
    likes = (b'[{"@type":"product"},{"@type":"product"}]', b'"},{\\"@type\\":\\"product"', b"1")
    records = [inside % like for like in likes]
    with PackageWriter(tmp_path / "packages") as writer:
        for some in (records, records[:1], records[1:]):
            writer.add(packed(ObjectType.PRODUCT, some))
        package = writer.finish([], {})
    run = begin_run(tmp_path, package, is_dry_run=True)
    with package, run.journal() as journal:
        dry_run_package(package, journal, tmp_path / "bodies")

    written = (tmp_path / "bodies" / "product.ndjson").read_bytes().splitlines()
    assert written == [*records, *records[:1], *records[1:]]


def test_a_dry_run_and_a_real_one_never_share_a_journal(tmp_path: Path, package: Package) -> None:
    dry = begin_run(tmp_path, package, is_dry_run=True)
    with dry.journal() as journal, pytest.raises(UsageError, match="is a dry run"):
        push_package(package, journal, account("http://127.0.0.1:9/v2"))
    real = begin_run(tmp_path, package)
    with real.journal() as journal, pytest.raises(ValueError, match="dry run"):
        dry_run_package(package, journal, tmp_path / "bodies")


def test_a_dry_run_writes_through_no_symbolic_link(tmp_path: Path, package: Package) -> None:
    (tmp_path / "bodies").mkdir()
    target = tmp_path / "target"
    (tmp_path / "bodies" / "product.ndjson").symlink_to(target)
    run = begin_run(tmp_path, package, is_dry_run=True)
    with run.journal() as journal:
        summary = dry_run_package(package, journal, tmp_path / "bodies")
    assert summary.exit_code is ExitCode.USAGE
    assert not target.exists()


class FailingSink:
    """Fails the first attempts, then takes everything."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.attempts = failures, error, 0

    async def send(self, batch: Batch) -> Receipt:
        self.attempts += 1
        if self.attempts <= self.failures:
            raise self.error
        return Receipt(202, "", batch.records, 0, 0)


class Sleeper:
    """A clock on which only sleeping takes time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def retrying(
        self, sink: Sink, give_up_after_s: float, jitter: Callable[[float, float], float]
    ) -> tuple[RetryingSink, list[Event]]:
        events: list[Event] = []
        clock = Clock(monotonic=lambda: self.now, sleep=self.sleep)
        retrying = RetryingSink(
            sink,
            give_up_after_s=give_up_after_s,
            clock=clock,
            on_event=events.append,
            jitter=jitter,
        )
        return retrying, events


BATCH = Batch(7, ObjectType.ORDER, 1, b"[{}]", "")


def longest(_: float, ceiling_s: float) -> float:
    return ceiling_s


def shortest(floor_s: float, _: float) -> float:
    return floor_s


def test_waits_double_to_a_minute() -> None:
    sleeper = Sleeper()
    retrying, events = sleeper.retrying(FailingSink(9, RetriableSinkError("reset")), 1e6, longest)
    receipt = asyncio.run(retrying.send(BATCH))
    assert sleeper.waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert receipt.attempts == 10
    assert events[1] == Retrying(7, 2, "reset", 2)


def test_jitter_is_full_for_faults_and_half_for_the_rate() -> None:
    sleeper = Sleeper()
    asyncio.run(
        sleeper.retrying(FailingSink(3, RetriableSinkError("reset")), 1e6, shortest)[0].send(BATCH)
    )
    assert sleeper.waits == [0, 0, 0]
    sleeper = Sleeper()
    throttled = RetriableSinkError("429", is_throttled=True)
    asyncio.run(sleeper.retrying(FailingSink(3, throttled), 1e6, shortest)[0].send(BATCH))
    assert sleeper.waits == [0.5, 1, 2]


def test_the_servers_wish_beats_the_backoff() -> None:
    sleeper = Sleeper()
    error = RetriableSinkError("429", retry_after_s=17, is_throttled=True)
    asyncio.run(sleeper.retrying(FailingSink(2, error), 1e6, longest)[0].send(BATCH))
    assert sleeper.waits == [17, 17]


def test_a_server_that_is_down_and_wants_to_be_asked_at_once_is_not_asked_at_the_full_rate() -> (
    None
):
    sleeper = Sleeper()
    error = RetriableSinkError("503", retry_after_s=0)
    asyncio.run(sleeper.retrying(FailingSink(4, error), 1e6, longest)[0].send(BATCH))
    assert sleeper.waits == [1, 2, 4, 8]


def test_it_gives_up_when_the_next_attempt_would_come_too_late() -> None:
    sleeper = Sleeper()
    sink = FailingSink(10**6, RetriableSinkError("the push API answered 503"))
    with pytest.raises(TemporaryFailureError, match="gave up after 65 attempts") as caught:
        asyncio.run(sleeper.retrying(sink, 3600, longest)[0].send(BATCH))
    assert "503" in caught.value.message
    assert 3500 < sleeper.now < 3600
    assert "ometria-import resume" in caught.value.hint


def test_with_no_time_to_give_up_the_first_failure_is_the_last() -> None:
    sleeper = Sleeper()
    sink = FailingSink(1, RetriableSinkError("reset"))
    with pytest.raises(TemporaryFailureError):
        asyncio.run(sleeper.retrying(sink, 0, longest)[0].send(BATCH))
    assert (sink.attempts, sleeper.waits) == (1, [])


@pytest.mark.parametrize(
    "error", [BatchRefusedError("no", status=400, answer=""), InterruptedRunError("stop")]
)
def test_what_cannot_pass_is_not_sent_again(error: Exception) -> None:
    sleeper = Sleeper()
    sink = FailingSink(1, error)
    with pytest.raises(type(error)):
        asyncio.run(sleeper.retrying(sink, 3600, longest)[0].send(BATCH))
    assert sink.attempts == 1


def test_at_the_accounts_rate_the_emulator_refuses_none(tmp_path: Path) -> None:
    with running(Settings(rate=40, latency=0.1)) as emulator:
        to = account(emulator.base_url, rate_per_s=40)
        with pack(tmp_path / "packages", {ObjectType.PRODUCT: 120}, batch_size=1) as small:
            run = begin_run(tmp_path, small, to)
            with run.journal() as journal:
                summary = push_package(
                    small, journal, to, options=DeliveryOptions(), stop=StopSignal()
                )
    assert (summary.accepted, summary.retries) == (120, 0)
