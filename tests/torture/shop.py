"""An invented shop: the files that a trial pushes, and what must come of each row."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

FILES = {"product": "products.csv", "contact": "contacts.csv", "order": "orders.csv"}
"""By object type, in sending order."""

_COLUMNS = {
    "product": ("id", "title", "price"),
    "contact": ("id", "@collection", "email", "firstname"),
    "order": ("id", "timestamp", "grand_total", "currency", "customer.email", "coupon_code"),
}
MARK_IN = {"product": "title", "contact": "firstname", "order": "coupon_code"}
"""The field that says which row a record is from."""

_BAD_EVERY = 17
_TWICE_EVERY = 7


class Row(NamedTuple):
    """One row of a file."""

    object_type: str
    id: str
    mark: str
    """Found again in the record's `MARK_IN` field; no two rows of a shop share one."""
    is_good: bool

    @property
    def cells(self) -> tuple[str, ...]:
        match self.object_type:
            case "product":
                return (self.id if self.is_good else "", self.mark, "12.50")
            case "contact":
                email = f"{self.id}@shop.example.com" if self.is_good else "nobody"
                return (self.id, "customers", email, self.mark)
        when = "2024-05-01T10:00:00Z" if self.is_good else ""
        return (self.id, when, "12.50", "EUR", f"c{self.id[1:]}@shop.example.com", self.mark)


@dataclass
class Shop:
    """The rows of all files; the last good row of an id is the one that counts."""

    rows: list[Row] = field(default_factory=list)

    @classmethod
    def invent(cls, chance: random.Random, counts: dict[str, int]) -> Shop:
        """Rows with ids that come twice and rows that no record can be made of."""
        shop = cls()
        for object_type, count in counts.items():
            ids = [f"{object_type[0]}{number:04}" for number in range(count)]
            twice = [id_ for id_ in ids if chance.randrange(_TWICE_EVERY) == 0]
            for id_ in [*ids, *twice]:
                shop.add(object_type, id_, is_good=chance.randrange(_BAD_EVERY) > 0)
        return shop

    def add(self, object_type: str, id_: str, *, is_good: bool = True) -> None:
        """Append a row to a type's file."""
        self.rows.append(Row(object_type, id_, f"row {len(self.rows):05}", is_good))

    def change(self, chance: random.Random) -> None:
        """Let the shop go on: some records change, and one is new."""
        object_type = chance.choice(list(FILES))
        known = [row.id for row in self.rows if row.object_type == object_type and row.is_good]
        for id_ in chance.sample(known, k=min(3, len(known))):
            self.add(object_type, id_)
        self.add(object_type, f"{object_type[0]}new{len(self.rows)}")

    def write(self, folder: Path) -> None:
        """Write all files."""
        for object_type, name in FILES.items():
            with (folder / name).open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(_COLUMNS[object_type])
                writer.writerows(row.cells for row in self.rows if row.object_type == object_type)

    def wanted(self) -> dict[tuple[str, str], str]:
        """The mark that each object type and id must have in the end."""
        return {(row.object_type, row.id): row.mark for row in self.rows if row.is_good}

    def bad(self) -> list[Row]:
        """The rows that must be in reject files."""
        return [row for row in self.rows if not row.is_good]
