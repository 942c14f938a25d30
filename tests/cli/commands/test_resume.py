from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from ometria_import.cli.showing.screen import Screen
from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.errors import ExitCode, OmetriaImportError
from tests.cli.program import Shop, finished, packed, pushes, stored, values, wait_until
from tests.emulator.scenarios.scenarios import fault


@pytest.fixture
def slow(shop: Shop) -> Iterator[RunningEmulator]:
    """An emulator to which two thousand records take a second."""
    with running(Settings(rate=10_000, drain=1_000_000, latency=0.2)) as emulator:
        shop.send_to(emulator.base_url, rate=20)
        yield emulator


def test_a_signal_lets_requests_in_flight_finish_and_the_run_resumes(
    shop: Shop, slow: RunningEmulator
) -> None:
    numbers = iter((signal.SIGINT, signal.SIGTERM))
    first = shop.start("push", shop.contacts(4_000), shop.products(300), "--to", "staging")
    wait_until(lambda: pushes(slow) >= 3)
    first.send_signal(next(numbers))
    ended = finished(first)
    assert ended.code == ExitCode.INTERRUPTED
    assert "Traceback" not in ended.err
    assert "error: interrupted" in ended.err
    (run,) = shop.run_folders()
    assert f"Next: ometria-import resume {run.name}" in ended.out
    told = shop.run("show", "--json").json
    assert told["accepted"] == 100 * pushes(slow)
    assert told["to_send"] == 4_300 - told["accepted"] > 0
    assert (told["exit_code"], told["state"]) == (130, "stopped")
    assert f"Next: ometria-import resume {run.name}" in shop.run("runs").out
    shown = shop.run("show", run.name)
    assert "Stopped:   interrupted" in shown.out
    assert f"Next: ometria-import resume {run.name}" in shown.out

    before = pushes(slow)
    second = shop.start("resume")
    wait_until(lambda: pushes(slow) > before)
    second.send_signal(next(numbers))
    assert finished(second).code == ExitCode.INTERRUPTED
    assert len(stored(slow)) == 100 * pushes(slow)

    last = shop.run("resume", run.name[:8])
    assert last.code == 0, last.err
    assert stored(slow) == packed(shop.the_package())
    assert pushes(slow) == 43
    again = shop.run("resume", run.name)
    assert again.code == 0
    assert f"Run {run.name} is finished: nothing is left to send." in again.out
    assert pushes(slow) == 43
    assert shop.run("resume").code == ExitCode.USAGE


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_preparing_leaves_nothing_behind(
    shop: Shop, emulator: RunningEmulator, number: signal.Signals
) -> None:
    process = shop.start("push", shop.contacts(300_000), "--to", "staging")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("contacts.csv: contact")
    process.send_signal(number)
    ended = finished(process)
    assert ended.code == ExitCode.INTERRUPTED
    assert ended.err == (
        "error: interrupted while nothing was being sent\nhint: Run the same command again.\n"
    )
    assert shop.run_folders() == []
    assert pushes(emulator) == 0


