"""The orders of the shop's export as its API gives them, and as Ometria's own JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.exports.shop_export import CHANNELS, STATUSES, Cells, order_rows
from benchmarks.generate import made

_ADDRESS = {
    "city": "City",
    "province": "Province Name",
    "zip": "Zip",
    "country_code": "Country",
    "name": "Name",
    "address1": "Address1",
}
_OWN_ADDRESS = {
    "city": "City",
    "state": "Province Name",
    "postcode": "Zip",
    "country_code": "Country",
}


def api_file(count: int) -> Path:
    """So many orders as Shopify's Admin REST API gives them, one on a line."""
    return made(f"shop-api-{count}.ndjson", "", lambda: map(_line, map(_of_api, _orders(count))))


def own_objects_file(count: int) -> Path:
    """The same in Ometria's own JSON."""
    return made(f"shop-api-own-{count}.ndjson", "", lambda: map(_line, map(_own, _orders(count))))


def _orders(count: int) -> Iterator[list[Cells]]:
    """The rows of each order."""
    for _, rows in groupby(order_rows(count), lambda cells: cells["Name"]):
        yield list(rows)


def _line(order: dict[str, Any]) -> str:
    return json.dumps(order, separators=(",", ":")) + "\n"


def _of_api(rows: list[Cells]) -> dict[str, Any]:
    first = rows[0]
    currency = first["Currency"]
    money = {
        key: first[column]
        for key, column in (
            ("total_price", "Total"),
            ("subtotal_price", "Subtotal"),
            ("total_discounts", "Discount Amount"),
            ("total_tax", "Taxes"),
        )
    }
    voided = first["Financial Status"] == "voided"
    return {
        "id": int(first["Id"]),
        "admin_graphql_api_id": f"gid://shopify/Order/{first['Id']}",
        "app_id": 580_111,
        "browser_ip": None,
        "buyer_accepts_marketing": first["Accepts Marketing"] == "yes",
        "cancelled_at": first["Created at"] if voided else None,
        "cart_token": None,
        "checkout_token": f"t{first['Id']}",
        "confirmed": True,
        "contact_email": first["Email"],
        "created_at": first["Created at"],
        "currency": currency,
        "customer_locale": "en",
        "discount_codes": [
            {"code": code, "amount": first["Discount Amount"], "type": "fixed_amount"}
            for code in [first["Discount Code"]]
            if code
        ],
        "email": first["Email"],
        "financial_status": first["Financial Status"],
        "fulfillment_status": None,
        "landing_site": "/",
        "name": first["Name"],
        "note": first["Notes"] or None,
        "order_number": int(first["Name"].removeprefix("#")),
        "order_status_url": f"https://shop.example.com/orders/{first['Id']}?key=k",
        "payment_gateway_names": [first["Payment Method"]],
        "source_name": first["Source"],
        "tags": first["Tags"],
        "tax_lines": [],
        "taxes_included": True,
        "test": False,
        "token": f"tok{first['Id']}",
        **money,
        **{f"{key}_set": _sets(amount, currency) for key, amount in money.items()},
        "total_shipping_price_set": _sets(first["Shipping"], currency),
        "updated_at": first["Created at"],
        "billing_address": _address(first, "Billing", _ADDRESS),
        "shipping_address": _address(first, "Shipping", _ADDRESS),
        "customer": None,
        "shipping_lines": [{"title": first["Shipping Method"], "price": first["Shipping"]}],
        "refunds": [],
        "line_items": [_api_item(cells, number) for number, cells in enumerate(rows, 1)],
    }


def _sets(amount: str, currency: str) -> dict[str, Any]:
    both = {"amount": amount, "currency_code": currency}
    return {"shop_money": both, "presentment_money": both}


def _address(cells: Cells, kind: str, keys: dict[str, str]) -> dict[str, str]:
    return {key: cells[f"{kind} {column}"] for key, column in keys.items()}


def _api_item(cells: Cells, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{number}",
        "fulfillable_quantity": 0,
        "fulfillment_service": "manual",
        "gift_card": False,
        "name": cells["Lineitem name"],
        "price": cells["Lineitem price"],
        "product_id": None,
        "properties": [],
        "quantity": int(cells["Lineitem quantity"]),
        "requires_shipping": True,
        "sku": cells["Lineitem sku"],
        "taxable": True,
        "title": cells["Lineitem name"].partition(" - ")[0],
        "total_discount": cells["Lineitem discount"],
        "variant_id": None,
        "variant_title": cells["Lineitem name"].partition(" - ")[2],
        "tax_lines": [{"price": "0.50", "rate": 0.2, "title": "VAT"}],
        "discount_allocations": [],
    }


def _own(rows: list[Cells]) -> dict[str, Any]:
    first = rows[0]
    status = first["Financial Status"]
    money = {
        "grand_total": first["Total"],
        "subtotal": first["Subtotal"],
        "discount": first["Discount Amount"],
        "shipping": first["Shipping"],
        "tax": first["Taxes"],
    }
    return {
        "@type": "order",
        "id": first["Id"],
        "web_id": first["Name"],
        "timestamp": first["Created at"],
        "currency": first["Currency"],
        **money,
        "totals": {"local": {"currency": first["Currency"], **money}},
        "status": {**STATUSES, "voided": "cancelled"}.get(status, "complete"),
        "is_valid": status == "paid",
        "channel": CHANNELS.get(first["Source"], first["Source"]),
        "payment_method": first["Payment Method"],
        "shipping_method": first["Shipping Method"],
        **({"coupon_code": first["Discount Code"]} if first["Discount Code"] else {}),
        "customer": {"email": first["Email"], "firstname": "Ada", "lastname": "Winter"},
        "shipping_address": _address(first, "Shipping", _OWN_ADDRESS),
        "billing_address": _address(first, "Billing", _OWN_ADDRESS),
        **({"properties": {"tags": first["Tags"]}} if first["Tags"] else {}),
        "lineitems": [
            {
                "product_id": cells["Lineitem sku"],
                "sku": cells["Lineitem sku"],
                "quantity": int(cells["Lineitem quantity"]),
                "unit_price": cells["Lineitem price"],
                "discount": cells["Lineitem discount"],
                "tax": "0.50",
                "variant_options": [
                    {"type": "variant", "id": option, "label": option}
                    for option in [cells["Lineitem name"].partition(" - ")[2]]
                ],
                "properties": {"name": cells["Lineitem name"]},
            }
            for cells in rows
        ],
    }
