"""How orders stand in files: one CSV row for each line item, or JSON as the push API takes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sample_data.shop.catalogue import money
from sample_data.shop.sales import Buyer, Line, Order

CSV_ORDERS = 3_500

COLUMNS = (
    "id", "timestamp", "status", "is_valid", "channel", "store", "currency", "grand_total",
    "subtotal", "discount", "shipping", "tax", "payment_method", "coupon_code", "customer.id",
    "customer.email", "customer.firstname", "customer.lastname", "shipping_address.city",
    "shipping_address.postcode", "shipping_address.country_code", "lineitems.product_id",
    "lineitems.variant_id", "lineitems.quantity", "lineitems.unit_price", "lineitems.discount",
    "lineitems.total", "lineitems.is_on_sale", "lineitems.quantity_refunded", "lineitems.refunded",
    "lineitems.variant_options.size", "properties.gift_note",
)  # fmt: skip

_GIFT_NOTES = {
    9: "Happy birthday, Siân!",
    23: 'For "the captain", with love',
    41: "Frohe Weihnachten\nund ein gutes neues Jahr",
}
_PENCE_PER_HUNDRED_CENTS = 86


def split_orders(orders: Sequence[Order]) -> tuple[list[Order], list[Order]]:
    """The orders of the CSV file and those of the JSON file, which came from another till."""
    in_csv = [order for number, order in enumerate(orders) if number % 10 < 7]
    in_json = [order for number, order in enumerate(orders) if number % 10 >= 7]
    return in_csv, in_json


def rows_of(order: Order) -> Iterator[dict[str, str]]:
    """One row for each line; what belongs to the order stands on all of them."""
    for line in order.lines:
        yield _order_cells(order) | _buyer_cells(order.buyer) | _line_cells(line)


def _order_cells(order: Order) -> dict[str, str]:
    return {
        "id": order.id,
        "timestamp": order.time.strftime("%Y-%m-%d %H:%M:%S"),
        "status": order.status,
        "is_valid": "1" if order.is_valid else "0",
        "channel": order.channel,
        "store": order.store,
        "currency": order.currency,
        "grand_total": money(order.grand_total),
        "subtotal": money(order.subtotal),
        "discount": money(order.discount) if order.discount else "",
        "shipping": money(order.shipping),
        "tax": money(order.tax),
        "payment_method": order.payment,
        "coupon_code": order.coupon,
        "properties.gift_note": _GIFT_NOTES.get(order.number % 97, ""),
    }


def _buyer_cells(buyer: Buyer) -> dict[str, str]:
    return {
        "customer.id": buyer.customer_id,
        "customer.email": buyer.email,
        "customer.firstname": buyer.firstname,
        "customer.lastname": buyer.lastname,
        "shipping_address.city": buyer.town,
        "shipping_address.postcode": buyer.postcode,
        "shipping_address.country_code": buyer.country,
    }


def _line_cells(line: Line) -> dict[str, str]:
    product = line.product
    return {
        "lineitems.product_id": product.id,
        "lineitems.variant_id": product.variant_id(line.size) if line.size else "",
        "lineitems.quantity": str(line.quantity),
        "lineitems.unit_price": money(line.unit_price),
        "lineitems.discount": money(line.discount) if line.discount else "",
        "lineitems.total": money(line.total),
        "lineitems.is_on_sale": "true" if line.is_on_sale else "",
        "lineitems.quantity_refunded": str(line.quantity_refunded or ""),
        "lineitems.refunded": money(line.refunded) if line.refunded else "",
        "lineitems.variant_options.size": line.size,
    }


def record_of(order: Order) -> dict[str, Any]:
    """The order in the push API's own shape, without what is empty."""
    record: dict[str, Any] = {
        "@type": "order",
        "id": order.id,
        "timestamp": order.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": order.status,
        "is_valid": order.is_valid,
        "channel": order.channel,
        "store": order.store,
        "currency": order.currency,
        "grand_total": order.grand_total / 100,
        "subtotal": order.subtotal / 100,
        "discount": order.discount / 100,
        "shipping": order.shipping / 100,
        "tax": order.tax / 100,
        "payment_method": order.payment,
        "coupon_code": order.coupon,
        "customer": _customer(order.buyer),
        "shipping_address": _address(order.buyer),
        "lineitems": [_lineitem(line) for line in order.lines],
        "totals": _totals(order) if order.currency != "GBP" else {},
    }
    return _filled(record)


def _customer(buyer: Buyer) -> dict[str, str]:
    return _filled(
        {
            "id": buyer.customer_id,
            "email": buyer.email,
            "firstname": buyer.firstname,
            "lastname": buyer.lastname,
        }
    )


def _address(buyer: Buyer) -> dict[str, str]:
    return _filled({"city": buyer.town, "postcode": buyer.postcode, "country_code": buyer.country})


def _lineitem(line: Line) -> dict[str, Any]:
    product, size = line.product, line.size
    return _filled(
        {
            "product_id": product.id,
            "variant_id": product.variant_id(size) if size else "",
            "quantity": line.quantity,
            "unit_price": line.unit_price / 100,
            "total": line.total / 100,
            "variant_options": [{"type": "size", "id": size, "label": size}] if size else [],
            "quantity_refunded": line.quantity_refunded or "",
            "refunded": line.refunded / 100 if line.refunded else "",
        }
    )


def _totals(order: Order) -> dict[str, Any]:
    """The sale in euros, and what it was in pounds, in which the shop reports."""
    return {
        "base": _amounts(order, "GBP", _PENCE_PER_HUNDRED_CENTS),
        "local": _amounts(order, order.currency, 100),
    }


def _amounts(order: Order, currency: str, percent: int) -> dict[str, Any]:
    return {
        "currency": currency,
        "grand_total": order.grand_total * percent // 100 / 100,
        "shipping": order.shipping * percent // 100 / 100,
    }


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", {}, [])}
