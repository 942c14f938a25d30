"""The law of pseudonymised packages, for people at random over several files."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ometria_import.package import Package
from ometria_import.package.bodies import records_of
from tests.cli.program import Shop
from tests.pseudonyms.people import FAKES, TO, texts_of
from tests.thoroughness import IS_THOROUGH

SEEDS = range(8 if IS_THOROUGH else 3)
PEOPLE = 60
FIRST = (
    *("Zoë-Marié", "Łukasz", "Þórbjörn", "Annabel"),
    *("Jean-Baptiste", "小龙王小明李", "O'Sullivan"),
)
LAST = ("Winterbourne", "Gonçalves", "Müller-Lüdenscheidt", "Ó Dálaigh", "Nowakowska", "van  Dijk")
STREETS = ("Lavender Hill", "Rue de l'Église", "Königsallee", "Calle Mayor")
CITIES = ("Lincoln", "Zürich", "Łódź", "A Coruña")
POSTCODES = ("SW11 1AA", "LS1 4AP", "80331-1", "1012 AB")
SAME = ("rows", "records", "rejected", "rejected_of", "problems", "across", "sets_off")
OF_ORDERS = ("id", "timestamp", "grand_total", "currency", "is_valid", "lineitems")


@dataclass(frozen=True)
class Person:
    """Somebody, as one of the files may write them."""

    number: int
    email: str
    customer: str
    first: str
    last: str
    phone: str
    street: str
    postcode: str


class Files:
    """Exports of invented people, with whatever case and blanks people type."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(f"people {seed}")
        self.people = [self._person(number) for number in range(PEOPLE)]

    def write(self, shop: Shop) -> list[str]:
        """Write all files; returns how they are named on the command line."""
        contacts = [self._contact(each) for each in self.people]
        contacts.append({**contacts[0], "id": "bad", "email": "nobody at all"})
        orders = [self._order(number) for number in range(PEOPLE * 2)]
        orders[3]["grand_total"] = "dear"
        half = len(contacts) // 2
        tables = {
            "contact=main.csv": contacts[:half],
            "contact=more.csv": contacts[half:],
            "order=orders.csv": orders,
            "custom_event=events.csv": [self._event(number) for number in range(PEOPLE)],
        }
        for name, rows in tables.items():
            with (shop.folder / name.partition("=")[2]).open("w", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        return list(tables)

    def cells(self) -> set[str]:
        """What names somebody and has six characters or more, without regard to case."""
        found = {
            text.strip().casefold()
            for each in self.people
            for text in (
                *(each.email, each.first, each.last, each.phone, each.street, each.postcode),
                *((each.customer,) if "@" in each.customer else ()),
            )
        }
        return {cell for cell in found if len(cell) >= 6}

    def _person(self, number: int) -> Person:
        draw = self._draw
        first, last = draw.choice(FIRST), draw.choice(LAST)
        email = (
            f"{first[0].lower() if first.isascii() else 'x'}.{number}@shop{number % 7}.example.org"
        )
        return Person(
            number,
            email,
            email if draw.random() < 0.2 else f"C{10_000 + number}",
            first,
            last,
            f"+44791112{number:04}",
            f"{number + 1} {draw.choice(STREETS)}",
            draw.choice(POSTCODES),
        )

    def _typed(self, text: str) -> str:
        """The same, as somebody typed it."""
        how = self._draw.choice((str, str, str.upper, str.title))
        return f"{self._draw.choice(('', '', ' '))}{how(text)}{self._draw.choice(('', '', '  '))}"

    def _contact(self, person: Person) -> dict[str, str]:
        return {
            "id": f"{person.number}",
            "@collection": "main",
            "email": self._typed(person.email),
            "customer_id": person.customer,
            "phone_number": person.phone,
            "firstname": self._typed(person.first),
            "lastname": self._typed(person.last),
            "marketing_optin": self._draw.choice(("EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "")),
            "timestamp_subscribed": "2024-01-01T00:00:00Z",
            "properties.street": person.street,
            "properties.tier": self._draw.choice(("gold", "silver")),
        }

    def _order(self, number: int) -> dict[str, str]:
        person = self._draw.choice(self.people)
        is_street = self._draw.random() < 0.2
        return {
            "id": f"O-{number:05}",
            "timestamp": f"2024-0{1 + number % 5}-05T10:00:00Z",
            "currency": self._draw.choice(("GBP", "EUR")),
            "grand_total": f"{self._draw.randint(100, 9_999) / 100}",
            "customer.id": person.customer,
            "customer.email": self._typed(person.email),
            "customer.firstname": self._typed(person.first),
            "customer.lastname": self._typed(person.last),
            "shipping_address.city": person.street if is_street else self._draw.choice(CITIES),
            "shipping_address.postcode": person.postcode,
            "lineitems.product_id": f"p{number % 9}",
            "lineitems.quantity": "1",
            "lineitems.properties.engraving": f"{person.first} {person.last}",
        }

    def _event(self, number: int) -> dict[str, str]:
        person = self._draw.choice(self.people)
        return {
            "id": f"E-{number:05}",
            "event_type": "store visit",
            "timestamp": "2024-01-05T10:00:00Z",
            "identity_email": self._typed(person.email),
            "identity_account_id": person.customer,
            "properties.note": f"met {person.first}",
        }


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_in_it_and_all_else_is_as_it_was(shop: Shop, seed: int) -> None:
    files = Files(seed)
    names = files.write(shop)
    plain, before = pushed(shop, "plain", *names, *TO)
    fakes, after = pushed(shop, "fakes", *names, *FAKES, "--keep", "tier")
    texts = [text.strip().casefold() for record in after for text in texts_of(record)]
    places = {city.casefold() for city in CITIES}
    assert set(texts) & (files.cells() - places) == set()
    assert "@shop" not in "\n".join(texts)
    assert {text.strip().casefold() for record in before for text in texts_of(record)} & (
        files.cells()
    ), "the plain package has them, so they would be seen"
    for told in (plain, fakes):
        told["across"]["orders_to_contacts"].pop("orphans", None)
    assert {name: fakes[name] for name in SAME} == {name: plain[name] for name in SAME}
    assert plain["rejected"] == 2
    assert joins(before) == joins(after)
    assert sum(joins(after).values()) > PEOPLE
    assert [of_order(each) for each in before] == [of_order(each) for each in after]


def pushed(shop: Shop, home: str, *words: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a dry run tells, and the records of its package in sending order."""
    ended = shop.run("push", *words, "--home", home, "--dry-run", "--json")
    assert ended.code == 3, ended.err
    (path,) = Path(shop.folder / home / "packages").glob("*.db")
    with Package(path) as package:
        found = [json.loads(record) for batch in package.batches() for record in records_of(batch)]
    return ended.json, found


def joins(found: list[dict[str, Any]]) -> Counter[tuple[str, int]]:
    """Which contact each order and event is of, by its email and by its customer id."""
    contacts = [each for each in found if each["@type"] == "contact"]
    emails = {each["email"].lower(): each["id"] for each in contacts}
    customers = {each["customer_id"].lower(): each["id"] for each in contacts}
    joined: Counter[tuple[str, int]] = Counter()
    for place, each in enumerate(found):
        person = each.get("customer", {})
        email = each.get("identity_email") or person.get("email")
        customer = each.get("identity_account_id") or person.get("id")
        if each["@type"] != "contact" and email and customer:
            assert emails[email.lower()] == customers[customer.lower()]
            joined[emails[email.lower()], place] += 1
    return joined


def of_order(record: dict[str, Any]) -> list[Any]:
    """What an order adds to the totals of its month, and what was bought."""
    items = record.get("lineitems", [])
    bought = [{k: v for k, v in each.items() if k != "properties"} for each in items]
    return [bought if name == "lineitems" else record.get(name) for name in OF_ORDERS]
