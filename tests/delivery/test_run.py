from __future__ import annotations

import json
import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ometria_import.config import AccountName
from ometria_import.delivery import (
    BatchSettled,
    BatchState,
    DeliveryOptions,
    Event,
    Retrying,
    RunEnded,
    RunLog,
    RunStarted,
    RunState,
    RunSummary,
    StopSignal,
    delivery_problems,
    push_package,
)
from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.errors import ExitCode, PackageError, UsageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch, Package, PackageWriter
from ometria_import.package.bodies import records_of
from tests.delivery.building import Run, account, begin_run, fast_clock, pack, packed, record
from tests.delivery.scripted_server import (
    Answer,
    Request,
    Script,
    ScriptedServer,
    first_with,
    ok,
    said,
)

MIXED = {ObjectType.PRODUCT: 250, ObjectType.CONTACT: 130, ObjectType.ORDER: 210}


@dataclass
class Delivered:
    """A run that ended, with what was told about it."""

    run: Run
    summary: RunSummary
    events: list[Event] = field(default_factory=list)

    def told(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def push(
    run: Run,
    base_url: str,
    *,
    stop: StopSignal | None = None,
    give_up_after_s: float = 3600,
    rate_per_s: float = 1,
    deadline_s: float = 30,
    clock_factor: float = 200,
    on_event: Callable[[Event], None] = lambda _: None,
) -> Delivered:
    """Deliver on a clock that runs fast, and check that the sums come out."""
    events: list[Event] = []
    signal = stop or StopSignal()

    def tell(event: Event) -> None:
        events.append(event)
        on_event(event)

    with run.journal() as journal:
        summary = push_package(
            run.package,
            journal,
            account(base_url, rate_per_s),
            options=DeliveryOptions(give_up_after_s, deadline_s),
            on_event=tell,
            stop=signal,
            clock=fast_clock(signal, clock_factor),
        )
    parts = (summary.accepted, summary.refused, summary.skipped, summary.unclear, summary.to_send)
    assert sum(parts) == summary.records == sum(run.package.record_counts().values())
    assert events[-1] == RunEnded(summary)
    return Delivered(run, summary, events)


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    with pack(tmp_path / "packages", MIXED) as package:
        yield package


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    with running(Settings(rate=10_000, read_rate=10_000, drain=100_000)) as emulator:
        yield emulator


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(ok).running() as server:
        yield server


def sent_ids(server: ScriptedServer) -> list[str]:
    return [record["id"] for request in server.requests for record in request.records]


def poisonous(*ids: str, status: int = 400) -> Script:
    """Refuses every request that holds one of these records."""

    def script(request: Request) -> Answer:
        if any(record["id"] in ids for record in request.records):
            return Answer(status, b'{"error":"Payload invalid"}')
        return ok(request)

    return script


def failing_at(failure: Answer, *numbers: int) -> Script:
    """Fails the n-th requests, and takes all others."""
    return lambda request: failure if request.number in numbers else ok(request)


def test_everything_arrives_at_the_emulator_as_it_was_encoded(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    delivered = push(begin_run(tmp_path, package, account(emulator.base_url)), emulator.base_url)
    emulator.wait_until_drained()
    assert delivered.summary.exit_code is ExitCode.OK
    assert (delivered.summary.accepted, delivered.summary.requests) == (590, 8)
    with sqlite3.connect(emulator.database) as database:
        stored = {bytes(body) for (body,) in database.execute("SELECT body FROM receipt")}
        outcomes = database.execute("SELECT DISTINCT account, outcome FROM receipt").fetchall()
    database.close()
    assert stored == {body for batch in package.batches() for body in records_of(batch)}
    assert outcomes == [("staging", "stored")]


def test_events_tell_the_whole_run(
    tmp_path: Path, package: Package, server: ScriptedServer
) -> None:
    delivered = push(begin_run(tmp_path, package), server.base_url)
    started, *_ = delivered.told(RunStarted)
    assert isinstance(started, RunStarted)
    assert started.batches_to_send == 8
    assert [(each.object_type, each.to_send) for each in started.totals] == list(MIXED.items())
    settled = [event for event in delivered.events if isinstance(event, BatchSettled)]
    assert sum(event.accepted for event in settled) == 590
    assert sorted(event.number for event in settled) == list(range(1, 9))


def test_no_object_type_begins_before_the_one_before_it_is_settled(
    tmp_path: Path, package: Package, server: ScriptedServer
) -> None:
    answered: list[str] = []

    def slow_first(request: Request) -> Answer:
        answered.append(request.records[0]["@type"])
        return Answer(202, ok(request).body, after_s=0.2 if request.number == 0 else 0)

    server.script = slow_first
    delivered = push(begin_run(tmp_path, package), server.base_url)
    assert answered == ["product"] * 3 + ["contact"] * 2 + ["order"] * 3
    kinds = [event.object_type for event in delivered.events if isinstance(event, BatchSettled)]
    assert kinds == sorted(kinds, key=list(MIXED).index)


def test_several_requests_are_in_flight(tmp_path: Path, server: ScriptedServer) -> None:
    server.script = lambda request: Answer(202, ok(request).body, after_s=0.3)
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 400}, batch_size=20) as package:
        began = time.monotonic()
        push(begin_run(tmp_path, package), server.base_url)
    assert time.monotonic() - began < 20 * 0.3 / 2


