"""What only whole processes show: killed, signalled, two at once."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import ometria_import
from ometria_import.config import AccountName
from ometria_import.config.home import Home, RunId
from ometria_import.delivery import AccountLock
from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.errors import AccountBusyError, ExitCode, TemporaryFailureError
from ometria_import.options.choices import ObjectType
from tests.delivery.building import Run, account, begin_run, pack
from tests.delivery.scripted_server import Answer, Request, ScriptedServer, ok
from tests.starting import warm

ROOT = Path(ometria_import.__file__).parents[1]
COUNTS = {ObjectType.PRODUCT: 700, ObjectType.CONTACT: 500, ObjectType.ORDER: 300}


def start(run: Run, base_url: str) -> subprocess.Popen[str]:
    words = (str(run.home.root), run.folder.id, base_url)
    process: subprocess.Popen[str] = warm.start(
        *words,
        code="from tests.delivery.driver import main\nraise SystemExit(main())",
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def stored(emulator: RunningEmulator) -> dict[str, int]:
    with closing(sqlite3.connect(emulator.database)) as database:
        return dict(
            database.execute("SELECT object_type, COUNT(*) FROM record GROUP BY object_type")
        )


PUSHES = "SELECT COUNT(*) FROM request WHERE method = 'POST'"


def requests(emulator: RunningEmulator) -> int:
    with closing(sqlite3.connect(emulator.database)) as database:
        return int(database.execute(PUSHES).fetchone()[0])


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment_and_resumed_nothing_is_lost(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with (
        running(Settings(rate=1000, latency=0.05, drain=100_000)) as emulator,
        pack(tmp_path / "packages", COUNTS, batch_size=10) as package,
    ):
        run = begin_run(tmp_path, package, account(emulator.base_url))
        kills = 0
        while True:
            process = start(run, emulator.base_url)
            time.sleep(chance.uniform(0, 0.6))
            if kills < 6:
                process.kill()
            code, errors = finish(process)
            if code != -signal.SIGKILL:
                break
            kills += 1
        assert (code, errors) == (ExitCode.OK, "")
        emulator.wait_until_drained()
        assert stored(emulator) == {name.value: count for name, count in COUNTS.items()}
        with run.journal(is_read_only=True) as journal:
            totals = {each.object_type: each.accepted for each in journal.totals()}
            begun, retries = journal.request_sums()
        assert totals == COUNTS
        # A killed process can have journaled an intent and not yet have sent it.
        assert 150 <= requests(emulator) <= begun == 150 + retries
        assert kills >= 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_requests_in_flight_finish(tmp_path: Path, number: signal.Signals) -> None:
    def slow(request: Request) -> Answer:
        return Answer(202, ok(request).body, after_s=0.3)

    with (
        ScriptedServer(slow).running() as server,
        pack(tmp_path / "packages", COUNTS, batch_size=10) as package,
    ):
        run = begin_run(tmp_path, package, account(server.base_url))
        process = start(run, server.base_url)
        while not server.requests:
            time.sleep(0.01)
        process.send_signal(number)
        assert finish(process)[0] == ExitCode.INTERRUPTED
        with run.journal(is_read_only=True) as journal:
            (products, *_) = journal.totals()
        assert products.accepted == 10 * len(server.requests) < 700
        assert products.in_doubt == 0


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with (
        ScriptedServer(lambda _: Answer(202, after_s=50)).running() as server,
        pack(tmp_path / "packages", COUNTS, batch_size=10) as package,
    ):
        run = begin_run(tmp_path, package, account(server.base_url))
        process = start(run, server.base_url)
        while not server.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert finish(process)[0] == ExitCode.INTERRUPTED
        assert time.monotonic() - began < 25  # an answer takes 50
        with run.journal(is_read_only=True) as journal:
            assert journal.totals()[0].in_doubt > 0


def test_the_second_run_on_an_account_is_told_who_holds_it(tmp_path: Path) -> None:
    with (
        ScriptedServer(lambda _: Answer(202, after_s=50)).running() as server,
        pack(tmp_path / "packages", COUNTS, batch_size=10) as package,
    ):
        run = begin_run(tmp_path, package, account(server.base_url))
        first = start(run, server.base_url)
        code, errors = finish(start(run, server.base_url))
        assert code == ExitCode.BUSY
        assert f"held by run {run.folder.id} (process {first.pid} on " in errors
        first.kill()
        finish(first)
        # The system released the dead process's lock; what the file says does not matter.
        server.script = ok
        assert finish(start(run, server.base_url))[0] == ExitCode.OK


def test_the_two_accounts_do_not_hold_each_other(tmp_path: Path) -> None:
    home, run = Home(tmp_path), RunId("r")
    with AccountLock(home, AccountName.STAGING, run), AccountLock(home, AccountName.LIVE, run):
        pass
    with AccountLock(home, AccountName.STAGING, run):
        held = home.locks / "staging.lock"
        assert held.stat().st_mode & 0o777 == 0o600
        assert json.loads(held.read_text())["pid"] == os.getpid()


def test_a_lock_whose_words_are_unreadable_still_holds(tmp_path: Path) -> None:
    home, run = Home(tmp_path), RunId("r")
    with AccountLock(home, AccountName.STAGING, run):
        (home.locks / "staging.lock").write_bytes(b"\xff[")
        with (
            pytest.raises(AccountBusyError, match="another run") as caught,
            AccountLock(home, AccountName.STAGING, run),
        ):
            pass
    # Not `resume`: the other one may leave nothing to resume.
    assert "run the same command again" in caught.value.hint


def test_a_lock_that_cannot_be_written_is_let_go(tmp_path: Path) -> None:
    home, run = Home(tmp_path), RunId("r")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with (
            pytest.raises(TemporaryFailureError, match="the disk of"),
            AccountLock(home, AccountName.STAGING, run),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with AccountLock(home, AccountName.STAGING, run):
        pass


def test_delivery_needs_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys, ometria_import.delivery, ometria_import.delivery.api.push_api;"
        "sys.exit(bool({'pandas', 'pyarrow', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
