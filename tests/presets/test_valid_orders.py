"""Which orders count as revenue: one rule, by which presets read their platforms' words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ometria_import.mapping.presets import presets
from ometria_import.options.choices import Lines
from ometria_import.schema import ObjectType
from tests.prepare.outcomes import prepare_rows

PAGE = Path(__file__).parents[2] / "docs" / "presets" / "valid-orders.md"
WOOCOMMERCE = {
    "processing": True,
    "completed": True,
    "on-hold": True,
    "awaiting-shipment": True,
    "pending": False,
    "cancelled": False,
    "failed": False,
    "refunded": False,
    "checkout-draft": False,
    "trash": False,
}
BIGCOMMERCE = {
    "Completed": True,
    "Shipped": True,
    "Partially Shipped": True,
    "Awaiting Fulfillment": True,
    "Awaiting Shipment": True,
    "Awaiting Pickup": True,
    "Partially Refunded": True,
    "Manual Verification Required": True,
    "Disputed": True,
    "Pending": False,
    "Awaiting Payment": False,
    "Incomplete": False,
    "Declined": False,
    "Cancelled": False,
    "Refunded": False,
}
STATES = {
    "shopify-orders": {
        "paid": True,
        "partially_paid": True,
        "partially_refunded": True,
        "authorized": True,
        "pending": False,
        "unpaid": False,
        "expired": False,
        "voided": False,
        "refunded": False,
    },
    "bigcommerce-orders": BIGCOMMERCE,
    "bigcommerce-v2-orders": BIGCOMMERCE,
    "woocommerce-orders-advanced": {
        **WOOCOMMERCE,
        "wc-pending": False,
        "Pending payment": False,
        "Zahlung ausstehend": False,
        "Storniert": False,
        "Annulée": False,
        "En attente de paiement": False,
        "En attente": True,
        "Cancelado": False,
        "Pendiente de pago": False,
        "Draft": False,
    },
    "woocommerce-orders-webtoffee": WOOCOMMERCE,
    "woocommerce-orders-webtoffee-columns": WOOCOMMERCE,
    "woocommerce-orders-skyverge": WOOCOMMERCE,
    "woocommerce-orders-skyverge-items": WOOCOMMERCE,
    "prestashop-orders": {"6": False, "7": False, "8": False, "2": True, "5": True},
    "opencart-orders": {
        "1": False,
        "2": True,
        "3": True,
        "5": True,
        "7": False,
        "8": False,
        "10": False,
        "11": False,
        "14": False,
        "15": True,
        "16": False,
    },
    "wix-orders": {
        "Paid": True,
        "Partially paid": True,
        "Partially refunded": True,
        "Unpaid": False,
        "Not paid": False,
        "Pending": False,
        "Refunded": False,
        "Fully refunded": False,
    },
    "square-transactions": {"Payment": True},
    "squarespace-orders": {
        "PAID": True,
        "PARTIALLY_REFUNDED": True,
        "PENDING": False,
        "UNPAID": False,
        "REFUNDED": False,
    },
}
HEADERS = {
    "shopify-orders": "Name,Financial Status,Created at,Total,Currency,Lineitem name,"
    "Lineitem quantity,Lineitem price",
    "bigcommerce-orders": "Order ID,Order Status,Order Date,Order Total (inc tax),"
    "Order Currency Code,Product Details",
    "bigcommerce-v2-orders": "id,status,date_created,total_inc_tax,default_currency_code",
    "woocommerce-orders-advanced": "Order Number,Order Status,Order Date,Order Total Amount,"
    "Order Currency,Item Name,Quantity,Item Cost",
    "woocommerce-orders-webtoffee": "order_id,status,order_date,order_total,order_currency,"
    "line_item_1",
    "woocommerce-orders-webtoffee-columns": "order_id,status,order_date,order_total,"
    "order_currency,Product Item 1 Name,Product Item 1 Quantity,Product Item 1 Total",
    "woocommerce-orders-skyverge": "order_id,status,date,order_total,order_currency,order_item_1",
    "woocommerce-orders-skyverge-items": "order_id,status,date,order_total,order_currency,"
    "item_name,item_quantity,item_total",
    "prestashop-orders": "id_order,current_state,date_add,total_paid_tax_incl,conversion_rate,"
    "valid",
    "opencart-orders": "order_id,order_status_id,date_added,total,currency_code",
    "wix-orders": "Order number,Payment status,Date created,Total,Currency,Item,Qty,Price",
    "square-transactions": "Transaction ID,Event Type,Date,Total Collected,Location",
    "squarespace-orders": "Order ID,Financial Status,Created at,Total,Currency,Lineitem name,"
    "Lineitem quantity,Lineitem price",
}
ITEMS: dict[str, list[str]] = {
    "bigcommerce-v2-orders": [],
    "bigcommerce-orders": ["Product ID: 1, Product Qty: 1, Product Unit Price: 9"],
    "woocommerce-orders-webtoffee": ["name:Mug|product_id:1|sku:|quantity:1|total:9"],
    "woocommerce-orders-skyverge": ["product_id:1|1|9"],
    "prestashop-orders": ["1"],
    "opencart-orders": [],
    "square-transactions": [],
}
CURRENCIES = {"prestashop-orders": "1"}
"""What stands in the place of a currency: a rate."""


def test_every_preset_of_orders_is_held_against_the_rule() -> None:
    of_orders = {
        preset.name
        for preset in (each.file for each in presets())
        if preset.object_type is ObjectType.ORDER
        and preset.refusal is None
        and not preset.is_for_objects
        and not preset.items_alone
    }
    assert of_orders == set(STATES)


@pytest.mark.parametrize("name", STATES)
def test_an_order_is_valid_by_the_one_rule(tmp_path: Path, name: str) -> None:
    states = STATES[name]
    items = ITEMS.get(name, ["Mug", "1", "9"])
    rows = [HEADERS[name].split(",")]
    rows += [
        [
            f"A{number}",
            state,
            "2024-01-31 09:30:00 +0000",
            "9.00",
            CURRENCIES.get(name, "EUR"),
            *items,
        ]
        for number, state in enumerate(states)
    ]

    outcome = prepare_rows(
        tmp_path,
        "orders.csv",
        rows,
        mapping=name,
        settings={"currency": "EUR"},
        lines=Lines.NONE,
    )

    valid = {record["id"]: record["is_valid"] for record in outcome.records}
    assert {state: valid[f"A{n}"] for n, state in enumerate(states)} == states


def test_the_page_says_of_every_state_what_the_presets_make_of_it() -> None:
    said: dict[str, bool] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[1] in {"yes", "no"}:
            words = re.findall(r"`([^`]+)`", " ".join(cells[2:]))
            said |= {word.casefold(): cells[1] == "yes" for word in words}
    states = {word: valid for each in STATES.values() for word, valid in each.items()}
    own = {word: valid for word, valid in states.items() if word not in _OTHER_SPELLINGS}
    assert {word.casefold(): said.get(word.casefold()) for word in own} == {
        word.casefold(): valid for word, valid in own.items()
    }


_OTHER_SPELLINGS = {
    "awaiting-shipment",
    "wc-pending",
    "Pending payment",
    "Zahlung ausstehend",
    "Storniert",
    "Annulée",
    "En attente de paiement",
    "En attente",
    "Cancelado",
    "Pendiente de pago",
    "Draft",
}
"""Of states that the page has in WooCommerce's own words; and one that a shop has made up."""
