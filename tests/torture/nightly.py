"""An export that changes from night to night: what a shop's records say, and the files of it."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import NamedTuple

FILES = ("products.csv", "contacts.csv", "orders.csv")
_HEADS = {
    "product": ("id", "title", "price"),
    "contact": (
        "id",
        "@collection",
        "email",
        "customer_id",
        "firstname",
        "marketing_optin",
        "timestamp_subscribed",
    ),
    "order": ("id", "timestamp", "grand_total", "currency", "customer.email"),
}
_FORMS = 3
_BAD_EVERY = 12
_TWICE_EVERY = 17
_OPTINS = ("EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED")


class Name(NamedTuple):
    """What makes a record the same one from night to night."""

    object_type: str
    number: int

    @property
    def id(self) -> str:
        return f"{self.object_type[0]}{self.number:03}"

    @property
    def is_on_its_own(self) -> bool:
        """Whether no other contact is of the same person.

        Only such a contact may be gone one day. The others stay in the account, and whether they
        are newer than one that is gone is what a push of everything does change.
        """
        return self.object_type != "contact" or self.number % 6 == 0


class Export:
    """The records of all files, each in one of few forms, so that earlier ones come back."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._people = chance.randint(5, 40)
        """Several listings are one person's, by their email or their customer id."""
        self._forms: dict[Name, int] = {}
        for object_type in _HEADS:
            for number in range(chance.randint(4, 60)):
                self._forms[Name(object_type, number)] = 0

    def ids(self) -> list[str]:
        """Of all records."""
        return [name.id for name in sorted(self._forms)]

    def change(self) -> None:
        """Let a day pass: some records change, also back, some go, and some are new."""
        names = sorted(self._forms)
        for name in self._chance.sample(names, self._chance.randrange(len(names) // 2 + 1)):
            self._forms[name] = self._chance.randrange(_FORMS)
        if self._chance.random() < 0.3:
            for name in self._chance.sample(names, len(names) // 5):
                if name.is_on_its_own:
                    del self._forms[name]
        for _ in range(self._chance.randrange(6)):
            self._forms[Name(self._chance.choice(list(_HEADS)), self._chance.randrange(90))] = 0

    def write(self, folder: Path) -> None:
        """Write the files; a few rows are bad, and a few records stand in two rows."""
        for file, (object_type, head) in zip(FILES, _HEADS.items(), strict=True):
            names = sorted(name for name in self._forms if name.object_type == object_type)
            # The same ones each night: a record that only moves within its file is not sent.
            twice = [name for name in names if name.number % _TWICE_EVERY == 0]
            with (folder / file).open("w", newline="") as opened:
                writer = csv.writer(opened)
                writer.writerow(head)
                writer.writerows(self._row(name) for name in [*names, *twice])

    def _row(self, name: Name) -> tuple[str, ...]:
        form = self._forms[name]
        is_good = (name.number + form) % _BAD_EVERY != 0 or not name.is_on_its_own
        if name.object_type == "product":
            return (name.id, f"Kettle {form}", "12.50" if is_good else "dear")
        person = name.number % self._people
        if name.object_type == "order":
            when = f"2024-05-0{form + 1}T10:00:00Z" if is_good else "soon"
            return (name.id, when, "12.50", "EUR", f"p{person}@shop.example.com")
        # Every third has an address of its own: only its customer id, if any, joins it to others.
        email = f"p{person}@shop.example.com"
        if name.number % 3 == 0:
            email = f"{name.id}@shop.example.com"
        return (
            name.id,
            "customers",
            email if is_good else "nobody",
            f"k{person}" if name.number % 2 else "",
            f"Ann {form}",
            _OPTINS[(name.number + form) % len(_OPTINS)],
            f"2024-01-0{form + 1}T10:00:00Z",
        )
