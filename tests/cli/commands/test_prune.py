from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from ometria_import.config.home import Home, RunId
from ometria_import.delivery import AccountLock
from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from ometria_import.options.choices import AccountName
from tests.cli.program import Shop

TO = ("--to", "staging")
DAY_S = 86_400


def aged(path: Path, days: float) -> Path:
    """Let a file or folder be so old."""
    moment = time.time() - days * DAY_S
    os.utime(path, (moment, moment))
    return path


def packages(shop: Shop) -> set[str]:
    folder = shop.folder / ".ometria-import" / "packages"
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def runs(shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A finished run, an unfinished one and a dry run, each with a package of its own."""
    assert emulator.base_url
    assert shop.run("push", shop.contacts(2), *TO).code == 0
    with monkeypatch.context() as patch:
        patch.setenv("OMETRIA_STAGING_KEY", "not-yet-valid")
        assert shop.run("push", shop.products(2), *TO).code == ExitCode.REFUSED
    assert shop.run("push", shop.contacts(3), *TO, "--dry-run").code == 0
    return [folder.name for folder in shop.run_folders()]


def test_old_finished_runs_go_with_their_packages_and_unfinished_ones_stay(
    shop: Shop, runs: list[str]
) -> None:
    finished, unfinished, rehearsed = runs
    before = packages(shop)
    told = shop.run("runs", "prune", "--keep", "0s", "--dry-run", "--json").json
    assert (sorted(told["runs"]), told["dry_run"]) == (sorted([finished, rehearsed]), True)
    assert told["freed_bytes"] > 0
    assert (packages(shop), len(shop.run_folders())) == (before, 3)
    ended = shop.run("runs", "prune", "--keep", "0s")
    assert ended.code == 0
    assert "Removed 2 runs, 0 checks, 2 packages older than 0s; that freed " in ended.out
    assert [folder.name for folder in shop.run_folders()] == [unfinished]
    assert len([name for name in packages(shop) if name.endswith(".db")]) == 1
    assert shop.run("resume").code == 0


def test_what_is_younger_stays(shop: Shop, runs: list[str]) -> None:
    ended = shop.run("runs", "prune")
    assert "Removed 0 runs, 0 checks, 0 packages older than 30d" in ended.out
    assert [folder.name for folder in shop.run_folders()] == runs


def test_an_age_without_a_unit_removes_nothing(shop: Shop, runs: list[str]) -> None:
    ended = shop.run("runs", "prune", "--keep", "30")
    assert (ended.code, "write 30d for days" in ended.err) == (ExitCode.USAGE, True)
    assert [folder.name for folder in shop.run_folders()] == runs


def test_a_package_that_another_run_needs_stays(shop: Shop, emulator: RunningEmulator) -> None:
    name = shop.contacts(2)
    assert shop.run("push", name, *TO, "--dry-run").code == 0
    shop.send_to("http://127.0.0.1:9/v2")
    assert shop.run("push", name, *TO, "--give-up-after", "0s").code == ExitCode.TEMPORARY
    shop.send_to(emulator.base_url)
    told = shop.run("runs", "prune", "--keep", "0s", "--json").json
    assert (len(told["runs"]), told["packages"]) == (1, [])
    assert shop.run("resume").code == 0


def test_runs_of_a_held_account_and_all_packages_stay(shop: Shop, runs: list[str]) -> None:
    with AccountLock(Home(shop.folder / ".ometria-import"), AccountName.STAGING, RunId("x")):
        ended = shop.run("runs", "prune", "--keep", "0s", "--json")
    assert (ended.code, ended.json["runs"], ended.json["packages"]) == (0, [], [])
    assert ended.json["kept"] == dict.fromkeys(
        (runs[0], runs[2]), "the account staging is in use by a run"
    )


def test_a_damaged_journal_keeps_its_run_and_every_package(shop: Shop, runs: list[str]) -> None:
    (shop.run_folders()[1] / "journal.db").write_bytes(b"no journal at all" * 500)
    told = shop.run("runs", "prune", "--keep", "0s", "--json").json
    assert (sorted(told["runs"]), told["packages"]) == (sorted([runs[0], runs[2]]), [])
    assert "its journal is damaged" in told["kept"][runs[1]]


def test_checks_and_runs_that_came_to_nothing_go_when_they_are_old(shop: Shop) -> None:
    name = shop.write("contacts.csv", "id,@collection,email\n1,main,nobody\n")
    assert shop.run("check", name).code == ExitCode.REJECTS
    empty = shop.write("empty.csv", "id,@collection,email\n")
    assert shop.run("push", empty, *TO, "--dry-run", "--allow-empty").code == ExitCode.OK
    (check,) = (shop.folder / ".ometria-import" / "checks").iterdir()
    (half,) = shop.run_folders()
    told = shop.run("runs", "prune", "--keep", "0s", "--json").json
    # They are of today: somebody may be at work on them.
    assert (told["runs"], told["checks"]) == ([], [])
    aged(check, 40)
    aged(half, 40)
    told = shop.run("runs", "prune", "--json").json
    assert (told["runs"], told["checks"]) == ([half.name], [check.name])
    assert not check.exists()
    assert not half.exists()


def test_what_another_program_has_in_such_folders_stays(shop: Shop) -> None:
    """A home that was named by mistake may be a project with runs and packages of its own."""
    theirs = [shop.folder / name for name in ("runs/first", "checks/all", "packages/numbers.db")]
    for path in theirs:
        path.parent.mkdir()
        path.mkdir() if not path.suffix else path.touch()
        aged(path, 400)
    ended = shop.run("runs", "prune", "--home", ".", "--json")
    assert (ended.code, ended.json["runs"], ended.json["checks"]) == (0, [], [])
    assert (ended.json["packages"], [path.exists() for path in theirs]) == ([], [True] * 3)


def test_an_empty_home_is_not_made(shop: Shop) -> None:
    ended = shop.run("runs", "prune")
    assert (ended.code, ended.out.count("\n")) == (0, 1)
    assert not (shop.folder / ".ometria-import").exists()


def test_options_before_prune_are_refused_rather_than_ignored(shop: Shop) -> None:
    ended = shop.run("runs", "--home", "elsewhere", "prune")
    assert ended.code == ExitCode.USAGE
    assert "ometria-import runs prune --home elsewhere" in ended.err


def test_the_list_is_still_there_without_a_word_more(shop: Shop, runs: list[str]) -> None:
    told = json.loads(shop.run("runs", "--json").out)
    assert [run["run"] for run in told["runs"]] == runs[::-1]
