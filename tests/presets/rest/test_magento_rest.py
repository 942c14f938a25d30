"""What the presets make of Magento's REST API."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.presets import find_mapping
from tests.prepare.outcomes import Outcome, prepare_files

EXPORTS = Path(__file__).parents[2] / "exports" / "magento"
SHOP = {"shop_url": "https://shop.example.com", "currency": "EUR"}


def read(folder: Path, name: str, **settings: str) -> Outcome:
    """Prepare a page of the API with the settings that it needs."""
    return prepare_files(folder, EXPORTS / name, settings=settings)


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The records by the last digits of their ids."""
    return {record["id"][-2:]: record for record in outcome.records}


def test_a_configurable_is_one_line_with_its_own_money_and_the_simple_as_its_variant(
    tmp_path: Path,
) -> None:
    assert by_id(read(tmp_path, "rest-orders.json"))["01"] == {
        "@type": "order",
        "id": "000000001",
        "timestamp": "2024-03-30T23:30:00Z",
        "grand_total": 68,
        "currency": "GBP",
        "subtotal": 64,
        "discount": 4,
        "shipping": 8,
        "tax": Decimal("12.8"),
        "totals": {
            "base": {
                "currency": "EUR",
                "grand_total": 85,
                "subtotal": 80,
                "discount": 5,
                "shipping": 10,
                "tax": 0,
            }
        },
        "status": "complete",
        "is_valid": True,
        "ip_address": "192.0.2.44",
        "channel": "online",
        "store": "English",
        "payment_method": "checkmo",
        "shipping_method": "Flat Rate - Fixed",
        "coupon_code": "SPRING",
        "customer": {
            "id": "12",
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
                "product_id": "67",
                "variant_id": "60",
                "quantity": 2,
                "sku": "SHIRT-M",
                "unit_price": 20,
                "quantity_refunded": 1,
                "refunded": 20,
                "subtotal": 40,
                "tax": 8,
                "discount": 4,
                "properties": {"name": "Shirt"},
            },
            {
                "product_id": "70",
                "quantity": 1,
                "sku": "SET-CUP-PLATE",
                "unit_price": 24,
                "quantity_refunded": 0,
                "refunded": 0,
                "subtotal": 24,
                "tax": Decimal("4.8"),
                "discount": 0,
                "properties": {"name": "Breakfast set"},
            },
        ],
        "properties": {"refunded_amount": 20},
    }


@pytest.mark.parametrize(
    ("key", "status", "is_valid"),
    [
        ("01", "complete", True),
        ("02", "cancelled", False),
        ("03", "refunded", False),
        ("04", "pending", False),
        ("05", "processing", True),
    ],
)
def test_the_state_says_whether_an_order_is_valid_and_not_the_shops_own_status(
    tmp_path: Path, key: str, status: str, *, is_valid: bool
) -> None:
    record = by_id(read(tmp_path, "rest-orders.json"))[key]

    assert (record["status"], record["is_valid"]) == (status, is_valid)


def test_a_guest_has_no_id(tmp_path: Path) -> None:
    record = by_id(read(tmp_path, "rest-orders.json"))["02"]

    assert record["customer"] == {
        "email": "ada@example.com",
        "firstname": "Ada",
        "lastname": "Winter",
    }


def test_a_part_without_its_parent_stays_a_line_and_is_reported(tmp_path: Path) -> None:
    outcome = read(tmp_path, "rest-orders.json")
    record = by_id(outcome)["05"]

    assert [each["product_id"] for each in record["lineitems"]] == ["74", "60"]
    assert record["lineitems"][1]["unit_price"] == 7
    assert outcome.summary.problems["W048"] == 1
    assert "shipping_address" not in record


def test_the_address_of_the_shop_is_the_store_if_it_is_given(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "rest-orders.ndjson", shop_url=SHOP["shop_url"]).records

    assert record["store"] == "shop.example.com"


def test_codes_comments_and_streets_are_not_sent(tmp_path: Path) -> None:
    sent = "".join(read(tmp_path, "rest-orders.json").texts)

    for secret in ("private", "4242", "Elbufer", "Weaver"):
        assert secret not in sent, secret


def test_what_a_configurable_costs_is_said_by_its_variants(tmp_path: Path) -> None:
    records = by_id(read(tmp_path, "rest-products.json", **SHOP))

    assert records["67"] == {
        "@type": "product",
        "id": "67",
        "title": "Shirt",
        "sku": "SHIRT",
        "currency": "EUR",
        "url": "https://shop.example.com/linen-shirt.html",
        "image_url": "https://shop.example.com/media/catalog/product/s/h/shirt.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": False,
    }
    assert "price" not in records["75"]
    assert (records["73"]["price"], records["73"]["is_active"]) == (0, False)


def test_a_variant_has_a_special_price_and_no_page(tmp_path: Path) -> None:
    assert by_id(read(tmp_path, "rest-products.json", **SHOP))["60"] == {
        "@type": "product",
        "id": "60",
        "title": "Shirt-M",
        "sku": "SHIRT-M",
        "currency": "EUR",
        "price": 10,
        "special_price": Decimal("8.5"),
        "special_price_dt_from": "2024-11-29T00:00:00Z",
        "special_price_dt_to": "2024-12-01T00:00:00Z",
        "is_active": True,
        "is_in_stock": False,
        "is_variant": True,
    }


@pytest.mark.parametrize("name", ["magento-rest-orders", "magento-rest-products"])
def test_what_was_never_seen_in_a_real_file_is_said_to_be_unverified(name: str) -> None:
    assert any(note.startswith("Unverified") for note in find_mapping(name).notes)