@pytest.mark.parametrize(
    "failure",
    [
        Answer(503, b"<html>"),
        Answer(429, headers={"Retry-After": "3"}),
        Answer(429),
        Answer(408),
        Answer(is_reset=True),
        Answer(200, b"<html>"),
        Answer(202, b'{"status":', missing_bytes=9),
        Answer(202, after_s=6.0),
    ],
)
def test_what_can_pass_is_sent_again_until_it_has(
    tmp_path: Path, package: Package, server: ScriptedServer, failure: Answer
) -> None:
    server.script = failing_at(failure, 1, 2, 4)
    delivered = push(
        begin_run(tmp_path, package), server.base_url, deadline_s=2 if failure.after_s else 30
    )
    summary = delivered.summary
    assert (summary.exit_code, summary.accepted, summary.requests) == (ExitCode.OK, 590, 11)
    assert summary.retries == len(delivered.told(Retrying)) == 3
    assert len(server.requests) == 11


def test_a_throttled_batch_is_sent_again_no_sooner_than_it_was_told(
    tmp_path: Path, server: ScriptedServer
) -> None:
    server.script = failing_at(Answer(429, headers={"Retry-After": "100"}), 0)
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 100}, batch_size=10) as package:
        push(begin_run(tmp_path, package), server.base_url, rate_per_s=0.2)
    first, *others = server.requests
    again = next(request for request in others if request.body == first.body)
    assert again.arrived_at - first.arrived_at >= 100 / 200


def test_a_server_that_stays_down_ends_the_run_so_that_it_can_be_resumed(
    tmp_path: Path, package: Package, server: ScriptedServer
) -> None:
    server.script = lambda _: Answer(503)
    run = begin_run(tmp_path, package)
    summary = push(run, server.base_url, give_up_after_s=120).summary
    assert summary.exit_code is ExitCode.TEMPORARY
    assert summary.failure is not None
    assert "503" in summary.failure.message
    assert "ometria-import resume" in summary.failure.hint
    assert summary.to_send == 590
    with run.journal() as journal:
        assert journal.info().state is RunState.STOPPED
        assert journal.info().exit_code is ExitCode.TEMPORARY
    server.script = ok
    assert push(run, server.base_url).summary.exit_code is ExitCode.OK


def test_a_revoked_key_stops_the_run_at_once_and_a_resume_with_a_new_one_finishes_it(
    tmp_path: Path, server: ScriptedServer
) -> None:
    # Late enough for the good answers before it to be in the journal.
    revoked = Answer(403, after_s=0.2)
    server.script = lambda request: revoked if request.number >= 5 else ok(request)
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 600}, batch_size=10) as package:
        run = begin_run(tmp_path, package)
        summary = push(run, server.base_url).summary
        assert summary.exit_code is ExitCode.REFUSED
        assert summary.accepted == 50
        # Only what was under way when the first refusal came in.
        assert len(server.requests) <= 5 + 64
        server.script = ok
        again = push(run, server.base_url).summary
    assert (again.exit_code, again.accepted) == (ExitCode.OK, 600)
    assert len(set(sent_ids(server))) == 600


def test_a_run_of_which_nothing_is_taken_stops_and_whoever_resumes_it_goes_on(
    tmp_path: Path,
) -> None:
    with (
        ScriptedServer(lambda _: Answer(400, b"no such account")).running() as server,
        pack(tmp_path / "packages", {ObjectType.PRODUCT: 400}, batch_size=1) as package,
    ):
        run = begin_run(tmp_path, package, account(server.base_url))
        with RunLog(run.folder.log) as log:
            first = push(run, server.base_url, rate_per_s=20, on_event=log).summary
        assert first.exit_code is ExitCode.REFUSED
        assert first.failure is not None
        told = run.folder.log.read_text()
        assert ("answered 400 to every record" in told, "such acc" in told) == (True, False)
        assert "answered 400 to every record so far: no such acc" in first.failure.message
        assert 300 <= first.refused < 400
        assert first.refused + first.to_send == 400
        second = push(run, server.base_url, rate_per_s=20).summary
        assert (second.exit_code, second.refused) == (ExitCode.REJECTS, 400)


