"""Each fault of the emulator against a delivery: what holds is read from the emulator's database.

The clock of the delivery and that of the emulator run fast together; answers take real time.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ometria_import.delivery import (
    DeliveryOptions,
    RunSummary,
    StopSignal,
    push_package,
    write_outcome_files,
)
from ometria_import.delivery.api.client import MAX_RETRY_AFTER_S
from ometria_import.emulator import RunningEmulator, Settings, read_scenario, running
from ometria_import.errors import ExitCode
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.package.bodies import records_of
from tests.delivery.building import Run, account, begin_run, fast_clock, pack
from tests.emulator.scenarios.scenarios import fault

FAST = 200
COUNTS = {ObjectType.PRODUCT: 60, ObjectType.CONTACT: 30}
BATCH = 10
BAD_NIGHT = Path(__file__).parents[2] / "docs" / "scenarios" / "bad-night.toml"


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningEmulator]:
    settings = Settings(
        rate=1_000, read_rate=1_000, drain=10_000, clock=lambda: time.monotonic() * FAST
    )
    with running(settings) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    with pack(tmp_path_factory.mktemp("packages"), COUNTS, BATCH) as package:
        yield package


class Trial:
    """One delivery through a fault, and what the emulator has to say about it."""

    def __init__(self, emulator: RunningEmulator, run: Run) -> None:
        self.emulator = emulator
        self.run = run
        self._before = self._last()

    def query(self, sql: str) -> list[Any]:
        address = f"file:{self.emulator.database}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database:
            return database.execute(sql).fetchall()

    def _last(self) -> int:
        [(number,)] = self.query("SELECT coalesce(max(number), 0) FROM request")
        return int(number)

    def requests(self, columns: str, where: str = "1") -> list[Any]:
        return self.query(
            f"SELECT {columns} FROM request WHERE number > {self._before} AND {where}"
            " ORDER BY number"
        )

    def push(self, give_up_after_s: float = 3_600, deadline_s: float = 20) -> RunSummary:
        stop = StopSignal()
        with self.run.journal() as journal:
            summary = push_package(
                self.run.package,
                journal,
                account(self.emulator.base_url, rate_per_s=2),
                options=DeliveryOptions(give_up_after_s, deadline_s),
                stop=stop,
                clock=fast_clock(stop, FAST),
            )
            write_outcome_files(self.run.folder, self.run.package, journal)
        return summary

    def stored(self) -> set[bytes]:
        """The bytes of every record that was received in this trial and stored."""
        self.emulator.wait_until_drained()
        rows = self.query(
            "SELECT body FROM receipt"
            f" WHERE request > {self._before} AND outcome = 'stored' ORDER BY number"
        )
        return {bytes(body) for (body,) in rows}

    def rejected(self) -> set[bytes]:
        """The records in the reject files, without the reasons."""
        lines = [
            line
            for path in self.run.folder.rejects.glob("*-refused.ndjson")
            for line in path.read_bytes().splitlines()
        ]
        assert all(json.loads(line)["reject"]["reasons"] for line in lines)
        return {line.partition(b', "reject": ')[0] + b"}" for line in lines}

    def check(self, summary: RunSummary) -> None:
        """What holds after every trial."""
        packed = {record for batch in self.run.package.batches() for record in records_of(batch)}
        stored, rejected = self.stored(), self.rejected()
        assert stored <= packed
        assert not stored & rejected
        if summary.is_finished and not summary.unclear:
            assert stored | rejected == packed
            assert (summary.accepted, summary.refused) == (len(stored), len(rejected))
        self.check_order()
        self.check_patience()

    def check_order(self) -> None:
        """No contact is taken in before the last product."""
        products = self.requests("max(number)", "object_type = 'product' AND request_id > ''")
        contacts = self.requests("min(number)", "object_type = 'contact' AND request_id > ''")
        assert contacts[0][0] is None or products[0][0] < contacts[0][0]

    def check_patience(self) -> None:
        """Nobody came back sooner than they were told, not even whoever resumed."""
        told: dict[str, float] = {}
        for sha256, arrived_s, wait_s in self.requests("sha256, arrived_s, retry_after_s"):
            assert arrived_s >= told.get(sha256, 0.0)
            told[sha256] = arrived_s + min(wait_s or 0.0, MAX_RETRY_AFTER_S)


@pytest.fixture
def trial(shared: RunningEmulator, package: Package, tmp_path: Path) -> Iterator[Trial]:
    shared.heal()
    yield Trial(shared, begin_run(tmp_path, package, account(shared.base_url)))
    shared.heal()


PASSES = {
    **{f"{status} once": fault("answer", status=status, request=2) for status in (408, 500, 504)},
    "503 for ten requests": fault("answer", status=503, from_request=2, to_request=11),
    "502 in HTML": fault("answer", status=502, body="html", every=3, times=4),
    "503 for half an hour": fault("answer", status=503, from_s=1, until_s=1_800),
    "500 after the work is done": fault("answer", status=500, processed=True, every=3, times=3),
    "503 with a wish": fault("answer", status=503, retry_after=40, every=2, times=3),
    "429 with seconds": fault("rate_limited", retry_after=30, every=3, times=3),
    "429 with a date": fault("rate_limited", retry_after_date_s=4, every=3, times=3),
    "429 with a date in the past": fault("rate_limited", retry_after_date_s=-99, times=3),
    "429 with an absurd wait": fault("rate_limited", retry_after=1_000_000_000, times=1),
    "429 with 1e9": fault("rate_limited", retry_after="1e9", times=1),
    "429 with a negative wait": fault("rate_limited", retry_after=-5, times=3),
    "429 with junk": fault("rate_limited", retry_after="soon", times=3),
    "429 without a word": fault("rate_limited", times=5),
    "queue full": fault("queue_full", retry_after=5, every=4, times=3),
    "queue full without a word": fault("queue_full", times=3),
    "nothing listens": fault("refuse", request=3, for_s=40),
    "connections are reset": fault("refuse", how="reset", request=3, for_s=40),
    "connections are closed": fault("refuse", how="close", request=3, for_s=40),
    **{
        f"{do} at {moment}": fault(do, moment=moment, every=2, times=5)
        for do in ("reset", "close")
        for moment in ("head", "body", "processed")
    },
    "200 instead of 202": fault("answer", status=200),
    "an empty answer": fault("answer", body="empty", times=2),
    "no JSON": fault("answer", body="not_json", times=2),
    "HTML instead of OK": fault("answer", body="html", times=2),
    "JSON of the wrong shape": fault("answer", body="wrong_shape", times=2),
    "terminal escapes": fault("answer", body="escapes"),
    "a huge answer": fault("answer", body="huge", times=2),
    "gigantic headers": fault("answer", header_bytes=300_000, times=2),
    "a cut answer": fault("answer", cut_bytes=5, every=3, times=3),
    "an endless answer": fault("answer", endless=True, times=1),
    "an answer byte by byte": fault("answer", byte_every_s=0.1, times=1),
    "a second answer in one piece": fault("second_answer", every=2, times=4),
    "a second answer of the same id": fault("second_answer", request_id="same", every=2, times=4),
    "a second answer that comes late": fault("second_answer", after_s=0.01, every=2, times=4),
    "a stale answer": fault("stale_answer", every=2, times=4),
    "a stalled answer": fault("latency", seconds=30, times=1),
    "latency that swings": fault("latency", least_s=0.001, most_s=0.2),
    "no queue headers": fault("queue_headers", missing=True),
    "garbled queue headers": fault("queue_headers", limit="NaN", remaining="lots"),
    "negative queue headers": fault("queue_headers", limit=-1, remaining=-7),
    "a slow queue": fault("limits", queue=30, drain=2),
    "half the rate": fault("limits", rate=1),
    "a foreign sender": fault("foreign_sender", requests_per_s=20, records_per_s=50),
}


@pytest.mark.parametrize("scenario", PASSES.values(), ids=PASSES)
def test_what_passes_again_loses_nothing(scenario: str, trial: Trial) -> None:
    trial.emulator.play(scenario)
    # What has no end must be cut short; elsewhere a busy machine must not lose us an answer.
    has_end = not any(word in scenario for word in ("endless", "byte_every_s", "seconds = 30"))
    summary = trial.push(give_up_after_s=100_000, deadline_s=5 if has_end else 0.5)
    assert summary.failure is None
    trial.check(summary)
    assert summary.exit_code == ExitCode.OK
    assert trial.stored()


def test_a_bad_night_loses_nothing(shared: RunningEmulator, tmp_path: Path) -> None:
    with pack(tmp_path / "packages", COUNTS, batch_size=3) as package:
        trial = Trial(shared, begin_run(tmp_path, package, account(shared.base_url)))
        shared.play(read_scenario(BAD_NIGHT))
        summary = trial.push(give_up_after_s=100_000, deadline_s=2)
        assert summary.exit_code == ExitCode.OK
        trial.check(summary)
        met = {name for (names,) in trial.requests("faults") for name in (names or "").split("; ")}
        assert {"restart", "gateway", "cut", "told to wait"} <= met
    shared.heal()


STOPS = {
    **{
        f"{status}": (fault("answer", status=status, from_request=3), ExitCode.REFUSED)
        for status in (401, 403, 404, 418)
    },
    "407": (fault("answer", status=407, from_request=3), ExitCode.USAGE),
    "a redirect": (
        fault("redirect", to="https://elsewhere.example.com/", from_request=3),
        ExitCode.REFUSED,
    ),
    "a revoked key": (fault("revoke_key", request=3), ExitCode.REFUSED),
    "503 for ever": (fault("answer", status=503, from_request=3), ExitCode.TEMPORARY),
    "429 for ever": (fault("rate_limited", from_request=3), ExitCode.TEMPORARY),
    "429 with a wait for ever": (
        fault("rate_limited", retry_after=60, from_request=3),
        ExitCode.TEMPORARY,
    ),
    "a full queue for ever": (fault("limits", queue=30, drain=0), ExitCode.TEMPORARY),
    "nothing listens": (fault("refuse", request=3), ExitCode.TEMPORARY),
    "resets for ever": (fault("reset", from_request=3), ExitCode.TEMPORARY),
    "lost answers for ever": (fault("reset", moment="processed"), ExitCode.TEMPORARY),
    "endless answers": (fault("answer", endless=True, from_request=3), ExitCode.TEMPORARY),
}


@pytest.mark.parametrize(("scenario", "code"), STOPS.values(), ids=STOPS)
def test_what_does_not_pass_stops_the_run_and_a_resume_sends_the_rest(
    scenario: str, code: ExitCode, trial: Trial
) -> None:
    trial.emulator.play(scenario)
    # A busy machine alone must not look like a failure that does not pass.
    is_temporary = code is ExitCode.TEMPORARY
    patience_s, deadline_s = (20, 0.3) if is_temporary else (100_000, 5)
    stopped = trial.push(give_up_after_s=patience_s, deadline_s=deadline_s)
    assert stopped.failure is not None
    assert (stopped.exit_code, stopped.is_finished) == (code, False)
    trial.emulator.heal()
    trial.check(stopped)
    finished = trial.push()
    assert finished.exit_code == ExitCode.OK
    trial.check(finished)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_poisonous_records_are_found_and_the_others_get_in(status: int, trial: Trial) -> None:
    ids = ["p-000007", "p-000008", "p-000031", "c-000030"]
    trial.emulator.play(fault("answer", status=status, record_id=ids, text="Unprocessable"))
    summary = trial.push()
    assert (summary.exit_code, summary.refused) == (ExitCode.REJECTS, len(ids))
    trial.check(summary)
    assert {json.loads(line)["id"] for line in trial.rejected()} == set(ids)
    assert len(trial.requests("number")) <= 9 + 3 * 2 * BATCH


def test_records_that_are_only_counted_as_rejected_are_found(trial: Trial) -> None:
    # The last ones of their batches: it is those that the emulator drops.
    ids = ["p-000010", "p-000060", "c-000030"]
    trial.emulator.play(fault("answer", record_id=ids, drop=1, accepted_less=1, rejected=1))
    summary = trial.push()
    assert (summary.exit_code, summary.refused, summary.unclear) == (ExitCode.REJECTS, 3, 0)
    trial.check(summary)
    assert {json.loads(line)["id"] for line in trial.rejected()} == set(ids)
    assert len(trial.requests("number", "method = 'POST'")) <= 9 + 3 * 8


@pytest.mark.parametrize(
    "fields",
    [
        {"drop": 1, "accepted_less": 1},
        {"accepted_less": 1},
        {"accepted_less": -1},
        {"says_status": "ERROR"},
        {"skipped": 3},
        {"rejected": -2},
    ],
    ids=str,
)
def test_counts_that_do_not_add_up_are_reported_and_not_believed(
    fields: dict[str, Any], trial: Trial
) -> None:
    trial.emulator.play(fault("answer", request=2, **fields))
    summary = trial.push()
    assert (summary.exit_code, summary.unclear) == (ExitCode.REJECTS, BATCH)
    assert summary.accepted == sum(COUNTS.values()) - BATCH
    trial.check(summary)
