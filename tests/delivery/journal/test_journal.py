from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ometria_import.config import AccountName
from ometria_import.config.home import Home
from ometria_import.delivery import (
    BatchState,
    Journal,
    RunHistory,
    RunState,
)
from ometria_import.delivery.api.sink import Receipt
from ometria_import.delivery.journal.model import Outcome, RefusedRecord
from ometria_import.errors import (
    ExitCode,
    OmetriaImportError,
    PackageError,
    TemporaryFailureError,
    UsageError,
)
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from tests.delivery.building import NOW, Run, begin_run, pack

COUNTS = {ObjectType.PRODUCT: 25, ObjectType.ORDER: 31}
ALL_OK = Receipt(202, "r-1", 10, 0, 0)


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Package]:
    with pack(tmp_path / "packages", COUNTS, batch_size=10) as package:
        yield package


@pytest.fixture
def run(tmp_path: Path, package: Package) -> Run:
    return begin_run(tmp_path, package)


def outcome(accepted: int, refused: int = 0, unclear: int = 0, answered: int = 1) -> Outcome:
    records = [RefusedRecord(position, 400, "no") for position in range(refused)]
    receipt = Receipt(202, "r-1", accepted, 0, 0, answer="{}")
    return Outcome(accepted, 0, 0, unclear, records, answered, receipt)


def test_a_new_journal_says_what_it_is_about(run: Run, package: Package) -> None:
    with run.journal() as journal:
        info = journal.info()
        assert journal.batch_sums() == (7, 0)
        assert [(each.object_type, each.to_send) for each in journal.totals()] == [
            (ObjectType.PRODUCT, 25),
            (ObjectType.ORDER, 31),
        ]
    assert (info.run_id, info.account, info.state) == (
        run.folder.id,
        AccountName.STAGING,
        RunState.NEW,
    )
    assert (info.package_path, info.content_hash) == (package.path, package.content_hash)
    assert (info.created_at, info.exit_code, info.is_dry_run) == (NOW, None, False)


