"""What the WooCommerce presets make of products and of the order exports of three plugins."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import OmetriaImportError, UsageError
from ometria_import.mapping.binding.bound import generation_of
from ometria_import.mapping.presets import find_mapping
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text

EXPORTS = Path(__file__).parents[1] / "exports" / "woocommerce"
SHOP = {"shop_url": "https://shop.example.com", "currency": "EUR", "timezone": "Europe/Berlin"}
GBP = {"currency": "GBP"}
ZONE = {"timezone": "Europe/London"}
LEEDS = {"city": "Leeds", "state": "WYK", "postcode": "LS1 4AP", "country_code": "GB"}
DRESDEN = {"city": "Dresden", "postcode": "01067", "country_code": "DE"}


def read(folder: Path, name: str, settings: dict[str, str], **options: Any) -> Outcome:
    """Prepare an export with the settings that it needs."""
    return prepare_files(folder, EXPORTS / name, settings=settings, **options)


def findings(outcome: Outcome) -> list[dict[str, str]]:
    """What is wrong with how the file was read, not with the shop's products themselves."""
    about_products = {"W100", "W101"}
    is_rewritten = {"W053"}
    codes = about_products | is_rewritten
    return [problem for problem in outcome.problems if problem["code"] not in codes]


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The records by their id."""
    return {record["id"]: record for record in outcome.records}


def attribute(type_name: str, value: str) -> dict[str, str]:
    """An attribute whose id is its label."""
    return {"type": type_name, "id": value, "label": value}


def in_order(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its attributes by type, whose order says nothing."""
    attributes = sorted(record["attributes"], key=lambda each: (each["type"], each["id"]))
    return {**record, "attributes": attributes}


@pytest.mark.parametrize(
    "name",
    ["products-english.csv", "products-german.csv", "products-french.csv", "products-spanish.csv"],
)
def test_products_of_every_site_language_are_the_same(tmp_path: Path, name: str) -> None:
    outcome = read(tmp_path, name, SHOP)
    records = by_id(outcome)

    assert findings(outcome) == []
    assert in_order(records["101"]) == {
        "@type": "product",
        "id": "101",
        "title": "Linen Shirt",
        "sku": "LS-01",
        "currency": "EUR",
        "url": "https://shop.example.com/?p=101",
        "image_url": "https://shop.example.com/a101.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": False,
        "attributes": [
            attribute("Size", "M"),
            attribute("Size", "S"),
            attribute("brand", "Example Mill"),
            attribute("category", "Clothing > Shirts"),
            attribute("category", "Sale"),
            attribute("tag", "linen"),
        ],
        "listings": [
            {
                "store": "shop.example.com",
                "title": "Linen Shirt",
                "url": "https://shop.example.com/?p=101",
                "image_url": "https://shop.example.com/a101.jpg",
                "currency": "EUR",
                "is_active": True,
            }
        ],
    }
    assert records["104"]["price"] == Decimal("9.50")
    assert records["104"]["special_price"] == Decimal("7.50")
    assert records["104"]["special_price_dt_from"] == "2024-11-29T00:00:00+01:00"
    assert records["104"]["special_price_dt_to"] == "2024-12-01T23:59:59+01:00"


@pytest.mark.parametrize(
    ("preset", "name", "generation"),
    [
        ("woocommerce-products", "products-english.csv", "English, with brands"),
        ("woocommerce-products", "products-british.csv", "English"),
        ("woocommerce-products", "products-german.csv", "German site language"),
        ("woocommerce-products", "products-french.csv", "French site language"),
        ("woocommerce-products", "products-spanish.csv", "Spanish site language"),
        ("woocommerce-orders-advanced", "orders-advanced-repeated.csv", "default columns"),
    ],
)
def test_the_generation_of_a_header_is_told(preset: str, name: str, generation: str) -> None:
    with (EXPORTS / name).open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))

    assert generation_of(find_mapping(preset), header) == generation


