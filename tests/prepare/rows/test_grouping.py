from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.prepare.rows import row_groups as units
from tests.prepare.outcomes import Outcome, prepare_rows, small_blocks

HEAD = ["id", "timestamp", "grand_total", "currency"]
ORDER = ["2024-01-31T09:30:00Z", "10.00", "EUR"]
LINE = ["lineitems.product_id", "lineitems.quantity", "lineitems.unit_price"]


def orders(folder: Path, *rows: list[str], more: tuple[str, ...] = ()) -> Outcome:
    return prepare_rows(folder, "orders.csv", [[*HEAD, *LINE, *more], *rows])


def test_adjacent_rows_of_one_order_are_its_line_items(tmp_path: Path) -> None:
    outcome = orders(
        tmp_path,
        ["1", *ORDER, "p1", "1", "4"],
        [" 1 ", *ORDER, "p2", "2", "3"],
        ["2", *ORDER, "p3", "1", "10"],
    )

    assert [record["lineitems"] for record in outcome.records] == [
        [
            {"product_id": "p1", "quantity": 1, "unit_price": 4},
            {"product_id": "p2", "quantity": 2, "unit_price": 3},
        ],
        [{"product_id": "p3", "quantity": 1, "unit_price": 10}],
    ]
    assert outcome.summary.rows.folded == 1
    assert outcome.origins == [(1, 2), (1, 4)]


def test_first_value_of_an_order_that_is_not_blank_wins(tmp_path: Path) -> None:
    outcome = orders(
        tmp_path,
        ["1", ORDER[0], "", "EUR", "p1", "1", "4", "", "  "],
        ["1", "", "10.00", "", "p2", "2", "3", "card", "shipped"],
        ["1", "", "", "", "p3", "2", "3", "", ""],
        more=("payment_method", "status"),
    )

    (record,) = outcome.records
    assert (str(record["grand_total"]), record["payment_method"]) == ("10.00", "card")
    assert record["status"] == "shipped", "a cell of blanks is blank"
    assert len(record["lineitems"]) == 3
    assert outcome.summary.problems == {}


def test_differing_values_of_an_order_are_reported_with_both_lines(tmp_path: Path) -> None:
    outcome = orders(
        tmp_path,
        ["0", *ORDER, "p1", "1", "4", ""],
        ["1", *ORDER, "p1", "1", "4", ""],
        ["1", *ORDER, "p2", "1", "4", "new"],
        ["1", *ORDER, "p3", "1", "4", "old"],
        ["1", *ORDER, "p3", "1", "4", " new "],
        more=("status",),
    )

    (problem,) = (row for row in outcome.problems if row["code"] == "W041")
    assert (problem["line"], problem["field"], problem["value"]) == ("5", "status", "old")
    assert problem["message"] == "line 4 of the same order says 'new', which was taken"
    assert outcome.records[1]["status"] == "new"


def test_differing_properties_and_options_are_reported_too(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "products.csv",
        [
            ["id", "attributes.brand", "attributes.c.id", "tier", "listings.store"],
            ["1", "A", "7", "x", "uk"],
            ["1", "B", "8", "y", "eu"],
        ],
    )

    assert sorted(outcome.places("W041")) == [
        (2, "attributes.brand"),
        (2, "attributes.c"),
        (2, "properties.tier"),
    ]
    assert outcome.records[0]["listings"] == [{"store": "uk"}, {"store": "eu"}]


def test_rows_without_an_item_make_a_record_without_items(tmp_path: Path) -> None:
    outcome = orders(tmp_path, ["1", *ORDER, "", " ", ""], ["2", *ORDER, "", "", ""])

    assert all("lineitems" not in record for record in outcome.records)
    assert outcome.summary.problems == {}


def test_item_columns_with_blanks_only_make_no_list(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path, "products.csv", [["id", "listings.price"], ["1", "abc"], ["2", "5"]]
    )

    assert [record.get("listings") for record in outcome.records] == [None, [{"price": 5}]]
    assert outcome.places("W013") == [(2, "listings.price")]


