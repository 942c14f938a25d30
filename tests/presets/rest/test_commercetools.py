"""What the preset makes of orders of commercetools."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.prepare.outcomes import Outcome, prepare_files, write

EXPORTS = Path(__file__).parents[2] / "exports" / "commercetools"


def read(folder: Path, name: str = "orders.json") -> Outcome:
    """Prepare a page of orders."""
    return prepare_files(folder, EXPORTS / name)


def orders(folder: Path) -> dict[str, dict[str, Any]]:
    """The orders by the last digit of their ids."""
    return {record["id"][-1]: record for record in read(folder).records}


def test_minor_units_become_amounts(tmp_path: Path) -> None:
    outcome = read(tmp_path)

    assert {row["field"] for row in outcome.problems} == {"inventoryMode"}
    assert outcome.records[0] == {
        "@type": "order",
        "id": "00000000-aaaa-4bbb-8ccc-000000000001",
        "timestamp": "2024-03-30T23:30:00.123Z",
        "grand_total": Decimal("69.95"),
        "currency": "EUR",
        "subtotal": 65,
        "shipping": Decimal("4.95"),
        "tax": Decimal("11.17"),
        "status": "complete",
        "is_valid": True,
        "web_id": "CT-1",
        "channel": "online",
        "payment_method": "CREDIT_CARD",
        "shipping_method": "Courier",
        "coupon_code": "SPRING",
        "customer": {
            "id": "c0000000-aaaa-4bbb-8ccc-000000000001",
            "email": "ada@example.com",
            "firstname": "Ada",
            "lastname": "Winter",
        },
        "shipping_address": {
            "city": "Leeds",
            "state": "West Yorkshire",
            "postcode": "LS1 4AP",
            "country_code": "GB",
        },
        "billing_address": {
            "city": "Dresden",
            "state": "Sachsen",
            "postcode": "01067",
            "country_code": "DE",
        },
        "lineitems": [
            {
                "product_id": "prod-1",
                "quantity": 2,
                "sku": "LS-01-M",
                "unit_price": 30,
                "tax": Decimal("9.58"),
                "total": 60,
                "is_on_sale": True,
                "variant_options": [
                    {"type": "size", "id": "M", "label": "M"},
                    {"type": "colour", "id": "Blue", "label": "Blue"},
                    {"type": "fit", "id": "Slim", "label": "Slim"},
                    {"type": "washable", "id": "true", "label": "true"},
                    {"type": "tags", "id": "a", "label": "a"},
                    {"type": "tags", "id": "b", "label": "b"},
                ],
                "properties": {"name": "Linen Shirt"},
            },
            {
                "product_id": "prod-2",
                "quantity": 1,
                "sku": "WS-01",
                "unit_price": 5,
                "total": 5,
                "properties": {"name": "Wool Socks"},
            },
        ],
    }


@pytest.mark.parametrize(
    ("key", "currency", "grand_total", "unit_price"),
    [
        ("1", "EUR", "69.95", "30"),
        ("2", "JPY", "4800", "4800"),
        ("3", "KWD", "12.5", "12.5"),
        ("4", "EUR", "18", "5"),
    ],
)
def test_each_currency_has_its_own_number_of_digits(
    tmp_path: Path, key: str, currency: str, grand_total: str, unit_price: str
) -> None:
    record = orders(tmp_path)[key]

    assert record["currency"] == currency
    assert record["grand_total"] == Decimal(grand_total)
    assert record["lineitems"][0]["unit_price"] == Decimal(unit_price)


@pytest.mark.parametrize(
    ("key", "status", "is_valid"),
    [
        ("1", "complete", True),
        ("2", "pending", False),
        ("3", "cancelled", False),
        ("4", "processing", True),
    ],
)
def test_what_was_cancelled_or_not_paid_is_not_valid(
    tmp_path: Path, key: str, status: str, *, is_valid: bool
) -> None:
    record = orders(tmp_path)[key]

    assert (record["status"], record["is_valid"]) == (status, is_valid)


def test_a_guest_is_no_customer(tmp_path: Path) -> None:
    guest = orders(tmp_path)["2"]

    assert guest["customer"] == {
        "email": "guest@example.com",
        "firstname": "Ada",
        "lastname": "Winter",
    }
    assert (guest["store"], guest["tax"]) == ("tokyo", 436)


def test_the_total_of_a_line_is_without_tax_if_its_price_is(tmp_path: Path) -> None:
    record = orders(tmp_path)["4"]
    (line,) = record["lineitems"]

    assert (line["unit_price"], line["total"]) == (5, 15)
    assert (record["grand_total"], record["tax"]) == (18, 3)


def test_a_line_without_a_sku_and_a_known_language_has_its_product(tmp_path: Path) -> None:
    (line,) = orders(tmp_path)["3"]["lineitems"]

    assert line == {
        "product_id": "prod-3",
        "quantity": 1,
        "unit_price": Decimal("12.5"),
        "total": Decimal("12.5"),
    }


def test_ndjson_gives_the_same_orders_and_nothing_private(tmp_path: Path) -> None:
    outcome = read(tmp_path, "orders.ndjson")

    assert outcome.records == read(tmp_path).records[:2]
    assert "private" not in "".join(outcome.texts)
    assert "Elbufer" not in "".join(outcome.texts)


@pytest.mark.parametrize("is_discounted", [False, True])
def test_price_of_more_decimals_than_its_currency_has_is_the_precise_one(
    tmp_path: Path, *, is_discounted: bool
) -> None:
    result = json.loads((EXPORTS / "orders.json").read_text())["results"][0]
    precise = {
        "type": "highPrecision",
        "currencyCode": "EUR",
        "centAmount": 124,
        "preciseAmount": 123750,
        "fractionDigits": 5,
    }
    (line, *_) = result["lineItems"]
    line["price"] = {"value": precise}
    if is_discounted:
        dear = {"type": "centPrecision", "centAmount": 999, "fractionDigits": 2}
        line["price"] = {"value": dear, "discounted": {"value": precise}}
    file = write(tmp_path / "orders.json", json.dumps({"results": [result]}))

    (order,) = prepare_files(tmp_path, file).records

    assert order["lineitems"][0]["unit_price"] == Decimal("1.2375")