def test_variations_are_variants_without_page_and_listing(tmp_path: Path) -> None:
    records = by_id(read(tmp_path, "products-english.csv", SHOP))

    assert records["102"] == {
        "@type": "product",
        "id": "102",
        "title": "Linen Shirt - S",
        "sku": "LS-01-S",
        "price": Decimal("19.90"),
        "currency": "EUR",
        "image_url": "https://shop.example.com/a102.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": True,
        "attributes": [attribute("Size", "S")],
        "properties": {"parent": "101"},
    }
    assert records["103"]["is_variant"] is True
    # It names its parent by SKU in the file.
    assert records["103"]["properties"] == {"parent": "101"}
    assert records["103"]["is_in_stock"] is False


def test_what_is_on_backorder_can_be_bought(tmp_path: Path) -> None:
    assert by_id(read(tmp_path, "products-english.csv", SHOP))["104"]["is_in_stock"] is True


def test_german_prices_have_their_thousands_and_their_comma_read(tmp_path: Path) -> None:
    assert by_id(read(tmp_path, "products-german.csv", SHOP))["105"]["price"] == Decimal("1299.00")


def test_british_headers_and_units_are_the_same_columns(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "products-british.csv", SHOP).records

    assert (record["id"], record["price"]) == ("104", Decimal("9.50"))


def test_private_products_and_drafts_are_inactive(tmp_path: Path) -> None:
    records = by_id(read(tmp_path, "products-published.csv", SHOP))

    assert {key: each["is_active"] for key, each in records.items()} == {
        "1": True,
        "2": False,
        "3": False,
        "4": False,
        "5": True,
    }
    assert records["5"]["title"] == "=Equal sign"


def test_texts_and_plugin_columns_are_left_out(tmp_path: Path) -> None:
    texts = "".join(read(tmp_path, "products-english.csv", SHOP).texts)

    assert "Long" not in texts
    assert "internal" not in texts


ADVANCED = {
    "@type": "order",
    "id": "2001",
    "timestamp": "2024-03-05T14:30:00Z",
    "grand_total": Decimal("27.98"),
    "currency": "GBP",
    "subtotal": Decimal("24.98"),
    "discount": 2,
    "shipping": 5,
    "tax": Decimal("4.66"),
    "status": "complete",
    "is_valid": True,
    "channel": "online",
    "payment_method": "Card",
    "shipping_method": "Courier",
    "coupon_code": "SPRING10",
    "customer": {"email": "ada@example.com", "firstname": "Ada", "lastname": "Winter"},
    "shipping_address": {"city": "Leeds", "postcode": "LS1 4AP", "country_code": "GB"},
    "billing_address": LEEDS,
    "lineitems": [
        {
            "product_id": "LS-01-M",
            "quantity": 2,
            "sku": "LS-01-M",
            "unit_price": Decimal("9.99"),
            "properties": {"name": "Linen Shirt - M"},
        },
        {
            "product_id": "Wool Socks",
            "quantity": 1,
            "unit_price": 5,
            "properties": {"name": "Wool Socks"},
        },
    ],
}


@pytest.mark.parametrize(
    "name", ["orders-advanced-repeated.csv", "orders-advanced-first-row-only.csv"]
)
def test_order_columns_count_once_whether_they_repeat_or_not(tmp_path: Path, name: str) -> None:
    outcome = read(tmp_path, name, {**GBP, **ZONE})

    assert findings(outcome) == []
    assert outcome.records[0] == ADVANCED
    assert (outcome.records[1]["status"], outcome.records[1]["is_valid"]) == ("cancelled", False)


def test_semicolons_a_byte_order_mark_and_decimal_commas_change_nothing(tmp_path: Path) -> None:
    outcome = read(tmp_path, "orders-advanced-semicolons.csv", {**GBP, **ZONE})

    assert findings(outcome) == []
    assert outcome.records[0] == ADVANCED


