"""What the Shopify presets make of every header that Shopify has written."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import OmetriaImportError
from ometria_import.mapping.binding.bound import generation_of
from ometria_import.mapping.presets import find_mapping
from tests.prepare.outcomes import Outcome, prepare_files

EXPORTS = Path(__file__).parents[2] / "exports" / "shopify"
SHOP = {"shop_url": "https://shop.example.com", "currency": "EUR"}
ORDER_HEADERS = (
    "orders-current.csv",
    "orders-2012.csv",
    "orders-to-tax-5.csv",
    "orders-to-phone.csv",
    "orders-to-duties.csv",
    "orders-2025-short.csv",
)
PRODUCT_HEADERS = (
    "products-classic.csv",
    "products-classic-old.csv",
    "products-new-names.csv",
    "products-mixed-names.csv",
)


def orders(folder: Path, name: str, **options: Any) -> Outcome:
    """Prepare an orders export as it is."""
    return prepare_files(folder, EXPORTS / name, **options)


def products(folder: Path, name: str) -> Outcome:
    """Prepare a products export with the settings that it needs."""
    return prepare_files(folder, EXPORTS / name, settings=SHOP)


def findings(outcome: Outcome) -> list[dict[str, str]]:
    """What is wrong with how the file was read, not with the shop's products themselves."""
    about_products = {"W100", "W101"}
    is_rewritten = {"W053"}
    codes = about_products | is_rewritten
    return [problem for problem in outcome.problems if problem["code"] not in codes]


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The records by their id."""
    return {record["id"]: record for record in outcome.records}


def in_order(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its attributes by type, whose order says nothing."""
    attributes = sorted(record["attributes"], key=lambda each: (each["type"], each["id"]))
    return {**record, "attributes": attributes}


def test_an_order_of_two_lines_is_one_record_with_its_totals_from_the_first_row(
    tmp_path: Path,
) -> None:
    record = orders(tmp_path, "orders-current.csv").records[0]

    assert record == {
        "@type": "order",
        "id": "5432109876543",
        "timestamp": "2024-01-15T11:13:25-05:00",
        "grand_total": Decimal("24.98"),
        "currency": "EUR",
        "subtotal": Decimal("19.98"),
        "discount": Decimal("2.00"),
        "shipping": Decimal("5.00"),
        "tax": Decimal("3.99"),
        "status": "shipped",
        "is_valid": True,
        "web_id": "#1001",
        "channel": "online",
        "payment_method": "Credit card",
        "shipping_method": "Standard",
        "coupon_code": "SPRING10",
        "customer": {"email": "ada@example.com"},
        "shipping_address": {
            "city": "Paris",
            "state": "Île-de-France",
            "postcode": "75008",
            "country_code": "FR",
        },
        "billing_address": {
            "city": "Leeds",
            "state": "West Yorkshire",
            "postcode": "LS1 4AP",
            "country_code": "GB",
        },
        "lineitems": [
            {
                "product_id": "LS-01-M",
                "quantity": 2,
                "sku": "LS-01-M",
                "unit_price": Decimal("9.99"),
                "discount": Decimal("1.50"),
                "properties": {"name": "Linen Shirt - M"},
            },
            {
                "product_id": "WS-01",
                "quantity": 1,
                "sku": "WS-01",
                "unit_price": Decimal("5.00"),
                "properties": {"name": "Wool Socks"},
            },
        ],
        "properties": {"tags": "vip, gift"},
    }


@pytest.mark.parametrize("name", ORDER_HEADERS)
def test_every_order_header_is_recognised_and_gives_one_order_of_two_lines(
    tmp_path: Path, name: str
) -> None:
    outcome = orders(tmp_path, name)
    record = outcome.records[0]

    assert not outcome.summary.rejected
    assert findings(outcome) == []
    assert record["web_id"] == "#1001"
    assert record["grand_total"] == Decimal("24.98")
    assert record["shipping_address"]["country_code"] == "FR"
    assert record["billing_address"]["country_code"] == "GB"
    assert [item["product_id"] for item in record["lineitems"]] == ["LS-01-M", "WS-01"]


