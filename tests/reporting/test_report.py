"""The report of a run: its numbers, its page, and what it says where something is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ometria_import.emulator import RunningEmulator
from ometria_import.errors import ExitCode
from tests.cli.program import Shop
from tests.reporting.pages import Page

DASH = "\u2013"
CONTACTS = """\
id,@collection,email,firstname,marketing_optin,timestamp_subscribed,secret_note
cust-7001,main,Ann@Example.com,Annalotta,EXPLICITLY_OPTEDIN,2024-01-05T10:00:00Z,likes tea
c2,main,bo@example.com,Bo,EXPLICITLY_OPTEDOUT,,
c3,main,no address,Cy,,,
"""
ORDERS = """\
id,timestamp,grand_total,currency,customer.email,lineitems.product_id,lineitems.quantity,lineitems.unit_price
order-9001,2024-01-10T10:00:00Z,12.50,GBP,ann@example.com,p1,1,12.50
o2,2024-02-10T10:00:00Z,30.00,GBP,bo@example.com,p1,2,15.00
o3,2024-02-11T10:00:00Z,80.00,EUR,dan@example.com,p9,1,80.00
"""


def pushed(shop: Shop, *arguments: str) -> Path:
    """Push contacts and orders; returns the run's folder."""
    files = shop.write("contacts.csv", CONTACTS), shop.write("orders.csv", ORDERS)
    assert shop.run("push", *files, "--to", "staging", *arguments).code == ExitCode.REJECTS
    return shop.run_folders()[-1]


def numbers(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "report.json").read_bytes()))


def page(folder: Path) -> Page:
    return Page((folder / "report.html").read_text("utf-8"))


def test_a_push_leaves_a_report_whose_numbers_and_page_agree(
    shop: Shop, emulator: RunningEmulator
) -> None:
    folder = pushed(shop)

    told, shown = numbers(folder), page(folder)
    assert told["run"]["id"] == folder.name
    assert told["run"]["address"] == emulator.base_url
    assert told["run"]["command"].startswith("ometria-import push contacts.csv orders.csv")
    assert told["verdict"]["tone"] == "open"
    assert told["verdict"]["details"] == [
        "1 record was rejected while the files were read, and not sent."
    ]
    contact, order = told["chain"]
    assert (contact["rows"], contact["rejected"], contact["records"]) == (3, 1, 2)
    assert (order["rows"], order["sent"], order["accepted"]) == (3, 3, 3)
    assert shown.table("Records by object type")[1:] == [
        ["contact", "3", "1", "2", "2", "2", "2", "0", "0", DASH, DASH],
        ["order", "3", "0", "3", "3", "3", "3", "0", "0", DASH, DASH],
    ]
    assert shown.table("Orders and revenue by month")[2:] == [
        ["EUR"],
        ["2024-02", *["1", "80.00"] * 3, ""],
        ["GBP"],
        ["2024-01", *["1", "12.50"] * 3, ""],
        ["2024-02", *["1", "30.00"] * 3, ""],
        ["all", *["2", "42.50"] * 3, ""],
    ]
    assert shown.table("Whether records that refer")[1:] == [
        ["line items that name a product of these files", "3", DASH, DASH],
        ["orders whose customer is a contact of these files", "3", "2", "66.7 %"],
        ["orders whose line items add up to their total", "3", "3", "100 %"],
    ]


def test_columns_tell_what_was_filled_rewritten_dropped_and_left_out(
    shop: Shop, emulator: RunningEmulator
) -> None:
    assert emulator.base_url
    folder = pushed(shop, "--unmapped", "ignore")

    rows = page(folder).table("Which column fed which field")
    assert rows[1] == ["contacts.csv"]
    assert ["email", "email", "3", "100 %", "1", "1"] in rows
    assert ["timestamp_subscribed", "timestamp_subscribed", "3", "33.3 %", "", ""] in rows
    assert ["secret_note", "left out", "", "", "", ""] in rows