def test_ids_of_products_and_customers_are_taken_where_the_columns_were_added(
    tmp_path: Path,
) -> None:
    record = read(tmp_path, "orders-advanced-with-ids.csv", ZONE).records[0]

    assert record["currency"] == "GBP"
    assert record["customer"]["id"] == "7"
    assert [item["product_id"] for item in record["lineitems"]] == ["101", "130"]
    assert [item.get("variant_id") for item in record["lineitems"]] == ["103", None]


def test_a_row_for_a_further_coupon_is_no_item(tmp_path: Path) -> None:
    outcome = read(tmp_path, "orders-advanced-coupon-rows.csv", {**GBP, **ZONE})
    (record,) = outcome.records

    assert record["coupon_code"] == "ONE"
    assert len(record["lineitems"]) == 1
    assert [problem["field"] for problem in findings(outcome)] == ["coupon_code"]


def test_a_currency_that_the_file_does_not_say_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(OmetriaImportError) as refused:
        read(tmp_path, "orders-advanced-repeated.csv", {})

    assert "currency" in f"{refused.value} {refused.value.hint}"


@pytest.mark.parametrize("name", ["orders-webtoffee-packed.csv", "orders-webtoffee-columns.csv"])
def test_webtoffee_orders_are_read_from_cells_and_from_columns(tmp_path: Path, name: str) -> None:
    outcome = read(tmp_path, name, ZONE)
    first, second = outcome.records
    items = [
        {key: item[key] for key in ("product_id", "quantity", "subtotal", "total", "properties")}
        for item in first.pop("lineitems")
    ]

    assert [problem["field"] for problem in findings(outcome)] == ["meta:_order_key"]
    assert first == {
        "@type": "order",
        "id": "2001",
        "timestamp": "2024-03-05T14:30:00Z",
        "grand_total": Decimal("27.98"),
        "currency": "GBP",
        "subtotal": Decimal("24.98"),
        "discount": Decimal("2.00"),
        "shipping": Decimal("5.00"),
        "tax": Decimal("4.66"),
        "status": "complete",
        "is_valid": True,
        "web_id": "W-2001",
        "channel": "online",
        "payment_method": "Card",
        "shipping_method": "Courier",
        "customer": {
            "id": "7",
            "email": "ada@example.com",
            "firstname": "Ada",
            "lastname": "Winter",
        },
        "shipping_address": DRESDEN,
        "billing_address": LEEDS,
    }
    assert items == [
        {
            "product_id": "101",
            "quantity": 2,
            "subtotal": Decimal("19.98"),
            "total": Decimal("17.98"),
            "properties": {"name": "Linen Shirt | M"},
        },
        {
            "product_id": "130",
            "quantity": 1,
            "subtotal": Decimal("5.00"),
            "total": Decimal("5.00"),
            "properties": {"name": "Wool Socks: thick"},
        },
    ]
    assert (second["status"], second["is_valid"]) == ("refunded", False)
    assert second["customer"] == {
        "email": "ada@example.com",
        "firstname": "Ada",
        "lastname": "Winter",
    }


def test_packed_items_name_their_variation(tmp_path: Path) -> None:
    record = read(tmp_path, "orders-webtoffee-packed.csv", ZONE).records[0]

    assert [item.get("variant_id") for item in record["lineitems"]] == ["103", None]
    assert record["lineitems"][0]["tax"] == Decimal("3.00")


def test_addresses_of_devices_and_messages_never_leave_the_file(tmp_path: Path) -> None:
    for name in ("orders-webtoffee-packed.csv", "orders-webtoffee-columns.csv"):
        texts = "".join(read(tmp_path, name, ZONE).texts)
        for unwanted in ("192.0.2.10", "Browser", "Ring twice", "1134960000", "wc_order_x", "Ben"):
            assert unwanted not in texts


def test_there_are_as_many_item_columns_as_the_largest_order_needs(tmp_path: Path) -> None:
    records = read(tmp_path, "orders-webtoffee-large-order.csv", ZONE).records

    assert [len(record["lineitems"]) for record in records] == [12, 1]
    assert [item["product_id"] for item in records[0]["lineitems"]] == [
        str(number) for number in range(1, 13)
    ]


