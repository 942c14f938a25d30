"""What the presets make of Shopify's Admin REST API."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.binding.bind import MissingSettingsError
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, write

EXPORTS = Path(__file__).parents[2] / "exports" / "shopify"
SHOP = {"shop_url": "https://shop.example.com", "currency": "EUR"}
SECRETS = {
    "cart_token",
    "checkout_token",
    "multipass_identifier",
    "order_status_url",
    "session_hash",
    "token",
}
LEEDS = {"city": "Leeds", "state": "West Yorkshire", "postcode": "LS1 4AP", "country_code": "GB"}


def read(folder: Path, *names: str, **settings: str) -> Outcome:
    """Prepare pages of an API with the settings that they need."""
    return prepare_files(folder, *(EXPORTS / name for name in names), settings=settings)


def orders(folder: Path) -> dict[str, dict[str, Any]]:
    """Both pages of the orders, by the number that the customer knows."""
    outcome = read(folder, "rest-orders-page-1.json", "rest-orders-page-2.json")
    return {record["web_id"]: record for record in outcome.records}


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The records by the last digits of their ids."""
    return {record["id"][-2:]: record for record in outcome.records}


def test_an_order_has_its_totals_in_both_currencies_and_a_line_for_each_item(
    tmp_path: Path,
) -> None:
    outcome = read(tmp_path, "rest-orders-page-1.json", shop_url=SHOP["shop_url"])

    assert {row["field"] for row in outcome.problems} == SECRETS
    assert outcome.records[0] == {
        "@type": "order",
        "id": "5600000000001",
        "timestamp": "2024-03-30T23:30:00+01:00",
        "grand_total": Decimal("70.95"),
        "currency": "EUR",
        "subtotal": 65,
        "discount": 6,
        "shipping": Decimal("5.95"),
        "tax": 9,
        "totals": {
            "local": {
                "currency": "GBP",
                "grand_total": Decimal("61.02"),
                "subtotal": Decimal("55.90"),
                "discount": Decimal("5.16"),
                "shipping": Decimal("5.12"),
                "tax": Decimal("7.74"),
            }
        },
        "status": "shipped",
        "is_valid": True,
        "web_id": "#1001",
        "ip_address": "192.0.2.44",
        "channel": "online",
        "store": "shop.example.com",
        "payment_method": "shopify_payments",
        "shipping_method": "Standard",
        "coupon_code": "SPRING",
        "customer": {
            "id": "6123456789012",
            "email": "ada@example.com",
            "firstname": "Ada",
            "lastname": "Winter",
        },
        "shipping_address": LEEDS,
        "billing_address": LEEDS,
        "lineitems": [
            {
                "product_id": "7300000000011",
                "variant_id": "41000000000011",
                "quantity": 2,
                "sku": "LS-01-M",
                "unit_price": 30,
                "tax": 9,
                "discount": 6,
                "variant_options": [{"type": "variant", "id": "M / Blue", "label": "M / Blue"}],
                "properties": {"name": "Linen Shirt - M / Blue", "engraving": "A. W."},
            },
            {
                "product_id": "Gift wrap",
                "quantity": 1,
                "unit_price": 3,
                "discount": 0,
                "properties": {"name": "Gift wrap"},
            },
            {
                "product_id": "OLD-9",
                "quantity": 1,
                "sku": "OLD-9",
                "unit_price": 8,
                "discount": 0,
                "properties": {"name": "Discontinued bowl - Default Title"},
            },
        ],
        "properties": {"tags": "vip, early"},
    }


def test_a_guest_has_an_email_and_no_id(tmp_path: Path) -> None:
    guest, nobody = (orders(tmp_path)[number] for number in ("#1002", "#1007"))

    assert guest["customer"] == {"email": "guest@example.com"}
    assert guest["timestamp"] == "2024-03-31T03:30:00+02:00"
    assert nobody["customer"] == {"id": "6123456789013", "lastname": "Bo"}


def test_refunds_belong_to_the_line_that_they_name_by_its_id(tmp_path: Path) -> None:
    record = orders(tmp_path)["#1003"]
    lines = [(each["quantity_refunded"], each["refunded"]) for each in record["lineitems"]]

    assert lines == [(2, Decimal("59.50")), (2, 10)]
    assert (record["status"], record["is_valid"]) == ("complete", True)
    assert record["grand_total"] == 100
    assert Decimal(record["properties"]["refunded_amount"]) == Decimal("69.50")


@pytest.mark.parametrize(
    ("number", "status", "is_valid"),
    [
        ("#1001", "shipped", True),
        ("#1002", "pending", False),
        ("#1004", "cancelled", False),
        ("#1005", "refunded", False),
        ("#1007", "complete", True),
        ("#1008", "pending", True),
    ],
)
def test_what_was_cancelled_refunded_or_not_paid_is_not_valid(
    tmp_path: Path, number: str, status: str, *, is_valid: bool
) -> None:
    record = orders(tmp_path)[number]

    assert (record["status"], record["is_valid"]) == (status, is_valid)


