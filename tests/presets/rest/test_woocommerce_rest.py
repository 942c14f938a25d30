"""What the presets make of WooCommerce's REST API."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.binding.bind import MissingSettingsError
from tests.prepare.outcomes import Outcome, prepare_files

EXPORTS = Path(__file__).parents[2] / "exports" / "woocommerce"


def read(folder: Path, *names: str, **settings: str) -> Outcome:
    """Prepare pages of an API with the settings that they need."""
    return prepare_files(folder, *(EXPORTS / name for name in names), settings=settings)


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The records by their id."""
    return {record["id"]: record for record in outcome.records}


def test_an_order_is_in_utc_and_its_items_are_without_tax(tmp_path: Path) -> None:
    outcome = read(tmp_path, "rest-orders.json", shop_url="https://shop.example.com/")

    assert outcome.records[0] == {
        "@type": "order",
        "id": "5001",
        "timestamp": "2024-03-31T02:30:00Z",
        "grand_total": Decimal("52.61"),
        "currency": "EUR",
        "subtotal": Decimal("42.01"),
        "discount": Decimal("2.80"),
        "shipping": 5,
        "tax": Decimal("8.40"),
        "status": "complete",
        "is_valid": True,
        "web_id": "W-5001",
        "ip_address": "192.0.2.44",
        "channel": "online",
        "store": "shop.example.com",
        "payment_method": "Card",
        "shipping_method": "Courier",
        "coupon_code": "spring",
        "customer": {
            "id": "7",
            "email": "ada@example.com",
            "firstname": "Ada",
            "lastname": "Winter",
        },
        "shipping_address": {"city": "Leeds", "postcode": "LS1 4AP", "country_code": "GB"},
        "billing_address": {
            "city": "Dresden",
            "state": "DE-SN",
            "postcode": "01067",
            "country_code": "DE",
        },
        "lineitems": [
            {
                "product_id": "101",
                "variant_id": "103",
                "quantity": 3,
                "sku": "LS-01-M",
                "unit_price": Decimal("8.40"),
                "subtotal": Decimal("28.01"),
                "tax": Decimal("4.79"),
                "total": Decimal("25.21"),
                "variant_options": [
                    {"type": "Size", "id": "M", "label": "M"},
                    {"type": "Colour", "id": "Blue", "label": "Blue"},
                ],
                "properties": {"name": "Linen Shirt - M, Blue"},
            },
            {
                "product_id": "104",
                "quantity": 1,
                "sku": "WS-01",
                "unit_price": 5,
                "subtotal": 5,
                "tax": Decimal("0.95"),
                "total": 5,
                "properties": {"name": "Wool Socks"},
            },
            {
                "product_id": "Discontinued bowl",
                "quantity": 2,
                "unit_price": Decimal("4.5"),
                "subtotal": 9,
                "tax": Decimal("1.71"),
                "total": 9,
                "properties": {"name": "Discontinued bowl"},
            },
        ],
        "properties": {"refunded_amount": "5.50"},
    }


def test_a_guest_has_no_id(tmp_path: Path) -> None:
    record = by_id(read(tmp_path, "rest-orders.json"))["5002"]

    assert record["customer"] == {"email": "guest@example.com", "lastname": "Gray"}
    assert (record["currency"], record["payment_method"]) == ("GBP", "stripe")


@pytest.mark.parametrize(
    ("number", "status", "is_valid"),
    [
        ("5001", "complete", True),
        ("5002", "processing", True),
        ("5003", "pending", False),
        ("5004", "cancelled", False),
        ("5005", "refunded", False),
        ("5006", "failed", False),
        ("5007", "on-hold", True),
        ("5010", "in-the-kiln", True),
    ],
)
def test_what_was_cancelled_refunded_or_not_paid_is_not_valid(
    tmp_path: Path, number: str, status: str, *, is_valid: bool
) -> None:
    record = by_id(read(tmp_path, "rest-orders.json"))[number]

    assert (record["status"], record["is_valid"]) == (status, is_valid)


def test_drafts_and_trash_are_left_out_and_counted(tmp_path: Path) -> None:
    outcome = read(tmp_path, "rest-orders.json")

    assert {"5008", "5009"}.isdisjoint(by_id(outcome))
    assert outcome.summary.rows.left_out == 2


def test_ndjson_gives_the_same_orders(tmp_path: Path) -> None:
    pages = read(tmp_path, "rest-orders.json").records

    assert read(tmp_path, "rest-orders.ndjson").records == pages[:2]


