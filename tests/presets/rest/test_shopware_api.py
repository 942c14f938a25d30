"""What the preset makes of orders of Shopware's Admin API."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.prepare.outcomes import prepare_files, write

ORDERS = Path(__file__).parents[2] / "exports" / "shopware" / "api-orders.json"


def orders(folder: Path) -> dict[str, dict[str, Any]]:
    """The orders by the number that the customer knows."""
    return {record["web_id"]: record for record in prepare_files(folder, ORDERS).records}


def test_only_products_are_line_items_and_promotions_are_the_discount(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, ORDERS, settings={"shop_url": "https://shop.example.com"})

    assert {row["field"] for row in outcome.problems} == {
        "accessKey",
        "deepLinkCode",
        "timestamp",
    }
    assert outcome.records[0] == {
        "@type": "order",
        "id": "00000000000000000000000000000001",
        "timestamp": "2024-03-30T23:30:00.123Z",
        "grand_total": Decimal("65.49"),
        "currency": "EUR",
        "discount": 6,
        "shipping": Decimal("4.99"),
        "tax": Decimal("10.46"),
        "status": "complete",
        "is_valid": True,
        "web_id": "10001",
        "channel": "online",
        "store": "shop.example.com",
        "payment_method": "Card 2",
        "shipping_method": "Standard",
        "coupon_code": "SPRING",
        "customer": {
            "id": "c" * 32,
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
        "billing_address": {"city": "Dresden", "postcode": "01067", "country_code": "DE"},
        "lineitems": [
            {
                "product_id": "LS-01-M",
                "quantity": 2,
                "sku": "LS-01-M",
                "unit_price": 30,
                "tax": Decimal("9.58"),
                "total": 60,
                "variant_options": [
                    {"type": "Size", "id": "M", "label": "M"},
                    {"type": "Colour", "id": "Blue", "label": "Blue"},
                ],
                "properties": {"name": "Linen Shirt"},
            },
            {
                "product_id": "WS-01",
                "quantity": 1,
                "sku": "WS-01",
                "unit_price": 5,
                "total": 5,
                "properties": {"name": "Wool Socks"},
            },
        ],
    }


@pytest.mark.parametrize(
    ("number", "status", "is_valid"),
    [
        ("10001", "complete", True),
        ("10002", "pending", False),
        ("10003", "cancelled", False),
        ("10004", "processing", False),
        ("10005", "pending", True),
    ],
)
def test_the_last_payment_says_whether_an_order_is_valid(
    tmp_path: Path, number: str, status: str, *, is_valid: bool
) -> None:
    record = orders(tmp_path)[number]

    assert (record["status"], record["is_valid"]) == (status, is_valid)


def test_what_was_not_loaded_is_missing(tmp_path: Path) -> None:
    record = orders(tmp_path)["10005"]

    assert {"shipping_address", "billing_address", "payment_method", "store"}.isdisjoint(record)
    assert (orders(tmp_path)["10004"]["currency"], orders(tmp_path)["10004"]["tax"]) == ("CHF", 0)


def test_links_comments_and_streets_are_not_sent(tmp_path: Path) -> None:
    sent = "".join(prepare_files(tmp_path, ORDERS).texts)

    for secret in ("private", "Weaver", "20001"):
        assert secret not in sent, secret


@pytest.mark.parametrize(("guest", "given"), [(True, False), (False, True), (None, True)])
def test_guests_have_no_id_although_shopware_gives_them_a_customer(
    tmp_path: Path, *, guest: bool | None, given: bool
) -> None:
    order = json.loads(ORDERS.read_text())["data"][0]
    if guest is not None:
        order["orderCustomer"]["customer"] = {"guest": guest}
    file = write(tmp_path / "orders.json", json.dumps({"data": [order]}))

    (record,) = prepare_files(tmp_path, file).records

    assert ("id" in record["customer"]) is given
    assert record["customer"]["email"] == "ada@example.com"