def test_test_orders_are_left_out_and_counted(tmp_path: Path) -> None:
    outcome = read(tmp_path, "rest-orders-page-1.json", "rest-orders-page-2.json")

    assert "#1006" not in {record["web_id"] for record in outcome.records}
    assert (outcome.summary.rows.read, outcome.summary.rows.left_out) == (8, 1)


def test_orders_of_a_till_name_their_location_and_are_offline(tmp_path: Path) -> None:
    record = orders(tmp_path)["#1007"]

    assert (record["channel"], record["store"]) == ("offline", "61234567890")
    assert record["lineitems"][0]["tax"] == Decimal("0.42")
    assert "shipping_address" not in record


def test_pages_and_ndjson_are_the_same_orders(tmp_path: Path) -> None:
    pages = read(tmp_path, "rest-orders-page-1.json", "rest-orders-page-2.json")

    assert read(tmp_path, "rest-orders.ndjson").records == pages.records


def test_an_order_that_was_asked_for_alone_is_in_an_object_of_its_own(tmp_path: Path) -> None:
    page = json.loads((EXPORTS / "rest-orders-page-1.json").read_text("utf-8"))
    lines = "".join(json.dumps({"order": each}) + "\n" for each in page["orders"])

    outcome = prepare_text(tmp_path, "orders.ndjson", lines)

    assert outcome.records == read(tmp_path, "rest-orders-page-1.json").records


def test_orders_of_old_versions_have_amounts_in_one_currency(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "rest-orders-2017.json").records

    assert record["grand_total"] == Decimal("70.95")
    assert record["shipping"] == Decimal("5.95")
    assert record["payment_method"] == "paypal"
    assert "totals" not in record
    assert [each["discount"] for each in record["lineitems"]] == [6, 0, 0]


def test_keys_tokens_and_notes_are_not_sent(tmp_path: Path) -> None:
    outcome = read(tmp_path, "rest-orders-page-1.json", "rest-orders-page-2.json")
    sent = "".join(outcome.texts)

    for secret in ("private", "neighbour", "gate", "b-1", "Weaver", "marketing", "too small"):
        assert secret not in sent, secret


@pytest.mark.parametrize(
    ("key", "consent"),
    [
        (
            "01",
            {
                "marketing_optin": "EXPLICITLY_OPTEDIN",
                "timestamp_subscribed": "2022-05-05T09:00:00+02:00",
            },
        ),
        (
            "02",
            {
                "marketing_optin": "EXPLICITLY_OPTEDOUT",
                "timestamp_unsubscribed": "2022-05-05T09:00:00+02:00",
                "channels": {
                    "sms": {
                        "allow_marketing": True,
                        "dt_updated_marketing": "2022-06-06T09:00:00+02:00",
                    }
                },
            },
        ),
        (
            "03",
            {
                "marketing_optin": "NOT_SPECIFIED",
                "channels": {
                    "sms": {
                        "allow_marketing": False,
                        "dt_updated_marketing": "2022-06-06T09:00:00+02:00",
                    }
                },
            },
        ),
        ("04", {"marketing_optin": "NOT_SPECIFIED"}),
        ("05", {"marketing_optin": "NOT_SPECIFIED"}),
        ("06", {"marketing_optin": "NOT_SPECIFIED"}),
        ("07", {}),
        ("09", {}),
        ("10", {"marketing_optin": "EXPLICITLY_OPTEDIN"}),
    ],
)
def test_consent_is_the_state_of_today_and_its_time_that_of_the_last_change(
    tmp_path: Path, key: str, consent: dict[str, Any]
) -> None:
    record = by_id(read(tmp_path, "rest-customers.json"))[key]
    about_consent = ("marketing_optin", "timestamp_subscribed", "timestamp_unsubscribed")

    assert {
        name: record[name]
        for name in (*about_consent, "channels", "@force_optin")
        if name in record
    } == consent


def test_a_word_for_consent_that_nobody_knows_is_reported(tmp_path: Path) -> None:
    outcome = read(tmp_path, "rest-customers.json")

    assert [row["code"] for row in outcome.problems if row["value"] == "archived"] == ["W022"]


def test_customers_without_an_email_are_rejected(tmp_path: Path) -> None:
    outcome = read(tmp_path, "rest-customers.json")

    assert "08" not in by_id(outcome)
    assert outcome.summary.rejected == 1


def test_a_customer_has_the_ids_of_the_csv_export(tmp_path: Path) -> None:
    record = read(tmp_path, "rest-customers.json").records[0]

    assert record == {
        "@type": "contact",
        "id": "6123456789001",
        "@collection": "shopify",
        "email": "person1@example.com",
        "customer_id": "6123456789001",
        "phone_number": "+447700900501",
        "firstname": "Ada",
        "lastname": "Winter",
        "country_id": "GB",
        "timestamp_acquired": "2020-02-01T12:00:00+01:00",
        "timestamp_subscribed": "2022-05-05T09:00:00+02:00",
        "marketing_optin": "EXPLICITLY_OPTEDIN",
        "properties": {
            "tags": "vip, early",
            "city": "Leeds",
            "postcode": "LS1 4AP",
            "total_spent": "40.00",
            "total_orders": 2,
            "tax_exempt": False,
        },
    }


