"""Reject files that come back mended, and sheets of workbooks."""

from __future__ import annotations

import json

import openpyxl
import pytest

from ometria_import.emulator import RunningEmulator
from tests.cli.program import Shop, stored
from tests.emulator.scenarios.scenarios import fault

BAD = "id,@collection,email\n1,main,nobody\n2,main,nowhere\n3,main,c@example.com\n"


def test_mended_rejects_are_pushed_as_they_are_and_shown_as_mended(
    shop: Shop, emulator: RunningEmulator
) -> None:
    first = shop.run("push", shop.write("contacts.csv", BAD), "--to", "staging", "--json").json
    (rejects,) = first["reject_files"]
    path = shop.folder / rejects
    path.write_text(path.read_text().replace("main,nobody", "main,a@example.com"))
    ended = shop.run("push", rejects, "--to", "staging")
    assert ended.code == 3, ended.err
    assert f"1 record corrected that run {first['run']} had rejected" in ended.out
    assert len(stored(emulator)) == 2
    shown = shop.run("show", first["run"])
    assert "Mended:    1 of the rejected records, and sent since" in shown.out
    assert shop.run("show", first["run"], "--json").json["mended"] == 1
    assert "Mended" not in shop.run("show").out


@pytest.mark.parametrize("command", ["inspect", "check"])
def test_a_sheet_is_chosen_by_its_name(shop: Shop, command: str) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["nothing to see"])
    sheet = book.create_sheet("People")
    for row in (["id", "@collection", "email"], ["1", "main", "a@example.com"]):
        sheet.append(row)
    book.save(shop.folder / "book.xlsx")
    ended = shop.run(command, "book.xlsx", "--sheet", "People")
    assert ended.code == 0, ended.err
    assert "--sheet People" in ended.out.splitlines()[-1]
    assert shop.run(command, "book.xlsx").code == 4


ZONELESS = "id,@collection,email,timestamp_acquired\n1,main,a@example.com,2024-01-05 10:00:00\n"


def test_each_run_shows_its_own_sums_though_the_package_is_the_same(
    shop: Shop, emulator: RunningEmulator
) -> None:
    """Bug: the sums of the run that wrote the package first were shown of all of them."""
    name = shop.write("contacts.csv", ZONELESS)
    first = shop.run("push", name, "--to", "staging", "--json").json
    second = shop.run("push", name, "--to", "live", "--yes", "--timezone", "UTC", "--json").json

    assert first["problems"] == {"W052": 1, "W053": 1}
    for run in (first, second):
        assert shop.run("show", run["run"], "--json").json["problems"] == run["problems"]
    assert second["problems"] == {"W053": 1}
    assert stored(emulator) == stored(emulator, "live")
    assert len(list((shop.folder / ".ometria-import" / "packages").glob("*.db"))) == 1


def test_what_is_rejected_here_and_what_the_api_refuses_of_one_file_stand_in_two(
    shop: Shop, emulator: RunningEmulator
) -> None:
    """Bug: pushing `contact-refused.ndjson` again lost what was rejected here."""
    emulator.play(fault("answer", status=422, record_id=["c000000", "c000001"]))
    first = shop.run("push", shop.contacts(3), "--to", "staging", "--json").json
    (run,) = shop.run_folders()
    (path,) = run.glob("rejects/*")
    assert path.name == "contact-refused.ndjson"
    path.write_text(path.read_text().replace("p0@example.com", "nobody"))
    ended = shop.run("push", str(path.relative_to(shop.folder)), "--to", "staging")
    assert (first["exit_code"], ended.code) == (3, 3), ended.err
    again = shop.run_folders()[-1]
    lines = [line for each in again.glob("rejects/*") for line in each.read_text().splitlines()]
    assert sorted(json.loads(line)["id"] for line in lines) == ["c000000", "c000001"]
