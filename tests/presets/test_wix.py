"""What the Wix preset makes of orders in whose header six names stand twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.prepare.outcomes import Outcome, prepare_files, prepare_text

EXPORTS = Path(__file__).parents[1] / "exports" / "wix"
ORDERS = EXPORTS / "orders.csv"
SETTINGS = {"timezone": "Europe/Berlin", "shop_url": "https://shop.example.com/"}


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in outcome.records}


@pytest.mark.parametrize("name", ["orders.csv", "orders-billing-country.csv"])
def test_the_second_address_is_the_billing_address(tmp_path: Path, name: str) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / name, settings=SETTINGS)

    assert by_id(outcome)["10071"] == {
        "@type": "order",
        "id": "10071",
        "web_id": "10071",
        "timestamp": "2024-07-21T21:06:01+02:00",
        "currency": "EUR",
        "grand_total": Decimal("55.00"),
        "shipping": Decimal("5.00"),
        "tax": Decimal("8.33"),
        "status": "shipped",
        "is_valid": True,
        "channel": "online",
        "store": "shop.example.com",
        "payment_method": "Credit card",
        "shipping_method": "Standard",
        "coupon_code": "SUMMER",
        "customer": {"email": "ada@example.com", "firstname": "Ada Mary", "lastname": "Winter"},
        "shipping_address": {
            "city": "Leeds",
            "state": "Leeds",
            "postcode": "LS1 4AP",
            "country_code": "GB",
        },
        "billing_address": {
            "city": "Berlin",
            "state": "Berlin",
            "postcode": "01067",
            "country_code": "DE",
        },
        "lineitems": [
            {
                "product_id": "WX-VASE-L",
                "sku": "WX-VASE-L",
                "quantity": 2,
                "quantity_refunded": 1,
                "unit_price": Decimal("20.00"),
                "properties": {"name": "Vase", "variant": "Size: Large"},
            },
            {
                "product_id": "Gift card",
                "quantity": 1,
                "unit_price": Decimal("10.00"),
                "properties": {"name": "Gift card"},
            },
        ],
        "properties": {"refunded_amount": "20.00"},
    }
    assert {problem["code"] for problem in outcome.problems} == {"W053"}


def test_an_order_without_delivery_has_no_address_of_the_bill_for_it(tmp_path: Path) -> None:
    record = by_id(prepare_files(tmp_path, ORDERS, settings=SETTINGS))["10072"]

    assert "shipping_address" not in record
    assert record["billing_address"] == {
        "city": "Portland",
        "state": "US-ME",
        "postcode": "04101",
        "country_code": "US",
    }


def test_states_are_of_the_order_and_times_are_of_the_site(tmp_path: Path) -> None:
    records = by_id(prepare_files(tmp_path, ORDERS, settings=SETTINGS))

    said = {
        key: (record["status"], record["is_valid"], record["timestamp"])
        for key, record in records.items()
    }
    assert said == {
        "10071": ("shipped", True, "2024-07-21T21:06:01+02:00"),
        "10072": ("pending", False, "2024-01-05T00:05:00+01:00"),
        "10073": ("cancelled", False, "2023-12-08T12:00:00+01:00"),
    }
    assert records["10073"]["properties"] == {
        "refunded_amount": "20.00",
        "gift_card_amount": "5.00",
        "additional_fees": "1.50",
    }


def test_a_state_that_is_not_known_is_reported_and_not_guessed(tmp_path: Path) -> None:
    text = ORDERS.read_text("utf-8").replace(",Unpaid,", ",Chargeback,")

    outcome = prepare_text(tmp_path, "orders.csv", text, settings=SETTINGS)

    assert "is_valid" not in by_id(outcome)["10072"]
    assert [each["value"] for each in outcome.problems if each["code"] == "W021"] == ["Chargeback"]