@pytest.mark.parametrize(
    ("preset", "name", "generation"),
    [
        ("shopify-orders", "orders-current.csv", "current, with payment references"),
        ("shopify-orders", "orders-to-duties.csv", "with duties"),
        ("shopify-orders", "orders-to-phone.csv", "with phone"),
        ("shopify-orders", "orders-to-tax-5.csv", "with five tax columns"),
        ("shopify-orders", "orders-2012.csv", "2012, up to Cancelled at"),
        ("shopify-products", "products-new-names.csv", "new column names"),
        (
            "shopify-products",
            "products-mixed-names.csv",
            "classic column names and new ones, mixed",
        ),
        ("shopify-products", "products-classic.csv", "classic column names, with Status"),
        ("shopify-products", "products-classic-old.csv", "classic column names, without Status"),
    ],
)
def test_the_generation_of_a_header_is_told(preset: str, name: str, generation: str) -> None:
    with (EXPORTS / name).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))

    assert generation_of(find_mapping(preset), header) == generation


def test_the_id_is_the_number_of_the_order_where_the_header_has_no_ids(tmp_path: Path) -> None:
    assert orders(tmp_path, "orders-2012.csv").records[0]["id"] == "#1001"


def test_two_shops_keep_their_numbers_apart_by_a_prefix(tmp_path: Path) -> None:
    outcome = orders(tmp_path, "orders-2012.csv", settings={"order_prefix": "uk-"})

    assert outcome.records[0]["id"] == "uk-#1001"


def test_ids_win_over_the_prefix_where_the_file_has_them(tmp_path: Path) -> None:
    outcome = orders(tmp_path, "orders-current.csv", settings={"order_prefix": "uk-"})

    assert outcome.records[0]["id"] == "5432109876543"


def test_the_shop_becomes_the_store_of_its_orders(tmp_path: Path) -> None:
    outcome = orders(tmp_path, "orders-current.csv", settings={"shop_url": SHOP["shop_url"]})

    assert {record["store"] for record in outcome.records} == {"shop.example.com"}


def test_a_sale_over_the_counter_has_no_customer(tmp_path: Path) -> None:
    record = by_id(orders(tmp_path, "orders-current.csv"))["5432109876544"]

    assert record["channel"] == "offline"
    assert "customer" not in record
    assert "shipping_address" not in record


def test_a_tick_at_the_checkout_notes_and_phones_go_nowhere(tmp_path: Path) -> None:
    texts = "".join(orders(tmp_path, "orders-current.csv").texts)

    for unwanted in ("optin", "Ring twice", "wrap", "1134960000", "Ada Winter", "VAT", "pay.1"):
        assert unwanted not in texts


def test_statuses_are_told_from_payment_delivery_and_cancellation(tmp_path: Path) -> None:
    records = by_id(orders(tmp_path, "orders-statuses.csv"))

    assert {key: (each["status"], each["is_valid"]) for key, each in records.items()} == {
        "1001": ("complete", True),
        "1002": ("shipped", True),
        "1003": ("pending", False),
        "1004": ("pending", True),
        "1005": ("pending", True),
        "1006": ("complete", True),
        "1007": ("refunded", False),
        "1008": ("cancelled", False),
        "1009": ("cancelled", False),
    }


def test_what_was_paid_back_stands_beside_the_total_and_not_in_it(tmp_path: Path) -> None:
    records = by_id(orders(tmp_path, "orders-statuses.csv"))

    assert records["1006"]["grand_total"] == Decimal("24.98")
    assert records["1006"]["properties"] == {"refunded_amount": "5.00"}
    assert "properties" not in records["1001"]