def test_a_report_holds_no_personal_data_and_examples_only_masked(
    shop: Shop, emulator: RunningEmulator
) -> None:
    assert emulator.base_url
    folder = pushed(shop)
    secrets = ("ann@", "bo@", "dan@", "no address", "annalotta", "likes tea", "-7001", "-9001")

    for with_examples in (False, True):
        ended = shop.run("report", *(["--examples"] if with_examples else []))
        assert ended.code == 0
        for name in ("report.html", "report.json"):
            text = (folder / name).read_text("utf-8")
            assert [word for word in secrets if word in text.lower()] == []

    rows = page(folder).table("Which column fed which field")
    (email,) = (row for row in rows if row[:2] == ["email", "email"])
    assert email[-1] == "xxx@xxxxxxx.xxx, xx@xxxxxxx.xxx"
    (total,) = (row for row in rows if row[:2] == ["grand_total", "grand_total"])
    assert total[-1] == "99.99"


def test_writing_a_report_again_makes_the_very_same_bytes(
    shop: Shop, emulator: RunningEmulator, tmp_path: Path
) -> None:
    assert emulator.base_url
    folder = pushed(shop)
    first = (folder / "report.html").read_bytes(), (folder / "report.json").read_bytes()

    assert shop.run("report", folder.name, "--out", "copy.html").code == 0

    assert (tmp_path / "copy.html").read_bytes() == first[0]
    assert (folder / "report.json").read_bytes() == first[1]


def test_names_of_files_and_columns_are_text_and_never_tags(
    shop: Shop, emulator: RunningEmulator
) -> None:
    assert emulator.base_url
    evil = "<script>alert(1)</script>\u202e\x07{{ 7 * 7 }}&amp;'\""
    (shop.folder / "a<b>&\udcff.csv").write_text(
        f"id,@collection,email,{evil.replace(chr(34), chr(34) * 2)}\nc1,main,a@example.com,x\n"
    )

    ended = shop.run("push", "contact=a<b>&\udcff.csv", "--to", "staging")
    assert ended.code == 0, ended.err

    text = (shop.run_folders()[-1] / "report.html").read_text("utf-8")
    shown = Page(text)
    assert "<script" not in text
    assert "alert(1)" in shown.text
    assert "{{ 7 * 7 }}" in shown.text
    assert "\u202e" not in text
    assert shown.table("The sources")[1][0].startswith("a<b>&\\udcff.csv")


def test_the_page_needs_nothing_but_itself_and_can_be_heard(
    shop: Shop, emulator: RunningEmulator
) -> None:
    assert emulator.base_url
    text = (pushed(shop) / "report.html").read_text("utf-8")
    shown = Page(text)

    (policy,) = (own for own in shown.named("meta") if "http-equiv" in own)
    assert policy["content"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    for tag in ("script", "link", "img", "iframe", "object"):
        assert shown.named(tag) == []
    assert all(own["href"].startswith("#") for own in shown.named("a"))
    assert shown.named("html") == [{"lang": "en"}]
    assert len(shown.named("h1")) == 1
    assert len(shown.tables) == len(shown.named("table")) == len(shown.named("caption"))
    assert all(own["scope"] in {"col", "row", "colgroup", "rowgroup"} for own in shown.named("th"))
    drawn = [own for own in shown.named("svg") if own.get("aria-hidden") != "true"]
    assert len(drawn) == 2
    ids = {own["id"] for _, own in shown.tags if "id" in own}
    for chart in drawn:
        assert chart["role"] == "img"
        assert set(chart["aria-labelledby"].split()) <= ids
    assert {own["href"][1:] for own in shown.named("a")} <= ids


def _no_package(folder: Path) -> None:
    shutil.rmtree(folder.parent.parent / "packages")


def _no_sums(folder: Path) -> None:
    (folder / "sums.json").write_text('{"rejected": "x", "rows": 7}')
    _no_package(folder)


def _no_problems(folder: Path) -> None:
    (folder / "problems.csv").write_text("severity,code\nerror\n")


def _no_columns(folder: Path) -> None:
    (folder / "columns.json").write_text("[" * 100_000)


def _no_request(folder: Path) -> None:
    (folder / "request.json").unlink()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_no_package, "What the records would set off in a live account"),
        (_no_sums, "How the rows of the files became records"),
        (_no_problems, "a file that lists them is missing or damaged"),
        (_no_columns, "Which columns were filled"),
        (_no_request, "The command was not recorded"),
    ],
)
def test_what_is_gone_or_damaged_is_said_and_the_rest_told(
    shop: Shop, emulator: RunningEmulator, damage: Any, words: str
) -> None:
    assert emulator.base_url
    folder = pushed(shop)
    damage(folder)

    ended = shop.run("report")

    assert ended.code == 0, ended.err
    shown = page(folder)
    assert words in shown.text
    assert shown.table("Records by object type")[2][5:7] == ["3", "3"]