def test_a_second_signal_does_not_break_into_the_words_about_the_first(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail = Screen.fail

    def fail_slowly(screen: Screen, error: OmetriaImportError) -> None:
        signal.raise_signal(signal.SIGINT)
        fail(screen, error)

    monkeypatch.setattr(Screen, "fail", fail_slowly)
    monkeypatch.setattr(
        "ometria_import.actions.push.prepare",
        lambda *_, **_named: signal.raise_signal(signal.SIGTERM),
    )
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert ended.code == ExitCode.INTERRUPTED
    assert ended.err.startswith("error: interrupted while nothing was being sent")
    assert shop.run_folders() == []
    assert pushes(emulator) == 0


@pytest.mark.usefixtures("emulator")
def test_what_libraries_say_of_an_interrupt_in_their_midst_is_not_shown(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fragile:
        def __del__(self) -> None:
            raise KeyError

    def interrupted(*_: object, **_named: object) -> None:
        fragile = Fragile()
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            del fragile

    monkeypatch.setattr("ometria_import.actions.push.prepare", interrupted)
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert ended.code == ExitCode.INTERRUPTED
    assert ended.err == (
        "error: interrupted while nothing was being sent\nhint: Run the same command again.\n"
    )


def test_killed_at_any_moment_and_resumed_everything_is_stored(
    shop: Shop, slow: RunningEmulator
) -> None:
    chance = random.Random(5)
    process = shop.start("push", shop.contacts(5_000), shop.products(500), "--to", "staging")
    wait_until(lambda: pushes(slow) > 1)
    time.sleep(chance.uniform(0, 0.3))
    process.kill()
    assert finished(process).code == -signal.SIGKILL
    before = pushes(slow)
    process = shop.start("resume")
    wait_until(lambda: pushes(slow) > before)
    time.sleep(chance.uniform(0, 0.3))
    process.kill()
    assert finished(process).code == -signal.SIGKILL
    for name in ("contacts.csv", "products.csv"):
        (shop.folder / name).unlink()
    assert "  stopped  " in shop.run("runs").out
    assert "Stopped:   its process was killed" in shop.run("show").out
    ended = shop.run_alone("resume", "--json")
    assert ended.code == 0, ended.err
    assert (ended.json["accepted"], ended.json["to_send"]) == (5_500, 0)
    assert values(stored(slow)) == values(packed(shop.the_package()))


def test_a_run_is_finished_only_when_its_reject_files_are_written(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: a disk that was full in the end, or a kill, left refused records in no file for good."""
    emulator.play(fault("answer", status=422, record_id="c000003"))
    name = shop.contacts(10)
    with monkeypatch.context() as patch:
        patch.setenv("OMETRIA_STAGING_KEY", "not-yet-valid")
        assert shop.run("push", name, "--to", "staging").code == ExitCode.REFUSED
    (run,) = shop.run_folders()
    (run / "api-problems.csv").mkdir()
    ended = shop.run("resume")
    assert ended.code == ExitCode.USAGE
    assert "cannot be used: Is a directory" in ended.err
    assert ended.out.splitlines()[-1] == f"Next: ometria-import resume {run.name}"
    (run / "api-problems.csv").rmdir()
    ended = shop.run("push", name, "--to", "staging", "--json")
    assert (ended.code, ended.json["run"], ended.json["refused"]) == (3, run.name, 1)
    assert '"id":"c000003"' in (run / "rejects" / "contact-refused.ndjson").read_text()
    assert "c000003" not in "".join(stored(emulator))


@pytest.mark.parametrize(("is_ignored", "state"), [(False, "stopped"), (True, "finished")])
def test_a_terminal_that_is_gone_lets_the_run_end_in_order(
    shop: Shop, slow: RunningEmulator, state: str, *, is_ignored: bool
) -> None:
    """Its bars can no longer be drawn, and it sends SIGHUP, which nohup lets be ignored."""
    master, slave = os.openpty()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if is_ignored else signal.SIG_DFL)
    push = ("push", shop.contacts(2_000), "--to", "staging")
    process = shop.start(*push, stdin=slave, stdout=slave, stderr=slave)
    signal.signal(signal.SIGHUP, before)
    os.close(slave)
    wait_until(lambda: pushes(slow) >= 2)
    os.close(master)
    process.send_signal(signal.SIGHUP)
    # What it was to print is lost: that is told where nothing else went wrong.
    assert finished(process).code == (ExitCode.USAGE if is_ignored else ExitCode.INTERRUPTED)
    told = shop.run("show", "--json").json
    assert (told["state"], told["exit_code"]) == (state, 0 if is_ignored else 130)
    assert told["accepted"] == len(stored(slow)) == 100 * pushes(slow)


@pytest.mark.parametrize(
    ("before", "code", "state"), [((), 130, "stopped"), (("nohup",), 0, "finished")], ids=repr
)
def test_a_push_outlives_the_terminal_that_is_closed_only_under_nohup(
    shop: Shop, slow: RunningEmulator, before: tuple[str, ...], code: int, state: str
) -> None:
    master, slave = os.openpty()
    program = (sys.executable, "-m", "ometria_import", "push", shop.contacts(2_000))
    # The kernel itself hangs up on who has the terminal.
    becoming = (
        "import os, sys; os.login_tty(int(sys.argv[1])); os.execvp(sys.argv[2], sys.argv[2:])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", becoming, str(slave), *before, *program, "--to", "staging"],
        cwd=shop.folder,
        pass_fds=[slave],
    )
    os.close(slave)
    wait_until(lambda: pushes(slow) >= 2)
    os.close(master)
    ended = process.wait(timeout=60)
    told = shop.run("show", "--json").json
    assert (told["state"], told["exit_code"]) == (state, code)
    assert told["accepted"] == len(stored(slow)) == 100 * pushes(slow)
    if before:
        assert (ended, told["accepted"]) == (0, 2_000)
        assert "2,000" in (shop.folder / "nohup.out").read_text()


def test_a_push_behind_a_scripts_ampersand_is_not_ended_by_what_ends_the_script(
    shop: Shop, slow: RunningEmulator
) -> None:
    program = f"exec {sys.executable} -m ometria_import push {shop.contacts(4_000)} --to staging"
    process = subprocess.Popen(
        ["sh", "-c", f"trap '' INT; {program}"], cwd=shop.folder, stdout=subprocess.DEVNULL
    )
    wait_until(lambda: pushes(slow) >= 2)
    process.send_signal(signal.SIGINT)
    before = pushes(slow)
    wait_until(lambda: pushes(slow) > before + 8)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == ExitCode.INTERRUPTED


def test_a_run_of_which_nothing_was_delivered_goes_to_another_address_and_says_so(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.send_to("http://127.0.0.1:9/v2")
    push = ("push", shop.contacts(3), "--to", "staging", "--give-up-after", "0s")
    assert shop.run(*push).code == ExitCode.TEMPORARY
    shop.send_to(emulator.base_url)
    ended = shop.run("resume")
    assert (ended.code, pushes(emulator)) == (0, 1)
    assert f" goes to {emulator.base_url}, not to http://127.0.0.1:9/v2\n" in ended.err


def test_an_empty_id_does_not_mean_the_newest_run(shop: Shop, emulator: RunningEmulator) -> None:
    """As where a script's variable is empty."""
    emulator.revoke_key()
    assert shop.run("push", shop.contacts(3), "--to", "staging").code == ExitCode.REFUSED
    assert shop.run("resume", "").code == ExitCode.USAGE


def test_a_finished_run_ends_as_it_ended_and_needs_no_key(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shop.write("contacts.csv", "id,@collection,email\n1,main,x\n2,main,a@example.com\n")
    assert shop.run("push", name, "--to", "staging").code == ExitCode.REJECTS
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    ended = shop.run("resume", shop.run_folders()[0].name, "--json")
    assert ended.code == ended.json["exit_code"] == ExitCode.REJECTS
    assert (ended.json["accepted"], ended.json["rejected"]) == (1, 1)
    assert pushes(emulator) == 1


def test_a_run_whose_package_is_gone_says_so(shop: Shop) -> None:
    with running(Settings()) as gone:
        pass
    shop.send_to(gone.base_url)
    shop.run("push", shop.contacts(1), "--to", "staging", "--give-up-after", "0.05")
    package = shop.the_package()
    package.rename(package.with_suffix(".old"))
    ended = shop.run("resume")
    assert ended.code == ExitCode.UNUSABLE
    assert re.search(r"error: package \S+ does not exist\nhint: ", ended.err)


@pytest.mark.usefixtures("emulator")
def test_a_home_that_was_moved_took_its_packages_along(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("OMETRIA_STAGING_KEY", "not-yet-valid")
        assert shop.run("push", shop.contacts(3), "--to", "staging").code == ExitCode.REFUSED
    (shop.folder / ".ometria-import").rename(shop.folder / "elsewhere")
    ended = shop.run("resume", "--home", "elsewhere", "--json")
    assert (ended.code, ended.json["accepted"]) == (0, 3), ended.err


@pytest.mark.usefixtures("emulator")
def test_a_damaged_package_is_not_resumed_but_pushed_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMETRIA_STAGING_KEY", "not-yet-valid")
    name = shop.contacts(150)
    assert shop.run("push", name, "--to", "staging").code == ExitCode.REFUSED
    monkeypatch.setenv("OMETRIA_STAGING_KEY", "staging-key")
    with closing(sqlite3.connect(shop.the_package())) as database, database:
        database.execute("UPDATE batch SET body = zeroblob(9) WHERE number = 2")
    ended = shop.run("resume")
    assert ended.code == ExitCode.UNUSABLE
    assert "is damaged" in ended.err
    assert "Next: push the files again" in ended.out
    assert shop.run("push", name, "--to", "staging").code == 0


def test_a_run_that_delivered_elsewhere_is_not_continued_here(shop: Shop) -> None:
    with running(Settings(rate=10_000, drain=1_000_000, latency=0.2)) as one:
        shop.send_to(one.base_url, rate=20)
        process = shop.start("push", shop.contacts(3_000), "--to", "staging")
        wait_until(lambda: pushes(one) > 2)
        process.send_signal(signal.SIGINT)
        assert finished(process).code == ExitCode.INTERRUPTED
    with running(Settings()) as other:
        shop.send_to(other.base_url)
        ended = shop.run("resume")
        assert ended.code == ExitCode.USAGE
        assert "Restore the old base_url" in ended.err
        assert pushes(other) == 0
