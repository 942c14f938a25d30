from __future__ import annotations

import errno
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.config.home import Home, new_run_id
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import OmetriaImportError, TemporaryFailureError, UsageError

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_a_run_id_says_when_and_where_to() -> None:
    assert new_run_id(NOW, "staging") == "20261122-093000-staging-0000"


@given(st.lists(st.integers(0, 10**12), min_size=2, unique=True))
def test_run_ids_sort_like_their_times_within_a_second_too(microseconds: list[int]) -> None:
    ids = [new_run_id(NOW + timedelta(microseconds=n), "live") for n in sorted(microseconds)]
    assert ids == sorted(set(ids))


def test_runs_of_one_microsecond_get_folders_of_their_own(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    runs = [home.create_run("staging", NOW) for _ in range(5)]
    assert len({run.id for run in runs}) == 5
    assert [run.id for run in home.runs()] == [run.id for run in reversed(runs)]


@pytest.mark.parametrize("made_up", ["99999999-999999-live-0000", "99991231-235959-live-zzzz", "x"])
def test_runs_are_in_their_order_when_the_clock_is_set_back(tmp_path: Path, made_up: str) -> None:
    home = Home(tmp_path)
    clocks = (NOW, NOW.replace(year=2099), NOW, NOW - timedelta(days=20_000), NOW)
    runs = [home.create_run("staging", clock) for clock in clocks]
    assert [run.id for run in home.runs()] == [run.id for run in reversed(runs)]
    (tmp_path / "runs" / made_up).mkdir()
    assert home.create_run("staging", NOW).path.is_dir()


def test_everything_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = Home(tmp_path / "deep" / "home")
        run, check = home.create_run("staging", NOW), home.create_check(NOW)
        file = private_file(run.problems)
        folders = [home.root, home.packages, home.locks, run.path, run.rejects, check.path]
    finally:
        os.umask(before)
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
    assert file.stat().st_mode & 0o777 == 0o600
    assert (run.journal.name, run.log.name) == ("journal.db", "run.log")
    assert check.path.parent.name == "checks"


def test_a_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "problems.csv"
    path.touch()
    path.chmod(0o644)
    private_file(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_run_is_found_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = home.create_run("staging", NOW)
    second = home.create_run("live", NOW + timedelta(hours=1))
    assert home.find_run(first.id) == first
    assert home.find_run("20261122-10") == second
    with pytest.raises(UsageError, match="2 runs begin with 2026"):
        home.find_run("2026")


def test_an_id_that_begins_others_is_found_all_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path)
    short = home.create_run("staging", NOW)
    (short.path.parent / f"{short.id}-copy").mkdir()
    assert home.find_run(short.id) == short


def test_a_run_that_does_not_exist_is_answered_with_the_nearest(tmp_path: Path) -> None:
    home = Home(tmp_path)
    run = home.create_run("staging", NOW)
    with pytest.raises(UsageError) as caught:
        home.find_run("20261122-093000-stagnig-0000")
    assert caught.value.message.endswith(f"(did you mean '{run.id}'?)")
    with pytest.raises(UsageError) as caught:
        home.find_run("zzz")
    assert caught.value.hint == f"The newest is {run.id}."
    with pytest.raises(UsageError):
        home.find_run("")


def test_a_home_without_runs_says_so(tmp_path: Path) -> None:
    assert Home(tmp_path / "none").runs() == []
    with pytest.raises(UsageError, match="there is no run"):
        Home(tmp_path / "none").find_run("2026")


def test_a_home_that_is_a_file_is_a_wrong_place(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(UsageError, match="cannot be used"):
        Home(tmp_path / "home").create_run("staging", NOW)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), TemporaryFailureError),
        (OSError(errno.EDQUOT, "Quota exceeded"), TemporaryFailureError),
        (OSError(errno.EIO, "Input/output error"), TemporaryFailureError),
        (OSError("something odd"), TemporaryFailureError),
        (PermissionError(errno.EACCES, "Permission denied"), UsageError),
        (OSError(errno.EROFS, "Read-only file system"), UsageError),
        (FileNotFoundError(errno.ENOENT, "No such file"), UsageError),
        (sqlite3.OperationalError("database or disk is full"), TemporaryFailureError),
        (sqlite3.OperationalError("disk I/O error"), TemporaryFailureError),
        (sqlite3.OperationalError("database is locked"), TemporaryFailureError),
        (sqlite3.OperationalError("unable to open database file"), UsageError),
        (sqlite3.OperationalError("attempt to write a readonly database"), UsageError),
    ],
)
def test_what_the_disk_says_becomes_words_with_a_place_and_a_way_on(
    tmp_path: Path, error: Exception, kind: type[OmetriaImportError]
) -> None:
    path = tmp_path / "journal.db"
    with pytest.raises(kind) as caught, storage_errors(path, "Then: ometria-import resume"):
        raise error
    assert str(path) in caught.value.message
    if kind is TemporaryFailureError:
        assert "ometria-import resume" in caught.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_a_temporary_failure(tmp_path: Path) -> None:
    full = tmp_path / "report"
    full.symlink_to("/dev/full")
    with (
        pytest.raises(TemporaryFailureError, match="no room left"),
        storage_errors(full),
        full.open("w") as file,
    ):
        file.write("x")
