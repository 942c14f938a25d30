"""`--quiet` says nothing at 0 and exactly one line otherwise: it becomes a mail of cron."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Ended, Shop
from tests.emulator.scenarios.scenarios import fault

TO = ("--to", "staging", "--quiet")
BAD_ROWS = "b1,main,nobody\nb2,main,nowhere\n"


def line_of(ended: Ended, code: int) -> str:
    """The one line that stands on stderr."""
    assert (ended.code, ended.out) == (code, ""), ended
    assert (ended.err.count("\n"), ended.err[-1:]) == (1, "\n"), ended.err
    return ended.err.rstrip("\n")


def contacts(shop: Shop, good: int, bad: str = BAD_ROWS) -> str:
    return shop.write("contacts.csv", (shop.folder / shop.contacts(good)).read_text() + bad)


def newest(shop: Shop) -> str:
    return shop.run_folders()[-1].name


def test_a_push_with_rejects_is_summed_up(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("late_refusal", record_id="c000001"))
    line = line_of(shop.run("push", contacts(shop, 1_200), *TO), 3)
    assert line == (
        "staging: 1,200 accepted, 2 rejected, 1 error at Ometria; "
        f"ometria-import show {newest(shop)}"
    )
    shown = shop.run(*line.partition("; ometria-import ")[2].split())
    assert "Prepared:  2 rejected" in shown.out
    again = line_of(shop.run("push", "contacts.csv", *TO), 3)
    assert again == (
        "staging: nothing to do; still open from the last run: 2 rejected, 1 error at Ometria; "
        f"ometria-import show {newest(shop)}"
    )


@pytest.mark.usefixtures("emulator")
def test_warnings_stand_in_the_line_and_make_none_by_themselves(shop: Shop) -> None:
    header = "id,@collection,email,phone_number\n"
    rows = "1,main,a@example.com,not a phone\n2,main,b@example.com,none at all\n"
    fine = shop.write("fine.csv", header + rows)
    ended = shop.run("push", fine, *TO)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    bad = shop.write("bad.csv", header + rows + "3,main,nobody,\n")
    line = line_of(shop.run("push", bad, *TO), 3)
    assert line.startswith("staging: 2 accepted, 1 rejected, 2 warnings; ometria-import show ")


def test_a_check_is_summed_up(shop: Shop) -> None:
    line = line_of(shop.run("check", contacts(shop, 5), "-q"), 3)
    words, _, path = line.partition("; ")
    assert words == "check: 5 ready to send, 2 rejected"
    assert (shop.folder / path).read_text().count("E012") == 2
    assert shop.run("check", shop.contacts(2), "-q").err == ""


def test_a_stop_by_max_rejects_is_summed_up_and_can_be_shown(shop: Shop) -> None:
    shop.send_to("http://127.0.0.1:9/v2")
    line = line_of(shop.run("push", contacts(shop, 5), *TO, "--max-rejects", "1%"), 4)
    assert line == (
        "staging: 2 of 7 contact records were rejected, --max-rejects allows 1% of each object "
        f"type; nothing was sent; ometria-import show {newest(shop)}"
    )
    checked = line_of(shop.run("check", "contacts.csv", "-q", "--max-rejects", "1%"), 4)
    assert checked.startswith("error: 2 of 7 contact records were rejected")


def test_rejects_alone_are_summed_up_and_can_be_shown(shop: Shop) -> None:
    shop.send_to("http://127.0.0.1:9/v2")
    line = line_of(shop.run("push", contacts(shop, 0), *TO), 3)
    step = f"ometria-import show {newest(shop)}"
    assert line == f"staging: nothing was sent, as all 2 records were rejected; {step}"
    assert "Prepared:  2 rejected" in shop.run("show", newest(shop)).out


def stopped_in_one_line(ended: Ended, code: int, words: str) -> None:
    line = line_of(ended, code)
    assert line.startswith("error: ")
    assert words in line
    assert line.count(". ") >= 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("push", "missing.csv", *TO), 4, "missing.csv does not exist"),
        (("push", *TO), 2, "no file is named"),
        (("push", "a.csv", "--to", "moon", "-q"), 2, "no account is called 'moon'"),
        (("push", "a.csv", *TO, "--date-order", "x"), 2, "--date-order"),
        (("check", "missing.csv", "-q"), 4, "missing.csv does not exist"),
        (("resume", "-q"), 2, "there is no unfinished run"),
        (("resume", "2", "--quiet"), 2, "there is no run"),
        (("retry", "2", "-yq"), 2, "there is no run"),
    ],
)
def test_a_stop_before_sending_is_one_line_with_what_to_do(
    shop: Shop, arguments: tuple[str, ...], code: int, words: str
) -> None:
    stopped_in_one_line(shop.run(*arguments), code, words)


def test_an_empty_standard_input_is_one_line_with_what_to_do(shop: Shop) -> None:
    stopped_in_one_line(shop.run_alone("push", "-", *TO), 4, "standard input")


def test_several_questions_are_one_line(shop: Shop) -> None:
    rows = "id,@collection,email,timestamp_acquired\n1,main,a@example.com,03/04/2024\n"
    names = [shop.write(f"contacts-{number}.csv", rows) for number in (1, 2)]
    line = line_of(shop.run("push", *names, *TO), 2)
    assert "contacts-1.csv" in line
    assert "contacts-2.csv" in line
    assert "--date-order" in line


def test_a_run_that_stops_names_the_command_that_goes_on(shop: Shop) -> None:
    shop.send_to("http://127.0.0.1:9/v2")
    line = line_of(shop.run("push", shop.contacts(3), *TO, "--give-up-after", "1s"), 75)
    assert line.startswith("staging: 0 accepted, 3 still to send: ")
    assert line.endswith(f"; ometria-import resume {newest(shop)}")
    again = line_of(shop.run("resume", "-q", "--give-up-after", "1s"), 75)
    assert again.endswith(f"; ometria-import resume {newest(shop)}")


def test_a_retry_that_is_refused_again_is_summed_up(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("answer", status=422, record_id="c000001"))
    shop.run("push", shop.contacts(3), "--to", "staging")
    line = line_of(shop.run("retry", newest(shop), "--refused-too", "-q"), 3)
    assert line == f"staging: 0 accepted, 1 refused; ometria-import show {newest(shop)}"
    emulator.heal()
    ended = shop.run("retry", newest(shop), "--refused-too", "-q")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_json_and_quiet_together_are_one_object_and_one_line(
    shop: Shop, emulator: RunningEmulator
) -> None:
    del emulator
    ended = shop.run("push", contacts(shop, 3), *TO, "--json")
    assert ended.json["exit_code"] == ended.code == ExitCode.REJECTS
    assert ended.err.count("\n") == 1


def test_the_rejects_of_a_rest_that_went_first_are_not_lost(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("OMETRIA_STAGING_KEY", "not-yet-valid")
        assert shop.run("push", contacts(shop, 3), *TO).code == ExitCode.REFUSED
    shop.contacts(4)
    line = line_of(shop.run("push", "contacts.csv", *TO), 3)
    assert line.startswith("staging: 4 accepted, and what was left of the run before had rejects;")
    del emulator


def test_a_bug_is_one_line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object, __: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ometria_import.config.home.Home.create_check", broken)
    line = line_of(shop.run("check", shop.contacts(1), "-q"), 1)
    assert line.startswith("error: unexpected error, this is a bug: ZeroDivisionError. Please")


def test_a_damaged_folder_says_one_line_as_well(shop: Shop) -> None:
    Path(".ometria-import").write_text("a file")
    assert "error: " in line_of(shop.run("check", shop.contacts(1), "-q"), 2)