def test_statuses_of_a_shop_s_own_stay_and_count(tmp_path: Path) -> None:
    record = by_id(read(tmp_path, "orders-webtoffee-large-order.csv", ZONE))["2004"]

    assert (record["status"], record["is_valid"]) == ("awaiting-pickup", True)


def test_american_dates_are_told_by_the_whole_column(tmp_path: Path) -> None:
    records = read(tmp_path, "orders-webtoffee-us-dates.csv", ZONE).records

    assert [record["timestamp"][:10] for record in records] == ["2024-03-25", "2024-03-05"]


def test_dates_that_may_be_both_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as asked:
        read(tmp_path, "orders-webtoffee-open-dates.csv", ZONE)

    assert "order_date" in str(asked.value)
    assert "--date-order" in str(asked.value.hint)


def test_items_of_the_import_format_are_told_by_their_place_in_the_cell(tmp_path: Path) -> None:
    outcome = read(tmp_path, "orders-skyverge-import.csv", {**GBP, **ZONE})
    first, second = outcome.records

    assert findings(outcome) == []
    assert first["timestamp"] == "2016-05-31T00:37:00+01:00"
    assert first["web_id"] == "#3001"
    assert first["shipping_method"] == "Courier"
    assert first["customer"]["id"] == "7"
    assert first["lineitems"] == [
        {
            "product_id": "4959",
            "quantity": 1,
            "subtotal": 30,
            "total": 30,
            "variant_options": [attribute("size", "Medium")],
        },
        {
            "product_id": "WS-01",
            "quantity": 2,
            "sku": "WS-01",
            "subtotal": Decimal("0.00"),
            "total": Decimal("0.00"),
        },
    ]
    assert second["status"] == "on-hold"
    assert "id" not in second["customer"]


def test_greetings_in_item_cells_are_left_out(tmp_path: Path) -> None:
    texts = "".join(read(tmp_path, "orders-skyverge-import.csv", {**GBP, **ZONE}).texts)

    assert "Ben" not in texts


def test_columns_are_found_by_name_wherever_they_stand(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "orders-skyverge-shuffled.csv", {**GBP, **ZONE}).records

    assert (record["id"], record["grand_total"]) == ("3001", Decimal("35.00"))
    assert record["billing_address"] == LEEDS


def test_one_row_per_item_makes_one_order(tmp_path: Path) -> None:
    outcome = read(tmp_path, "orders-skyverge-items.csv", ZONE)
    (record,) = outcome.records

    assert findings(outcome) == []
    assert (record["status"], record["currency"]) == ("processing", "GBP")
    assert record["lineitems"] == [
        {
            "product_id": "101",
            "quantity": 2,
            "sku": "LS-01",
            "subtotal": Decimal("19.98"),
            "tax": Decimal("1.00"),
            "total": Decimal("17.98"),
            "properties": {"name": "Linen Shirt"},
        },
        {
            "product_id": "130",
            "quantity": 1,
            "quantity_refunded": 1,
            "refunded": Decimal("5.00"),
            "subtotal": Decimal("5.00"),
            "tax": Decimal("1.00"),
            "total": Decimal("5.00"),
            "properties": {"name": "Wool Socks"},
        },
    ]


def test_an_item_of_a_deleted_product_goes_by_its_sku_and_not_by_0(tmp_path: Path) -> None:
    text = (
        "Order Number,Order Date,Order Total Amount,Order Currency,Item Name,Product Id,SKU,"
        "Quantity,Item Cost\n"
        "A1,2024-03-05 10:00,9.00,GBP,Mug,0,MUG,1,9.00\n"
    )

    outcome = prepare_text(
        tmp_path, "orders.csv", text, settings=ZONE, mapping="woocommerce-orders-advanced"
    )

    assert outcome.records[0]["lineitems"][0]["product_id"] == "MUG"
