"""Invented records with every field that the documentation names, and with few."""

from __future__ import annotations

import json
import random
from typing import Any

OPTINS = ("EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED")
COLLECTIONS = ("shop", "müller & co/till")
_KEYS = {
    "product": ("@type", "id", "title"),
    "contact": ("@type", "@collection", "id", "email", "marketing_optin"),
    "order": ("@type", "id", "timestamp", "grand_total", "currency", "lineitems"),
}
"""What a record keeps of its fields, however few it has."""

Record = dict[str, Any]


def shop(chance: random.Random, count: int) -> dict[str, list[Record]]:
    """So many records of each type that can be read back."""
    makers = {"product": _product, "contact": _contact, "order": _order}
    return {
        object_type: [_thinned(make(chance, number), chance) for number in range(count)]
        for object_type, make in makers.items()
    }


def as_lines(records: list[Record]) -> str:
    """Records as a file that can be pushed."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records)


def _thinned(record: Record, chance: random.Random) -> Record:
    kept = chance.choice((1.0, 1.0, 0.6, 0.1))
    names = _KEYS[record["@type"]]
    return {
        name: value for name, value in record.items() if name in names or chance.random() < kept
    }


def _moment(chance: random.Random, *, is_whole: bool = True) -> str:
    fraction = "" if is_whole else chance.choice(("", ".5", ".123"))
    return (
        f"20{chance.randint(15, 24)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        f"T{chance.randint(1, 23):02}:{chance.randint(0, 59):02}:07{fraction}Z"
    )


def _money(chance: random.Random) -> float:
    return chance.randint(101, 99_999) / 100


def _product(chance: random.Random, number: int) -> Record:
    return {
        "@type": "product",
        "id": f"p/{number} é" if number % 7 == 0 else f"p-{number}",
        "title": f"Kettle № {number}",
        "sku": f"SKU-{number}",
        "price": _money(chance),
        "special_price": _money(chance),
        "special_price_dt_from": _moment(chance),
        "special_price_dt_to": _moment(chance),
        "currency": "EUR",
        "url": f"https://shop.example.com/p/{number}?x=1",
        "image_url": f"https://img.example.com/{number}.jpg",
        "is_active": chance.random() < 0.8,
        "is_in_stock": chance.random() < 0.8,
        "is_variant": chance.random() < 0.3,
        "attributes": [
            {"type": "colour", "id": chance.choice(("red", "blue")), "label": "A colour"},
            {"type": "brand", "id": f"b{number % 3}", "label": "A brand"},
        ],
        "listings": [
            {
                "store": "shop.example.com/uk",
                "title": f"Kettle {number}",
                "url": f"https://shop.example.com/uk/{number}",
                "image_url": f"https://img.example.com/uk/{number}.jpg",
                "price": _money(chance),
                "special_price": _money(chance),
                "currency": "GBP",
                "is_active": chance.random() < 0.5,
            }
        ],
        "properties": {"season": "summer", "weight": chance.randint(1, 500), "is_new": True},
    }


def _contact(chance: random.Random, number: int) -> Record:
    optin = chance.choice(OPTINS)
    return {
        "@type": "contact",
        "@collection": COLLECTIONS[number % 3 == 0],
        "id": f"c-{number}",
        "email": f"Person{number}@shop.example.com",
        "customer_id": f"k-{number}",
        "phone_number": f"+4420794600{number % 100:02}",
        "prefix": "Dr",
        "firstname": "Ada",
        "middlename": "M",
        "lastname": f"Ménard{number}",
        "gender": chance.choice(("f", "m")),
        "date_of_birth": f"19{chance.randint(50, 99)}-02-28",
        "country_id": "FR",
        "timezone": "Europe/Paris",
        "timestamp_acquired": _moment(chance),
        "timestamp_subscribed": _moment(chance),
        "timestamp_unsubscribed": _moment(chance),
        "marketing_optin": optin,
        "@merge": True,
        "channels": {
            "sms": {
                "allow_marketing": chance.random() < 0.5,
                "allow_transactional": chance.random() < 0.5,
                "dt_updated_marketing": _moment(chance),
                "dt_updated_transactional": _moment(chance),
            }
        },
        "store_ids": ["shop.example.com", "12"],
        "properties": {"loyalty_tier": "gold", "points": chance.randint(1, 99), "is_vip": False},
    }


def _order(chance: random.Random, number: int) -> Record:
    address = {"city": "Lyon", "state": "ARA", "postcode": "69001", "country_code": "FR"}
    amounts = {"currency": "EUR", "shipping": 4.9, "tax": 3.2, "discount": 0, "subtotal": 20.1}
    return {
        "@type": "order",
        "id": f"o-{number}",
        "timestamp": _moment(chance, is_whole=False),
        "grand_total": _money(chance),
        "currency": "EUR",
        "subtotal": _money(chance),
        "discount": 0,
        "shipping": 4.9,
        "tax": 3.2,
        "status": "complete",
        "is_valid": chance.random() < 0.9,
        "web_id": f"w-{number}",
        "ip_address": "192.0.2.1",
        "channel": "online",
        "store": "shop.example.com",
        "payment_method": "card",
        "shipping_method": "post",
        "coupon_code": "SPRING",
        "customer": {
            "id": f"k-{number}",
            "email": f"Person{number}@shop.example.com",
            "firstname": "Ada",
            "lastname": "M",
        },
        "shipping_address": address,
        "billing_address": address,
        "lineitems": [_item(chance, place) for place in range(chance.randint(1, 3))],
        "totals": {
            "base": amounts | {"grand_total": 25},
            "local": amounts | {"currency": "SEK", "grand_total": 280.5},
        },
        "properties": {"till": "3"},
    }


def _item(chance: random.Random, place: int) -> Record:
    return {
        "product_id": f"p-{chance.randint(1, 6)}",
        "variant_id": f"v-{place}",
        "quantity": chance.randint(1, 5),
        "sku": f"SKU-{place}",
        "unit_price": _money(chance),
        "quantity_refunded": 0,
        "refunded": 0,
        "subtotal": _money(chance),
        "tax": 3.2,
        "total": _money(chance),
        "discount": 0,
        "is_on_sale": False,
        "properties": {"gift": True},
        "variant_options": [{"type": "size", "id": "m", "label": "M"}],
    }