def test_a_file_sorted_by_item_still_takes_the_id_of_its_order(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-sorted-by-item.csv").records

    assert record["id"] == "5432109876543"
    assert record["grand_total"] == Decimal("24.98")
    assert [item["sku"] for item in record["lineitems"]] == ["AH-01", "BE-01", "LS-01-M"]


def test_rows_of_an_order_come_together_from_wherever_they_stand(tmp_path: Path) -> None:
    records = orders(tmp_path, "orders-scattered.csv").records

    assert [record["id"] for record in records] == ["11", "12"]
    assert [len(record["lineitems"]) for record in records] == [2, 2]


def test_an_export_that_came_in_several_files_is_what_one_file_would_be(tmp_path: Path) -> None:
    parts = [EXPORTS / f"orders-part-{number}-of-2.csv" for number in (1, 2)]

    outcome = prepare_files(tmp_path, *parts)

    assert outcome.texts == orders(tmp_path, "orders-current.csv").texts


def test_an_id_that_a_spreadsheet_rounded_is_refused_and_not_guessed(tmp_path: Path) -> None:
    outcome = orders(tmp_path, "orders-ruined-ids.csv")

    assert [record["id"] for record in outcome.records] == ["5432109876544"]
    assert len(outcome.rejects()) == 2


def test_an_item_without_sku_goes_by_its_name(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-without-sku.csv").records

    assert record["web_id"] == "1044"
    assert record["lineitems"] == [
        {
            "product_id": "Gift box, large - Red / 30 cm",
            "quantity": 2,
            "unit_price": Decimal("9.99"),
            "properties": {"name": "Gift box, large - Red / 30 cm"},
        }
    ]


def test_amounts_without_decimals_stay_whole(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-zero-decimals.csv").records

    assert (record["currency"], record["grand_total"]) == ("CLP", 163056)


def test_the_offset_of_each_order_is_kept_in_summer_and_winter(tmp_path: Path) -> None:
    records = orders(tmp_path, "orders-two-offsets.csv").records

    assert [record["timestamp"] for record in records] == [
        "2024-01-15T23:30:00-05:00",
        "2024-07-15T23:30:00-04:00",
    ]


def test_countries_that_are_written_out_become_codes(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-country-names.csv").records

    assert record["billing_address"]["country_code"] == "GB"
    assert record["shipping_address"]["country_code"] == "FR"


def test_several_codes_stay_one_text(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-several-codes.csv").records

    assert record["coupon_code"] == "SPRING10, FREESHIP"


def test_apostrophes_before_numbers_are_taken_off(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-apostrophes.csv").records

    assert record["id"] == "5432109876543"
    assert record["shipping_address"]["postcode"] == "01067"
    assert record["billing_address"]["postcode"] == "1930000"


def test_dates_that_a_spreadsheet_rewrote_are_read_by_what_the_column_says(
    tmp_path: Path,
) -> None:
    outcome = orders(tmp_path, "orders-with-spreadsheet-dates.csv", timezone="Europe/London")

    assert [record["timestamp"][:10] for record in outcome.records] == ["2024-01-15", "2024-03-02"]


def test_a_product_with_variants_is_one_parent_with_a_listing(tmp_path: Path) -> None:
    outcome = products(tmp_path, "products-classic.csv")

    assert findings(outcome) == []
    assert in_order(outcome.records[0]) == {
        "@type": "product",
        "id": "linen-shirt",
        "title": "Linen Shirt",
        "price": Decimal("59.00"),
        "special_price": Decimal("49.00"),
        "currency": "EUR",
        "url": "https://shop.example.com/products/linen-shirt",
        "image_url": "https://cdn.example.com/linen-shirt-1.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": False,
        "attributes": [
            {"type": "brand", "id": "Example Mill", "label": "Example Mill"},
            {
                "type": "category",
                "id": "Apparel & Accessories > Clothing",
                "label": "Apparel & Accessories > Clothing",
            },
            {"type": "tag", "id": "linen", "label": "linen"},
            {"type": "tag", "id": "summer", "label": "summer"},
            {"type": "type", "id": "Shirts", "label": "Shirts"},
        ],
        "listings": [
            {
                "store": "shop.example.com",
                "title": "Linen Shirt",
                "url": "https://shop.example.com/products/linen-shirt",
                "image_url": "https://cdn.example.com/linen-shirt-1.jpg",
                "price": Decimal("59.00"),
                "special_price": Decimal("49.00"),
                "currency": "EUR",
                "is_active": True,
            }
        ],
    }


@pytest.mark.parametrize("name", PRODUCT_HEADERS)
def test_both_sets_of_product_columns_give_the_same_products(tmp_path: Path, name: str) -> None:
    outcome = products(tmp_path, name)
    shirt, small, medium, mug = outcome.records

    assert findings(outcome) == []
    assert (shirt["id"], shirt["price"], shirt["special_price"]) == (
        "linen-shirt",
        Decimal("59.00"),
        Decimal("49.00"),
    )
    assert shirt["image_url"] == "https://cdn.example.com/linen-shirt-1.jpg"
    assert "sku" not in shirt
    assert [(each["id"], each["title"]) for each in (small, medium)] == [
        ("LS-01-S", "Linen Shirt - S"),
        ("LS-01-M", "Linen Shirt - M"),
    ]
    assert [(each["price"], each["special_price"]) for each in (small, medium)] == [
        (Decimal("59.00"), Decimal("49.00")),
        (Decimal("65.00"), Decimal("55.00")),
    ]
    assert small["is_variant"] is medium["is_variant"] is True
    assert "listings" not in small
    assert (mug["id"], mug["sku"], mug["price"]) == ("0042", "0042", Decimal("9.50"))
    assert "special_price" not in mug
    assert len(mug["listings"]) == 1
    assert shirt["is_active"] is mug["is_active"] is True


def test_rows_of_pictures_are_no_products_and_change_none(tmp_path: Path) -> None:
    outcome = products(tmp_path, "products-images.csv")

    assert [record["id"] for record in outcome.records] == ["RUG-01", "LAMP-01"]
    assert outcome.records[0]["image_url"] == "https://cdn.example.com/rug-1.jpg"
    assert findings(outcome) == []


def test_what_has_no_sku_goes_by_the_name_that_orders_call_it_by(tmp_path: Path) -> None:
    records = products(tmp_path, "products-without-sku.csv").records

    assert [record["id"] for record in records] == ["Rug", "sofa", "Sofa - Grey", "Sofa - Blue"]
    assert not any("sku" in record for record in records)


def test_a_variant_has_what_stands_on_the_first_row_of_its_product_only(tmp_path: Path) -> None:
    medium = by_id(products(tmp_path, "products-classic.csv"))["LS-01-M"]

    assert in_order(medium) == {
        "@type": "product",
        "id": "LS-01-M",
        "title": "Linen Shirt - M",
        "sku": "LS-01-M",
        "price": Decimal("65.00"),
        "special_price": Decimal("55.00"),
        "currency": "EUR",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": True,
        "attributes": [
            {"type": "Size", "id": "M", "label": "M"},
            {"type": "brand", "id": "Example Mill", "label": "Example Mill"},
            {
                "type": "category",
                "id": "Apparel & Accessories > Clothing",
                "label": "Apparel & Accessories > Clothing",
            },
            {"type": "tag", "id": "linen", "label": "linen"},
            {"type": "tag", "id": "summer", "label": "summer"},
            {"type": "type", "id": "Shirts", "label": "Shirts"},
        ],
        "properties": {"parent": "linen-shirt"},
    }


def test_the_lines_of_orders_join_variants_and_products_with_and_without_sku(
    tmp_path: Path,
) -> None:
    outcome = prepare_files(
        tmp_path,
        EXPORTS / "products-joining.csv",
        EXPORTS / "orders-joining.csv",
        settings=SHOP,
    )

    assert (
        outcome.summary.cross_checks.products.asked,
        outcome.summary.cross_checks.products.joined,
    ) == (5, 5)


def test_variants_whose_rows_were_sorted_away_from_their_product_keep_its_title(
    tmp_path: Path,
) -> None:
    records = by_id(products(tmp_path, "products-sorted-by-sku.csv"))

    assert records["LS-01-S"]["title"] == "Linen Shirt - S"
    assert records["LS-01-M"]["title"] == "Linen Shirt - M"
    assert records["linen-shirt"]["price"] == Decimal("59.00")
    assert len(records) == 4


def test_a_compare_at_price_that_is_not_above_the_price_is_no_former_price(
    tmp_path: Path,
) -> None:
    records = by_id(products(tmp_path, "products-compare-at-prices.csv"))

    assert {key: (each["price"], each.get("special_price")) for key, each in records.items()} == {
        "BELOW-01": (Decimal("49.00"), None),
        "SAME-01": (Decimal("49.00"), None),
        "ABOVE-01": (Decimal("59.00"), Decimal("49.00")),
        "ZERO-01": (Decimal("49.00"), None),
    }


def test_a_product_is_active_if_it_is_published_and_no_draft(tmp_path: Path) -> None:
    records = by_id(products(tmp_path, "products-hidden.csv"))

    assert {key: each["is_active"] for key, each in records.items()} == {
        "P1-01": True,
        "P2-01": False,
        "P3-01": False,
        "P4-01": False,
        "P5-01": True,
    }
    assert records["P2-01"]["listings"][0]["is_active"] is False


def test_stock_counts_any_variant_and_only_where_it_is_kept(tmp_path: Path) -> None:
    records = by_id(products(tmp_path, "products-stock.csv"))

    assert {key: each["is_in_stock"] for key, each in records.items()} == {
        "P1-01": True,
        "P2-01": False,
        "P3-01": True,
        "P4-01": True,
        "p5": True,
        "P5-01": False,
        "Second variant in stock - M": True,
    }


def test_a_product_whose_variants_are_all_sold_out_is_out_of_stock(tmp_path: Path) -> None:
    records = by_id(products(tmp_path, "products-sold-out.csv"))

    assert {key: each["is_in_stock"] for key, each in records.items()} == {
        "sofa": False,
        "SOFA-GREY": False,
        "SOFA-BLUE": False,
    }


def test_a_ruined_sku_of_a_variant_rejects_its_whole_product_to_be_mended_together(
    tmp_path: Path,
) -> None:
    outcome = products(tmp_path, "products-ruined-sku.csv")
    rejects = outcome.rejects()

    assert [record["id"] for record in outcome.records] == ["0042"]
    assert [row["reject_line"] for row in rejects] == ["2", "3"]
    assert "line 2" in rejects[0]["reject_reasons"]

    mended = outcome.summary.reject_paths[0]
    mended.write_text(mended.read_text("utf-8").replace("7.41E+12", "LS-01-M"), "utf-8")
    again = prepare_files(tmp_path, mended, settings=SHOP)

    assert [record["id"] for record in again.records] == ["linen-shirt", "LS-01-S", "LS-01-M"]
    assert again.records[2]["title"] == "Linen Shirt - M"


def test_a_description_of_a_product_is_left_out(tmp_path: Path) -> None:
    assert "cloth<" not in "".join(products(tmp_path, "products-classic.csv").texts)


@pytest.mark.parametrize("missing", ["shop_url", "currency"])
def test_products_are_refused_without_what_the_file_cannot_say(
    tmp_path: Path, missing: str
) -> None:
    settings = {name: value for name, value in SHOP.items() if name != missing}

    with pytest.raises(OmetriaImportError) as refused:
        prepare_files(tmp_path, EXPORTS / "products-classic.csv", settings=settings)

    assert missing in f"{refused.value} {refused.value.hint}"
