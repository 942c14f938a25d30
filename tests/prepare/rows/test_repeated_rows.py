"""Rows of one order that stand in a file more than once: each line item counts once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, write
from tests.prepare.same_keys.test_same_keys import ORDERS, order_row

OTHER = order_row(id="7", product="PEN")
MUG, CUP = order_row(total="30.00"), order_row(total="30.00", product="CUP", price="20.00")


def orders(folder: Path, *rows: str) -> Outcome:
    return prepare_text(folder, "orders.csv", ORDERS + "".join(rows))


def products(outcome: Outcome, order: str = "1001") -> list[str]:
    (record,) = (each for each in outcome.records if each["id"] == order)
    return [item["product_id"] for item in record["lineitems"]]


def test_block_of_an_order_that_stands_twice_counts_once(tmp_path: Path) -> None:
    outcome = orders(tmp_path, MUG, CUP, OTHER, MUG, CUP)

    assert products(outcome) == ["MUG", "CUP"]
    (problem,) = (row for row in outcome.problems if row["code"] == "W037")
    assert (problem["line"], problem["message"]) == (
        "5",
        "2 rows of a record are in the file from line 2 on, too, and counted once",
    )
    assert outcome.summary.rows.repeated == 2
    assert outcome.places("W041") == []


def test_exports_that_overlap_within_an_order_give_each_line_item_once(tmp_path: Path) -> None:
    outcome = orders(tmp_path, MUG, CUP, OTHER, CUP, MUG.replace("MUG", "POT"))

    assert products(outcome) == ["MUG", "CUP", "POT"]
    assert outcome.summary.rows.repeated == 1


def test_scattered_line_items_of_an_order_are_parts_of_it(tmp_path: Path) -> None:
    outcome = orders(tmp_path, MUG, OTHER, CUP)

    assert products(outcome) == ["MUG", "CUP"]
    assert outcome.summary.problems == {}


def test_an_order_that_was_exported_again_in_one_file_counts_as_it_was_last(tmp_path: Path) -> None:
    again = order_row(total="10.00", status="refunded")

    outcome = orders(tmp_path, MUG, CUP, OTHER, again)

    assert products(outcome) == ["MUG"]
    (record,) = (each for each in outcome.records if each["id"] == "1001")
    assert (record["status"], str(record["grand_total"])) == ("refunded", "10.00")
    assert outcome.places("W040") == [(2, "")]
    assert (outcome.summary.superseded, outcome.summary.rows.superseded) == (1, 2)
    assert outcome.places("W041") == []


def test_two_orders_of_one_id_in_one_file_are_both_rejected(tmp_path: Path) -> None:
    other = order_row(timestamp="2024-06-01T10:00:00Z", email="bo@example.com", currency="USD")

    outcome = orders(tmp_path, MUG, OTHER, other)

    assert [record["id"] for record in outcome.records] == ["7"]
    (problem,) = (row for row in outcome.problems if row["code"] == "E036")
    assert (problem["line"], problem["field"]) == ("4", "timestamp")
    assert "line 2" in problem["message"]
    assert "order_prefix" in problem["message"]
    assert [row["reject_line"] for row in outcome.rejects()] == ["2", "4"]
    assert outcome.places("W041") == []


def test_the_same_moment_and_address_written_otherwise_are_one_order(tmp_path: Path) -> None:
    outcome = orders(
        tmp_path,
        MUG,
        order_row(
            total="30.00",
            timestamp="2024-01-15 11:00:00 +0100",
            email="ADA@example.com",
            product="CUP",
            price="20.00",
        ),
    )

    assert products(outcome) == ["MUG", "CUP"]
    assert outcome.summary.rejected == 0


@pytest.mark.parametrize(
    ("total", "kept", "code"),
    [("20.00", ["MUG", "MUG"], ""), ("10.00", ["MUG"], "W037"), ("77.00", ["MUG", "MUG"], "W038")],
)
def test_total_tells_whether_a_row_that_follows_itself_counts_twice(
    tmp_path: Path, total: str, kept: list[str], code: str
) -> None:
    row = order_row(total=total)

    outcome = orders(tmp_path, row, row, OTHER)

    assert products(outcome) == kept
    assert [each for each in ("W037", "W038") if outcome.places(each)] == ([code] if code else [])
    if code:
        assert outcome.places(code) == [(3, "")]
    assert outcome.summary.rows.repeated == 2 - len(kept)


def test_block_that_follows_itself_counts_once(tmp_path: Path) -> None:
    outcome = orders(tmp_path, MUG, CUP, MUG, CUP, OTHER)

    assert products(outcome) == ["MUG", "CUP"]
    assert outcome.places("W037") == [(4, "")]


def test_items_in_a_file_of_their_own_that_stand_twice_count_once(tmp_path: Path) -> None:
    head = "order_id,product_id,quantity,unit_price\n"
    items = "1001,MUG,1,10\n1001,CUP,1,20\n", "7,PEN,1,10\n"
    records = "id,timestamp,grand_total,currency\n"
    records += "".join(f"{name},2024-01-15T10:00:00Z,30,EUR\n" for name in ("1001", "7"))

    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "orders.csv", records),
        f"lineitem={write(tmp_path / 'items.csv', head + items[0] + items[1] + items[0])}",
    )

    assert products(outcome) == ["MUG", "CUP"]
    (problem,) = (row for row in outcome.problems if row["code"] == "W037")
    assert (problem["source"], problem["line"]) == (str(tmp_path / "items.csv"), "5")
    assert "from line 2 on" in problem["message"]
    assert outcome.summary.rows.repeated == 2


def test_listings_of_a_product_that_stand_twice_count_once(tmp_path: Path) -> None:
    text = "id,title,listings.store,listings.price\n1,Mug,uk,8\n1,Mug,de,9\n2,Cup,uk,5\n"

    outcome = prepare_text(tmp_path, "products.csv", text + "1,Mug,uk,8\n1,Mug,de,9\n")

    (record,) = (each for each in outcome.records if each["id"] == "1")
    assert [listing["store"] for listing in record["listings"]] == ["uk", "de"]


@pytest.mark.parametrize("between", ["", "7,2024-01-15T10:00:00Z,30,EUR,paid\n"])
def test_an_order_that_was_exported_again_keeps_its_items_of_another_file(
    tmp_path: Path, between: str
) -> None:
    records = "id,timestamp,grand_total,currency,status\n"
    row = "1001,2024-01-15T10:00:00Z,30,EUR,{}\n"
    items = "order_id,product_id,quantity,unit_price\n1001,MUG,1,10\n1001,CUP,1,20\n"

    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "orders.csv", records + row.format("paid") + between + row.format("sent")),
        f"lineitem={write(tmp_path / 'items.csv', items)}",
    )

    (record,) = (each for each in outcome.records if each["id"] == "1001")
    assert (record["status"], len(record["lineitems"])) == ("sent", 2)
    assert outcome.places("W040") == [(2, "")]
    assert outcome.summary.rows.superseded == 1
