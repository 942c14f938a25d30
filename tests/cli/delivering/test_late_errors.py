"""Late errors as `push` and `show` tell of them."""

from __future__ import annotations

import codecs
import csv
import json
import time
from pathlib import Path

import pytest

from ometria_import.emulator import RunningEmulator
from tests.cli.program import Shop, rows
from tests.emulator.scenarios.scenarios import fault


@pytest.mark.usefixtures("errors_with_ids")
def test_the_summary_and_json_tell_what_was_rejected_later(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", record_id=["c000003", "c000011"], path="root > email"))
    ended = shop.run("push", shop.contacts(20), "--to", "staging")
    assert ended.code == 3, ended.err
    assert "Rejected later: 2 accepted records" in ended.out
    assert "Everything that was sent was accepted" not in ended.out
    shown = shop.run("show", "--json").json
    assert (shown["accepted"], shown["rejected_later"], shown["exit_code"]) == (20, 2, 3)
    assert shown["delivered"]["contact"]["rejected_later"] == 2
    assert shown["late_errors"] == {
        "errors": 2,
        "unattributed": 0,
        "elsewhere": 0,
        "missed_batches": [],
        "unread_batches": [],
        "is_at_least": False,
        "unreadable": "",
        "was_read": True,
        "is_known": True,
    }
    assert "Rejected later: 2 accepted records" in shop.run("show").out


def test_what_cannot_be_known_is_said_everywhere_and_is_no_success(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", on="errors", status=403))
    ended = shop.run("push", shop.contacts(3), "--to", "staging")
    run = shop.run_folders()[0]
    words = "Late errors are not known (W066): push/_errors answered 403."
    assert (ended.code, words in ended.out) == (3, True), ended.err
    assert "it is not known whether all of it was stored" in ended.out
    assert "not everything was imported" not in ended.out
    assert ended.out.splitlines()[-1] == f"Next: ometria-import errors --run {run.name}"
    again = shop.run("retry", run.name)
    assert (again.code, again.out.splitlines()[-1]) == (0, ended.out.splitlines()[-1])
    shown = shop.run("show")
    assert words in shown.out
    assert f"ometria-import errors --run {run.name}" in shown.out.splitlines()[-1]
    said = shop.run("show", "--json").json
    assert (said["exit_code"], said["late_errors"]["is_known"]) == (3, False)
    (row,) = _told(run)
    assert (row["code"], "answered 403" in row["message"]) == ("W066", True)
    log = [json.loads(line) for line in (run / "run.log").read_text().splitlines()]
    assert (log[-1]["exit_code"], log[-1]["late_errors_known"]) == (3, False)


def test_an_error_list_that_nobody_may_read_can_be_left_alone(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", on="errors", status=403))
    settings = shop.folder / "ometria-import.toml"
    settings.write_text(settings.read_text().replace("wait_for", "read_errors = false\nwait_for"))
    ended = shop.run("push", shop.contacts(3), "--to", "staging")
    assert (ended.code, "was not read: read_errors = false" in ended.out) == (0, True)
    assert rows(emulator, "SELECT count(*) FROM request WHERE method = 'GET'") == [(0,)]
    assert shop.run("show", "--json").json["late_errors"]["is_known"] is False


@pytest.mark.parametrize("value", ["0", '"no"', "nan", "[]"])
def test_whether_errors_are_read_is_true_or_false(shop: Shop, value: str) -> None:
    shop.write("ometria-import.toml", f"[accounts.live]\nread_errors = {value}\n")
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert (ended.code, "'read_errors' in [accounts.live] must be true or false" in ended.err) == (
        2,
        True,
    )


@pytest.mark.usefixtures("errors_with_ids")
def test_errors_that_came_after_the_run_are_added_to_it(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(
        fault("late_refusal", record_id=["c000003"], path="root > email", after_s=0.5)
        + fault("limits", read_rate=1_000)
    )
    assert shop.run("push", shop.contacts(20), "--to", "staging").code == 0
    run = shop.run_folders()[0]
    _until_listed(shop)
    listed = shop.run("errors")
    assert listed.out.splitlines()[-1] == f"Next: ometria-import errors --run {run.name}"
    ended = shop.run("errors", "--run", run.name)
    assert (ended.code, "Rejected later: 1 accepted record" in ended.out) == (3, True), ended.err
    (row,) = _told(run)
    assert (row["code"], row["line"], row["field"]) == ("E063", "5", "email")
    (line,) = (run / "rejects" / "contact-refused.ndjson").read_text().splitlines()
    assert json.loads(line)["id"] == "c000003"
    assert "the API found after accepting it" in json.loads(line)["reject"]["reasons"]
    assert shop.run("show", "--json").json["exit_code"] == 3
    again = shop.run("errors", "--run", run.name, "--json").json
    assert (again["rejected_later"], again["late_errors"]["errors"]) == (1, 1)


def test_a_list_that_can_be_read_again_settles_what_was_not_known(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", on="errors", status=500, from_request=2))
    assert shop.run("push", shop.contacts(3), "--to", "staging").code == 3
    run = shop.run_folders()[0]
    assert shop.run("errors", "--run", run.name).code == 75
    assert _told(run)
    emulator.heal()
    ended = shop.run("errors", "--run", run.name)
    assert (ended.code, "Everything was accepted: 3 contacts in 1 request." in ended.out) == (
        0,
        True,
    )
    assert not (run / "api-problems.csv").exists()
    assert shop.run("show", "--json").json["exit_code"] == 0


@pytest.mark.usefixtures("errors_with_ids")
def test_errors_that_a_later_run_may_have_caused_are_not_added(
    shop: Shop, emulator: RunningEmulator
) -> None:
    shop.run("push", shop.contacts(3), "--to", "staging")
    emulator.play(
        fault("late_refusal", record_id="c000001")
        + fault("errors_feed", hide=["request_id", "timestamp"])
    )
    shop.run("push", shop.contacts(3), "--to", "staging", "--new")
    first, second = shop.run_folders()
    ended = shop.run("errors", "--run", first.name)
    assert (ended.code, "Later runs sent to the account" in ended.out) == (0, True)
    assert not (first / "api-problems.csv").exists()
    assert [row["code"] for row in _told(second)] == ["E063"]


@pytest.mark.usefixtures("errors_with_ids")
def test_a_first_reading_after_the_run_adds_what_names_its_requests(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(
        fault("answer", on="errors", status=500) + fault("late_refusal", record_id="c000001")
    )
    assert shop.run("push", shop.contacts(3), "--to", "staging").code == 3
    emulator.play(fault("errors_feed", foreign=2))
    (run,) = shop.run_folders()
    assert shop.run("errors", "--run", run.name).code == 3
    assert [row["code"] for row in _told(run)] == ["E063", "W065"]


def test_errors_are_added_to_finished_runs_of_the_same_address_only(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("answer", status=403))
    shop.run("push", shop.contacts(3), "--to", "staging")
    stopped = shop.run("errors", "--run", shop.run_folders()[0].name)
    assert (stopped.code, "ometria-import resume" in stopped.err) == (2, True)
    both = shop.run("errors", "--run", "2", "--to", "live")
    assert (both.code, "Leave out --to" in both.err) == (2, True)
    shop.run("push", shop.contacts(3), "--to", "staging", "--dry-run", "--new")
    rehearsed = shop.run("errors", "--run", shop.run_folders()[-1].name)
    assert (rehearsed.code, "dry run" in rehearsed.err) == (2, True)
    emulator.heal()
    shop.run("resume")
    shop.send_to("http://127.0.0.1:1/v2")
    elsewhere = shop.run("errors", "--run", shop.run_folders()[0].name)
    assert (elsewhere.code, "base_url is now" in elsewhere.err) == (2, True)


def _told(run: Path) -> list[dict[str, str]]:
    assert (run / "api-problems.csv").read_bytes().startswith(codecs.BOM_UTF8)
    with (run / "api-problems.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    causes = [(row["code"], row["field"], row["source"]) for row in rows]
    assert causes == sorted(causes)
    return rows


def _until_listed(shop: Shop) -> None:
    """Wait until the account's list has an entry."""
    for _ in range(100):
        if shop.run("errors", "--json").json["errors"]:
            return
        time.sleep(0.05)


def test_errors_without_a_record_name_the_retry(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(
        fault("late_refusal", record_id="c000001") + fault("errors_feed", hide=["record_id"])
    )
    ended = shop.run("push", shop.contacts(3), "--to", "staging")
    assert ended.code == 3, ended.err
    assert "1 refused by Ometria, record unknown (W064)" in ended.out
    assert f"ometria-import retry {shop.run_folders()[0].name}" in ended.out.splitlines()[-1]


def test_an_errors_own_words_are_no_formula_in_a_spreadsheet(
    shop: Shop, emulator: RunningEmulator
) -> None:
    words = "=cmd|' /C calc'!A0"
    emulator.play(fault("late_refusal", record_id="c000001", path=words, message=words))
    shop.run("push", shop.contacts(3), "--to", "staging")
    (row,) = _told(shop.run_folders()[0])
    assert not [value for value in row.values() if value.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("value", ["-1", "4000", "true", '"soon"', "inf", "nan"])
def test_a_wait_that_makes_no_sense_is_refused(shop: Shop, value: str) -> None:
    shop.write("ometria-import.toml", f"[accounts.staging]\nwait_for_errors = {value}\n")
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert (ended.code, "wait_for_errors" in ended.err) == (2, True)
