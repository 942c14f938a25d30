"""What the preset makes of Shopify's bulk exports: a node on each line, which names its parent."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError, UsageError
from ometria_import.options.choices import Lines, WithoutEmail
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text

EXPORTS = Path(__file__).parents[2] / "exports" / "shopify"
SHOP = {"shop_url": "https://shop.example.com", "currency": "EUR"}


def bulk(folder: Path, name: str, **options: Any) -> Outcome:
    """Prepare a bulk export."""
    return prepare_files(folder, EXPORTS / f"bulk-{name}.jsonl", **options)


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The records by their id."""
    return {record["id"]: record for record in outcome.records}


def codes(outcome: Outcome) -> set[str]:
    """The codes of all problems."""
    return {each["code"] for each in outcome.problems}


def test_an_order_has_its_items_with_their_discounts_taxes_and_refunds(tmp_path: Path) -> None:
    outcome = bulk(tmp_path, "orders", settings=SHOP)
    address = {"city": "Graz", "state": "Styria", "postcode": "8010", "country_code": "AT"}

    assert outcome.records[0] == {
        "@type": "order",
        "id": "5700000000001",
        "web_id": "#2001",
        "timestamp": "2024-05-06T07:08:09Z",
        "currency": "EUR",
        "grand_total": Decimal("47.90"),
        "subtotal": Decimal("43.00"),
        "discount": Decimal("3.00"),
        "shipping": Decimal("4.90"),
        "tax": Decimal("7.65"),
        "status": "shipped",
        "is_valid": True,
        "ip_address": "203.0.113.9",
        "channel": "online",
        "store": "shop.example.com",
        "payment_method": "shopify_payments",
        "shipping_method": "Standard",
        "coupon_code": "MAI3",
        "customer": {
            "id": "6100000000001",
            "email": "maja.lindt@example.com",
            "firstname": "Maja",
            "lastname": "Lindt",
        },
        "shipping_address": address,
        "billing_address": address,
        "lineitems": [
            {
                "product_id": "7100000000001",
                "variant_id": "40100000000001",
                "sku": "LS-M-SAND",
                "quantity": 2,
                "unit_price": Decimal("20.00"),
                "discount": Decimal("3.00"),
                "tax": Decimal("6.17"),
                "quantity_refunded": 1,
                "refunded": Decimal("18.50"),
                "variant_options": [
                    {"type": "Size", "id": "M", "label": "M"},
                    {"type": "Colour", "id": "Sand", "label": "Sand"},
                ],
                "properties": {"name": "Linen Shirt - M / Sand", "Monogram": "ML"},
            },
            {
                "product_id": "7100000000002",
                "variant_id": "40100000000003",
                "sku": "MUG",
                "quantity": 1,
                "unit_price": Decimal("6.00"),
                "tax": Decimal("1.00"),
                "quantity_refunded": 1,
                "refunded": Decimal("1.50"),
                "properties": {"name": "Mug"},
            },
        ],
        "totals": {
            "local": {
                "currency": "EUR",
                "grand_total": Decimal("47.90"),
                "subtotal": Decimal("43.00"),
                "discount": Decimal("3.00"),
                "shipping": Decimal("4.90"),
                "tax": Decimal("7.65"),
            }
        },
        "properties": {"tags": ["gift", "first order"], "refunded_amount": "20.00"},
    }
    assert codes(outcome) == set()


def test_guests_cancelled_orders_and_tills_are_told_apart(tmp_path: Path) -> None:
    outcome = bulk(tmp_path, "orders", settings=SHOP)
    found = by_id(outcome)

    assert list(found) == ["5700000000001", "5700000000002", "5700000000004", "5700000000005"]
    guest, cancelled, till = list(found.values())[1:]
    assert guest["customer"] == {"email": "gast@example.com"}
    assert (guest["status"], guest["is_valid"]) == ("pending", False)
    assert [each["product_id"] for each in guest["lineitems"]] == ["Gift card, printed", "MUG-OLD"]
    assert (cancelled["status"], cancelled["is_valid"]) == ("cancelled", False)
    assert (till["channel"], till["store"]) == ("offline", "Graz, Herrengasse")
    assert (till["currency"], till["grand_total"]) == ("EUR", Decimal("10.90"))
    assert till["totals"]["local"]["currency"] == "CHF"
    assert till["totals"]["local"]["grand_total"] == Decimal("10.40")


def test_test_orders_are_left_out_and_counted(tmp_path: Path) -> None:
    outcome = bulk(tmp_path, "orders")

    assert outcome.summary.rows.read == 5
    assert outcome.summary.rows.left_out == 1
    assert "5700000000003" not in by_id(outcome)


def test_the_order_of_the_lines_makes_no_difference(tmp_path: Path) -> None:
    grouped, ungrouped = (
        by_id(bulk(tmp_path, name, settings=SHOP)) for name in ("orders", "orders-ungrouped")
    )

    assert grouped.keys() == ungrouped.keys()
    for name, record in grouped.items():
        other = ungrouped[name]
        items, others = (
            sorted(each.pop("lineitems"), key=lambda item: str(item["product_id"]))
            for each in (record, other)
        )
        assert record == other
        assert [_sorted_options(each) for each in items] == [
            _sorted_options(each) for each in others
        ]


