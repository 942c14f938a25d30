"""Which orders of APIs count as revenue, by the one rule of all presets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.presets import presets
from ometria_import.schema import ObjectType
from tests.prepare.outcomes import prepare_text

PAGE = Path(__file__).parents[3] / "docs" / "presets" / "valid-orders.md"
TIME = "2024-01-31T09:30:00Z"
Order = dict[str, Any]


def of_shopify(state: str) -> Order:
    """An order with a financial status."""
    line = {"id": 1, "title": "Mug", "quantity": 1, "price": "9.00"}
    order = {"created_at": TIME, "total_price": "9.00", "currency": "EUR", "line_items": [line]}
    return {**order, "financial_status": state}


def of_woocommerce(state: str) -> Order:
    """An order with a status."""
    line = {"name": "Mug", "quantity": 1, "subtotal": "9.00", "total": "9.00"}
    order = {"date_created_gmt": TIME, "total": "9.00", "currency": "EUR", "line_items": [line]}
    return {**order, "status": state}


def of_magento(state: str) -> Order:
    """An order with a state, and a status of the shop's own."""
    line = {"item_id": 1, "sku": "mug", "qty_ordered": 1, "price": 9}
    order = {"created_at": TIME, "grand_total": 9, "order_currency_code": "EUR", "items": [line]}
    return {**order, "state": state, "status": "in_the_kiln"}


def of_commercetools(state: str) -> Order:
    """An order with a state, or one with a state of its payment."""
    money = {"centAmount": 900, "currencyCode": "EUR", "fractionDigits": 2}
    line = {"productId": "mug", "quantity": 1, "price": {"value": money}, "totalPrice": money}
    order = {"createdAt": TIME, "totalPrice": money, "lineItems": [line]}
    of_order = state in {"Open", "Confirmed", "Complete", "Cancelled"}
    states = {"orderState": state} if of_order else {"orderState": "Open", "paymentState": state}
    return {**order, **states}


def of_shopware(state: str) -> Order:
    """An order whose payment has a state."""
    line = {"type": "product", "label": "Mug", "quantity": 1, "unitPrice": 9}
    order = {"orderDateTime": TIME, "amountTotal": 9, "currency": {"isoCode": "EUR"}}
    payment = {"stateMachineState": {"technicalName": state}}
    open_state = {"stateMachineState": {"technicalName": "open"}}
    return {**order, **open_state, "lineItems": [line], "transactions": [payment]}


def of_square(state: str) -> Order:
    """An order with a state and without a tender."""
    money = {"amount": 900, "currency": "EUR"}
    line = {"name": "Mug", "quantity": "1", "base_price_money": money}
    return {"created_at": TIME, "total_money": money, "line_items": [line], "state": state}


def of_prestashop(state: str) -> Order:
    """An order that PrestaShop calls valid, whatever its state."""
    line = {"product_id": "1", "product_quantity": "1", "unit_price_tax_incl": "9.00"}
    order = {"date_add": TIME, "total_paid": "9.00", "conversion_rate": "1.000000", "valid": "1"}
    return {**order, "current_state": state, "associations": {"order_rows": [line]}}


def of_ecwid(state: str) -> Order:
    """An order with a state of its payment."""
    line = {"name": "Mug", "quantity": 1, "price": 9}
    return {"createDate": TIME, "total": 9, "items": [line], "paymentStatus": state}


def of_lightspeed(state: str) -> Order:
    """A sale with a status."""
    line = {"product_id": "mug", "quantity": 1, "unit_price": 9}
    return {"sale_date": TIME, "total_price_incl": 9, "line_items": [line], "status": state}


PRESETS: dict[str, tuple[Callable[[str], Order], str, str]] = {
    "shopify-rest-orders": (
        of_shopify,
        "paid partially_paid partially_refunded authorized",
        "pending unpaid expired voided refunded",
    ),
    "woocommerce-rest-orders": (
        of_woocommerce,
        "processing completed on-hold wc-completed awaiting-shipment",
        "pending cancelled failed refunded wc-pending",
    ),
    "magento-rest-orders": (
        of_magento,
        "complete processing holded payment_review",
        "new pending_payment canceled closed",
    ),
    "commercetools-orders": (
        of_commercetools,
        "Open Confirmed Complete Paid BalanceDue CreditOwed",
        "Cancelled Pending Failed",
    ),
    "shopware-api-orders": (
        of_shopware,
        "paid paid_partially authorized refunded_partially",
        "open unconfirmed in_progress reminded failed cancelled refunded chargeback",
    ),
    "square-api-orders": (of_square, "COMPLETED", "OPEN CANCELED"),
    "prestashop-api-orders": (of_prestashop, "2 3 4 5 12", "6 7 8"),
    "ecwid-orders": (
        of_ecwid,
        "PAID PARTIALLY_REFUNDED",
        "AWAITING_PAYMENT CANCELLED REFUNDED INCOMPLETE",
    ),
    "lightspeed-x-sales": (
        of_lightspeed,
        "CLOSED ONACCOUNT_CLOSED LAYBY_CLOSED DISPATCHED_CLOSED PICKEDUP_CLOSED",
        "VOIDED LAYBY ONACCOUNT",
    ),
}
"""What makes an order of a state, the states that are valid, and those that are not."""
STRICT = (
    "magento-rest-orders",
    "commercetools-orders",
    "shopware-api-orders",
    "square-api-orders",
    "ecwid-orders",
    "lightspeed-x-sales",
)
"""Those of platforms whose states nobody can add to."""


def test_every_preset_of_orders_in_json_is_held_against_the_rule() -> None:
    of_apis = {
        preset.name
        for preset in (each.file for each in presets())
        if preset.object_type is ObjectType.ORDER
        and preset.refusal is None
        and preset.is_for_objects
        and not (preset.nest or preset.records)
    }
    assert of_apis == set(PRESETS)


def made(folder: Path, name: str, states: list[str]) -> dict[str, Any]:
    """What an order of each state says of itself."""
    order_of = PRESETS[name][0]
    ids = [{"id": f"A{number}", "increment_id": f"A{number}"} for number in range(len(states))]
    orders = [{**own, **order_of(state)} for own, state in zip(ids, states, strict=True)]
    text = "".join(json.dumps(each) + "\n" for each in orders)
    currency = {"currency": "EUR"}
    outcome = prepare_text(folder, "orders.ndjson", text, mapping=name, settings=currency)
    records = {record["id"]: record.get("is_valid") for record in outcome.records}
    return {state: records[f"A{number}"] for number, state in enumerate(states)}


@pytest.mark.parametrize("name", PRESETS)
def test_an_order_of_an_api_is_valid_by_the_one_rule(tmp_path: Path, name: str) -> None:
    _, valid, others = PRESETS[name]
    states = dict.fromkeys(valid.split(), True) | dict.fromkeys(others.split(), False)

    assert made(tmp_path, name, list(states)) == states


@pytest.mark.parametrize("name", STRICT)
def test_a_state_that_the_platform_does_not_have_says_nothing(tmp_path: Path, name: str) -> None:
    assert made(tmp_path, name, ["in_the_kiln"]) == {"in_the_kiln": None}


def test_the_page_has_the_states_of_every_api() -> None:
    page = PAGE.read_text(encoding="utf-8")

    for name in STRICT:
        for state in " ".join(PRESETS[name][1:]).split():
            assert f"`{state}`" in page, f"{state} of {name}"