def test_before_2022_a_yes_is_an_opt_in_and_a_no_is_no_statement(tmp_path: Path) -> None:
    records = by_id(read(tmp_path, "rest-customers-2021.json"))

    assert records["11"]["marketing_optin"] == "EXPLICITLY_OPTEDIN"
    assert records["11"]["timestamp_subscribed"] == "2021-01-01T00:00:00+01:00"
    assert records["12"]["marketing_optin"] == "NOT_SPECIFIED"
    assert "timestamp_subscribed" not in records["12"]
    assert "timestamp_unsubscribed" not in records["12"]
    assert "timestamp_subscribed" not in records["13"]


def attribute(type_name: str, value: str) -> dict[str, str]:
    """An attribute whose id is its label."""
    return {"type": type_name, "id": value, "label": value}


OF_THE_SHIRT = [
    attribute("brand", "Example Mill"),
    attribute("tag", "linen"),
    attribute("tag", "summer"),
    attribute("type", "Shirts"),
]


def in_order(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its attributes by type, whose order says nothing."""
    attributes = sorted(record["attributes"], key=lambda each: (each["type"], each["id"]))
    return {**record, "attributes": attributes}


def test_a_product_and_each_of_its_variants_are_records(tmp_path: Path) -> None:
    records = read(tmp_path, "rest-products.json", **SHOP).records
    shirt = {record["id"]: in_order(record) for record in records}

    assert len(records) == 9
    assert shirt["7300000000011"] == {
        "@type": "product",
        "id": "7300000000011",
        "title": "Linen Shirt",
        "currency": "EUR",
        "price": 30,
        "url": "https://shop.example.com/products/linen-shirt",
        "image_url": "https://cdn.example.com/501.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": False,
        "attributes": OF_THE_SHIRT,
    }
    assert shirt["41000000000011"] == {
        "@type": "product",
        "id": "41000000000011",
        "title": "Linen Shirt - M / Blue",
        "sku": "SKU-11",
        "currency": "EUR",
        "price": 40,
        "special_price": 30,
        "image_url": "https://cdn.example.com/501.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": True,
        "attributes": [attribute("Colour", "Blue"), attribute("Size", "M"), *OF_THE_SHIRT],
        "properties": {"parent": 7300000000011},
    }


def test_a_variant_has_the_picture_the_stock_and_the_price_that_are_its_own(
    tmp_path: Path,
) -> None:
    records = by_id(read(tmp_path, "rest-products.json", **SHOP))
    large, red, small = (records[key] for key in ("13", "14", "15"))

    assert large["image_url"] == "https://cdn.example.com/502.jpg"
    assert (large["price"], "special_price" in large) == (30, False)
    assert large["is_in_stock"] is False
    assert red["is_in_stock"] is True
    assert red["image_url"] == "https://cdn.example.com/501.jpg"
    assert small["is_in_stock"] is True


def test_the_only_variant_of_a_product_without_options_is_called_like_it(tmp_path: Path) -> None:
    records = {each["id"]: each for each in read(tmp_path, "rest-products.json", **SHOP).records}
    socks, variant = records["7300000000012"], records["41000000000012"]

    assert (variant["title"], variant["is_variant"]) == ("Wool Socks", True)
    assert variant["attributes"] == [attribute("brand", "Example Mill")]
    assert (socks["is_in_stock"], variant["is_in_stock"]) == (False, False)


def test_hidden_and_archived_products_are_inactive_with_their_variants(tmp_path: Path) -> None:
    records = read(tmp_path, "rest-products.json", **SHOP).records
    active = {record["id"] for record in records if record["is_active"]}

    assert {each[-2:] for each in active} == {"11", "13", "14", "15"}


def test_products_need_the_address_and_the_currency_of_the_shop(tmp_path: Path) -> None:
    with pytest.raises(MissingSettingsError) as refused:
        read(tmp_path, "rest-products.json")

    assert "shop_url" in f"{refused.value} {refused.value.hint}"
    assert "currency" in f"{refused.value} {refused.value.hint}"


def test_price_of_a_product_is_that_of_its_first_variant_wherever_it_stands(
    tmp_path: Path,
) -> None:
    variants = [
        {"id": 12, "position": 2, "price": "20.00", "title": "L"},
        {"id": 11, "position": 1, "price": "15.00", "title": "M"},
    ]
    product = {
        "id": 1,
        "title": "Tee",
        "handle": "tee",
        "vendor": "Acme",
        "product_type": "Tops",
        "published_at": None,
        "variants": variants,
    }
    file = write(tmp_path / "products.json", json.dumps({"products": [product]}))
    settings = {"shop_url": "https://shop.example.com", "currency": "EUR"}

    records = prepare_files(tmp_path, file, settings=settings).records

    assert {each["id"]: each["price"] for each in records} == {"1": 15, "12": 20, "11": 15}
