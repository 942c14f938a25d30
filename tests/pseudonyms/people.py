"""Files with people in them, and what a package holds of them."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.cli.program import Shop, packed

TO = ("--to", "staging")
FAKES = (*TO, "--pseudonymise")
ANN, BEN = "annabel.winterbourne@example.org", "benedict@shop.example.com"
HASH = hashlib.sha256(ANN.encode()).hexdigest()
CONTACTS = (
    "id,@collection,email,customer_id,phone_number,prefix,firstname,middlename,lastname,"
    "date_of_birth,marketing_optin,timestamp_subscribed,properties.tier,properties.street,"
    "properties.friend\n"
    f"{HASH},main,{ANN},C1001,+447911123456,Ms,Annabel,Philippa,Winterbourne,1985-03-09,"
    f"EXPLICITLY_OPTEDIN,2024-01-01T00:00:00Z,gold,14 Lavender Hill,{BEN}\n"
    f"7002,main,{BEN},{BEN},+447911654321,Lord Benedict,Benedict,,Summerfield,2024-12-30,"
    "EXPLICITLY_OPTEDOUT,,silver,3 Orchard Close,\n"
)
ORDERS = (
    "id,timestamp,currency,grand_total,ip_address,web_id,customer.id,customer.email,"
    "customer.firstname,customer.lastname,billing_address.city,billing_address.postcode,"
    "billing_address.country_code,lineitems.product_id,lineitems.quantity,lineitems.unit_price,"
    "lineitems.properties.engraving\n"
    f"1,2024-01-05T10:00:00Z,GBP,12.50,198.18.7.9,W-1,C1001,{ANN.upper()},Annabel,Winterbourne,"
    "Lincoln,SW11 1AA,GB,p1,1,12.50,Annabel\n"
    f"2,2024-02-05T10:00:00Z,GBP,20.00,2600::42,W-2,{BEN},{BEN},BENEDICT,Summerfield,"
    "14 Lavender Hill,LS1 4AP,GB,p1,1,20.00,\n"
)
EVENTS = (
    "id,event_type,timestamp,identity_email,identity_account_id,properties.note\n"
    f"e1,store visit,2024-01-05T10:00:00Z,{ANN},C1001,met Annabel\n"
)
PARTS = (
    *("annabel", "winterbourne", "benedict", "summerfield", "philippa", "7911123456", HASH),
    *("lavender", "orchard", "sw11", "ls1 4ap"),
)
"""Of what names a person, in lower case."""


def files(shop: Shop) -> list[str]:
    """Contacts, orders and events of two people."""
    names = {"contact": CONTACTS, "order": ORDERS, "custom_event": EVENTS}
    return [f"{name}={shop.write(f'{name}s.csv', text)}" for name, text in names.items()]


def records(shop: Shop) -> dict[str, list[dict[str, Any]]]:
    """The records of the only package, by object type and in the order of their times."""
    found: dict[str, list[dict[str, Any]]] = {}
    for text in packed(shop.the_package()):
        record = json.loads(text)
        found.setdefault(record["@type"], []).append(record)
    return {
        name: sorted(each, key=lambda record: str(record.get("timestamp", record.get("phone"))))
        for name, each in found.items()
    }


def texts_of(value: Any) -> Iterator[str]:
    """Every text in a JSON value that is no name of a member."""
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from texts_of(each)
        case dict():
            for each in value.values():
                yield from texts_of(each)


def cells_of(path: Path, delimiter: str, columns: Iterable[str]) -> set[str]:
    """The whole cells of six characters or more of some columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    found = {(row.get(column) or "").strip() for row in rows for column in columns}
    return {cell for cell in found if len(cell) >= 6}
