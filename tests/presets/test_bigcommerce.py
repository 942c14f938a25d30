"""BigCommerce's exports through their presets: every header variant and every trap."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError, UsageError
from tests.prepare.outcomes import prepare_files

EXPORTS = Path(__file__).parents[1] / "exports" / "bigcommerce"
SHOP = {"shop_url": "https://shop.example.com", "currency": "AUD"}
MELBOURNE = "Australia/Melbourne"


def orders(folder: Path, name: str, **options: Any) -> dict[str, dict[str, Any]]:
    outcome = prepare_files(folder, EXPORTS / name, **{"timezone": MELBOURNE, **options})
    return {record["id"]: record for record in outcome.records}


def products(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    outcome = prepare_files(folder, EXPORTS / name, settings=SHOP)
    return {record["id"]: record for record in outcome.records}


def test_words_of_a_german_spreadsheet_choose_the_same_pictures(tmp_path: Path) -> None:
    text = (EXPORTS / "products-modern.csv").read_text("utf-8")
    assert "TRUE" in text
    german = tmp_path / "products.csv"
    german.write_text(text.replace("TRUE", "WAHR").replace("FALSE", "FALSCH"), "utf-8")

    saved = prepare_files(tmp_path, german, settings=SHOP).records

    assert saved == list(products(tmp_path, "products-modern.csv").values())


@pytest.mark.parametrize("name", ["products.csv", "products-modern.csv"])
@pytest.mark.parametrize("ruined", ["1.23E+10", '"1,23E+10"'])
def test_barcode_that_a_spreadsheet_ruined_is_left_out(
    tmp_path: Path, name: str, ruined: str
) -> None:
    def barcodes(path: Path) -> list[str]:
        records = prepare_files(tmp_path, path, settings=SHOP).records
        return [
            each["properties"]["barcode"]
            for each in records
            if "barcode" in each.get("properties", {})
        ]

    text = (EXPORTS / name).read_text("utf-8")
    assert set(barcodes(EXPORTS / name)) == {"0012345678905"}
    saved = tmp_path / "products.csv"
    saved.write_text(text.replace("'0012345678905", ruined).replace("0012345678905", ruined))

    assert barcodes(saved) == []


def test_an_order_has_its_totals_with_tax_and_its_line_items(tmp_path: Path) -> None:
    assert orders(tmp_path, "orders.csv")["1001"] == {
        "@type": "order",
        "id": "1001",
        "web_id": "1001",
        "timestamp": "2022-05-18T00:00:00+10:00",
        "grand_total": Decimal("81.00"),
        "subtotal": Decimal("71.00"),
        "shipping": Decimal("10.00"),
        "tax": Decimal("7.36"),
        "currency": "AUD",
        "status": "complete",
        "is_valid": True,
        "payment_method": "Credit Card",
        "shipping_method": "Standard",
        "customer": {
            "id": "7",
            "email": "ada.winter@example.com",
            "firstname": "Ada Mary",
            "lastname": "Winter",
        },
        "billing_address": {
            "city": "Fitzroy",
            "state": "Victoria",
            "postcode": "3065",
            "country_code": "AU",
        },
        "shipping_address": {
            "city": "Leeds",
            "state": "West Yorkshire",
            "postcode": "LS1 4AP",
            "country_code": "GB",
        },
        "lineitems": [
            {
                "product_id": "121",
                "sku": "MUG-L",
                "quantity": 2,
                "unit_price": Decimal("9.50"),
                "total": Decimal("19.00"),
                "properties": {"name": "Mug"},
            },
            {
                "product_id": "130",
                "variant_id": "LS-01-M",
                "sku": "LS-01-M",
                "quantity": 1,
                "unit_price": Decimal("52.00"),
                "total": Decimal("52.00"),
                "variant_options": [
                    {"type": "Size", "id": "M", "label": "M"},
                    {"type": "Colour", "id": "Sea Blue", "label": "Sea Blue"},
                ],
                "properties": {"name": "Linen shirt"},
            },
        ],
    }


def test_an_export_without_a_zone_is_read_without_options(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "orders.csv")
    assert [each["timestamp"] for each in outcome.records] == [
        "2022-05-18T00:00:00Z",
        "2022-06-03T00:00:00Z",
    ]


def test_date_and_time_may_stand_in_two_columns(tmp_path: Path) -> None:
    records = orders(tmp_path, "orders-order-time.csv")
    assert [each["timestamp"] for each in records.values()] == [
        "2022-05-18T14:03:11+10:00",
        "2022-05-19T09:05:00+10:00",
    ]


def test_date_and_time_may_stand_in_one_column(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-accounts-email.csv").values()
    assert record["timestamp"] == "2022-05-18T14:03:11+10:00"


def test_a_template_may_write_the_month_first(tmp_path: Path) -> None:
    records = orders(tmp_path, "orders-month-first.csv")
    assert [each["timestamp"][:10] for each in records.values()] == ["2022-05-18", "2022-06-03"]


def test_dates_that_leave_day_and_month_open_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'Order Date'") as question:
        orders(tmp_path, "orders-dates-open.csv")
    assert "--date-order" in question.value.hint


def test_customer_0_is_a_guest_with_the_billing_name_and_email(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-guest.csv").values()
    assert record["customer"] == {
        "email": "lou@example.com",
        "firstname": "Lou",
        "lastname": "Hill",
    }


def test_names_of_products_may_hold_commas_colons_and_bars(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-tricky-product-names.csv").values()
    items = record["lineitems"]
    assert [(each["product_id"], each["properties"]["name"]) for each in items] == [
        ("2471", "AA NiMH 2000mAh, flat top: high rate | 4-pack"),
        ("84", "Wedge: for side sleepers, large"),
        ("85", 'Poster "A, B, C|D"'),
    ]
    assert [each["total"] for each in items] == [
        Decimal("49.80"),
        Decimal("296.00"),
        Decimal("5.00"),
    ]
    assert items[1]["variant_options"] == [
        {
            "type": "Size",
            "id": "Large - 5'9\" to 6'2\", 250 lbs.",
            "label": "Large - 5'9\" to 6'2\", 250 lbs.",
        },
        {"type": "Reason", "id": "Shoulder pain", "label": "Shoulder pain"},
    ]
    assert "variant_id" not in items[0]
    assert "sku" not in items[0]


def test_statuses_tell_what_is_no_revenue(tmp_path: Path) -> None:
    records = orders(tmp_path, "orders-statuses.csv")
    assert [(each["status"], each["is_valid"]) for each in records.values()] == [
        ("complete", True),
        ("shipped", True),
        ("pending", False),
        ("cancelled", False),
        ("Declined", False),
        ("Incomplete", False),
        ("refunded", False),
        ("Partially Refunded", True),
        ("Awaiting Payment", False),
    ]


def test_coupons_refunds_and_exchange_rates_are_kept(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-coupon-and-refund.csv").values()
    assert record["coupon_code"] == "SPRING10"
    assert record["currency"] == "NZD"
    assert record["grand_total"] == Decimal("81.00")
    assert record["properties"] == {
        "refund_amount": "9.50",
        "store_credit_redeemed": "5.00",
        "exchange_rate": "1.0831000000",
    }


def test_an_own_template_has_its_columns_in_any_order_and_number(tmp_path: Path) -> None:
    (record,) = orders(tmp_path, "orders-own-template.csv").values()
    assert record["billing_address"] == {"city": "Fitzroy"}
    assert record["customer"] == {"email": "ada.winter@example.com"}
    assert len(record["lineitems"]) == 1


def test_the_store_of_orders_can_be_set(tmp_path: Path) -> None:
    records = orders(tmp_path, "orders.csv", settings={"store": "shop.example.com"})
    assert {each["store"] for each in records.values()} == {"shop.example.com"}


def test_a_template_without_product_details_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="no line items") as refusal:
        orders(tmp_path, "orders-without-product-details.csv")
    assert "Product Details" in refusal.value.hint


def test_a_product_has_the_id_that_line_items_say(tmp_path: Path) -> None:
    shirt = products(tmp_path, "products.csv")["130"]
    own = shirt.pop("attributes")
    assert shirt == {
        "@type": "product",
        "id": "130",
        "sku": "LS-01",
        "title": "Linen shirt",
        "price": Decimal("52.00"),
        "special_price": Decimal("39.50"),
        "currency": "AUD",
        "url": "https://shop.example.com/linen-shirt/",
        "image_url": "https://cdn.example.com/front.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": False,
        "listings": [
            {
                "store": "shop.example.com",
                "title": "Linen shirt",
                "url": "https://shop.example.com/linen-shirt/",
                "price": Decimal("52.00"),
                "special_price": Decimal("39.50"),
                "currency": "AUD",
                "is_active": True,
            }
        ],
        "properties": {"barcode": "0012345678905"},
    }
    assert sorted((each["type"], each["label"]) for each in own) == [
        ("brand", "Winter & Lark"),
        ("category", "Shirts"),
        ("category", "Summer/Linen"),
        ("condition", "New"),
    ]


def test_rows_of_skus_are_variants_and_rows_of_rules_are_nothing(tmp_path: Path) -> None:
    records = products(tmp_path, "products.csv")
    assert list(records) == ["130", "LS-01-M", "LS-01-L", "121"]
    variant = records["LS-01-M"]
    assert variant["is_variant"] is True
    assert variant["is_in_stock"] is True
    assert "title" not in variant
    assert "listings" not in variant
    assert [(each["type"], each["label"]) for each in variant["attributes"]] == [
        ("size", "M"),
        ("colour", "Sea Blue"),
    ]
    assert variant["properties"] == {"options": "[S]Size=M,[CS]Colour=Sea Blue:#0044ff"}


def test_a_hidden_product_that_is_not_counted_is_in_stock(tmp_path: Path) -> None:
    mug = products(tmp_path, "products.csv")["121"]
    assert (mug["is_active"], mug["is_in_stock"]) == (False, True)
    assert mug["title"] == "Mug, large: blue"
    assert "special_price" not in mug
    assert "image_url" not in mug


def test_image_files_need_the_folder_that_only_the_shop_knows(tmp_path: Path) -> None:
    settings = {**SHOP, "image_folder": "https://cdn.example.com/product_images"}
    outcome = prepare_files(tmp_path, EXPORTS / "products.csv", settings=settings)
    mug = next(each for each in outcome.records if each["id"] == "121")
    assert mug["image_url"] == "https://cdn.example.com/product_images/m/121/mug__1.jpg"


def test_products_without_ids_go_by_their_sku(tmp_path: Path) -> None:
    records = products(tmp_path, "products-without-ids.csv")
    assert list(records) == ["LS-01", "LS-01-M", "LS-01-L"]
    assert [each["is_variant"] for each in records.values()] == [False, True, True]


@pytest.mark.parametrize("lacking", ["shop_url", "currency"])
def test_what_the_products_file_does_not_say_is_asked_for(tmp_path: Path, lacking: str) -> None:
    settings = {name: value for name, value in SHOP.items() if name != lacking}
    with pytest.raises(UsageError, match=lacking) as question:
        prepare_files(tmp_path, EXPORTS / "products.csv", settings=settings)
    assert f"--set {lacking}=" in question.value.hint


def test_customers_join_their_orders_by_id(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "customers.csv")
    assert outcome.records == [
        {
            "@type": "contact",
            "id": "7",
            "@collection": "customers",
            "email": "ada.winter@example.com",
            "customer_id": "7",
            "phone_number": "+61370101234",
            "firstname": "Ada",
            "lastname": "Winter",
            "country_id": "AU",
            "timestamp_acquired": "2022-05-18T00:00:00Z",
            "properties": {
                "customer_group": "Wholesale",
                "company": "Winter & Lark",
                "store_credit": "5.00",
            },
        },
        {
            "@type": "contact",
            "id": "9",
            "@collection": "customers",
            "email": "kim@example.com",
            "customer_id": "9",
            "firstname": "Kim",
            "lastname": "de Vries",
            "timestamp_acquired": "2022-06-03T00:00:00Z",
        },
    ]


def test_own_customer_fields_are_properties(tmp_path: Path) -> None:
    path = EXPORTS / "customers-own-template.csv"
    # Without store credits it could be anybody's: the user is asked.
    with pytest.raises(MappingError) as asked:
        prepare_files(tmp_path, path)
    assert "bigcommerce-customers (it lacks 'Store Credit')" in asked.value.hint
    outcome = prepare_files(tmp_path, path, mapping="bigcommerce-customers")
    (record,) = outcome.records
    assert record["email"] == "ada.winter@example.com"
    assert record["properties"] == {"customer_group": "Retail", "Favourite colour": "green"}


@pytest.mark.parametrize(
    "name",
    [
        "orders.csv",
        "orders-order-time.csv",
        "orders-accounts-email.csv",
        "products.csv",
        "products-without-ids.csv",
        "customers.csv",
    ],
)
def test_columns_that_bigcommerce_has_need_no_notice(tmp_path: Path, name: str) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / name, settings=SHOP)
    assert outcome.places("W050") + outcome.places("W051") == []


def test_a_column_of_an_own_order_template_is_reported(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "orders-own-template.csv")
    assert outcome.places("W051") == [(1, "Campaign")]


def test_the_modern_export_gives_products_their_pictures_and_variants(tmp_path: Path) -> None:
    records = products(tmp_path, "products-modern.csv")
    shirt, small, medium, mug = records.values()

    assert list(records) == ["121", "LS-S-RED", "LS-M-RED", "130"]
    assert (shirt["title"], shirt["sku"]) == ("Linen Shirt", "LS")
    assert (shirt["price"], shirt["special_price"]) == (Decimal("52.00"), Decimal("39.50"))
    assert shirt["url"] == "https://shop.example.com/linen-shirt/"
    assert shirt["image_url"] == "https://cdn.example.com/front.jpg"
    assert shirt["listings"][0]["store"] == "shop.example.com"
    assert shirt["properties"] == {"barcode": "0012345678905"}
    assert [each["is_variant"] for each in records.values()] == [False, True, True, False]
    assert [each["is_in_stock"] for each in records.values()] == [True, False, True, True]
    assert [each["is_active"] for each in records.values()] == [True, True, True, False]
    assert {each["type"]: each["label"] for each in small["attributes"]} == {
        "size": "S",
        "colour": "Red",
    }
    assert (small["price"], small["special_price"]) == (Decimal("52.00"), Decimal("39.50"))
    assert (medium["price"], "special_price" in medium) == (Decimal("55.00"), False)
    assert (small["title"], "listings" in small) == ("Linen Shirt", False)
    assert {each["properties"]["parent"] for each in (small, medium)} == {"121"}
    assert "special_price" not in mug


def test_the_lines_of_orders_join_the_products_of_the_modern_export(tmp_path: Path) -> None:
    outcome = prepare_files(
        tmp_path,
        EXPORTS / "products-modern.csv",
        EXPORTS / "orders.csv",
        settings=SHOP,
        timezone=MELBOURNE,
    )

    join = outcome.summary.cross_checks.products
    assert (join.asked, join.joined) == (3, 3)