@pytest.mark.no_cover
@pytest.mark.parametrize("records", [300, 310])
def test_one_record_that_is_taken_is_enough_to_go_on(tmp_path: Path, records: int) -> None:
    def script(request: Request) -> Answer:
        is_good = records > 300 and request.records == [json.loads(record(ObjectType.PRODUCT, 1))]
        return ok(request) if is_good else Answer(400, b"no")

    with (
        ScriptedServer(script).running() as server,
        pack(tmp_path / "packages", {ObjectType.PRODUCT: records}, batch_size=10) as package,
    ):
        run = begin_run(tmp_path, package, account(server.base_url))
        summary = push(run, server.base_url, rate_per_s=20).summary
    assert (summary.exit_code, summary.to_send) == (ExitCode.REJECTS, 0)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_refused_batch_is_split_until_the_poison_record_is_found(
    tmp_path: Path, package: Package, server: ScriptedServer, status: int
) -> None:
    server.script = poisonous("p-000142", status=status)
    run = begin_run(tmp_path, package)
    summary = push(run, server.base_url).summary
    assert summary.exit_code is ExitCode.REJECTS
    assert (summary.accepted, summary.refused, summary.retries) == (589, 1, 0)
    assert len(server.requests) == summary.requests <= 8 + 14
    with run.journal() as journal:
        ((number, refused),) = journal.refused_records()
        (batch,) = journal.batches(BatchState.REFUSED)
        (problem,) = delivery_problems(package, journal)
    assert (number, refused.position, refused.status) == (2, 41, status)
    assert (batch.accepted, batch.refused) == (99, 1)
    assert (problem.code, str(problem.origin)) == ("E060", "shop.csv:143")
    assert "Payload invalid" in problem.message
    assert sorted(set(sent_ids(server))) == sorted(
        json.loads(body)["id"] for each in package.batches() for body in records_of(each)
    )


@pytest.mark.no_cover
def test_a_batch_of_nothing_but_poison_costs_a_bounded_number_of_requests(
    tmp_path: Path, server: ScriptedServer
) -> None:
    server.script = lambda _: Answer(400, b"no")
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 100}) as package:
        summary = push(begin_run(tmp_path, package), server.base_url).summary
    assert (summary.refused, summary.accepted) == (100, 0)
    assert summary.requests == len(server.requests) == 199


def test_a_fault_in_mid_split_loses_nothing(tmp_path: Path, server: ScriptedServer) -> None:
    poison = poisonous("p-000007", "p-000077")

    def script(request: Request) -> Answer:
        return Answer(503) if request.number in {3, 6, 9} else poison(request)

    server.script = script
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 100}) as package:
        summary = push(begin_run(tmp_path, package), server.base_url).summary
    assert (summary.accepted, summary.refused, summary.retries) == (98, 2, 3)


def test_a_stop_in_mid_split_leaves_the_batch_to_be_sent_again(
    tmp_path: Path, server: ScriptedServer
) -> None:
    stop = StopSignal()

    def script(request: Request) -> Answer:
        if request.number == 4:
            stop.request()
        return poisonous("p-000007")(request)

    server.script = script
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 100}) as package:
        run = begin_run(tmp_path, package)
        first = push(run, server.base_url, stop=stop).summary
        assert (first.exit_code, first.to_send) == (ExitCode.INTERRUPTED, 100)
        assert first.totals[0].in_doubt == 100
        with run.journal() as journal:
            assert list(delivery_problems(package, journal)) == []
        second = push(run, server.base_url).summary
    assert (second.accepted, second.refused) == (99, 1)


@pytest.mark.parametrize(
    ("answer", "accepted", "refused", "skipped", "unclear"),
    [
        (said(accepted=99), 0, 0, 0, 100),
        (said(accepted=90, skipped=10), 90, 0, 10, 0),
        (said("ERROR", rejected=100), 0, 100, 0, 0),
    ],
)
def test_the_receipts_counts_end_in_the_sums(
    tmp_path: Path,
    server: ScriptedServer,
    answer: Answer,
    accepted: int,
    refused: int,
    skipped: int,
    unclear: int,
) -> None:
    server.script = first_with("p-000001", answer)
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 200}) as package:
        run = begin_run(tmp_path, package)
        summary = push(run, server.base_url).summary
        with run.journal() as journal:
            problems = list(delivery_problems(package, journal))
    assert (summary.accepted, summary.refused) == (accepted + 100, refused)
    assert (summary.skipped, summary.unclear) == (skipped, unclear)
    assert summary.unclear_batches == ((1,) if unclear else ())
    assert summary.exit_code is (ExitCode.REJECTS if refused or unclear else ExitCode.OK)
    expected = ["W062"] if unclear else ["E060"] * refused
    assert [problem.code for problem in problems] == expected


