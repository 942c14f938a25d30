"""Orders as Shopify exports them, and the same orders in Ometria's own columns.

What belongs to a whole order stands on its first row, as Shopify has it; the rows of both files
are the same ones, in the same order.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.generate import LINES_PER_ORDER, made

_ON_EVERY_ROW = ("Name", "Email", "Created at")
_OF_AN_ORDER = (
    "Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,"
    "Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method"
)
_OF_AN_ITEM = (
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,"
    "Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status"
)
_ADDRESS = "Name,Street,Address1,Address2,Company,City,Zip,Province,Country,Phone"
_BEHIND = (
    "Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,"
    "Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,"
    "Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,"
    "Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
)
_HEADER = (
    "Name,Email",
    _OF_AN_ORDER,
    "Created at",
    _OF_AN_ITEM,
    *(f"{kind} {part}" for kind in ("Billing", "Shipping") for part in _ADDRESS.split(",")),
    _BEHIND,
)
"""The header of 2025."""

OWN_COLUMNS = {
    "web_id": "Name",
    "timestamp": "Created at",
    "grand_total": "Total",
    "currency": "Currency",
    "subtotal": "Subtotal",
    "discount": "Discount Amount",
    "shipping": "Shipping",
    "tax": "Taxes",
    "payment_method": "Payment Method",
    "shipping_method": "Shipping Method",
    "coupon_code": "Discount Code",
    "customer.email": "Email",
    "shipping_address.city": "Shipping City",
    "shipping_address.state": "Shipping Province Name",
    "shipping_address.postcode": "Shipping Zip",
    "shipping_address.country_code": "Shipping Country",
    "billing_address.city": "Billing City",
    "billing_address.state": "Billing Province Name",
    "billing_address.postcode": "Billing Zip",
    "billing_address.country_code": "Billing Country",
    "properties.tags": "Tags",
    "lineitems.product_id": "Lineitem sku",
    "lineitems.sku": "Lineitem sku",
    "lineitems.quantity": "Lineitem quantity",
    "lineitems.unit_price": "Lineitem price",
    "lineitems.discount": "Lineitem discount",
    "lineitems.properties.name": "Lineitem name",
}
"""Beside these: `id`, which here stands on every row, `status`, `is_valid` and `channel`."""
_OWN_HEADER = ("id", "status", "is_valid", "channel", *OWN_COLUMNS)
STATUSES = {"paid": "complete", "voided": "cancelled", "refunded": "refunded"}
CHANNELS = {"web": "online", "pos": "offline"}
_TOWNS = (
    ("Leeds", "LS1 4AP", "West Yorkshire", "GB"),
    ("Bristol", "BS1 5TR", "Bristol", "GB"),
    ("Dresden", "'01067", "Sachsen", "DE"),
    ("Boston", "'02108", "Massachusetts", "US"),
)
_PRODUCTS = ("Linen Shirt", "Alpine Hat", "Gift box, large", "Felt Slippers", "Wool Scarf")
_SIZES = ("S", "M", "L")
_METHODS = ("Credit card", "PayPal", "Shopify Payments", "Gift card")

Cells = Mapping[str, str]


def shopify_file(count: int) -> Path:
    """The export of so many orders, 2.5 rows each."""
    names = ",".join(_HEADER).split(",")
    lines = (_line([cells.get(name, "") for name in names]) for cells in order_rows(count))
    return made(f"shopify-{count}.csv", _line(names), lambda: lines)


def own_columns_file(count: int) -> Path:
    """The same in Ometria's own columns."""

    def lines() -> Iterator[str]:
        order_id = ""
        for cells in order_rows(count):
            order_id = cells.get("Id", order_id)
            yield _line(_own(cells, order_id))

    return made(f"shopify-own-{count}.csv", _line(_OWN_HEADER), lines)


def _own(cells: Cells, order_id: str) -> list[str]:
    status = cells.get("Financial Status", "")
    return [
        order_id,
        STATUSES.get(status, ""),
        ("true" if status == "paid" else "false") if status else "",
        CHANNELS.get(cells.get("Source", ""), ""),
        *(cells.get(name, "") for name in OWN_COLUMNS.values()),
    ]


def order_rows(count: int) -> Iterator[Cells]:
    """Every row as cells by column."""
    draw = random.Random(17).getrandbits
    for number in range(1, count + 1):
        bits, wrong = divmod(draw(160), 1_000)
        order = _order(number, bits)
        if wrong < 10:
            name, text = (("Total", "n/a"), ("Email", "walk-in"))[wrong % 2]
            order[name] = text
        repeated = {name: order[name] for name in _ON_EVERY_ROW}
        for position in range(LINES_PER_ORDER[number % 4]):
            bits, line = divmod(bits, 1_000_003)
            yield {**(repeated if position else order), **_item(line)}


def _order(number: int, bits: int) -> dict[str, str]:
    bits, status = divmod(bits, 40)
    bits, town = divmod(bits, 4)
    bits, customer = divmod(bits, 150_001)
    bits, method = divmod(bits, 4)
    pence = bits % 250_000 + 500
    city, postcode, state, country = _TOWNS[town]
    seconds = bits % 86_400
    hour, minute, second = seconds // 3_600, seconds // 60 % 60, seconds % 60
    day = f"{2019 + bits % 6}-{bits // 6 % 12 + 1:02d}-{bits // 72 % 28 + 1:02d}"
    created = f"{day} {hour:02d}:{minute:02d}:{second:02d} +0100"
    order = {
        "Name": f"#{number + 1_000}",
        "Email": f"c{customer:x}@example.com",
        "Financial Status": {0: "voided", 1: "refunded"}.get(status, "paid"),
        "Paid at": created,
        "Accepts Marketing": "yes" if method else "no",
        "Currency": "EUR" if country == "DE" else "GBP",
        "Subtotal": f"{pence / 100:.2f}",
        "Shipping": "3.95",
        "Taxes": f"{pence // 6 / 100:.2f}",
        "Total": f"{(pence + 395) / 100:.2f}",
        "Discount Code": "SPRING10" if status > 35 else "",
        "Discount Amount": "2.00" if status > 35 else "0.00",
        "Shipping Method": "Standard",
        "Created at": created,
        "Notes": "please ring twice" if status == 7 else "",
        "Payment Method": _METHODS[method],
        "Id": str(5_400_000_000_000 + number),
        "Tags": "gift, summer" if status == 9 else "",
        "Risk Level": "Low",
        "Source": "pos" if status % 8 == 5 else "web",
    }
    for kind in ("Billing", "Shipping"):
        order[f"{kind} Name"] = f"Ada Winter {customer % 97}"
        order[f"{kind} Address1"] = f"{customer % 300} Harbour Lane"
        order[f"{kind} City"] = city
        order[f"{kind} Zip"] = postcode
        order[f"{kind} Province Name"] = state
        order[f"{kind} Country"] = country
    return order


def _item(line: int) -> dict[str, str]:
    product, size = _PRODUCTS[line % 5], _SIZES[line % 3]
    return {
        "Lineitem quantity": str(line % 3 + 1),
        "Lineitem name": f"{product} - {size} / {line % 4_001}",
        "Lineitem price": f"{(line % 12_000 + 99) / 100:.2f}",
        "Lineitem sku": f"{product[:2].upper()}-{line % 4_001}-{size}",
        "Lineitem requires shipping": "true",
        "Lineitem taxable": "true",
        "Lineitem fulfillment status": "pending",
        "Lineitem discount": "0.00",
    }


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells) + "\n"
