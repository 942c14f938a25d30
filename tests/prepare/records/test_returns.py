"""Orders with negative totals or quantities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ometria_import.options.choices import Returns
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, write

ORDERS = (
    "id,timestamp,grand_total,currency,lineitems.product_id,lineitems.quantity,"
    "lineitems.unit_price\n"
    "s1,2024-01-02T10:00:00Z,20.00,GBP,p1,2,10.00\n"
    "r1,2024-01-03T10:00:00Z,-10.00,GBP,p1,1,10.00\n"
    "r2,2024-01-04T10:00:00Z,5.00,GBP,p1,-1,10.00\n"
    "r2,2024-01-04T10:00:00Z,5.00,GBP,p2,1,15.00\n"
    "s2,2024-01-05T10:00:00Z,-0.00,GBP,p1,0,10.00\n"
    "bad,,-7.00,GBP,p1,-1,7.00\n"
)


def ids(outcome: Outcome) -> list[str]:
    return [record["id"] for record in outcome.records]


def test_returns_are_sent_with_their_negative_values_and_told_of(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "orders.csv", ORDERS)
    assert ids(outcome) == ["s1", "r1", "r2", "s2"]
    assert [float(record["grand_total"]) for record in outcome.records] == [20, -10, 5, 0]
    assert outcome.records[2]["lineitems"][0]["quantity"] == -1
    assert outcome.places("W047") == [(3, "grand_total"), (4, "lineitems.quantity")]
    (row, _) = [row for row in outcome.problems if row["code"] == "W047"]
    assert row["message"] == (
        "grand_total is -10.00, so this is a return; it is sent as an order with negative values"
    )


def test_returns_are_rejected_where_that_is_wanted(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "orders.csv", ORDERS, returns=Returns.REJECT)
    assert ids(outcome) == ["s1", "s2"]
    assert outcome.places("E047") == [(3, "grand_total"), (4, "lineitems.quantity")]
    assert (outcome.summary.rejected, outcome.summary.rows.rejected) == (3, 4)
    assert [row["id"] for row in outcome.rejects()] == ["r1", "r2", "r2", "bad"]


def test_returns_are_left_out_where_that_is_wanted_and_the_sum_comes_out(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "orders.csv", ORDERS, returns=Returns.LEAVE_OUT)
    assert ids(outcome) == ["s1", "s2"]
    assert outcome.places("W047") == [(3, "grand_total"), (4, "lineitems.quantity")]
    rows = outcome.summary.rows
    assert (rows.read, rows.in_records, rows.left_out, rows.rejected) == (6, 2, 3, 1)
    (year,) = outcome.summary.cross_checks.as_json()["sales"]
    assert (year["orders"], float(year["revenue"])) == (2, 20)


@pytest.mark.parametrize("choice", Returns)
def test_returns_in_json_are_those_of_a_table(tmp_path: Path, choice: Returns) -> None:
    def order(name: str, total: float, quantity: int) -> str:
        item = {"product_id": "p", "quantity": quantity, "unit_price": 5}
        moment = "2024-01-02T10:00:00Z"
        values = {"id": name, "timestamp": moment, "grand_total": total, "currency": "EUR"}
        return json.dumps({"@type": "order", **values, "lineitems": [item]})

    lines = [order("s", 5, 1), order("r1", -5, 1), order("r2", 0, -1)]
    outcome = prepare_text(tmp_path, "orders.ndjson", "\n".join(lines), returns=choice)
    assert ids(outcome) == (["s", "r1", "r2"] if choice is Returns.SEND else ["s"])
    letter = "E" if choice is Returns.REJECT else "W"
    assert outcome.places(f"{letter}047") == [(2, "grand_total"), (3, "lineitems.quantity")]


def test_a_refund_that_is_left_out_takes_no_place_of_the_order_with_its_id(tmp_path: Path) -> None:
    sale = write(tmp_path / "sales.csv", "".join(ORDERS.splitlines(keepends=True)[:2]))
    refund = ORDERS.splitlines()[0] + "\ns1,2024-01-02T10:00:00Z,-20.00,GBP,p1,-2,10.00\n"
    refunds = write(tmp_path / "refunds.csv", refund)
    outcome = prepare_files(
        tmp_path, f"order={sale}", f"order={refunds}", returns=Returns.LEAVE_OUT
    )
    assert [float(record["grand_total"]) for record in outcome.records] == [20]
    assert outcome.places("W040") == []


def test_negative_prices_of_other_records_are_no_returns(tmp_path: Path) -> None:
    text = "id,title,price,currency\np1,Voucher,-5.00,EUR\n"
    outcome = prepare_text(tmp_path, "products.csv", text, returns=Returns.REJECT)
    assert ids(outcome) == ["p1"]