def test_keys_browsers_and_notes_are_not_sent(tmp_path: Path) -> None:
    sent = "".join(read(tmp_path, "rest-orders.json").texts)

    for secret in ("private", "ring twice", "Elbufer", "_reduced", "wc_order"):
        assert secret not in sent, secret


def attribute(type_name: str, value: str) -> dict[str, str]:
    """An attribute whose id is its label."""
    return {"type": type_name, "id": value, "label": value}


def in_order(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its attributes by type, whose order says nothing."""
    attributes = sorted(record["attributes"], key=lambda each: (each["type"], each["id"]))
    return {**record, "attributes": attributes}


def test_a_variable_product_has_the_attributes_that_it_comes_in(tmp_path: Path) -> None:
    records = by_id(read(tmp_path, "rest-products.json", currency="EUR"))

    assert in_order(records["101"]) == {
        "@type": "product",
        "id": "101",
        "title": "Linen Shirt",
        "sku": "LS-01",
        "currency": "EUR",
        "price": Decimal("19.90"),
        "url": "https://shop.example.com/product/101/",
        "image_url": "https://shop.example.com/a101.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": False,
        "attributes": [
            attribute("Size", "M"),
            attribute("Size", "S"),
            attribute("brand", "Example Mill"),
            attribute("category", "Sale, now"),
            attribute("category", "Shirts"),
            attribute("tag", "linen"),
        ],
    }


def test_the_dates_of_a_sale_are_in_utc(tmp_path: Path) -> None:
    record = by_id(read(tmp_path, "rest-products.json", currency="EUR"))["104"]

    assert (record["price"], record["special_price"]) == (Decimal("9.50"), Decimal("7.50"))
    assert record["special_price_dt_from"] == "2024-11-28T23:00:00Z"
    assert record["special_price_dt_to"] == "2024-12-01T22:59:59Z"
    assert record["is_in_stock"] is True


def test_drafts_are_inactive_and_unknown_words_are_reported(tmp_path: Path) -> None:
    outcome = read(tmp_path, "rest-products.json", currency="EUR")
    records = by_id(outcome)

    assert (records["105"]["is_active"], records["105"]["is_in_stock"]) == (False, False)
    assert {"is_active", "is_in_stock"}.isdisjoint(records["106"])
    fields = {row["field"] for row in outcome.problems if row["value"] in {"lost", "maybe"}}
    assert fields == {"is_active", "is_in_stock"}


def test_variations_are_variants_without_a_page(tmp_path: Path) -> None:
    records = by_id(read(tmp_path, "rest-variations.json", currency="EUR"))

    assert records["103"] == {
        "@type": "product",
        "id": "103",
        "title": "Linen Shirt - M",
        "sku": "SKU-103",
        "currency": "EUR",
        "price": Decimal("21.90"),
        "is_active": True,
        "is_in_stock": False,
        "is_variant": True,
        "attributes": [attribute("Size", "M")],
        "properties": {"parent": 101},
    }
    assert records["102"]["image_url"] == "https://shop.example.com/a102.jpg"


def test_variations_of_older_versions_have_neither_type_nor_name(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "rest-variations-2021.json", currency="EUR").records

    assert (record["is_variant"], record["price"]) == (True, Decimal("19.90"))
    assert "url" not in record


def test_products_need_the_currency(tmp_path: Path) -> None:
    with pytest.raises(MissingSettingsError) as refused:
        read(tmp_path, "rest-products.json")

    assert "currency" in f"{refused.value} {refused.value.hint}"


def test_customers_say_nothing_about_marketing(tmp_path: Path) -> None:
    outcome = read(tmp_path, "rest-customers.json")

    assert outcome.records == [
        {
            "@type": "contact",
            "id": "7",
            "@collection": "woocommerce",
            "email": "ada@example.com",
            "customer_id": "7",
            "phone_number": "+493514956789",
            "firstname": "Ada",
            "lastname": "Winter",
            "country_id": "DE",
            "timestamp_acquired": "2021-05-05T08:00:00Z",
            "properties": {
                "company": "Winter & Co",
                "city": "Dresden",
                "postcode": "01067",
                "role": "customer",
            },
        },
        {
            "@type": "contact",
            "id": "8",
            "@collection": "woocommerce",
            "email": "bo@example.com",
            "customer_id": "8",
            "firstname": "Bo",
            "lastname": "Gray",
            "country_id": "GB",
            "timestamp_acquired": "2022-12-31T22:30:00Z",
            "properties": {"role": "subscriber"},
        },
    ]
