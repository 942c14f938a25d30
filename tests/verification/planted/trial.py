"""One trial: changes planted in an account, and whether a verification finds all of them."""

from __future__ import annotations

import csv
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ometria_import.emulator import Settings, running
from ometria_import.verification import Summary, Verdict
from ometria_import.verification.sampling.statements import Whole
from ometria_import.verification.wishes import Wishes
from tests.emulator.scenarios.scenarios import fault
from tests.verification.planted.differences import plant
from tests.verification.planted.records import Record, as_lines, shop
from tests.verification.shop import PushedShop, pushed

RECORDS = 30
"""Of each type; enough for every kind of field, and few enough for a trial to be quick."""
TRAITS: tuple[dict[str, Any], ...] = (
    {},
    {"zone": "offset"},
    {"lower_emails": True},
    {"unset_nulls": True},
    {"timestamps": "seconds"},
    {"zone": "offset", "lower_emails": True, "unset_nulls": True, "timestamps": "seconds"},
)
"""Forms in which accounts show values, all of which rules excuse."""
_MOST_PLANTED = 6
_MOST_ATTEMPTS = 5

Key = tuple[str, str, str]
"""Object type, collection and id."""


@dataclass(frozen=True)
class Planted:
    """What was done to an account."""

    changed: dict[Key, str]
    """What was changed of each record."""
    deleted: set[Key]
    added: set[Key]

    @property
    def is_harmless(self) -> bool:
        """Whether everything that was sent is there; others may well have added something."""
        return not (self.changed or self.deleted)


class Planter:
    """A shop in an account, in which trial after trial plants something else."""

    def __init__(self, pushed_shop: PushedShop) -> None:
        self.shop = pushed_shop
        self.stored = _stored(pushed_shop.emulator.database)

    def trial(self, seed: str, number: int) -> list[str]:
        """Plant, verify and restore; returns what is wrong with what was found."""
        chance = random.Random(f"{seed}/{number}")
        emulator = self.shop.emulator
        emulator.set_traits(**chance.choice(TRAITS))
        planted = self._planted(chance, number)
        try:
            if chance.random() < 0.2:
                emulator.play(fault("answer", on="reads", status=502, every=chance.randint(2, 5)))
            summary = self._verified()
        finally:
            emulator.heal()
            for key in (*planted.changed, *planted.deleted):
                self._put(key, self.stored[key])
            for key in planted.added:
                self._put(key, None)
        wanted = Verdict.SAME if planted.is_harmless else Verdict.DIFFERS
        wrong = []
        if summary.verdict is not wanted:
            wrong.append(f"it says {summary.verdict} and not {wanted}: {summary.sentence}")
        for name, keys in (
            ("differs", set(planted.changed)),
            ("missing", planted.deleted),
            ("extra", planted.added),
        ):
            found = _keys(summary.files.get(name))
            wrong += [
                f"{name}: not found: {key} {planted.changed.get(key, '')}" for key in keys - found
            ]
            wrong += [f"{name}: found for nothing: {key}" for key in found - keys]
        return wrong

    def _verified(self) -> Summary:
        """Verify, and go on where it gave up."""
        wishes = Wishes(statement=Whole())
        summary = self.shop.verify(wishes).summary
        for _ in range(_MOST_ATTEMPTS):
            if summary.verdict is Verdict.INTERRUPTED:
                summary = self.shop.verify(wishes).summary
        return summary

    def _planted(self, chance: random.Random, number: int) -> Planted:
        keys = chance.sample(sorted(self.stored), k=chance.randint(0, _MOST_PLANTED))
        deleted = {key for key in keys if chance.random() < 0.15}
        added = {
            ("product", "", f"other-{number}-{place}") for place in range(chance.randint(0, 2))
        }
        changed = {}
        for key in keys:
            if key in deleted:
                self._put(key, None)
                continue
            body, what = plant(self.stored[key], chance)
            changed[key] = what
            self._put(key, body)
        for key in added:
            self._put(key, {"@type": key[0], "id": key[2]})
        return Planted(changed, deleted, added)

    def _put(self, key: Key, body: Record | None) -> None:
        object_type, collection, record_id = key
        self.shop.emulator.put_record(object_type, record_id, body, collection=collection)


@contextmanager
def planting(folder: Path) -> Iterator[Planter]:
    """Push a shop to an emulator of its own."""
    records = shop(random.Random("planted"), RECORDS)
    files = [(f"{object_type}s.ndjson", as_lines(each)) for object_type, each in records.items()]
    limits = Settings(rate=100_000, read_rate=100_000, queue=1_000_000, drain=1_000_000)
    with running(limits) as emulator:
        yield Planter(pushed(emulator, folder, *files))


def _stored(database: Path) -> dict[Key, Record]:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT object_type, collection, id, body FROM record")
        return {(kind, collection, id_): json.loads(body) for kind, collection, id_, body in rows}


def _keys(path: str | None) -> set[Key]:
    if path is None:
        return set()
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return {(row["object_type"], row["collection"], row["id"]) for row in csv.DictReader(file)}
