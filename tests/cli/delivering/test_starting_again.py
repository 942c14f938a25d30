"""What a second start of the same push does: go on, do nothing, or begin anew."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.errors import ExitCode
from tests.cli.program import Shop, finished, packed, pushes, stored, values, wait_until
from tests.emulator.scenarios.scenarios import fault

TO = ("--to", "staging")


@pytest.fixture
def slow(shop: Shop) -> Iterator[RunningEmulator]:
    """An emulator to which two thousand records take a second."""
    with running(Settings(rate=10_000, drain=1_000_000, latency=0.2)) as emulator:
        shop.send_to(emulator.base_url, rate=20)
        yield emulator


def killed_push(shop: Shop, emulator: RunningEmulator, *arguments: str) -> str:
    """Push, kill it in the midst of sending, and return its run's id."""
    before = pushes(emulator)
    process = shop.start("push", *arguments)
    wait_until(lambda: pushes(emulator) > before + 1)
    process.kill()
    assert finished(process).code == -signal.SIGKILL
    return shop.run_folders()[-1].name


@pytest.fixture
def stopped(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Push with a key that is refused, and return the unfinished run's id."""

    def push(name: str) -> str:
        with monkeypatch.context() as patch:
            patch.setenv("OMETRIA_STAGING_KEY", "not-yet-valid")
            assert shop.run("push", name, *TO).code == ExitCode.REFUSED
        return shop.run_folders()[-1].name

    return push


def test_the_same_files_go_on_where_a_killed_run_stopped(shop: Shop, slow: RunningEmulator) -> None:
    name = shop.contacts(1_000)
    run = killed_push(shop, slow, name, *TO)
    ended = shop.run("push", name, *TO, "--json")
    assert ended.code == 0
    assert f"run {run} of these files is unfinished" in ended.err
    assert "continuing it (--new starts a fresh run)" in ended.err
    assert (ended.json["run"], ended.json["accepted"]) == (run, 1_000)
    assert [folder.name for folder in shop.run_folders()] == [run]
    assert values(stored(slow)) == values(packed(shop.the_package()))
    assert pushes(slow) < 40


def test_unchanged_files_that_were_sent_are_nothing_to_do(
    shop: Shop, emulator: RunningEmulator
) -> None:
    names = [shop.contacts(3), shop.products(2)]
    assert shop.run("push", *names, *TO).code == 0
    (run,) = shop.run_folders()
    again = shop.run("push", *names, *TO)
    assert (again.code, again.err, again.out.count("\n")) == (0, "", 1)
    assert again.out.startswith(f"Nothing to do: run {run.name} sent these files to staging on ")
    assert "5 of 5 records accepted" in again.out
    assert "--new sends them again" in again.out
    told = shop.run("push", *names, *TO, "--json").json
    assert told == {
        "run": run.name,
        "account": "staging",
        "nothing_to_do": True,
        "exit_code": 0,
    }
    assert shop.run_folders() == [run]
    assert pushes(emulator) == 2
    assert shop.run("push", *names, *TO, "--new").code == 0
    assert pushes(emulator) == 4
    assert shop.run("push", *names, "--to", "live", "--yes").code == 0
    assert len(stored(emulator, "live")) == 5


def test_files_that_were_written_anew_with_the_same_rows_are_nothing_to_do(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.contacts(3)
    assert shop.run("push", name, *TO).code == 0
    shop.contacts(3)
    again = shop.run("push", name, *TO)
    assert again.code == 0
    assert again.out.startswith("Nothing to do: ")
    assert again.out.count("\n") == 1
    assert pushes(emulator) == 1
    assert len(shop.run_folders()) == 1


def test_changed_files_options_and_mappings_are_pushed_anew(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.contacts(3)
    assert shop.run("push", name, *TO).code == 0
    shop.contacts(4)
    assert shop.run("push", name, *TO).code == 0
    assert pushes(emulator) == 2
    # What was sent in between makes the older state one that must be sent again.
    shop.contacts(3)
    assert shop.run("push", name, *TO).code == 0
    assert pushes(emulator) == 3


def test_what_another_run_sent_meanwhile_is_sent_again(
    shop: Shop, emulator: RunningEmulator
) -> None:
    first, second = shop.contacts(3), shop.contacts(3, "others.csv")
    products = shop.products(2)
    for name in (first, products, second):
        assert shop.run("push", name, *TO).code == 0
    assert pushes(emulator) == 3
    assert shop.run("push", products, *TO).out.startswith("Nothing to do: ")
    assert shop.run("push", first, *TO).code == 0
    assert pushes(emulator) == 4


def test_a_retry_of_a_run_does_not_make_its_files_worth_sending_again(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", status=422, record_id="c000003"))
    name = shop.contacts(10)
    first = shop.run("push", name, *TO, "--json").json
    again = shop.run("retry", first["run"], "--refused-too", "--json").json
    assert again["refused"] == 1
    emulator.heal()
    ended = shop.run("retry", again["run"], "--refused-too")
    assert ended.code == 0, ended.err
    before = pushes(emulator)
    assert shop.run("push", name, *TO).out.startswith("Nothing to do: ")
    assert pushes(emulator) == before


@pytest.fixture
def stopped_retry(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Push, begin a retry with a key that is refused, and return the unfinished retry's id."""

    def push(name: str) -> str:
        emulator.play(fault("late_refusal", record_id="c000003", message="too many custom fields"))
        first = shop.run("push", name, *TO, "--json").json
        assert (first["exit_code"], first["rejected_later"]) == (3, 1)
        emulator.heal()
        with monkeypatch.context() as patch:
            patch.setenv("OMETRIA_STAGING_KEY", "not-yet-valid")
            assert shop.run("retry", first["run"]).code == ExitCode.REFUSED
        return shop.run_folders()[-1].name

    return push


@pytest.mark.usefixtures("errors_with_ids")
def test_an_unfinished_retry_of_the_same_files_is_gone_on_with(
    shop: Shop, emulator: RunningEmulator, stopped_retry: Callable[[str], str]
) -> None:
    name = shop.contacts(10)
    retry = stopped_retry(name)
    ended = shop.run("push", name, *TO, "--json")
    assert ended.code == 0, ended.err
    assert f"run {retry}, a retry of run " in ended.err
    assert "is unfinished, 1 record to send" in ended.err
    assert (ended.json["run"], ended.json["accepted"]) == (retry, 1)
    assert len(stored(emulator)) == 10
    assert "Nothing to do" in shop.run("push", name, *TO).out


@pytest.mark.usefixtures("errors_with_ids")
def test_an_unfinished_retry_goes_before_files_that_have_changed(
    shop: Shop, emulator: RunningEmulator, stopped_retry: Callable[[str], str]
) -> None:
    name = shop.contacts(10)
    retry = stopped_retry(name)
    shop.contacts(12)
    ended = shop.run("push", name, *TO, "--json")
    assert ended.code == 0, ended.err
    assert (ended.json["accepted"], len(stored(emulator))) == (12, 12)
    assert shop.run("show", retry, "--json").json["state"] == "finished"


@pytest.mark.usefixtures("errors_with_ids")
def test_an_unfinished_retry_that_stops_again_keeps_the_new_files_for_later(
    shop: Shop, emulator: RunningEmulator, stopped_retry: Callable[[str], str]
) -> None:
    name = shop.contacts(10)
    retry = stopped_retry(name)
    shop.contacts(12)
    emulator.revoke_key()
    ended = shop.run("push", name, *TO)
    assert ended.code == ExitCode.REFUSED
    assert ended.out.splitlines()[-1] == f"Next: ometria-import resume {retry}"
    assert len(shop.run_folders()) == 2


@pytest.mark.usefixtures("errors_with_ids")
def test_a_retry_that_was_overtaken_is_told_of_and_left_alone(
    shop: Shop, emulator: RunningEmulator, stopped_retry: Callable[[str], str]
) -> None:
    name = shop.contacts(10)
    retry = stopped_retry(name)
    assert shop.run("push", shop.contacts(4, "others.csv"), *TO).code == 0
    before = pushes(emulator)
    ended = shop.run("push", name, *TO, "--json")
    assert ended.code == 0, ended.err
    step = f"ometria-import resume {retry} --even-if-older"
    assert f"{step} sends it anyway" in ended.err
    # The files are sent again as a whole: nobody knows what the account holds of them.
    assert (ended.json["accepted"], pushes(emulator)) == (10, before + 1)
    assert shop.run("resume", retry).code == ExitCode.USAGE
    assert shop.run("resume", retry, "--even-if-older").code == 0


def test_a_run_of_which_nothing_is_known_may_have_sent_anything(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.contacts(3)
    assert shop.run("push", name, *TO).code == 0
    assert shop.run("push", shop.contacts(2, "others.csv"), *TO).code == 0
    for path in shop.run_folders()[-1].glob("journal.db*"):
        path.write_bytes(b"no journal at all" * 500)
    assert shop.run("push", name, *TO).code == 0
    assert pushes(emulator) == 3


def test_files_that_changed_since_are_sent_after_what_the_old_run_has_left(
    shop: Shop, emulator: RunningEmulator, stopped: Callable[[str], str]
) -> None:
    name = shop.contacts(200)
    old = stopped(name)
    shop.write(name, "id,@collection,email\nnew,main,new@example.com\n")
    ended = shop.run("push", name, *TO, "--json")
    assert ended.code == 0
    assert f"run {old} of these files is unfinished" in ended.err
    assert "the files have changed since" in ended.err
    assert (ended.json["accepted"], ended.json["run"] != old) == (1, True)
    # Nothing lost: neither of the old files nor of the new ones.
    assert len(stored(emulator)) == 201
    assert [run["state"] for run in shop.run("runs", "--json").json["runs"]] == ["finished"] * 2


@pytest.mark.usefixtures("emulator")
def test_new_leaves_the_unfinished_run_alone(shop: Shop, stopped: Callable[[str], str]) -> None:
    name = shop.contacts(200)
    old = stopped(name)
    ended = shop.run("push", name, *TO, "--new", "--json")
    assert (ended.code, ended.json["accepted"]) == (0, 200)
    assert ended.json["run"] != old
    assert shop.run("push", name, *TO).out.startswith("Nothing to do: ")
    assert shop.run("resume", old, "--even-if-older", "--json").json["run"] == old


@pytest.mark.usefixtures("emulator")
def test_an_old_run_that_cannot_end_stops_the_new_one_with_its_code(
    shop: Shop,
    stopped: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = shop.contacts(200)
    old = stopped(name)
    shop.contacts(201)
    monkeypatch.setenv("OMETRIA_STAGING_KEY", "revoked")
    ended = shop.run("push", name, *TO, "--json")
    assert (ended.code, ended.json["exit_code"], ended.json["run"]) == (5, 5, old)
    assert [folder.name for folder in shop.run_folders()] == [old]


@pytest.mark.usefixtures("emulator")
def test_a_run_whose_package_is_damaged_is_left_for_a_new_one(
    shop: Shop, stopped: Callable[[str], str]
) -> None:
    name = shop.contacts(200)
    old = stopped(name)
    shop.the_package().unlink()
    ended = shop.run("push", name, *TO, "--json")
    assert (ended.code, ended.json["accepted"]) == (0, 200)
    assert f"run {old} cannot continue: package" in ended.err
    assert ended.json["run"] != old
    assert shop.run("push", name, *TO).out.startswith("Nothing to do: ")


def test_a_run_that_never_came_to_a_journal_is_not_gone_on_with(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.contacts(3)
    assert shop.run("push", name, *TO).code == 0
    (half,) = shop.run_folders()
    for path in half.glob("journal.db*"):
        path.unlink()
    ended = shop.run("push", name, *TO)
    assert ended.code == 0
    assert half.name not in ended.out + ended.err
    assert pushes(emulator) == 2


def test_standard_input_is_always_pushed_anew(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shop.contacts(3)
    for count in (1, 2):
        with (shop.folder / name).open() as file:
            monkeypatch.setattr(sys, "stdin", file)
            assert shop.run("push", "contact=-", *TO).code == 0
        assert pushes(emulator) == count


@pytest.mark.usefixtures("emulator")
def test_a_run_to_another_address_is_not_gone_on_with(
    shop: Shop, stopped: Callable[[str], str]
) -> None:
    name = shop.contacts(200)
    stopped(name)
    with running(Settings(rate=10_000, drain=1_000_000)) as other:
        shop.send_to(other.base_url)
        ended = shop.run("push", name, *TO, "--json")
        assert (ended.code, ended.json["accepted"]) == (0, 200)
        assert len(stored(other)) == 200


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize(("typed", "runs"), [(b"y\n", 2), (b"\n", 2), (b"n\n", 1)])
def test_somebody_at_a_terminal_is_asked_whether_the_rest_goes_first(
    shop: Shop,
    stopped: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    typed: bytes,
    runs: int,
) -> None:
    name = shop.contacts(200)
    old = stopped(name)
    shop.contacts(1, name)
    master, slave = os.openpty()
    with os.fdopen(slave, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(master, typed)
        ended = shop.run("push", name, *TO)
    os.close(master)
    assert ended.code == 0
    assert "Send what it has left first? [Y/n]" in ended.err
    states = {run["run"]: run["state"] for run in shop.run("runs", "--json").json["runs"]}
    assert list(states.values()).count("finished") == runs
    assert (states[old] == "finished") == (runs == 2)


@pytest.mark.usefixtures("emulator")
def test_somebody_who_does_not_answer_sends_nothing(
    shop: Shop, stopped: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = shop.contacts(200)
    old = stopped(name)
    shop.contacts(1, name)
    master, slave = os.openpty()
    with os.fdopen(slave, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        os.write(master, b"\x04")
        ended = shop.run("push", name, *TO)
    os.close(master)
    assert ended.code == ExitCode.USAGE
    assert "error: no answer; nothing was sent\nhint: " in ended.err
    assert [folder.name for folder in shop.run_folders()] == [old]


def test_a_run_of_the_future_does_not_hide_what_was_sent_after_it(
    shop: Shop, emulator: RunningEmulator
) -> None:
    name = shop.contacts(3)
    assert shop.run("push", name, *TO).code == 0
    # As if the clock had been set forward for it, and back again after.
    (first,) = shop.run_folders()
    first.rename(first.with_name(f"2099{first.name[4:]}"))
    shop.contacts(4)
    assert shop.run("push", name, *TO).code == 0
    shop.contacts(3)
    assert shop.run("push", name, *TO).code == 0
    assert pushes(emulator) == 3


@pytest.mark.parametrize("text", ["2h", "90m", "0.5d", "1w", "7200", "15 s"])
def test_durations_are_read(shop: Shop, emulator: RunningEmulator, text: str) -> None:
    assert shop.run("push", shop.contacts(1), *TO, "--give-up-after", text).code == 0
    assert pushes(emulator) == 1


@pytest.mark.parametrize("text", ["2 fortnights", "-1", "", "h", "9" * 30, "1e3", "nan"])
def test_durations_that_are_none_are_refused(shop: Shop, text: str) -> None:
    ended = shop.run("push", shop.contacts(1), *TO, "--give-up-after", text)
    assert ended.code == ExitCode.USAGE
    assert "is not a duration such as 90m, 12h, 3d or 2w" in ended.err
