"""`show` tells what became of a run by its journal, whatever became of its package."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, finished, pushes, wait_until


def _gone(package: Path) -> None:
    package.unlink()


def _no_package(package: Path) -> None:
    package.write_bytes(b"no package at all" * 500)


def _sources_lost(package: Path) -> None:
    with closing(sqlite3.connect(package)) as database, database:
        database.execute("DROP TABLE source")


DAMAGES: dict[Callable[[Path], None], str] = {
    _gone: "does not exist",
    _no_package: "is damaged",
    _sources_lost: "is damaged",
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.usefixtures("emulator")
def test_a_finished_run_is_told_of_without_its_package(
    shop: Shop, damage: Callable[[Path], None]
) -> None:
    bad_row = "c000009,main,no address\n"
    rows = (shop.folder / shop.contacts(3)).read_text() + bad_row
    pushed = shop.run("push", shop.write("contacts.csv", rows), "--to", "staging", "--json")
    assert pushed.code == ExitCode.REJECTS
    damage(shop.the_package())
    shown = shop.run("show")
    assert shown.code == 0
    assert DAMAGES[damage] in " ".join(shown.out.split())
    assert "Rejects: 1 rejected" in shown.out
    assert "Next:" not in shown.out
    told = shop.run("show", "--json").json
    assert DAMAGES[damage] in told["package_error"]
    for sum_of in ("records", "rejected", "accepted", "to_send", "requests", "delivered"):
        assert told[sum_of] == pushed.json[sum_of]
    assert told["exit_code"] == ExitCode.REJECTS
    assert "sets_off" not in told
    resumed = shop.run("resume", told["run"])
    assert resumed.code == ExitCode.REJECTS
    assert "is finished: nothing is left to send" in resumed.out


def test_an_open_run_whose_package_is_gone_is_pushed_anew(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.send_to(emulator.base_url, rate=20)
    process = shop.start("push", shop.contacts(5_000), "--to", "staging")
    wait_until(lambda: pushes(emulator) >= 2)
    process.kill()
    finished(process)
    shop.the_package().unlink()
    shown = shop.run("show")
    assert shown.code == 0
    words = " ".join(shown.out.split())
    assert "Next: Prepare it again: push the source files once more." in words
    assert "ometria-import resume" not in words
    assert shop.run("resume").code == ExitCode.UNUSABLE
    pushed = shop.run("push", "contacts.csv", "--to", "staging", "--json")
    assert (pushed.code, pushed.json["accepted"]) == (0, 5_000)


def test_the_next_command_finds_the_settings_that_the_run_was_begun_with(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.send_to(emulator.base_url, rate=20)
    (shop.folder / "ometria-import.toml").rename(shop.folder / "accounts.toml")
    process = shop.start(
        "push", shop.contacts(5_000), "--to", "staging", "--config", "accounts.toml"
    )
    wait_until(lambda: pushes(emulator) >= 2)
    process.kill()
    finished(process)
    step = shop.run("runs").out.partition("Next: ")[2].split()
    assert step[-2:] == ["--config", str(shop.folder / "accounts.toml")]
    assert " ".join(step) in shop.run("show").out
    assert shop.run(*step[1:]).code == 0