def test_the_first_wish_to_stop_lets_requests_in_flight_finish(
    tmp_path: Path, server: ScriptedServer
) -> None:
    stop = StopSignal()

    def script(request: Request) -> Answer:
        if request.number == 3:
            stop.request()
        return Answer(202, ok(request).body, after_s=0.2)

    server.script = script
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 600}, batch_size=10) as package:
        run = begin_run(tmp_path, package)
        summary = push(run, server.base_url, stop=stop).summary
        assert summary.exit_code is ExitCode.INTERRUPTED
        assert summary.failure is not None
        assert "resume" in summary.failure.hint
        # Everything that reached the server was answered, and the answer was journaled.
        assert summary.accepted == 10 * len(server.requests) < 600
        assert summary.totals[0].in_doubt == 0
        assert summary.requests == len(server.requests)
        again = push(run, server.base_url).summary
    assert again.accepted == 600
    assert len(sent_ids(server)) == 600


def test_the_second_wish_to_stop_drops_requests_in_flight(
    tmp_path: Path, server: ScriptedServer
) -> None:
    stop = StopSignal()
    is_settled = threading.Event()

    def stop_twice() -> None:
        stop.request()
        is_settled.wait(10)
        threading.Timer(0.1, stop.request).start()  # what is sent has arrived by then

    def script(request: Request) -> Answer:
        if request.number == 1:
            threading.Thread(target=stop_twice).start()
        return Answer(202, ok(request).body, after_s=0 if request.number == 0 else 30)

    server.script = script
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 100}, batch_size=10) as package:
        run = begin_run(tmp_path, package)
        began = time.monotonic()
        summary = push(
            run,
            server.base_url,
            stop=stop,
            on_event=lambda event: is_settled.set() if isinstance(event, BatchSettled) else None,
        ).summary
        assert time.monotonic() - began < 15  # an answer takes 30
        assert summary.exit_code is ExitCode.INTERRUPTED
        assert summary.totals[0].in_doubt == 10 * (len(server.requests) - 1) > 0
        server.script = ok
        assert push(run, server.base_url).summary.accepted == 100


def test_a_stop_does_not_wait_for_a_long_backoff(
    tmp_path: Path, package: Package, server: ScriptedServer
) -> None:
    server.script = lambda _: Answer(429, headers={"Retry-After": "300"})
    stop = StopSignal()
    began = time.monotonic()
    threading.Timer(0.2, stop.request).start()
    summary = push(
        begin_run(tmp_path, package), server.base_url, stop=stop, clock_factor=10
    ).summary
    assert time.monotonic() - began < 300 / 10 / 2
    assert summary.exit_code is ExitCode.INTERRUPTED


def test_a_stop_before_the_first_request_sends_nothing(
    tmp_path: Path, package: Package, server: ScriptedServer
) -> None:
    stop = StopSignal()
    stop.request()
    summary = push(begin_run(tmp_path, package), server.base_url, stop=stop).summary
    assert (summary.exit_code, summary.to_send) == (ExitCode.INTERRUPTED, 590)
    assert server.requests == []


def test_a_finished_run_has_nothing_to_send(
    tmp_path: Path, package: Package, server: ScriptedServer
) -> None:
    run = begin_run(tmp_path, package)
    push(run, server.base_url)
    before = len(server.requests)
    assert push(run, server.base_url).summary.exit_code is ExitCode.OK
    assert len(server.requests) == before


def test_an_empty_package_is_finished_at_once(tmp_path: Path, server: ScriptedServer) -> None:
    with pack(tmp_path / "packages", {}) as package:
        summary = push(begin_run(tmp_path, package), server.base_url).summary
    assert (summary.exit_code, summary.records, summary.is_finished) == (ExitCode.OK, 0, True)


def test_a_damaged_batch_stops_the_run_and_keeps_what_was_settled(
    tmp_path: Path, server: ScriptedServer
) -> None:
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 600}, batch_size=10) as package:
        run = begin_run(tmp_path, package)
        with sqlite3.connect(package.path) as database:
            database.execute("UPDATE batch SET body = zeroblob(40) WHERE number = 60")
        database.close()
        summary = push(run, server.base_url).summary
        with run.journal() as journal:
            assert len(journal.settled()) * 10 == summary.accepted
    assert summary.exit_code is ExitCode.UNUSABLE
    assert 10 <= summary.accepted <= 590
    assert len(server.requests) * 10 == summary.accepted