def test_bad_input_is_answered_in_a_sentence(shop: Shop, emulator: RunningEmulator) -> None:
    assert emulator.base_url
    assert "there is no run in" in shop.run("report").err
    folder = pushed(shop)
    shop.write("notes.html", "<p>mine</p>")
    (shop.folder / "folder").mkdir()

    for arguments, words in (
        (["nothing"], "there is no run 'nothing'"),
        (["--out", "missing/report.html"], "the folder missing does not exist"),
        (["--out", "notes.html"], "notes.html exists and is not a report"),
        (["--out", "folder"], "folder is a folder"),
        (["--out", "/dev/null"], "/dev/null is no file"),
    ):
        ended = shop.run("report", *arguments)
        assert ended.code == ExitCode.USAGE
        assert words in ended.err
    assert (shop.folder / "notes.html").read_text() == "<p>mine</p>"

    (folder / "journal.db").write_bytes(b"no journal" * 500)
    ended = shop.run("report", folder.name)
    assert ended.code == ExitCode.UNUSABLE
    assert "Traceback" not in ended.err


def test_a_report_that_cannot_be_written_fails_no_run(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert emulator.base_url

    def broken(_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr("ometria_import.reporting.files.render", broken)
    file = shop.contacts(3)

    ended = shop.run("push", file, "--to", "staging", "--json")

    assert ended.code == 0
    assert "the report could not be written: this is a bug: ZeroDivisionError" in ended.err
    assert "report" not in json.loads(ended.out)
    assert not (shop.run_folders()[-1] / "report.html").exists()


def test_json_names_the_files_and_holds_the_numbers(shop: Shop, emulator: RunningEmulator) -> None:
    assert emulator.base_url
    folder = pushed(shop)

    told = json.loads(shop.run("report", "--json").out)

    assert Path(told["report"]) == Path(".ometria-import/runs") / folder.name / "report.html"
    assert told["numbers"] == numbers(folder)
    assert json.loads(shop.run("show", "--json").out)["files"]["report"] == told["report"]


def test_the_page_is_opened_in_a_browser_where_there_is_one(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert emulator.base_url
    folder = pushed(shop)
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)

    ended = shop.run("report", "--open")

    assert ended.code == 0
    assert opened == [(folder / "report.html").as_uri()]
    assert "no browser could be opened here" in ended.err


def test_what_was_allowed_names_who_allowed_it(
    shop: Shop, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert emulator.base_url
    monkeypatch.setenv("LOGNAME", "anna")
    file = shop.write("contacts.csv", "\n".join(CONTACTS.splitlines()[:2]) + "\n")

    ended = shop.run("push", file, "--to", "live", "--yes", "--allow", "welcome-campaigns")

    assert ended.code == 0, ended.err
    folder = shop.run_folders()[-1]
    (allowed,) = numbers(folder)["consent"]["allowed"]
    assert (allowed["danger"], allowed["by"]) == ("welcome-campaigns", "anna")
    row = page(folder).table("What was allowed")[1]
    assert row[:2] == ["welcome-campaigns", "anna"]
    assert row[2].endswith(" UTC")


def test_a_dry_run_and_a_run_that_stopped_have_reports_too(
    shop: Shop, emulator: RunningEmulator
) -> None:
    assert emulator.base_url
    pushed(shop, "--dry-run")
    assert shop.run("report").out.startswith("Nothing was sent: this is a dry run of 5 records.")

    code = shop.run("push", "contacts.csv", "--to", "staging", "--max-rejects", "0").code
    assert code == ExitCode.UNUSABLE
    assert shop.run("report").out.startswith("Nothing was sent: 1 of 3 records were rejected")
