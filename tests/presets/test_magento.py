"""Magento's exports through their presets: every header variant and every trap."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError, UsageError
from tests.prepare.outcomes import Outcome, prepare_files

EXPORTS = Path(__file__).parents[1] / "exports" / "magento"
SHOP = {"shop_url": "https://shop.example.com", "currency": "EUR"}
SECRETS = (
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "rptok3n9f8e7d6c5b4a",
    "2021-02-03 04:05:07",
    "hunter2",
)


def id_of(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()


def products(folder: Path, name: str, **options: Any) -> dict[str, dict[str, Any]]:
    outcome = prepare_files(folder, EXPORTS / name, settings=SHOP, **options)
    return {record["id"]: record for record in outcome.records}


def attributes(record: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["type"], each["label"]) for each in record["attributes"]]


def everything_written(outcome: Outcome) -> bytes:
    """The records, and all bytes of the run's folder and of the package's."""
    folder = outcome.summary.problems_path.parents[1]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 1
    return b"".join([*map(str.encode, outcome.texts), *(path.read_bytes() for path in files)])


def test_customers_of_the_main_file_are_contacts_of_their_website(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "customers-main-file.csv")
    assert outcome.records[0] == {
        "@type": "contact",
        "id": id_of("ada.winter@example.com"),
        "@collection": "base",
        "email": "ada.winter@example.com",
        "prefix": "Ms",
        "firstname": "Ada",
        "middlename": "Mary",
        "lastname": "Winter",
        "gender": "f",
        "date_of_birth": "1985-03-09",
        "timestamp_acquired": "2015-10-25T03:34:20Z",
        "store_ids": ["default"],
        "properties": {"customer_group": "1"},
    }


def test_one_email_on_two_websites_is_two_contacts(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "customers-main-file.csv")
    adas = [each for each in outcome.records if each["email"] == "ada.winter@example.com"]
    assert [each["@collection"] for each in adas] == ["base", "outlet"]
    assert adas[0]["id"] == adas[1]["id"]


def test_ids_of_contacts_do_not_depend_on_the_case_of_the_email(tmp_path: Path) -> None:
    ben = prepare_files(tmp_path, EXPORTS / "customers-main-file.csv").records[2]
    assert ben["id"] == id_of("ben.lark@example.com")
    assert ben["gender"] == "m"
    assert "store_ids" not in ben
    assert "date_of_birth" not in ben


@pytest.mark.parametrize(
    ("name", "genders"),
    [
        ("customers-main-file.csv", ["f", "f", "m", None]),
        ("customers-main-file-adobe-commerce.csv", ["f", None]),
    ],
)
def test_genders_come_as_ids_or_as_labels(
    tmp_path: Path, name: str, genders: list[str | None]
) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / name)
    assert [each.get("gender") for each in outcome.records] == genders
    assert outcome.places("W019") == []


def test_the_shops_own_customer_attributes_are_properties(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "customers-main-file-adobe-commerce.csv")
    assert outcome.records[0]["properties"] == {"customer_group": "1", "loyalty_number": "0012345"}


def test_no_contact_gets_a_consent_that_the_file_does_not_have(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "customers-main-file.csv")
    for record in outcome.records:
        assert not {"marketing_optin", "timestamp_subscribed", "@force_optin"} & set(record)


@pytest.mark.parametrize(
    "name",
    [
        "customers-main-file.csv",
        "customers-main-file-secrets-in-rejects.csv",
        "customers-main-file-broken-row.csv",
    ],
)
def test_secrets_are_in_nothing_that_is_written(tmp_path: Path, name: str) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / name)
    written = everything_written(outcome)
    assert b"base" in written
    for secret in SECRETS:
        assert secret.encode() not in written


def test_a_rejected_customer_is_written_without_columns_of_secrets(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "customers-main-file-secrets-in-rejects.csv")
    (reject,) = outcome.rejects()
    assert reject["email"] == "not an address"
    assert not {"password_hash", "rp_token", "rp_token_created_at", "password"} & set(reject)


def test_further_addresses_below_a_customer_are_no_customers(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "customers-with-addresses.csv")
    assert [(each["email"], each["country_id"]) for each in outcome.records] == [
        ("ada.winter@example.com", "GB"),
        ("kim@example.com", "NL"),
    ]
    assert outcome.records[0]["phone_number"] == "+441134960123"
    assert outcome.summary.rejected == 0


def test_customers_of_the_grid_have_their_ids(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "customers-grid.csv", timezone="Europe/London")
    assert outcome.records[0] == {
        "@type": "contact",
        "id": "1",
        "@collection": "Main Website",
        "email": "ada.winter@example.com",
        "customer_id": "1",
        "phone_number": "+441134960123",
        "firstname": "Ada Mary",
        "lastname": "Winter",
        "country_id": "GB",
        "timestamp_acquired": "2015-10-25T03:34:20Z",
        "properties": {"customer_group": "General"},
    }
    assert outcome.records[1]["lastname"] == "de Vries"


def test_further_columns_of_the_customers_grid_do_no_harm(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "customers-grid-all-columns.csv")
    (record,) = outcome.records
    assert (record["gender"], record["date_of_birth"]) == ("f", "1985-03-09")
    assert record["properties"] == {"customer_group": "General"}


@pytest.mark.parametrize(
    "name",
    ["orders-grid.csv", "orders-grid-with-further-columns.csv", "orders-grid-few-columns.csv"],
)
def test_the_orders_grid_is_refused_with_what_to_export_instead(tmp_path: Path, name: str) -> None:
    with pytest.raises(MappingError) as refusal:
        prepare_files(tmp_path, EXPORTS / name)
    assert "no line items and no currency" in str(refusal.value)
    assert "sales_order_item" in refusal.value.hint


def test_the_addresses_file_is_refused_with_the_right_menu(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="one row per address") as refusal:
        prepare_files(tmp_path, EXPORTS / "customer-addresses.csv")
    assert "Customers Main File" in refusal.value.hint


def test_a_configurable_product_has_a_page_and_the_choices_of_its_children(tmp_path: Path) -> None:
    parent = products(tmp_path, "products.csv")["LS-01"]
    choices = parent.pop("attributes")
    assert parent == {
        "@type": "product",
        "id": "LS-01",
        "sku": "LS-01",
        "title": "Linen shirt",
        "price": Decimal("52.0000"),
        "special_price": Decimal("39.5"),
        "special_price_dt_from": "2015-10-25T03:34:20Z",
        "special_price_dt_to": "2015-11-25T00:00:00Z",
        "currency": "EUR",
        "url": "https://shop.example.com/linen-shirt.html",
        "image_url": "https://shop.example.com/media/catalog/product/l/s/ls01.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": False,
        "listings": [
            {
                "store": "shop.example.com",
                "title": "Linen shirt",
                "url": "https://shop.example.com/linen-shirt.html",
                "price": Decimal("52.0000"),
                "special_price": Decimal("39.5"),
                "currency": "EUR",
                "is_active": True,
            }
        ],
    }
    assert sorted((each["type"], each["label"]) for each in choices) == [
        ("care", "wash cold, do not bleach"),
        ("category", "Shirts"),
        ("category", "Summer/Linen"),
        ("climate", "Hot"),
        ("climate", "Mild"),
        ("color", "Blue"),
        ("material", "Linen, 100%"),
        ("size", "M"),
        ("size", "S"),
    ]


def test_children_before_their_parent_are_variants_without_page_and_listing(tmp_path: Path) -> None:
    child = products(tmp_path, "products.csv")["LS-01-S-Blue"]
    assert child["is_variant"] is True
    assert "url" not in child
    assert "listings" not in child
    assert sorted(attributes(child)) == [
        ("category", "Shirts"),
        ("color", "Blue"),
        ("size", "S"),
    ]


def test_a_disabled_product_without_picture_keeps_its_leading_zeros(tmp_path: Path) -> None:
    card = products(tmp_path, "products.csv")["0042"]
    assert (card["is_active"], card["is_in_stock"], card["is_variant"]) == (False, False, False)
    assert card["title"] == 'Gift card, "Summer"'
    assert "image_url" not in card
    assert "attributes" not in card


def test_rows_of_store_views_are_listings_and_never_products(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "products-store-views.csv", settings=SHOP)
    records = {each["id"]: each for each in outcome.records}
    assert list(records) == ["LS-01-S-Blue", "LS-01", "0042"]
    assert records["LS-01"]["title"] == "Linen shirt"
    assert records["LS-01"]["price"] == Decimal("52.0000")
    assert records["LS-01"]["is_active"] is True
    assert records["LS-01"]["listings"][1:] == [
        {"store": "de", "title": "Leinenhemd"},
        {
            "store": "fr",
            "title": "Chemise en lin",
            "price": Decimal("55.0000"),
            "is_active": False,
        },
    ]
    assert ("care", "wash cold, do not bleach") in attributes(records["LS-01"])
    labels = [label for _, label in attributes(records["LS-01"])]
    assert "Heiß" not in labels
    assert "listings" not in records["LS-01-S-Blue"]
    assert records["LS-01-S-Blue"]["title"] == "Linen shirt-S-Blue"


def test_rows_of_store_views_are_no_differences_to_warn_of(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / "products-store-views.csv", settings=SHOP)
    assert [row for row in outcome.problems if row["field"] in {"title", "price", "url"}] == []


def test_a_store_view_above_the_products_own_row_does_not_win(tmp_path: Path) -> None:
    (record,) = products(tmp_path, "products-store-view-first.csv").values()
    assert record["title"] == "Linen shirt"
    assert [each["title"] for each in record["listings"]] == ["Leinenhemd", "Linen shirt"]


def test_files_without_store_views_are_understood(tmp_path: Path) -> None:
    records = products(tmp_path, "products-without-store-views.csv")
    assert records["LS-01"]["title"] == "Linen shirt"
    assert records["LS-01"]["listings"][0]["store"] == "shop.example.com"
    assert records["LS-01-S-Blue"]["is_variant"] is True


def test_visibility_may_be_an_id_and_pictures_whole_addresses(tmp_path: Path) -> None:
    records = products(tmp_path, "products-visibility-ids.csv")
    assert [each["is_variant"] for each in records.values()] == [True, False]
    assert [each["image_url"] for each in records.values()] == [
        "https://cdn.example.com/ls01.jpg",
        "https://shop.example.com/media/catalog/product/l/s/ls01.jpg",
    ]


def test_dates_of_another_locale_are_read_where_one_of_them_tells(tmp_path: Path) -> None:
    (record,) = products(tmp_path, "products-dates-with-evidence.csv").values()
    assert record["special_price_dt_from"] == "2015-10-25T03:34:00Z"
    assert record["special_price_dt_to"] == "2015-11-25T00:00:00Z"


def test_one_date_that_tells_is_enough_for_all_of_its_column(tmp_path: Path) -> None:
    records = products(tmp_path, "products-dates-mixed.csv", timezone="Europe/London")
    assert records["LS-01"]["special_price_dt_from"] == "2024-01-09T03:34:00Z"
    assert records["LS-02"]["special_price_dt_from"] == "2015-10-30T03:34:00Z"


def test_dates_that_leave_day_and_month_open_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="special_price_from_date") as question:
        products(tmp_path, "products-dates-open.csv")
    assert "--date-order" in question.value.hint


@pytest.mark.parametrize("lacking", ["shop_url", "currency"])
def test_what_the_products_file_does_not_say_is_asked_for(tmp_path: Path, lacking: str) -> None:
    settings = {name: value for name, value in SHOP.items() if name != lacking}
    with pytest.raises(UsageError, match=lacking) as question:
        prepare_files(tmp_path, EXPORTS / "products.csv", settings=settings)
    assert f"--set {lacking}=" in question.value.hint


@pytest.mark.parametrize(
    "name",
    [
        "customers-main-file.csv",
        "customers-with-addresses.csv",
        "customers-grid.csv",
        "customers-grid-all-columns.csv",
        "products.csv",
    ],
)
def test_columns_that_magento_has_need_no_notice(tmp_path: Path, name: str) -> None:
    outcome = prepare_files(tmp_path, EXPORTS / name, settings=SHOP)
    assert outcome.places("W050") + outcome.places("W051") == []
