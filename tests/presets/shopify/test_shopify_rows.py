"""Orders of Shopify, row by row: tests, tills, and lines that say less than usual."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prepare.outcomes import prepare_rows

HEADER = (
    *("Name", "Financial Status", "Paid at", "Total", "Currency", "Created at"),
    *("Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku"),
    *("Payment Method", "Source", "Location", "Id"),
)


def order_row(name: str, **cells: str) -> list[str]:
    """The first row of an order of one mug."""
    said = {
        "Name": name,
        "Financial Status": "paid",
        "Total": "8.00",
        "Currency": "GBP",
        "Created at": "2024-01-05 10:00:00 -0500",
        "Lineitem quantity": "1",
        "Lineitem name": "Mug",
        "Lineitem price": "8.00",
        "Id": name.removeprefix("#"),
    }
    said |= {key.replace("_", " "): value for key, value in cells.items()}
    return [said.get(column, "") for column in HEADER]


def line_row(name: str, *cells: str) -> list[str]:
    """A further row of an order: quantity, name, price and sku of its item."""
    said = dict(zip([*HEADER[6:10]], cells, strict=True))
    return [{"Name": name, **said}.get(column, "") for column in HEADER]


@pytest.mark.parametrize(
    ("gateway", "is_valid"),
    [
        ("bogus", False),
        ("(for testing) Bogus Gateway", False),
        ("gift_card + Bogus Gateway", False),
        ("Shopify Payments", True),
        ("", True),
    ],
)
def test_orders_of_the_gateway_for_tests_are_not_valid(
    tmp_path: Path, gateway: str, *, is_valid: bool
) -> None:
    rows = [HEADER, order_row("#1", Payment_Method=gateway)]

    (record,) = prepare_rows(tmp_path, "orders.csv", rows).records

    assert record["is_valid"] is is_valid


def test_the_shop_of_a_till_is_the_store_and_no_web_order_has_one(tmp_path: Path) -> None:
    rows = [
        HEADER,
        order_row("#1", Source="pos", Location="High Street"),
        line_row("#1", "1", "Cup", "5.00", "CUP"),
        order_row("#2", Source="web", Location="Warehouse"),
        line_row("#2", "1", "Cup", "5.00", "CUP"),
        order_row("#3", Source="shopify_draft_order"),
    ]

    outcome = prepare_rows(
        tmp_path, "orders.csv", rows, settings={"shop_url": "https://shop.example.com/"}
    )
    without_setting = prepare_rows(tmp_path, "orders.csv", rows)

    assert [record["store"] for record in outcome.records] == [
        "High Street",
        "shop.example.com",
        "shop.example.com",
    ]
    assert {problem["code"] for problem in outcome.problems} == {"W053"}
    stores = [record.get("store") for record in without_setting.records]
    assert stores == ["High Street", None, None]


def test_a_line_without_sku_and_name_is_reported_and_not_lost_in_silence(tmp_path: Path) -> None:
    rows = [
        HEADER,
        order_row("#1", Lineitem_name="", Lineitem_price="16.00"),
        line_row("#1", "1", "Mug", "8.00", ""),
        order_row("#2", Lineitem_name="", Lineitem_sku="MUG"),
    ]

    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert [[item["product_id"] for item in each["lineitems"]] for each in outcome.records] == [
        ["Mug"],
        ["MUG"],
    ]
    (problem,) = [each for each in outcome.problems if each["code"] == "W042"]
    assert (problem["line"], problem["field"]) == ("2", "lineitems")
    assert "no usable product_id" in problem["message"]
