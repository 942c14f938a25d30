"""What `verify` and `report` say of a run that sent only what had changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Shop

TO = ("--to", "staging")
HEAD = "id,timestamp,grand_total,currency\n"
ORDERS = ["o1,2024-01-05,10.00,EUR", "o2,2024-01-06,5.50,EUR", "o3,2024-02-01,7.25,EUR"]
CHANGED = [ORDERS[0], "o2,2024-01-06,6.00,EUR", ORDERS[2], "o4,2024-02-02,1.00,EUR"]


@pytest.fixture
def run(shop: Shop) -> Path:
    """The folder of a run that sent two of four orders, as the two others had not changed."""
    assert shop.run("push", orders(shop, ORDERS), *TO).code == 0
    ended = shop.run("push", orders(shop, CHANGED), *TO, "--changed")
    assert (ended.code, "1 new, 1 changed; 2 unchanged" in ended.err) == (0, True)
    run = shop.run_folders()[-1]
    assert "Revenue:   7.00 EUR of 2 orders" in shop.run("show", run.name).out
    return run


def orders(shop: Shop, rows: list[str]) -> str:
    return shop.write("orders.csv", HEAD + "".join(f"{row}\n" for row in rows))


def sums(month: dict[str, Any]) -> list[tuple[int, str]]:
    kinds = ("file", "sent", "accepted", "found")
    return [(month[kind]["orders"], month[kind]["revenue"]) for kind in kinds if month[kind]]


@pytest.mark.usefixtures("emulator")
def test_the_proof_of_load_begins_with_what_the_files_hold(shop: Shop, run: Path) -> None:
    ended = shop.run("verify", run.name, "--all", "--settle", "0")
    assert ended.code == 0, ended.err
    assert "files → sent, EUR: 2 orders unchanged since they were given, and left out, 17.25" in (
        " ".join(ended.out.split())
    )
    assert "2 records are not part of this: earlier runs gave them to the account" in (
        " ".join(ended.out.split())
    )
    told = json.loads(next(shop.folder.rglob("verify/*/summary.json")).read_bytes())
    january, february = told["load"]["months"]
    assert sums(january) == [(2, "16.00"), (1, "6.00"), (1, "6.00"), (1, "6.00")]
    assert sums(february) == [(2, "8.25"), (1, "1.00"), (1, "1.00"), (1, "1.00")]
    assert told["unchanged"] == 2
    assert [(each["cause"], each["orders"], each["revenue"]) for each in january["steps"]] == [
        ("unchanged", 1, "10.00")
    ]


@pytest.mark.usefixtures("emulator")
def test_the_report_says_what_was_left_out(shop: Shop, run: Path) -> None:
    assert shop.run("verify", run.name, "--all", "--settle", "0").code == 0
    assert shop.run("report", run.name).code == 0
    told = json.loads((run / "report.json").read_bytes())
    (chain,) = told["chain"]
    counted = [chain[name] for name in ("made", "unchanged", "records", "accepted", "found")]
    assert counted == [4, 2, 2, 2, 2]
    assert told["money"]["periods"][0]["file"] == {"orders": 2, "revenue": "16.00"}
    words = "2 records of the files are unchanged since earlier runs gave them, and left out"
    assert words in told["verdict"]["sentence"]
    page = (run / "report.html").read_text()
    assert (words in page, "Unchanged, left out" in page) == (True, True)


@pytest.mark.usefixtures("emulator")
def test_a_run_of_everything_says_nothing_of_that(shop: Shop) -> None:
    assert shop.run("push", orders(shop, ORDERS), *TO).code == 0
    assert "not part of this" not in shop.run("verify", "--all", "--settle", "0").out
    assert shop.run("report").code == 0
    (only,) = shop.run_folders()
    assert "Unchanged, left out" not in (only / "report.html").read_text()
    assert json.loads((only / "report.json").read_bytes())["chain"][0]["unchanged"] == 0
