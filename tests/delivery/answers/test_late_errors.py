"""What the API says of records after its `OK`, from the emulator's list to the reject files."""

from __future__ import annotations

import asyncio
import csv
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ometria_import.delivery import (
    AwaitingErrors,
    BatchSettled,
    ErrorListUnreadable,
    Event,
    Journal,
    LateErrorsSeen,
    RetryReason,
    RunState,
    RunSummary,
    Scope,
    StopSignal,
    delivery_problems,
    push_package,
    retriable_records,
    write_outcome_files,
)
from ometria_import.delivery.answers.error_watch import ErrorWatch
from ometria_import.delivery.api.feed_entries import FeedEntry, FeedReadError, FeedReading
from ometria_import.delivery.pacing.limiter import Clock, PacedLimiter
from ometria_import.emulator import (
    ALL_ERRORS_FIELDS,
    RunningEmulator,
    Settings,
    Traits,
    running,
)
from ometria_import.errors import ExitCode, InterruptedRunError, PackageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package, PackageWriter
from tests.delivery.building import Run, account, begin_run, fast_clock, pack, packed, record
from tests.delivery.scripted_server import Answer, Request, ScriptedServer, first_with, ok

COUNTS = {ObjectType.PRODUCT: 60, ObjectType.CONTACT: 40, ObjectType.ORDER: 50}
FACTOR = 20


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    """Its list of errors names records and requests, unless a scenario hides them."""
    traits = Traits(errors_fields=ALL_ERRORS_FIELDS)
    settings = Settings(rate=10_000, read_rate=10_000, drain=100_000, traits=traits)
    with running(settings) as emulator:
        yield emulator


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    with pack(tmp_path / "packages", COUNTS, batch_size=10) as package:
        yield package


def fault(do: str, **fields: Any) -> str:
    lines = [f"{name} = {json.dumps(value)}" for name, value in fields.items()]
    return "\n".join(["[[fault]]", f'do = "{do}"', *lines, ""])


def push(
    run: Run,
    base_url: str,
    events: list[Event] | None = None,
    *,
    stop: StopSignal | None = None,
    quiet_s: float = 4,
    factor: float = FACTOR,
) -> RunSummary:
    """Deliver on a clock that runs fast, and check that the sums come out."""
    signal = stop or StopSignal()
    with run.journal() as journal:
        summary = push_package(
            run.package,
            journal,
            account(base_url, 20, wait_for_errors_s=quiet_s),
            on_event=(events if events is not None else []).append,
            stop=signal,
            clock=fast_clock(signal, factor),
        )
    for total in summary.totals:
        parts = (total.accepted, total.refused, total.skipped, total.unclear, total.to_send)
        assert sum(parts) == total.records
        assert 0 <= total.rejected_later <= total.accepted
    return summary


def traced(run: Run) -> list[tuple[Scope, tuple[int, ...], int, int]]:
    with run.journal(is_read_only=True) as journal:
        return [
            (error.scope, tuple(error.batches), error.position, error.count)
            for error in journal.late.errors()
        ]


def codes(run: Run) -> list[str]:
    with run.journal(is_read_only=True) as journal:
        return [problem.code for problem in delivery_problems(run.package, journal)]


def begin(tmp_path: Path, package: Package, base_url: str) -> Run:
    return begin_run(tmp_path, package, account(base_url))