def test_line_item_without_a_mandatory_part_is_dropped_and_the_order_kept(tmp_path: Path) -> None:
    outcome = orders(
        tmp_path,
        ["1", *ORDER, "p1", "1", "4"],
        ["1", *ORDER, "", "1", "4"],
        ["1", *ORDER, "7.21E+12", "", ""],
        ["2", *ORDER, "p1", "1", ""],
    )

    assert [len(record.get("lineitems", [])) for record in outcome.records] == [1, 0]
    assert outcome.places("W042") == [(3, "lineitems"), (4, "lineitems"), (5, "lineitems")]
    assert outcome.places("W011") == [(4, "lineitems.product_id")]
    messages = [row["message"] for row in outcome.problems if row["code"] == "W042"]
    assert messages[0] == "the line item has no usable product_id; it was dropped"
    assert (
        messages[1] == "the line item has no usable product_id and no quantity and no "
        "unit_price or subtotal; it was dropped"
    )
    assert messages[2] == "the line item has no usable unit_price or subtotal; it was dropped"


def test_line_items_without_a_mandatory_column_are_all_dropped(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "orders.csv",
        [[*HEAD, "lineitems.product_id", "lineitems.subtotal"], ["1", *ORDER, "p1", "4"]],
    )

    assert "lineitems" not in outcome.records[0]
    assert outcome.places("W042") == [(2, "lineitems")]


def test_subtotal_stands_in_for_the_unit_price(tmp_path: Path) -> None:
    outcome = prepare_rows(
        tmp_path,
        "orders.csv",
        [
            [*HEAD, "lineitems.product_id", "lineitems.quantity", "lineitems.subtotal"],
            ["1", *ORDER, "p1", "2", "4"],
        ],
    )

    assert outcome.records[0]["lineitems"] == [{"product_id": "p1", "quantity": 2, "subtotal": 4}]


def test_rows_with_a_blank_id_stay_on_their_own(tmp_path: Path) -> None:
    outcome = orders(tmp_path, ["", *ORDER, "p1", "1", "4"], ["", *ORDER, "p2", "1", "4"])

    assert outcome.places("E010") == [(2, "id"), (3, "id")]
    assert outcome.summary.rejected == 2


@pytest.mark.parametrize("size", [64, 200, 1_000])
def test_order_over_the_border_of_chunks_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    rows = [[str(n // 7), *ORDER, f"p{n}", "1", "4"] for n in range(100)]
    rows[50:50] = [["short"], ["2"] * 30]
    whole = orders(tmp_path, *rows)
    small_blocks(monkeypatch, size)

    cut = orders(tmp_path, *rows)

    assert cut.texts == whole.texts
    assert cut.origins == whole.origins
    assert cut.package_id == whole.package_id
    # The rows that cannot be read stand within an order, which waits for them.
    assert [len(record["lineitems"]) for record in cut.records] == [7] * 13 + [2]
    assert cut.summary.problems == {"E001": 2, "E035": 1}


def test_order_with_endless_rows_is_rejected_and_no_part_of_it_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug: the rows over the limit became an order of their own."""
    monkeypatch.setattr(units, "MAX_GROUP_ROWS", 1_500)
    small_blocks(monkeypatch, 4_096)
    rows = [["1", *ORDER, f"p{n}", "1", "4"] for n in range(4_000)]

    outcome = orders(tmp_path, *rows, ["2", *ORDER, "p", "1", "4"])

    assert [record["id"] for record in outcome.records] == ["2"]
    assert outcome.summary.rows.rejected == 4_000
    assert len(outcome.rejects()) == 4_000
    assert "over 1,500 rows" in outcome.rejects()[-1]["reject_reasons"]


@pytest.mark.parametrize(
    ("first", "second"), [("0042", "'0042"), ("Caf\u00e9", "Cafe\u0301"), ("'1", "1 ")]
)
def test_rows_whose_ids_are_spelt_in_two_ways_are_one_order(
    tmp_path: Path, first: str, second: str
) -> None:
    """Bug: they were two orders, and the later one replaced the earlier with its items."""
    outcome = orders(tmp_path, [first, *ORDER, "p1", "1", "4"], [second, *ORDER, "p2", "1", "4"])

    (record,) = outcome.records
    assert [item["product_id"] for item in record["lineitems"]] == ["p1", "p2"]
    assert not {"W040", "W041"} & set(outcome.summary.problems)
