"""The home that an earlier version left still opens, and what is left of its runs is sent.

`home-of-0.1.0.tar.xz` was made by the version of 27 November 2026 against its own emulator: a
finished run of 8 contacts, of which one was refused and one rejected later; a run of 250 products
that was killed after its first batch; and one of 250 orders whose key was revoked after the first.
"""

from __future__ import annotations

import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running
from tests.cli.program import Shop, stored

HOME = Path(__file__).parent / "home-of-0.1.0.tar.xz"
FINISHED, KILLED, FAILED = (
    "20261127-053521-staging-dnlp",
    "20261127-053542-staging-0z8p",
    "20261127-053548-staging-eyez",
)


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    with running(Settings(rate=10_000, read_rate=10_000, queue=1_000_000)) as emulator:
        yield emulator


@pytest.fixture
def shop(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    emulator: RunningEmulator,
) -> Shop:
    """A folder with the home of before; its emulator's port has become this one's."""
    with tarfile.open(HOME) as packed:
        packed.extractall(tmp_path, filter="data")
    for journal in tmp_path.glob(".ometria-import/runs/*/journal.db"):
        with closing(sqlite3.connect(journal)) as database, database:
            database.execute("UPDATE run SET base_url = ?", (emulator.base_url,))
    shop = Shop(tmp_path, monkeypatch, capsys)
    shop.send_to(emulator.base_url)
    return shop


def test_runs_of_before_are_listed_and_shown(shop: Shop) -> None:
    listed = {run["run"]: run for run in shop.run("runs", "--json").json["runs"]}
    assert {run: said["state"] for run, said in listed.items()} == {
        FINISHED: "finished",
        KILLED: "stopped",
        FAILED: "stopped",
    }
    assert {run: said["exit_code"] for run, said in listed.items()} == {
        FINISHED: 3,
        KILLED: None,
        FAILED: 5,
    }
    finished = shop.run("show", FINISHED, "--json").json
    assert (finished["accepted"], finished["refused"], finished["rejected_later"]) == (7, 1, 1)
    assert finished["rejected"] == 1
    killed = shop.run("show", KILLED, "--json").json
    assert (killed["accepted"], killed["to_send"]) == (100, 150)
    assert "X-Ometria-Auth: no such API key" in shop.run("show", FAILED).out


def test_unfinished_runs_of_before_are_resumed(shop: Shop, emulator: RunningEmulator) -> None:
    for run in (FAILED, KILLED):
        ended = shop.run("resume", "--json")
        assert ended.code == 0, ended.err
        assert (ended.json["run"], ended.json["accepted"], ended.json["to_send"]) == (run, 250, 0)
    assert len(stored(emulator)) == 2 * 150
    assert shop.run("resume").code == 2


def test_what_was_not_taken_before_is_sent_again(shop: Shop, emulator: RunningEmulator) -> None:
    ended = shop.run("retry", FINISHED, "--json")
    assert ended.code == 0, ended.err
    assert (ended.json["accepted"], ended.json["retry_of"]) == (1, FINISHED)
    assert shop.run("retry", FINISHED, "--refused-too", "--json").json["accepted"] == 2
    assert len(stored(emulator)) == 2


def test_rejects_of_before_are_read_as_their_run_read_them(shop: Shop) -> None:
    rejects = shop.folder / ".ometria-import" / "runs" / FINISHED / "rejects" / "contacts.csv"
    rejects.write_text(rejects.read_text().replace("not-an-email", "p9@shop.example.com"))
    ended = shop.run("push", str(rejects.relative_to(shop.folder)), "--to", "staging", "--json")
    assert ended.code == 0, ended.err
    assert shop.run("show", FINISHED, "--json").json["mended"] == 1
