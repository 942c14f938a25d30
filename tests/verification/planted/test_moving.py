"""A long list that others change while it is verified, in many short sessions."""

from __future__ import annotations

import csv
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ometria_import.delivery import StopSignal
from ometria_import.verification import Summary, Verdict
from ometria_import.verification.events import RecordsRead, VerificationEvent
from ometria_import.verification.sampling.statements import Whole
from ometria_import.verification.wishes import Wishes
from tests.emulator.scenarios.scenarios import fault
from tests.verification.conftest import MakeShop
from tests.verification.shop import PushedShop, products

RECORDS = 1_200
MOST_SESSIONS = 40


def verified(shop: PushedShop, chance: random.Random) -> tuple[Summary, int]:
    """Verify all of it, stopped at a moment of each session; returns their number, too."""
    for sessions in range(1, MOST_SESSIONS + 1):
        stop = StopSignal()
        summary = shop.verify(
            Wishes(statement=Whole()),
            on_event=_after(chance.randint(1, 4), stop.request),
            stop=stop,
        ).summary
        if summary.verdict is not Verdict.INTERRUPTED:
            return summary, sessions
    raise AssertionError("it never ends")


def _after(events: int, act: Callable[[], None]) -> Callable[[VerificationEvent], None]:
    left = [events]

    def hear(event: VerificationEvent) -> None:
        if isinstance(event, RecordsRead):
            left[0] -= 1
            if left[0] == 0:
                act()

    return hear


def ids(path: str) -> set[str]:
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return {row["id"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("where", ["first", "last", "anywhere"])
def test_what_was_wrong_before_is_found_and_what_is_found_is_true(
    push_shop: MakeShop, where: str
) -> None:
    chance = random.Random(where)
    shop = push_shop(("products.csv", products(RECORDS)))
    changed, gone = (
        {f"p{number:06}" for number in chance.sample(range(part, RECORDS, 2), k=5)}
        for part in (0, 1)
    )
    for record_id in changed:
        shop.change("product", record_id, title="Teapot")
    for record_id in gone:
        shop.put("product", record_id, None)
    shop.emulator.play(fault("other_writer", deletes=2, adds=1, where=where, every=2))

    summary, sessions = verified(shop, chance)

    with closing(sqlite3.connect(shop.emulator.database)) as database:
        stored = {record_id for (record_id,) in database.execute("SELECT id FROM record")}
    differs, missing = ids(summary.files["differs"]), ids(summary.files["missing"])
    assert sessions > 2
    assert summary.verdict is Verdict.DIFFERS
    assert differs <= changed
    assert changed - differs <= missing
    assert gone <= missing
    assert not missing & stored
    assert summary.types[0].read == RECORDS