def test_the_journal_is_its_owners_alone_whatever_the_umask(
    tmp_path: Path, package: Package
) -> None:
    before = os.umask(0)
    try:
        run = begin_run(tmp_path, package)
        with run.journal() as journal:
            journal.mark_started(package.batch(1))
            modes = {path.name: path.stat().st_mode & 0o777 for path in run.folder.path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {
        "journal.db": 0o600,
        "journal.db-wal": 0o600,
        "journal.db-shm": 0o600,
        "rejects": 0o700,
    }
    assert run.folder.path.stat().st_mode & 0o777 == 0o700


def test_what_is_written_survives_a_process_that_ends_without_a_word(
    tmp_path: Path, run: Run, package: Package
) -> None:
    with run.journal() as journal:
        journal.mark_started(package.batch(1))
        journal.mark_started(package.batch(2))
        journal.mark_settled(package.batch(1), outcome(9, refused=1))
        # What the disk holds now is what a killed process leaves behind.
        shutil.copytree(run.folder.path, tmp_path / "after")
    with Journal(tmp_path / "after" / "journal.db") as journal:
        assert journal.settled() == {1}
        assert [batch.number for batch in journal.batches(BatchState.STARTED)] == [2]
        assert list(journal.refused_records()) == [(1, RefusedRecord(0, 400, "no"))]
        assert journal.totals()[0].in_doubt == 10


def test_a_journal_can_be_read_while_a_run_writes_it(run: Run, package: Package) -> None:
    with run.journal() as writer:
        writer.mark_settled(package.batch(1), outcome(10))
        with run.journal(is_read_only=True) as reader:
            assert reader.totals()[0].accepted == 10
            writer.mark_settled(package.batch(2), outcome(10))
            assert reader.totals()[0].accepted == 20
            with pytest.raises(OmetriaImportError):
                reader.mark_run(RunState.STOPPED)


def test_a_journal_that_nobody_writes_can_be_read(run: Run, package: Package) -> None:
    with run.journal() as journal:
        journal.mark_settled(package.batch(1), outcome(10))
    with run.journal(is_read_only=True) as reader:
        assert reader.totals()[0].accepted == 10


def test_every_request_is_counted(run: Run, package: Package) -> None:
    with run.journal() as journal:
        for _ in range(3):
            journal.mark_started(package.batch(1))
        assert journal.request_sums() == (3, 2)
        journal.mark_settled(package.batch(1), outcome(10))
        assert journal.request_sums() == (3, 2)
        for _ in range(15):
            journal.mark_started(package.batch(2))
        journal.mark_settled(package.batch(2), outcome(9, refused=1, answered=15))
        assert journal.request_sums() == (18, 2)


def test_an_outcome_whose_counts_are_not_the_batchs_is_a_bug_and_not_written(
    run: Run, package: Package
) -> None:
    with run.journal() as journal:
        journal.mark_started(package.batch(1))
        with pytest.raises(sqlite3.IntegrityError):
            journal.mark_settled(package.batch(1), outcome(9))
        assert journal.settled() == frozenset()


def test_how_a_run_ended_is_remembered(run: Run) -> None:
    with run.journal() as journal:
        journal.mark_run(RunState.STOPPED, ExitCode.TEMPORARY, "the push API answered 503")
    with run.journal(is_read_only=True) as journal:
        info = journal.info()
    assert (info.state, info.exit_code) == (RunState.STOPPED, ExitCode.TEMPORARY)
    assert (info.reason, info.is_finished) == ("the push API answered 503", False)


def test_a_journal_of_another_version_says_so(run: Run) -> None:
    with sqlite3.connect(run.folder.journal) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(PackageError, match="has format 99"):
        run.journal()


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\x00" * 300])
def test_a_file_that_is_no_journal_is_damaged(run: Run, content: bytes) -> None:
    run.folder.journal.write_bytes(content)
    with pytest.raises(PackageError, match="is damaged"):
        run.journal()


def test_a_missing_journal_says_so(run: Run) -> None:
    run.folder.journal.unlink()
    with pytest.raises(PackageError, match="does not exist"):
        run.journal()


def test_an_outcome_that_was_changed_on_the_disk_is_damage(run: Run, package: Package) -> None:
    with run.journal() as journal:
        journal.mark_settled(package.batch(1), outcome(10))
    with sqlite3.connect(run.folder.journal) as database:
        database.execute("UPDATE batch SET accepted = 0, skipped = 10")
    database.close()
    with pytest.raises(PackageError, match="is damaged"):
        run.journal()


def test_flipped_bytes_never_make_a_settled_batch_of_an_unsettled_one(
    tmp_path: Path, run: Run, package: Package
) -> None:
    with run.journal() as journal:
        journal.mark_settled(package.batch(1), outcome(10))
        journal.mark_settled(package.batch(2), outcome(8, refused=2))
        journal.mark_started(package.batch(3))
        journal.mark_settled(package.batch(4), outcome(0, unclear=10))
    whole = run.folder.journal.read_bytes()
    damaged = tmp_path / "journal.db"
    found = 0
    for seed in range(300):
        content, chance = bytearray(whole), random.Random(seed)
        for _ in range(3):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        if seed % 5 == 0:
            del content[chance.randrange(len(content)) :]
        damaged.write_bytes(content)
        for left_over in ("-wal", "-shm"):
            damaged.with_name(damaged.name + left_over).unlink(missing_ok=True)
        try:
            with Journal(damaged) as journal:
                assert journal.settled() <= {1, 2, 4}, seed
                journal.totals()
                journal.info()
        except PackageError:
            found += 1
    assert found >= 60


def test_a_journal_whose_wal_is_gone_forgets_and_never_invents(
    tmp_path: Path, run: Run, package: Package
) -> None:
    left = tmp_path / "journal.db"
    with run.journal() as journal:
        journal.mark_settled(package.batch(1), outcome(10))
        assert run.folder.journal.with_name("journal.db-wal").exists()
        left.write_bytes(run.folder.journal.read_bytes())
    with Journal(left) as journal:
        assert (journal.settled(), journal.totals()[0].to_send) == (frozenset(), 25)


def test_runs_are_listed_newest_first_and_damage_hides_no_others(
    tmp_path: Path, package: Package
) -> None:
    runs = [begin_run(tmp_path, package) for _ in range(4)]
    with runs[3].journal() as journal:
        journal.mark_run(RunState.FINISHED, ExitCode.OK)
    runs[0].folder.journal.write_bytes(b"nothing")
    listed = RunHistory.load(runs[0].home).runs
    assert [each.folder.id for each in listed] == [run.folder.id for run in reversed(runs)]
    assert [each.info is None for each in listed] == [False, False, False, True]
    assert isinstance(listed[3].damage, PackageError)
    assert RunHistory.load(runs[0].home).newest_unfinished().id == runs[2].folder.id
    # What cannot be read may have sent anything since.
    runs[3].folder.journal.write_bytes(b"nothing")
    with pytest.raises(UsageError, match="except ones that later runs have overtaken"):
        RunHistory.load(runs[0].home).newest_unfinished()


def test_without_an_unfinished_run_there_is_nothing_to_resume(
    tmp_path: Path, package: Package
) -> None:
    with pytest.raises(UsageError, match="no unfinished run"):
        RunHistory.load(Home(tmp_path / "nowhere")).newest_unfinished()
    dry = begin_run(tmp_path, package, is_dry_run=True)
    with pytest.raises(UsageError, match="no unfinished run"):
        RunHistory.load(dry.home).newest_unfinished()


def test_a_disk_that_fails_a_new_journal_leaves_nothing_to_resume(
    tmp_path: Path, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = begin_run(tmp_path, package)

    def fail(journal: Journal) -> None:
        with journal.guarded():
            raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Journal, "_check", fail)
    with pytest.raises(TemporaryFailureError) as caught:
        begin_run(tmp_path, package)
    assert caught.value.hint == "Check the disk. Then run the same command again."
    with pytest.raises(TemporaryFailureError) as caught:
        begun.journal()
    assert caught.value.hint.endswith("ometria-import resume")
