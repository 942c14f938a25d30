from __future__ import annotations

import pytest

from ometria_import.emulator import RunningEmulator
from tests.cli.program import Shop, rows
from tests.emulator.scenarios.scenarios import fault


def test_an_account_without_errors_says_so(shop: Shop, emulator: RunningEmulator) -> None:
    ended = shop.run("errors")
    assert (ended.code, "no validation errors" in ended.out) == (0, True)
    assert shop.run("errors", "--to", "live", "--json").json == {
        "account": "live",
        "errors": [],
        "run": None,
        "exit_code": 0,
    }
    assert rows(emulator, "SELECT method, path FROM request") == [("GET", "/v2/push/_errors")] * 2


@pytest.mark.usefixtures("errors_with_ids")
def test_errors_are_grouped_and_traced_to_the_rows_of_the_newest_run(
    shop: Shop, emulator: RunningEmulator
) -> None:
    emulator.play(fault("late_refusal", every_record=2, path="root > email"))
    shop.run("push", shop.contacts(10), "--to", "staging")
    ended = shop.run("errors")
    assert ended.code == 0, ended.err
    assert "not a valid value  5×" in ended.out
    assert "contacts.csv:3, contacts.csv:5, contacts.csv:7 …" in ended.out
    said = shop.run("errors", "--json").json
    assert [(each["message"], each["path"], each["count"]) for each in said["errors"]] == [
        ("not a valid value", "root > email", 5)
    ]
    assert said["errors"][0]["records"][0] == "contacts.csv:3"
    assert said["run"] == shop.run_folders()[-1].name


def test_errors_of_no_run_are_shown_all_the_same(shop: Shop, emulator: RunningEmulator) -> None:
    emulator.play(fault("errors_feed", foreign=3))
    said = shop.run("errors", "--json").json
    assert (sum(each["count"] for each in said["errors"]), said["run"]) == (3, None)


@pytest.mark.parametrize(
    ("status", "code"), [(403, 5), (401, 5), (404, 5), (429, 75), (500, 75), (302, 75)]
)
def test_a_list_that_cannot_be_read_is_told(
    shop: Shop, emulator: RunningEmulator, status: int, code: int
) -> None:
    emulator.play(fault("answer", on="errors", status=status))
    ended = shop.run("errors")
    assert ended.code == code
    assert f"push/_errors answered {status}" in ended.err
    assert "hint: " in ended.err


def test_without_a_key_nothing_is_asked(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMETRIA_STAGING_KEY")
    assert shop.run("errors").code == 2
