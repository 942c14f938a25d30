"""A shop's files with somebody in them who asks to be forgotten, and how to look for her."""

from __future__ import annotations

from pathlib import Path

from tests.cli.program import Shop
from tests.safety.watching import contents

ANN = "ann.forgotten@example.com"
CONTACTS = (
    "id,@collection,email,customer_id,firstname\n"
    "k1,shop,Ann.Forgotten@Example.com ,C7,Annabel\n"
    "k2,shop,bob@example.com,C8,Bob\n"
    "k3,shop,forgotten@example.com,C9,Other\n"
    "k4,shop,o'neil@example.com,C10,Other\n"
    "k5,shop,no address of ann.forgotten@example.com,C11,Broken\n"
)
ORDERS = (
    "id,timestamp,grand_total,currency,customer.id,customer.email\n"
    "o1,2024-03-01T10:00:00Z,10.00,GBP,C7,ann.forgotten@example.com\n"
    "o2,2024-03-02T10:00:00Z,20.00,GBP,C7,\n"
    "o3,2024-03-03T10:00:00Z,30.00,GBP,C8,bob@example.com\n"
    "o4,2024-03-04T10:00:00Z,40.00,GBP,C8,\n"
    "o5,not a time,50.00,GBP,C7,ann.forgotten@example.com\n"
)
EVENTS = (
    "id,event_type,timestamp,identity_email,identity_account_id\n"
    "e1,visit,2024-03-01T10:00:00Z,ann.forgotten@example.com,\n"
    "e2,visit,2024-03-01T11:00:00Z,,C7\n"
    "e3,visit,2024-03-01T12:00:00Z,bob@example.com,\n"
)
TEXTS = {"contact": CONTACTS, "order": ORDERS, "custom_event": EVENTS}
FILES = ("contact=contacts.csv", "order=orders.csv", "custom_event=events.csv")
PUSH = ("push", *FILES, "--to", "staging")


def open_shop(shop: Shop) -> None:
    """Write the files."""
    shop.write("contacts.csv", CONTACTS)
    shop.write("orders.csv", ORDERS)
    shop.write("events.csv", EVENTS)


def found_in(home: Path, *words: str) -> list[str]:
    """The files of a home that hold one of some words, whatever they are packed in."""
    needles = [word.lower().encode() for word in words]
    return sorted(
        {
            f"{path.relative_to(home)}"
            for path in home.rglob("*")
            if path.is_file()
            for content in (*contents(path), path.name.encode())
            if any(needle in content.lower() for needle in needles)
        }
    )
