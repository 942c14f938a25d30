"""Whatever is changed in an account is found, and nothing else is."""

from __future__ import annotations

import csv
import json
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ometria_import.verification import Verdict
from ometria_import.verification.sampling.statements import Whole
from ometria_import.verification.wishes import Wishes
from tests.verification.conftest import MakeShop
from tests.verification.shop import PushedShop

ROUNDS = int(os.environ.get("PLANTED_ROUNDS", "2"))
"""40 changes each; 25 rounds are the 1,000 that `docs/decisions/0037` speaks of."""
PLANTS = 40
_KEPT = frozenset({"@type", "@collection", "id"})


def records(count: int) -> str:
    """Records with fields of all kinds, as Ometria has them."""
    lines: list[dict[str, Any]] = []
    for number in range(count):
        lines += [
            {
                "@type": "product",
                "id": f"p{number}",
                "title": f"Kettle № {number}",
                "price": 10.5 + number,
                "is_active": True,
                "is_in_stock": number % 2 == 0,
                "url": f"https://shop.example.com/{number}",
                "attributes": [{"type": "brand", "id": f"b{number}", "label": "Höganäs"}],
                "properties": {"depth": number, "colour": "red"},
            },
            {
                "@type": "contact",
                "@collection": "main",
                "id": f"c{number}",
                "email": f"p{number}@example.com",
                "customer_id": f"k{number}",
                "firstname": "Zoë",
                "country_id": "GB",
                "timestamp_acquired": "2024-03-01T10:20:30Z",
                "timestamp_subscribed": "2024-03-02T10:20:30Z",
                "marketing_optin": "EXPLICITLY_OPTEDIN",
                "channels": {
                    "sms": {
                        "allow_marketing": False,
                        "dt_updated_marketing": "2024-03-02T10:20:30Z",
                    }
                },
                "store_ids": ["uk", "de"],
                "properties": {"points": number + 7},
            },
            {
                "@type": "order",
                "id": f"o{number}",
                "timestamp": "2024-05-01T10:00:00Z",
                "grand_total": 25.0,
                "subtotal": 21.0,
                "currency": "EUR",
                "status": "complete",
                "is_valid": True,
                "customer": {"id": f"k{number}", "email": f"p{number}@example.com"},
                "lineitems": [
                    {
                        "product_id": f"p{number}",
                        "sku": f"s{number}",
                        "quantity": 2,
                        "unit_price": 12.5,
                        "total": 25.0,
                    }
                ],
            },
        ]
    return "".join(json.dumps(each) + "\n" for each in lines)


def changed(value: Any, dice: random.Random) -> Any:
    """Another value of the same type; of a list or an object, one that differs in one place."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + dice.choice([1, -1, 100])
        case str():
            return dice.choice([f"{value}x", value[:-1]])
        case list():
            place = dice.randrange(len(value))
            member = value[place]
            if isinstance(member, dict) and dice.random() < 0.7:
                return [*value[:place], _with_change(member, dice), *value[place + 1 :]]
            return value[:place] + value[place + 1 :]
        case _:
            return _with_change(value, dice)


def _with_change(record: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    name = dice.choice([each for each in record if each not in _KEPT])
    if dice.random() < 0.3:
        return {each: value for each, value in record.items() if each != name}
    return record | {name: changed(record[name], dice)}


def plant(shop: PushedShop, dice: random.Random) -> tuple[set[str], set[str]]:
    """Change and delete some records; returns the ids of those and of these."""
    differ: set[str] = set()
    missing: set[str] = set()
    with closing(sqlite3.connect(shop.emulator.database)) as database, database:
        rows = database.execute(
            "SELECT internal_id, id, body FROM record WHERE account = 'staging' ORDER BY id"
        ).fetchall()
        for number, record_id, body in dice.sample(rows, PLANTS):
            if dice.random() < 0.2:
                database.execute("DELETE FROM record WHERE internal_id = ?", (number,))
                missing.add(record_id)
                continue
            text = json.dumps(_with_change(json.loads(body), dice))
            database.execute("UPDATE record SET body = ? WHERE internal_id = ?", (text, number))
            differ.add(record_id)
    return differ, missing


def ids(path: str | None) -> set[str]:
    if path is None:
        return set()
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return {row["id"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_every_planted_change_is_found_and_nothing_else(push_shop: MakeShop, seed: int) -> None:
    shop = push_shop(("records.ndjson", records(60)))
    differ, missing = plant(shop, random.Random(seed))

    summary = shop.verify(Wishes(statement=Whole())).summary

    assert summary.verdict is Verdict.DIFFERS
    assert ids(summary.files.get("differs")) == differ
    assert ids(summary.files.get("missing")) == missing
    assert (summary.total("differs"), summary.total("missing")) == (len(differ), len(missing))
