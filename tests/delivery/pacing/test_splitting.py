"""Finding the records that keep a batch from being taken whole, against an API in memory."""

from __future__ import annotations

import asyncio
import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.delivery.api.sink import BatchRefusedError, Receipt
from ometria_import.delivery.journal.model import Outcome
from ometria_import.delivery.pacing.splitting import SplitBudget, send_splitting
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch
from ometria_import.package.bodies import records_of

AMPLE = 1_000_000


class Api:
    """Takes all records but some; it refuses a request with one of them, or only counts them."""

    def __init__(self, bad: set[bytes], *, counts: bool) -> None:
        self.bad, self.counts = bad, counts
        self.stored: set[bytes] = set()
        self.requests = 0

    async def send(self, batch: Batch) -> Receipt:
        self.requests += 1
        records = records_of(batch)
        bad = self.bad.intersection(records)
        if bad and not self.counts:
            raise BatchRefusedError("refused", status=422, answer="no")
        self.stored.update(set(records) - bad)
        name = f"request {self.requests}"
        return Receipt(202, name, len(records) - len(bad), len(bad), 0, answer=f"{len(bad)} bad")


def batch_of(size: int) -> Batch:
    body = b"[" + b",".join(b"%d" % (n + 1_000) for n in range(size)) + b"]"
    return Batch(7, ObjectType.PRODUCT, size, body, hashlib.sha256(body).hexdigest())


def send(api: Api, size: int, budget: int = AMPLE) -> Outcome:
    return asyncio.run(send_splitting(api, batch_of(size), SplitBudget(budget)))


@given(data=st.data(), size=st.integers(1, 100), counts=st.booleans())
def test_exactly_the_bad_records_are_found_in_bounded_requests(
    data: st.DataObject, size: int, *, counts: bool
) -> None:
    bad = data.draw(st.sets(st.integers(0, size - 1)))
    api = Api({b"%d" % (n + 1_000) for n in bad}, counts=counts)
    outcome = send(api, size)
    assert [record.position for record in outcome.refused] == sorted(bad)
    assert len(api.stored) == outcome.accepted == size - len(bad)
    assert (outcome.rejected, outcome.skipped, outcome.unclear) == (0, 0, 0)
    assert api.requests == outcome.answered <= 2 * size - 1
    assert api.requests <= 1 + 2 * len(bad) * math.ceil(math.log2(size + 1))


@pytest.mark.parametrize("position", [0, 42, 99])
def test_one_record_of_a_hundred_costs_fifteen_requests_at_most(position: int) -> None:
    api = Api({b"%d" % (position + 1_000)}, counts=True)
    (found,) = send(api, 100).refused
    assert (found.position, found.status, found.answer) == (position, 202, "1 bad")
    assert api.requests <= 15


def test_a_batch_of_which_nothing_is_taken_costs_no_second_request() -> None:
    api = Api({b"%d" % (n + 1_000) for n in range(100)}, counts=True)
    assert (len(send(api, 100).refused), api.requests) == (100, 1)


@pytest.mark.parametrize("budget", range(0, 16, 2))
def test_once_the_budget_is_spent_records_stay_counted_and_the_sum_comes_out(budget: int) -> None:
    api = Api({b"1003", b"1061", b"1062"}, counts=True)
    outcome = send(api, 100, budget)
    assert api.requests <= 1 + budget
    assert outcome.accepted + outcome.rejected + len(outcome.refused) == 100
    assert outcome.rejected + len(outcome.refused) == 3


def test_every_request_is_remembered_for_late_errors_that_name_it() -> None:
    outcome = send(Api({b"1000"}, counts=True), 4)
    assert [(part.request_id, part.first, part.records) for part in outcome.parts] == [
        ("request 1", 0, 4),
        ("request 2", 0, 2),
        ("request 3", 0, 1),
        ("request 4", 1, 1),
        ("request 5", 2, 2),
    ]


class Liar(Api):
    """An API whose counts are never those of what it was sent."""

    async def send(self, batch: Batch) -> Receipt:
        self.requests += 1
        return Receipt(202, "", batch.records - 1, 2, 0)


def test_counts_that_do_not_add_up_are_not_followed() -> None:
    api = Liar(set(), counts=True)
    outcome = send(api, 100)
    assert (outcome.unclear, api.requests) == (100, 1)
