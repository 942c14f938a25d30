"""Orders and custom events of track calls, by the rules of RudderStack's Ometria destination."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.presets.rudderstack.rudderstack_events import events, order, order_of, track


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("order completed", "complete"),
        ("Order Complete", "complete"),
        (" COMPLETE ", "complete"),
        ("Order Shipped", "shipped"),
        ("shipped", "shipped"),
        ("order pending", "pending"),
        ("Pending", "pending"),
    ],
)
def test_event_name_says_the_status_of_an_order(tmp_path: Path, event: str, status: str) -> None:
    record = order_of(tmp_path, {"status": "x", "is_valid": False}, event=event)

    assert (record["@type"], record["status"], record["is_valid"]) == ("order", status, True)
    assert "properties" not in record


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subtotal", 5),
        ("discount", 1),
        ("shipping", 2),
        ("tax", 3),
        ("web_id", "W-1"),
        ("ip_address", "192.0.2.1"),
        ("channel", "online"),
        ("store", "example.com"),
        ("payment_method", "card"),
        ("shipping_method", "standard"),
        ("coupon_code", "SPRING"),
    ],
)
def test_every_property_of_the_guide_feeds_its_field(
    tmp_path: Path, field: str, value: Any
) -> None:
    record = order_of(tmp_path, {field: value})

    assert record[field] == value
    assert "properties" not in record


def test_email_of_an_order_may_come_with_its_properties(tmp_path: Path) -> None:
    record = order_of(tmp_path, {"email": "bo@example.com"}, context={})

    assert record["customer"] == {"id": "u-1", "email": "bo@example.com"}


def test_custom_fields_of_an_order_are_its_properties(tmp_path: Path) -> None:
    record = order_of(tmp_path, {"custom_fields": {"gift": True}, "field1": "x"})

    assert record["properties"] == {"gift": True}


@pytest.mark.parametrize("missing", ["order_id", "grand_total", "currency"])
def test_order_without_a_mandatory_property_is_rejected(tmp_path: Path, missing: str) -> None:
    outcome = events(tmp_path, order({missing: None}))

    assert outcome.records == []
    assert outcome.places("E010") == [(1, {"order_id": "id"}.get(missing, missing))]


@pytest.mark.parametrize("event", ["order completed", "visit"])
def test_track_call_without_email_is_rejected(tmp_path: Path, event: str) -> None:
    outcome = events(tmp_path, order({}, event=event, context={}))

    path = "customer.email" if event == "order completed" else "identity_email"
    assert outcome.records == []
    assert outcome.places("E010") == [(1, path)]


def test_order_of_nobody_at_all_is_rejected(tmp_path: Path) -> None:
    outcome = events(tmp_path, order({}, context={}, userId=None))

    assert outcome.places("E010") == [(1, "customer.email"), (1, "customer.id")]


@pytest.mark.parametrize("event", ["order completed", "visit"])
@pytest.mark.parametrize(
    "timestamp",
    ["2023-01-02 14:00:00", "02/01/2023", "2023-01-02", "yesterday", 1672668000, "2023-01-02T14"],
)
def test_timestamp_that_is_not_iso_8601_rejects_the_event(
    tmp_path: Path, event: str, timestamp: Any
) -> None:
    outcome = events(tmp_path, order({"timestamp": timestamp}, event=event))

    assert outcome.records == []
    assert outcome.places("W015") == outcome.places("E010") == [(1, "timestamp")]


@pytest.mark.parametrize("products", [{"product_id": "p"}, "p", []])
def test_products_that_are_no_list_leave_the_order_without_line_items(
    tmp_path: Path, products: Any
) -> None:
    record = order_of(tmp_path, {"products": products})

    assert "lineitems" not in record


def test_line_items_need_product_quantity_and_a_price(tmp_path: Path) -> None:
    whole = {"product_id": "p", "quantity": 1, "unit_price": 2}
    products = [
        whole,
        *({key: value for key, value in whole.items() if key != gone} for gone in whole),
        "p",
        {"product_id": "q", "quantity": 1, "subtotal": 0},
    ]

    outcome = events(tmp_path, order({"products": products}))

    (record,) = outcome.records
    assert [item["product_id"] for item in record["lineitems"]] == ["p", "q"]
    assert outcome.places("W042") == [(1, "lineitems")] * 3
    assert outcome.places("W027") == [(1, "lineitems")]


def test_line_item_takes_every_key_of_the_guide(tmp_path: Path) -> None:
    item = {
        "product_id": "p",
        "variant_id": "v",
        "quantity": 3,
        "sku": "s",
        "unit_price": 4,
        "quantity_refunded": 1,
        "refunded": 4,
        "subtotal": 12,
        "tax": 2,
        "total": 14,
        "discount": 0,
        "is_on_sale": True,
        "variant_options": [{"type": "size", "id": "m", "label": "M"}],
        "totals": {"base": {"currency": "EUR", "total": 16}},
        "properties": {"engraved": "A"},
    }

    record = order_of(tmp_path, {"products": [item]})

    assert record["lineitems"] == [item]


def test_variant_options_need_type_id_and_label(tmp_path: Path) -> None:
    option = {"type": "size", "id": "m", "label": "M"}
    options = [option, *({**option, key: None} for key in option)]
    item = {"product_id": "p", "quantity": 1, "unit_price": 2, "variant_options": options}

    outcome = events(tmp_path, order({"products": [item]}))

    assert outcome.records[0]["lineitems"][0]["variant_options"] == [option]
    assert outcome.places("W042") == [(1, "lineitems.variant_options")] * 3


def test_later_event_of_an_order_replaces_the_earlier_one(tmp_path: Path) -> None:
    outcome = events(tmp_path, order({}), order({}, event="order shipped"))

    assert [record["status"] for record in outcome.records] == ["shipped"]
    assert outcome.summary.superseded == 1


def test_events_of_one_order_have_times_of_their_own(tmp_path: Path) -> None:
    shipped = order({}, event="order shipped")
    shipped["originalTimestamp"] = "2024-03-09T10:00:00Z"

    outcome = events(tmp_path, order({}), shipped)

    assert [record["status"] for record in outcome.records] == ["shipped"]
    assert outcome.summary.rejected == 0


def test_custom_event_has_its_own_id_or_that_of_the_message(tmp_path: Path) -> None:
    outcome = events(
        tmp_path, track("Visit", {"event_id": "e-1"}), track("Visit", {}, messageId="m-2")
    )

    assert [record["id"] for record in outcome.records] == ["e-1", "m-2"]
    assert {record["event_type"] for record in outcome.records} == {"visit"}


def test_custom_event_keeps_what_no_field_knows(tmp_path: Path) -> None:
    own = {
        "event_id": "e",
        "profile_id": "p",
        "email": "x@example.com",
        "field1": 1,
        "deep": {"a": 2},
    }

    (record,) = events(tmp_path, track("visit", own)).records

    assert record["properties"] == {"field1": 1, "deep": {"a": 2}}
    assert record["identity_email"] == "ada@example.com"
    assert record["profile_id"] == "p"


@pytest.mark.parametrize("event", [None, "", "  "])
def test_track_call_without_event_name_is_rejected(tmp_path: Path, event: Any) -> None:
    outcome = events(tmp_path, track(event, {}))

    assert outcome.places("E010") == [(1, "event_type")]
