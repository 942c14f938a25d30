"""What the Squarespace preset makes of orders: nearly Shopify's columns, and not its meaning."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.presets import recognise_preset
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text

EXPORTS = Path(__file__).parents[1] / "exports"
ORDERS = EXPORTS / "squarespace" / "orders.csv"


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in outcome.records}


def changed(name: str, old: str, new: str) -> str:
    """The export with other words in the row of an order."""
    lines = ORDERS.read_text("utf-8").splitlines(keepends=True)
    text = "".join(line.replace(old, new) if line.startswith(name) else line for line in lines)
    assert text != "".join(lines)
    return text


def test_an_order_of_two_lines_takes_its_fields_from_its_first_row(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, ORDERS, settings={"shop_url": "https://shop.example.com/"})

    assert by_id(outcome)["00071"] == {
        "@type": "order",
        "id": "00071",
        "web_id": "00071",
        "timestamp": "2024-07-01T11:28:02-04:00",
        "currency": "USD",
        "grand_total": Decimal("54.40"),
        "subtotal": Decimal("50.00"),
        "discount": Decimal("5.00"),
        "shipping": Decimal("5.00"),
        "tax": Decimal("4.40"),
        "status": "shipped",
        "is_valid": True,
        "channel": "online",
        "store": "shop.example.com",
        "payment_method": "Stripe",
        "shipping_method": "Standard",
        "coupon_code": "SUMMER",
        "customer": {"email": "ada@example.com", "firstname": "Ada Mary", "lastname": "Winter"},
        "shipping_address": {
            "city": "Portland",
            "state": "ME",
            "postcode": "04101",
            "country_code": "US",
        },
        "billing_address": {
            "city": "Portland",
            "state": "ME",
            "postcode": "04101",
            "country_code": "US",
        },
        "lineitems": [
            {
                "product_id": "SQ-VASE-L",
                "sku": "SQ-VASE-L",
                "quantity": 2,
                "unit_price": Decimal("20.00"),
                "properties": {"name": "Vase, large", "variant": "Blue / Large"},
            },
            {
                "product_id": "Gift card",
                "quantity": 1,
                "unit_price": Decimal("10.00"),
                "properties": {"name": "Gift card"},
            },
        ],
        "properties": {"channel_name": "Pottery Shop"},
    }
    assert {problem["code"] for problem in outcome.problems} == {"W053"}


def test_states_and_refunds_are_of_the_order(tmp_path: Path) -> None:
    records = by_id(prepare_files(tmp_path, ORDERS))

    said = {
        key: (record["status"], record["is_valid"], record.get("channel"))
        for key, record in records.items()
    }
    assert said == {
        "00071": ("shipped", True, "online"),
        "00072": ("refunded", False, None),
        "00073": ("complete", True, "offline"),
        "00074": ("pending", False, None),
        "00075": ("cancelled", False, None),
    }
    assert records["00073"]["properties"]["refunded_amount"] == "5.00"
    assert records["00073"]["grand_total"] == Decimal("40.00")
    lines = [line for record in records.values() for line in record["lineitems"]]
    assert all("refunded" not in line for line in lines)


def test_a_state_that_is_not_known_is_reported_and_not_guessed(tmp_path: Path) -> None:
    text = changed("00073", "PAID", "ON_ACCOUNT")

    outcome = prepare_text(tmp_path, "orders.csv", text)

    assert "is_valid" not in by_id(outcome)["00073"]
    (found,) = [each for each in outcome.problems if each["field"] == "is_valid"]
    assert "ON_ACCOUNT" in found["message"]


def test_a_column_that_squarespace_does_not_have_is_reported(tmp_path: Path) -> None:
    text = ORDERS.read_text("utf-8").replace("Channel Order Number", "Loyalty Tier", 1)

    outcome = prepare_text(tmp_path, "orders.csv", text)

    assert "Loyalty Tier" in str(outcome.problems)


def test_rows_sorted_in_a_spreadsheet_make_the_same_orders(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, ORDERS)
    header, *rest = ORDERS.read_text("utf-8").split("\n0")
    rows = [f"0{row}".rstrip("\n") for row in rest]

    backwards = prepare_text(tmp_path, "orders.csv", "\n".join([header, *reversed(rows), ""]))

    def plain(record: dict[str, Any]) -> dict[str, Any]:
        lines = sorted(record["lineitems"], key=lambda line: line["product_id"])
        return {**record, "lineitems": lines}

    assert {key: plain(each) for key, each in by_id(backwards).items()} == {
        key: plain(each) for key, each in by_id(outcome).items()
    }


@pytest.mark.parametrize(
    ("path", "preset"),
    [
        (ORDERS, "squarespace-orders"),
        (EXPORTS / "shopify" / "orders-current.csv", "shopify-orders"),
        (EXPORTS / "shopify" / "orders-2012.csv", "shopify-orders"),
        (EXPORTS / "bigcommerce" / "orders.csv", "bigcommerce-orders"),
    ],
)
def test_neither_shopify_nor_squarespace_takes_the_orders_of_the_other(
    path: Path, preset: str
) -> None:
    header = path.read_text("utf-8-sig").splitlines()[0].split(",")

    found = recognise_preset(path, header)

    assert found is not None
    assert found.name == preset