@pytest.mark.parametrize(
    "damage",
    ["UPDATE batch SET number = 70 WHERE number = 3", "DELETE FROM batch WHERE number = 6"],
)
def test_a_package_that_lacks_a_batch_is_damaged_and_nothing_of_it_is_sent(
    tmp_path: Path, server: ScriptedServer, damage: str
) -> None:
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 60}, batch_size=10) as package:
        run = begin_run(tmp_path, package)
        with sqlite3.connect(package.path) as database:
            database.execute("PRAGMA foreign_keys = OFF")
            database.execute(damage)
        database.close()
        with pytest.raises(PackageError, match="is damaged: it has not the 6 batches"):
            push(run, server.base_url)
    assert not server.requests


@pytest.mark.parametrize("more", [b",{}", b",{"])
def test_a_batch_whose_body_is_no_list_of_its_records_is_not_split_wrongly(
    tmp_path: Path, server: ScriptedServer, more: bytes
) -> None:
    server.script = lambda _: Answer(400)
    with PackageWriter(tmp_path / "packages") as writer:
        writer.add(packed(ObjectType.PRODUCT, [record(ObjectType.PRODUCT, 1) + more]))
        with writer.finish([], {}) as package:
            summary = push(begin_run(tmp_path, package), server.base_url).summary
    assert summary.exit_code is ExitCode.UNUSABLE


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Make every write fail that would let a file grow over a size, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 100_000])
def test_a_disk_without_room_for_the_journal_stops_the_run_so_that_it_can_be_resumed(
    tmp_path: Path, server: ScriptedServer, size: int
) -> None:
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 60}, batch_size=1) as package:
        run = begin_run(tmp_path, package, account(server.base_url))
        with run.journal() as journal:
            with files_of_at_most(size):
                summary = push_package(package, journal, account(server.base_url))
            assert summary.exit_code is ExitCode.TEMPORARY
            assert summary.failure is not None
            assert "resume" in summary.failure.hint
            assert summary.accepted + summary.to_send == 60
            assert summary.accepted < 60
            # Nothing left that was not journaled first.
            assert len(server.requests) <= journal.request_sums()[0]
        assert push(run, server.base_url).summary.accepted == 60
    assert len(set(sent_ids(server))) == 60


def test_a_journal_serves_its_own_package_only(
    tmp_path: Path, package: Package, server: ScriptedServer
) -> None:
    run = begin_run(tmp_path, package)
    with (
        pack(tmp_path / "packages", {ObjectType.ORDER: 5}) as other,
        run.journal() as journal,
        pytest.raises(PackageError, match="another package"),
    ):
        push_package(other, journal, account(server.base_url))


def test_a_run_keeps_to_its_account_and_address(
    tmp_path: Path, package: Package, server: ScriptedServer
) -> None:
    run = begin_run(tmp_path, package)
    push(run, server.base_url)
    staging = account("http://127.0.0.1:2/v2")
    live = account(server.base_url)
    object.__setattr__(live, "name", AccountName.LIVE)
    with run.journal() as journal:
        assert journal.info().base_url == server.base_url
        with pytest.raises(UsageError, match="has delivered 8 batches"):
            push_package(package, journal, staging)
        with pytest.raises(UsageError, match="not to live"):
            push_package(package, journal, live)


def test_a_bug_in_a_subscriber_is_raised_and_not_swallowed(
    tmp_path: Path, package: Package, server: ScriptedServer
) -> None:
    def buggy(event: Event) -> None:
        if isinstance(event, BatchSettled):
            raise ZeroDivisionError

    run = begin_run(tmp_path, package)
    with pytest.raises(ZeroDivisionError):
        push(run, server.base_url, on_event=buggy)
    assert push(run, server.base_url).summary.accepted == 590


def test_too_little_memory_stops_the_run_which_can_be_resumed(
    tmp_path: Path, package: Package, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin_run(tmp_path, package, account(server.base_url))
    read = Package.batch

    def batch(self: Package, number: int) -> Batch:
        if number == 2:
            raise MemoryError
        return read(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(Package, "batch", batch)
        stopped = push(run, server.base_url).summary
    assert stopped.exit_code is ExitCode.TEMPORARY
    assert stopped.failure is not None
    assert stopped.failure.message == "this machine does not have enough memory to continue"
    assert push(run, server.base_url).summary.exit_code is ExitCode.OK
