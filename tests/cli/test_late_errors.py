"""Late errors as `push` and `show` tell of them."""

from __future__ import annotations

import csv

import pytest

from ometria_import.emulator import RunningEmulator
from tests.cli.program import Shop
from tests.emulator.scenarios import fault


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
        "is_known": True,
    }
    assert "Rejected later: 2 accepted records" in shop.run("show").out


def test_what_cannot_be_known_is_said(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("answer", on="errors", status=403))
    ended = shop.run("push", shop.contacts(3), "--to", "staging")
    assert ended.code == 0, ended.err
    assert "Late errors are not known: push/_errors answered 403." in ended.out


def test_errors_without_a_record_name_the_retry(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(
        fault("late_refusal", record_id="c000001") + fault("errors_feed", hide=["record_id"])
    )
    ended = shop.run("push", shop.contacts(3), "--to", "staging")
    assert ended.code == 3, ended.err
    assert "Not attributed (W064): 1 of them names no record of this run." in ended.out
    assert f"ometria-import retry {shop.run_folders()[0].name}" in ended.out.splitlines()[-1]


def test_an_errors_own_words_are_no_formula_in_a_spreadsheet(
    shop: Shop, emulator: RunningEmulator
) -> None:
    words = "=cmd|' /C calc'!A0"
    emulator.play(fault("late_refusal", record_id="c000001", path=words, message=words))
    shop.run("push", shop.contacts(3), "--to", "staging")
    with (shop.run_folders()[0] / "api-problems.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert not [value for value in row.values() if value.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("value", ["-1", "4000", "true", '"soon"', "inf", "nan"])
def test_a_wait_that_makes_no_sense_is_refused(shop: Shop, value: str) -> None:
    shop.write("ometria-import.toml", f"[accounts.staging]\nwait_for_errors = {value}\n")
    ended = shop.run("push", shop.contacts(1), "--to", "staging")
    assert (ended.code, "wait_for_errors" in ended.err) == (2, True)