def _sorted_options(item: dict[str, Any]) -> dict[str, Any]:
    options = sorted(item.get("variant_options", ()), key=lambda each: str(each["type"]))
    return {**item, "variant_options": options}


def test_refunds_may_stand_in_their_order_and_name_no_ids(tmp_path: Path) -> None:
    outcome = bulk(tmp_path, "orders-inner-refunds")
    (record,) = outcome.records

    assert record["status"] == "refunded"
    assert record["shipping_method"] == "Express"
    (item,) = record["lineitems"]
    assert (item["quantity_refunded"], item["refunded"]) == (1, Decimal("6.00"))
    assert codes(outcome) == set()


def test_a_file_without_its_beginning_is_said_to_be_cut(tmp_path: Path) -> None:
    outcome = bulk(tmp_path, "orders-without-first")

    assert list(by_id(outcome)) == ["5700000000002", "5700000000004", "5700000000005"]
    assert [line for line, _ in outcome.places("E048")] == [1, 2, 3, 4, 5, 6]
    assert outcome.summary.rejected == 6


def test_a_file_cut_in_a_line_does_not_send_the_order_without_that_item(tmp_path: Path) -> None:
    outcome = bulk(tmp_path, "orders-cut")

    assert list(by_id(outcome)) == ["5700000000001", "5700000000002", "5700000000004"]
    assert outcome.places("E006") == [(20, "")]
    assert outcome.places("E035") == [(19, "")]


def test_orders_without_any_item_are_refused_unless_that_is_said(tmp_path: Path) -> None:
    lines = (EXPORTS / "bulk-orders.jsonl").read_text("utf-8").splitlines(keepends=True)
    orders = "".join(each for each in lines if "__parentId" not in each)

    with pytest.raises(MappingError, match="none of the order records has a LineItem") as refused:
        prepare_text(tmp_path, "orders.jsonl", orders)
    outcome = prepare_text(tmp_path, "orders.jsonl", orders, lines=Lines.NONE)

    assert "--lines none" in refused.value.hint
    assert len(outcome.records) == 4


def test_a_product_and_each_of_its_variants_are_records(tmp_path: Path) -> None:
    outcome = bulk(tmp_path, "products")
    found = by_id(outcome)

    assert found["7100000000001"]["title"] == "Linen Shirt"
    assert found["7100000000001"]["url"] == "https://shop.example.com/products/linen-shirt"
    assert found["7100000000001"]["is_variant"] is False
    variant = found["40100000000001"]
    attributes = variant.pop("attributes")
    assert variant == {
        "@type": "product",
        "id": "40100000000001",
        "title": "Linen Shirt - M / Sand",
        "sku": "LS-M-SAND",
        "currency": "EUR",
        "price": Decimal("29.00"),
        "special_price": Decimal("20.00"),
        "image_url": "https://cdn.example.com/linen-shirt-sand.jpg",
        "is_active": True,
        "is_in_stock": True,
        "is_variant": True,
        "properties": {"parent": "7100000000001"},
    }
    assert {(each["type"], each["label"]) for each in attributes} == {
        ("Size", "M"),
        ("Colour", "Sand"),
        ("brand", "Weberei Nord"),
        ("type", "Shirts"),
        ("tag", "linen"),
        ("tag", "summer"),
    }
    assert found["40100000000003"]["title"] == "Mug"
    assert {each["type"] for each in found["40100000000003"]["attributes"]} == {"brand", "type"}
    assert codes(outcome) == {"W101"}


def test_drafts_archived_and_hidden_products_are_not_active(tmp_path: Path) -> None:
    found = by_id(bulk(tmp_path, "products"))

    states = {name: record["is_active"] for name, record in found.items()}
    assert states == {
        **dict.fromkeys(["7100000000001", "40100000000001", "40100000000002"], True),
        **dict.fromkeys(["7100000000002", "40100000000003"], True),
        **dict.fromkeys(["7100000000003", "40100000000004"], False),  # a draft
        **dict.fromkeys(["7100000000004", "40100000000005"], False),  # published nowhere
        **dict.fromkeys(["7100000000005", "40100000000006"], False),  # archived
    }
    stock = {name: found[name]["is_in_stock"] for name in found if name.startswith("40")}
    assert stock == {
        "40100000000001": True,
        "40100000000002": False,
        "40100000000003": True,  # sold although there is none
        "40100000000004": False,
        "40100000000005": True,
        "40100000000006": True,
    }


def test_what_the_query_did_not_ask_for_is_asked_of_the_user(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"needs shop_url: .*; currency: ") as asked:
        bulk(tmp_path, "products-few-fields")
    found = by_id(bulk(tmp_path, "products-few-fields", settings=SHOP))

    assert asked.value.hint.startswith("Add --set shop_url=… --set currency=…")
    assert found["7100000000002"]["url"] == "https://shop.example.com/products/mug"
    assert found["7100000000002"]["is_active"] is True
    assert found["40100000000003"]["currency"] == "EUR"