def test_a_named_record_ends_in_the_reject_file_with_the_apis_words(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", record_id=["c-000013", "p-000060"], path="root > email"))
    run = begin(tmp_path, package, emulator.base_url)
    summary = push(run, emulator.base_url)
    assert summary.exit_code is ExitCode.REJECTS
    assert (summary.accepted, summary.rejected_later, summary.late.errors) == (150, 2, 2)
    assert [total.rejected_later for total in summary.totals] == [1, 1, 0]
    assert summary.late.is_known
    with run.journal() as journal:
        problems = write_outcome_files(run.folder, package, journal)
    assert [(each.code, str(each.origin), each.field) for each in problems] == [
        ("E063", "shop.csv:61", "email"),
        ("E063", "shop.csv:14", "email"),
    ]
    (line,) = (run.folder.rejects / "contact-refused.ndjson").read_bytes().splitlines()
    body, _, why = line.rpartition(b', "reject": ')
    assert body + b"}" == record(ObjectType.CONTACT, 13)
    assert "the API found after accepting it: not a valid value" in json.loads(why[:-1])["reasons"]
    with (run.folder.path / "api-problems.csv").open(encoding="utf-8-sig") as file:
        assert {row["field"] for row in csv.DictReader(file)} == {"email"}


def test_a_record_refused_at_once_and_one_refused_later_are_in_one_file(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    emulator.play(
        fault("late_refusal", record_id="p-000002")
        + fault("answer", status=400, record_id="p-000001")
    )
    run = begin(tmp_path, package, emulator.base_url)
    summary = push(run, emulator.base_url)
    assert (summary.accepted, summary.refused, summary.rejected_later) == (149, 1, 1)
    with run.journal() as journal:
        write_outcome_files(run.folder, package, journal)
    lines = (run.folder.rejects / "product-refused.ndjson").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["p-000001", "p-000002"]


@pytest.mark.parametrize(
    ("hidden", "scope"),
    [
        (["request_id"], Scope.RECORD),
        (["request_id", "record_type"], Scope.RECORD),
        (["record_type", "timestamp"], Scope.RECORD),
        (["record_id"], Scope.BATCHES),
        (["record_id", "record_type", "timestamp"], Scope.BATCHES),
    ],
)
@pytest.mark.parametrize("nulls", [False, True])
def test_what_the_entry_says_decides_how_far_it_is_traced(
    tmp_path: Path,
    package: Package,
    emulator: RunningEmulator,
    hidden: list[str],
    scope: Scope,
    *,
    nulls: bool,
) -> None:
    emulator.play(
        fault("late_refusal", record_id="c-000013", path="root > email")
        + fault("errors_feed", hide=hidden, nulls=nulls)
    )
    run = begin(tmp_path, package, emulator.base_url)
    summary = push(run, emulator.base_url)
    assert traced(run) == [(scope, (8, 8), 2 if scope is Scope.RECORD else -1, 1)]
    assert summary.late.unattributed == (scope is Scope.BATCHES)
    assert summary.exit_code is ExitCode.REJECTS
    assert codes(run) == ["E063" if scope is Scope.RECORD else "W064"]


def test_an_entry_that_names_nothing_stays_with_all_the_batches_it_can_be_about(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    emulator.play(
        fault("late_refusal", record_id="p-000033", path="root > title")
        + fault("errors_feed", hide=["record_id", "request_id", "record_type", "timestamp"])
    )
    run = begin(tmp_path, package, emulator.base_url)
    summary = push(run, emulator.base_url, quiet_s=60)
    ((scope, (first, last), position, count),) = traced(run)
    assert (scope, position, count) == (Scope.BATCHES, -1, 1)
    assert first <= 4 <= last
    assert (summary.rejected_later, summary.late.unattributed) == (0, 1)
    with run.journal() as journal:
        (problem,) = write_outcome_files(run.folder, package, journal)
    assert (problem.code, problem.field) == ("W064", "title")
    assert not list(run.folder.rejects.iterdir())


def test_one_id_in_two_collections_is_never_guessed(
    tmp_path: Path, emulator: RunningEmulator
) -> None:
    two = [
        f'{{"@type":"contact","id":"1","@collection":"{name}","email":"a@example.com"}}'.encode()
        for name in ("main", "other")
    ]
    emulator.play(fault("late_refusal", record_text="other"))
    with PackageWriter(tmp_path / "packages") as writer:
        writer.add(packed(ObjectType.CONTACT, two))
        with writer.finish([], {}) as package:
            run = begin(tmp_path, package, emulator.base_url)
            assert push(run, emulator.base_url).late.unattributed == 1
    assert traced(run) == [(Scope.BATCHES, (1, 1), -1, 1)]


def test_a_batch_that_was_split_is_traced_through_the_requests_of_its_parts(
    tmp_path: Path, emulator: RunningEmulator
) -> None:
    emulator.play(
        fault("answer", status=422, record_id="p-000005")
        + fault("late_refusal", record_id=["p-000004", "p-000088"])
    )
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 100}) as package:
        run = begin(tmp_path, package, emulator.base_url)
        push(run, emulator.base_url)
    assert sorted(each[2] for each in traced(run)) == [3, 87]


def test_what_was_in_the_list_before_is_not_ours(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", record_text="@type"))
    push(begin(tmp_path, package, emulator.base_url), emulator.base_url)
    emulator.heal()
    again = begin(tmp_path, package, emulator.base_url)
    assert push(again, emulator.base_url).exit_code is ExitCode.OK
    assert traced(again) == []


@pytest.mark.parametrize("hidden", [[], ["request_id"]])
def test_errors_of_somebody_elses_records_are_told_and_are_not_ours(
    tmp_path: Path, package: Package, emulator: RunningEmulator, hidden: list[str]
) -> None:
    emulator.play(fault("errors_feed", foreign=1, hide=hidden))
    run = begin(tmp_path, package, emulator.base_url)
    summary = push(run, emulator.base_url)
    assert summary.exit_code is ExitCode.OK
    assert summary.late.elsewhere > 0
    assert (summary.late.errors, codes(run)) == (0, [])


@pytest.mark.parametrize("order", ["oldest_first", "shuffled"])
@pytest.mark.parametrize("copies", [1, 2])
def test_no_order_and_no_repetition_changes_the_sums(
    tmp_path: Path, package: Package, emulator: RunningEmulator, order: str, copies: int
) -> None:
    emulator.play(
        fault("late_refusal", every_record=7) + fault("errors_feed", order=order, copies=copies)
    )
    run = begin(tmp_path, package, emulator.base_url)
    summary = push(run, emulator.base_url)
    assert (summary.rejected_later, summary.late.errors) == (21, 21)
    assert len(traced(run)) == 21


def test_more_errors_than_the_list_keeps_are_told_and_never_a_success(
    tmp_path: Path, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", after_s=0.4))
    with pack(tmp_path / "packages", {ObjectType.PRODUCT: 900}) as package:
        run = begin(tmp_path, package, emulator.base_url)
        summary = push(run, emulator.base_url, quiet_s=60)
        assert summary.exit_code is ExitCode.REJECTS
        assert summary.late.missed
        assert summary.rejected_later < 900
        assert "W065" in codes(run)
        with run.journal() as journal:
            wanted = retriable_records(package, journal, has_changed=False)
        reasons = {reason for positions in wanted.values() for reason in positions.values()}
        assert reasons == {RetryReason.MISSED}
        # What is known to be bad is not sent again.
        assert 0 < sum(map(len, wanted.values())) <= 900 - summary.rejected_later


@pytest.mark.parametrize(
    ("message", "batches"), [("too many custom fields", [8]), ("not a valid value", [])]
)
def test_a_batch_with_an_error_that_can_pass_is_worth_a_retry(
    tmp_path: Path,
    package: Package,
    emulator: RunningEmulator,
    message: str,
    batches: list[int],
) -> None:
    emulator.play(
        fault("late_refusal", record_id="c-000013", message=message)
        + fault("errors_feed", hide=["record_id"])
    )
    run = begin(tmp_path, package, emulator.base_url)
    push(run, emulator.base_url)
    with run.journal() as journal:
        wanted = retriable_records(package, journal, has_changed=False)
        assert list(wanted) == batches
        assert list(retriable_records(package, journal, has_changed=True)) == [8]
    assert all(len(positions) == 10 for positions in wanted.values())


@pytest.mark.parametrize("is_answer_lost", [False, True])
def test_a_request_that_nobody_knows_is_ours_only_if_an_answer_was_lost(
    tmp_path: Path, package: Package, *, is_answer_lost: bool
) -> None:
    entry = {"error_message": "no", "record_id": "p-000003", "request_id": "nobody's"}
    script = first_with("p-000003", Answer(is_reset=True)) if is_answer_lost else ok
    with ScriptedServer(script).running() as server:
        # What is listed before anything was sent is somebody else's.
        server.feed = lambda _: Answer(200, json.dumps([entry] if server.requests else []).encode())
        run = begin(tmp_path, package, server.base_url)
        push(run, server.base_url)
    ((scope, batches, position, _),) = traced(run)
    assert batches == (1, 1)
    assert (scope, position) == ((Scope.RECORD, 2) if is_answer_lost else (Scope.BATCHES, -1))


FAILING = [
    Answer(500),
    Answer(429, headers={"Retry-After": "1000"}),
    Answer(403),
    Answer(404),
    Answer(200, b"<html>"),
    Answer(200, b'{"status":"OK"}'),
    Answer(200, b"x" * 3_000_000),
    Answer(302, headers={"Location": "https://shop.example.com/"}),
    Answer(is_reset=True),
    Answer(200, b"[", missing_bytes=5, is_last=True),
]


@pytest.mark.parametrize("failure", FAILING, ids=range(len(FAILING)))
def test_a_list_that_cannot_be_read_stops_nothing_and_is_told(
    tmp_path: Path, package: Package, failure: Answer
) -> None:
    events: list[Event] = []
    with ScriptedServer(ok).running() as server:
        server.feed = lambda _: failure
        run = begin(tmp_path, package, server.base_url)
        summary = push(run, server.base_url, events)
    # All of it was accepted, and nobody knows whether it was stored: no success.
    assert (summary.exit_code, summary.accepted) == (ExitCode.REJECTS, 150)
    assert codes(run) == ["W066"]
    assert summary.late.unreadable
    assert not summary.late.is_known
    assert len([event for event in events if isinstance(event, ErrorListUnreadable)]) == 1


def test_a_list_that_never_ends_does_not_hold_the_sending_up(
    tmp_path: Path, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ometria_import.delivery.answers.error_watch.SNAPSHOT_DEADLINE_S", 0.3)
    monkeypatch.setattr("ometria_import.delivery.api.error_feed.MAX_DEADLINE_S", 0.3)
    settled: list[float] = []

    def tell(event: Event) -> None:
        if isinstance(event, BatchSettled):
            settled.append(time.monotonic())

    with ScriptedServer(ok).running() as server:
        server.feed = lambda _: Answer(200, is_endless=True)
        run = begin(tmp_path, package, server.base_url)
        began = time.monotonic()
        with run.journal() as journal:
            summary = push_package(package, journal, account(server.base_url), on_event=tell)
    assert len(settled) == 15
    assert max(settled) - began < 3
    assert "no whole answer" in summary.late.unreadable


def test_a_list_that_comes_back_is_known_again(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    emulator.play(
        fault("answer", on="errors", status=503, request=[2, 3])
        + fault("late_refusal", record_id="p-000003")
    )
    summary = push(begin(tmp_path, package, emulator.base_url), emulator.base_url)
    assert (summary.rejected_later, summary.late.unreadable) == (1, "")


def test_without_a_first_reading_only_what_names_our_requests_is_ours(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", record_id="p-000050"))
    push(begin(tmp_path, package, emulator.base_url), emulator.base_url)
    emulator.play(
        fault("answer", on="errors", status=500, request=[1])
        + fault("late_refusal", record_id="p-000003")
    )
    run = begin(tmp_path, package, emulator.base_url)
    summary = push(run, emulator.base_url)
    assert traced(run) == [(Scope.RECORD, (1, 1), 2, 1)]
    assert summary.late.unread
    assert summary.exit_code is ExitCode.REJECTS
    assert not summary.late.is_known
    assert codes(run) == ["E063", "W065"]


def test_errors_that_came_while_nobody_listened_are_found_by_the_resume(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    run = begin(tmp_path, package, emulator.base_url)
    emulator.play(fault("late_refusal", record_id="p-000001", after_s=0))
    stop = StopSignal()
    with run.journal() as journal:
        first = push_package(
            package,
            journal,
            account(emulator.base_url, 50),
            on_event=lambda event: stop.request() if isinstance(event, BatchSettled) else None,
            stop=stop,
        )
    assert first.exit_code is ExitCode.INTERRUPTED
    emulator.wait_until_drained()
    summary = push(run, emulator.base_url)
    assert (summary.exit_code, summary.rejected_later) == (ExitCode.REJECTS, 1)
    assert push(run, emulator.base_url).rejected_later == 1
    assert len(traced(run)) == 1


def test_a_stop_while_waiting_for_errors_is_resumed_to_the_end(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    stop = StopSignal()
    run = begin(tmp_path, package, emulator.base_url)
    with run.journal() as journal:

        def tell(event: Event) -> None:
            if isinstance(event, AwaitingErrors):
                threading.Timer(0.2, stop.request).start()

        to = account(emulator.base_url, wait_for_errors_s=600)
        summary = push_package(package, journal, to, on_event=tell, stop=stop)
        assert summary.exit_code is ExitCode.INTERRUPTED
        assert summary.failure is not None
        assert "resume" in summary.failure.hint
        assert (summary.to_send, journal.info().state) == (0, RunState.STOPPED)
    emulator.play(fault("late_refusal", record_id="nobody"))
    assert push(run, emulator.base_url).exit_code is ExitCode.OK
    with run.journal() as journal:
        assert journal.info().is_finished


class ClockedFeed:
    """A list that grows with a clock of its own, which only sleeping moves."""

    def __init__(self, per_s: float) -> None:
        self.now = 0.0
        self.read_at: list[float] = []
        self.is_over = asyncio.Event()
        self._per_s = per_s

    async def read(self) -> FeedReading:
        self.read_at.append(self.now)
        count = int(self.now * self._per_s)
        shown = range(max(count - 100, 0), count)
        return FeedReading(tuple(FeedEntry(f"no {number}", own_id=str(number)) for number in shown))

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)
        if self.now > 60:
            self.is_over.set()
            raise InterruptedRunError("a minute is over")


@pytest.mark.no_cover
@pytest.mark.parametrize(("per_s", "gap_s"), [(0, 2.0), (30, 2.0), (150, 0.33), (300, 0.28)])
def test_the_list_is_read_within_the_rate_of_reads_and_faster_while_errors_come(
    tmp_path: Path, package: Package, per_s: float, gap_s: float
) -> None:
    feed = ClockedFeed(per_s)
    clock = Clock(monotonic=lambda: feed.now, sleep=feed.sleep)
    events: list[Event] = []

    async def listen(journal: Journal) -> None:
        watch = ErrorWatch(
            feed,
            journal,
            turns=PacedLimiter(4, clock),
            clock=clock,
            quiet_s=1,
            on_event=events.append,
        )
        await watch.begin()
        journal.mark_started(package.batch(1))
        await feed.is_over.wait()
        await watch.end(package, is_all_sent=False)

    run = begin(tmp_path, package, "http://127.0.0.1:1/v2")
    with run.journal() as journal:
        asyncio.run(listen(journal))
        missed = journal.late.sums().missed
    gaps = [later - earlier for earlier, later in pairwise(feed.read_at)]
    assert min(gaps) >= 0.25
    assert max(gaps) <= 2
    assert gaps[-1] == pytest.approx(gap_s, rel=0.3)
    counted = sum(event.count for event in events if isinstance(event, LateErrorsSeen))
    # Nobody can know at once that so many will come.
    assert len(missed) <= (3 if per_s > 50 else 0)
    assert counted == int(feed.read_at[-1] * per_s) or missed


class SometimesThrottledFeed(ClockedFeed):
    """A list whose first two readings after a moment are answered 429."""

    def __init__(self, from_s: float) -> None:
        super().__init__(0)
        self.left = 2
        self._from_s = from_s

    async def read(self) -> FeedReading:
        if self.now >= self._from_s and self.left:
            self.left -= 1
            raise FeedReadError("push/_errors answered 429", 429, 1.0)
        return await super().read()


@pytest.mark.parametrize("from_s", [0, 5, 10])
def test_a_last_reading_that_is_throttled_is_tried_again(
    tmp_path: Path, package: Package, from_s: float
) -> None:
    feed = SometimesThrottledFeed(from_s)
    clock = Clock(monotonic=lambda: feed.now, sleep=feed.sleep)

    async def settle(journal: Journal) -> None:
        watch = ErrorWatch(
            feed,
            journal,
            turns=PacedLimiter(4, clock),
            clock=clock,
            quiet_s=10,
            on_event=lambda _: None,
        )
        await watch.end(package, is_all_sent=True)

    run = begin(tmp_path, package, "http://127.0.0.1:1/v2")
    with run.journal() as journal:
        asyncio.run(settle(journal))
        assert journal.late.sums().unreadable == ""
    assert feed.left == 0
    assert feed.now >= 10


def test_late_errors_are_sealed(
    tmp_path: Path, package: Package, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", every_record=10))
    run = begin(tmp_path, package, emulator.base_url)
    push(run, emulator.base_url)
    whole = run.folder.journal.read_bytes()
    for damage in (
        "DELETE FROM late_error WHERE number = 3",
        "UPDATE late_error SET position = position + 1",
        "UPDATE feed SET window = '[]'",
        "DELETE FROM feed",
    ):
        run.folder.journal.write_bytes(whole)
        with sqlite3.connect(run.folder.journal) as database:
            database.execute(damage)
        database.close()
        with pytest.raises(PackageError, match="is damaged"):
            Journal(run.folder.journal)


@pytest.mark.parametrize("is_counted", [False, True])
def test_a_record_that_was_refused_at_once_and_is_listed_too_counts_as_refused_only(
    tmp_path: Path, package: Package, *, is_counted: bool
) -> None:
    listed: list[dict[str, str]] = []

    def script(request: Request) -> Answer:
        ids = [each["id"] for each in request.records]
        bad = ids.count("p-000003")
        if bad and len(ids) == 1:
            listed.append({"error_message": "no", "record_id": ids[0]})
        if bad and not is_counted:
            return Answer(422, b"no")
        words = {"status": "OK", "request_id": f"r{request.number}", "accepted": len(ids) - bad}
        return Answer(202, json.dumps(words | {"rejected": bad}).encode())

    with ScriptedServer(script).running() as server:
        server.feed = lambda _: Answer(200, json.dumps(listed).encode())
        run = begin(tmp_path, package, server.base_url)
        summary = push(run, server.base_url)
    assert (summary.accepted, summary.refused, summary.rejected_later) == (149, 1, 0)
    assert codes(run) == ["E060", "E063"]