def test_items_of_orders_are_the_variants_of_products(tmp_path: Path) -> None:
    arguments = [EXPORTS / f"bulk-{name}.jsonl" for name in ("products", "orders")]
    outcome = prepare_files(tmp_path, *arguments)

    products = {each["id"] for each in outcome.records if each["@type"] == "product"}
    items = [item for each in outcome.records for item in each.get("lineitems", ())]
    sold = [each for each in items if each["product_id"].isdecimal()]
    assert len(sold) == 4
    assert all({each["product_id"], each["variant_id"]} <= products for each in sold)


def test_consent_is_what_the_state_says_and_its_time_stands_beside_it(tmp_path: Path) -> None:
    outcome = bulk(tmp_path, "customers", without_email=WithoutEmail.SEND)
    consents = {
        record["id"][-1]: (
            record.get("marketing_optin"),
            record.get("timestamp_subscribed"),
            record.get("timestamp_unsubscribed"),
            record.get("channels", {}).get("sms", {}).get("allow_marketing"),
        )
        for record in outcome.records
    }

    moment = "2023-01-02T03:04:05Z"
    assert consents == {
        "1": ("EXPLICITLY_OPTEDIN", moment, None, True),
        "2": ("EXPLICITLY_OPTEDOUT", None, moment, False),
        "3": ("NOT_SPECIFIED", None, None, None),
        "4": ("NOT_SPECIFIED", None, None, None),  # pending
        "5": ("NOT_SPECIFIED", None, None, None),  # invalid
        "6": ("NOT_SPECIFIED", None, None, None),  # redacted
        "7": (None, None, None, None),
        "8": (None, None, None, None),
        "9": (None, None, None, None),  # a word that nobody knows
    }
    assert outcome.places("W022") == [(9, "marketing_optin")]


def test_an_opt_out_in_either_place_counts(tmp_path: Path) -> None:
    found = by_id(bulk(tmp_path, "customers-new-fields"))

    assert {name[-2:]: record["marketing_optin"] for name, record in found.items()} == {
        "01": "EXPLICITLY_OPTEDIN",
        "02": "EXPLICITLY_OPTEDOUT",
        "03": "NOT_SPECIFIED",
        "10": "EXPLICITLY_OPTEDOUT",
    }
    assert found["6100000000001"]["email"] == "maja.lindt@example.com"
    assert found["6100000000001"]["timestamp_subscribed"] == "2023-01-02T03:04:05Z"
    assert found["6100000000001"]["channels"] == {"sms": {"allow_marketing": True}}
    assert found["6100000000010"]["timestamp_unsubscribed"] == "2024-01-01T00:00:00Z"
    assert "timestamp_subscribed" not in found["6100000000010"]


def test_a_customer_has_the_ids_of_the_other_exports(tmp_path: Path) -> None:
    record = bulk(tmp_path, "customers").records[0]

    assert (record["id"], record["@collection"], record["customer_id"]) == (
        "6100000000001",
        "shopify",
        "6100000000001",
    )
    assert record["timestamp_acquired"] == "2022-02-03T04:05:06Z"
    assert record["country_id"] == "AT"


def test_orders_products_and_customers_may_stand_in_one_file(tmp_path: Path) -> None:
    outcome = bulk(tmp_path, "mixed")

    kinds = [(record["@type"], record["id"][:2]) for record in outcome.records]
    assert kinds.count(("product", "71")) == 2
    assert kinds.count(("product", "40")) == 3
    assert [each for each in kinds if each[0] != "product"] == [("contact", "61"), ("order", "57")]


@pytest.mark.parametrize("parent", ["Order", "Product", "Customer"])
def test_a_file_is_known_even_if_it_begins_with_a_thousand_parts(
    tmp_path: Path, parent: str
) -> None:
    owner: dict[str, Any] = {
        "id": f"gid://shopify/{parent}/1",
        "title": "Mug",
        "email": "a@example.com",
    }
    owner |= {"createdAt": "2024-05-06T07:08:09Z", "currencyCode": "EUR", "name": "#1"}
    owner |= {"totalPriceSet": {"shopMoney": {"amount": "1.0", "currencyCode": "EUR"}}}
    kind = {"Order": "LineItem", "Product": "ProductVariant"}.get(parent, "Metafield")
    parts = [
        {"id": f"gid://shopify/{kind}/9{number}", "title": "Mug", "price": "1.0", "quantity": 1}
        | {"__parentId": owner["id"]}
        for number in range(1_001)
    ]
    text = "".join(f"{json.dumps(each)}\n" for each in (*parts, owner))

    outcome = prepare_text(tmp_path, "export.jsonl", text, settings=SHOP)

    assert "1" in by_id(outcome)
    assert outcome.summary.rows.read == 1
