"""Reading an account back, against the emulator over real sockets."""

from __future__ import annotations

import asyncio
import json
import pickle
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from ometria_import.config import Account
from ometria_import.config.home import Home
from ometria_import.delivery import Paused, StopSignal
from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.errors import InterruptedRunError, TemporaryFailureError
from ometria_import.options.choices import ObjectType
from ometria_import.verification.reading import (
    AccountReads,
    AnswersSlow,
    Listing,
    NotReadableError,
    PageShifted,
    ReadEvent,
    ReadRetried,
    ShortPageError,
)
from tests.delivery.building import KEY, account
from tests.emulator.scenarios.scenarios import fault

T = TypeVar("T")
PRODUCTS = Listing(ObjectType.PRODUCT)
ORDERS = Listing(ObjectType.ORDER)
CONTACTS = Listing(ObjectType.CONTACT, "müller & co/shop")
ODD_ID = "a/b?c=ü%20 d"


def contact(record_id: str) -> dict[str, Any]:
    email = f"{abs(hash(record_id))}@shop.example.com"
    return {
        "@type": "contact",
        "@collection": CONTACTS.collection,
        "id": record_id,
        "email": email,
    }


def order(number: int) -> dict[str, Any]:
    return {
        "@type": "order",
        "id": f"o-{number}",
        "timestamp": "2024-05-01T10:00:00Z",
        "grand_total": 0.1,
        "currency": "EUR",
        "lineitems": [],
    }


@pytest.fixture(scope="module")
def emulator() -> Iterator[RunningEmulator]:
    """760 products, half of them variants; 300 contacts; one order."""
    settings = Settings(rate=100_000, read_rate=100_000, drain=1_000_000)
    products = [
        {"@type": "product", "id": f"p-{number}", "is_variant": number % 2 == 1}
        for number in range(760)
    ]
    contacts = [contact(f"c-{number}") for number in range(299)] + [contact(ODD_ID)]
    with running(settings) as started, httpx.Client(headers={"X-Ometria-Auth": KEY}) as client:
        for records in (products, contacts, [order(1)]):
            for first in range(0, len(records), 100):
                part = records[first : first + 100]
                assert client.post(f"{started.base_url}/push", json=part).status_code == 202
        started.wait_until_drained()
        yield started


@pytest.fixture(autouse=True)
def _healed(emulator: RunningEmulator) -> Iterator[None]:
    yield
    emulator.heal()


class Reading:
    """Reads from the emulator in a home of its own, and keeps what was told."""

    def __init__(self, to: Account, home: Home) -> None:
        self.to, self.home = to, home
        self.events: list[ReadEvent] = []
        self.requests = 0

    def __call__(
        self, work: Callable[[AccountReads], Awaitable[T]], factor: float = 1, **wishes: Any
    ) -> T:
        stop = wishes.pop("stop", None) or StopSignal()

        async def sleep(seconds: float) -> None:
            await stop.sleep(seconds / factor)

        async def run() -> T:
            clock = Clock(monotonic=lambda: time.monotonic() * factor, sleep=sleep)
            to = replace(self.to, reads_per_s=wishes.pop("reads_per_s", 200))
            async with AccountReads(
                to, self.home, on_event=self.events.append, stop=stop, clock=clock, **wishes
            ) as reads:
                try:
                    return await work(reads)
                finally:
                    self.requests = reads.requests

        return asyncio.run(run())


@pytest.fixture
def reading(emulator: RunningEmulator, tmp_path: Path) -> Reading:
    return Reading(account(emulator.base_url), Home(tmp_path / "home"))


def all_ids(listing: Listing) -> Callable[[AccountReads], Awaitable[list[str]]]:
    async def work(reads: AccountReads) -> list[str]:
        async with aclosing(reads.pages(listing)) as pages:
            return [each["id"] async for page in pages for each in page.records]

    return work


def test_whole_lists_are_read_variants_too(reading: Reading) -> None:
    assert reading(all_ids(PRODUCTS)) == [f"p-{number}" for number in range(760)]
    assert reading(all_ids(CONTACTS)) == [*(f"c-{number}" for number in range(299)), ODD_ID]
    assert reading(all_ids(Listing(ObjectType.CONTACT, "nobody"))) == []
    # A busy machine may well be slow.
    assert {type(each) for each in reading.events} <= {AnswersSlow}


@pytest.mark.parametrize("near", [0, 1, 500, 759, 760, 761, 2_000])
def test_a_list_is_counted_in_few_requests(reading: Reading, near: int) -> None:
    assert reading(lambda reads: reads.count(PRODUCTS, near)) == 760
    assert reading.requests <= 22
    if near == 760:
        assert reading.requests == 2


@pytest.mark.parametrize("near", [0, 1, 7])
def test_an_empty_list_is_counted(reading: Reading, near: int) -> None:
    nobody = Listing(ObjectType.CONTACT, "nobody")
    assert reading(lambda reads: reads.count(nobody, near)) == 0


@pytest.mark.parametrize("record_id", [ODD_ID, "..", "."])
def test_one_record_is_read_whatever_its_id(
    emulator: RunningEmulator, reading: Reading, record_id: str
) -> None:
    stored = Listing(ObjectType.CONTACT, "odd")
    emulator.put_record("contact", record_id, contact(record_id), collection="odd")
    found = reading(lambda reads: reads.one(stored, record_id))
    assert found is not None
    assert found["id"] == record_id


def test_contacts_that_name_no_collection_are_read_where_the_account_keeps_them(
    emulator: RunningEmulator, reading: Reading
) -> None:
    body = [{"@type": "contact", "id": "c1", "email": "ada@shop.example.com"}]
    httpx.post(
        f"{emulator.base_url}/push", json=body, headers={"X-Ometria-Auth": KEY}
    ).raise_for_status()
    emulator.wait_until_drained()

    assert reading(all_ids(Listing(ObjectType.CONTACT))) == ["c1"]


def test_a_record_that_is_not_there_is_none(reading: Reading) -> None:
    assert reading(lambda reads: reads.one(CONTACTS, "nobody")) is None
    assert reading(lambda reads: reads.one(PRODUCTS, "p-1")) is not None


def test_several_records_come_in_the_order_of_their_ids(reading: Reading) -> None:
    async def work(reads: AccountReads) -> list[tuple[str, bool]]:
        ids = ["p-7", "nobody", *(f"p-{number}" for number in range(40))]
        async with aclosing(reads.ones(PRODUCTS, ids)) as found:
            return [(record_id, record is not None) async for record_id, record in found]

    assert reading(work) == [
        ("p-7", True),
        ("nobody", False),
        *((f"p-{number}", True) for number in range(40)),
    ]


def test_numbers_come_exactly(reading: Reading) -> None:
    found = reading(lambda reads: reads.one(ORDERS, "o-1"))
    assert found is not None
    assert found["grand_total"] == Decimal("0.1")


def test_people_and_opt_outs_are_read(emulator: RunningEmulator, reading: Reading) -> None:
    email = contact("c-1")["email"]
    emulator.unsubscribe(email, timestamp="2026-01-02T03:04:05Z")
    day = datetime(2026, 1, 2, tzinfo=UTC)

    profile = reading(lambda reads: reads.profile(email=email))
    left = reading(lambda reads: reads.unsubscribes(day, day.replace(day=3)))

    assert profile is not None
    assert profile["email"] == email
    assert [each["email_address"] for each in left] == [email]
    assert reading(lambda reads: reads.profile(email="nobody@shop.example.com")) is None
    assert reading(lambda reads: reads.unsubscribes(day.replace(day=3), day.replace(day=4))) == []


def test_a_key_behind_the_escapes_of_a_refusal_is_not_shown(
    emulator: RunningEmulator, reading: Reading
) -> None:
    escaped = "".join(f"\\u{ord(char):04x}" for char in KEY)
    text = f'{{"message": "No such key: {escaped}"}}'
    emulator.play(fault("answer", on="reads", status=403, text=text))

    async def work(reads: AccountReads) -> None:
        with pytest.raises(NotReadableError, match="answered 403: No such key") as caught:
            await reads.count(ORDERS)
        assert KEY not in str(caught.value) + caught.value.hint

    reading(work)


def test_a_path_that_may_not_be_read_is_asked_for_once(
    emulator: RunningEmulator, reading: Reading
) -> None:
    emulator.play(fault("no_reads", paths=["orders"]))

    async def work(reads: AccountReads) -> int:
        for _ in range(3):
            with pytest.raises(
                NotReadableError, match=r"GET /orders: answered 403: API key is"
            ) as caught:
                await reads.count(ORDERS)
            assert (caught.value.path, caught.value.exit_code) == ("/orders", 5)
            assert "OMETRIA_STAGING_KEY may not read" in caught.value.hint
            assert KEY not in str(caught.value) + caught.value.hint
            assert pickle.loads(pickle.dumps(caught.value)).path == "/orders"
        assert reads.requests == 1
        return await reads.count(PRODUCTS)

    assert reading(work) == 760


def test_a_wrong_address_is_no_empty_list(reading: Reading) -> None:
    reading.to = replace(reading.to, base_url=reading.to.base_url + "/v9")
    with pytest.raises(NotReadableError, match="answered 404") as caught:
        reading(lambda reads: reads.count(PRODUCTS))
    assert "base_url" in caught.value.hint


ODD_ANSWERS: dict[str, dict[str, Any]] = {
    "502": {"do": "answer", "status": 502, "body": "html"},
    "429": {"do": "rate_limited", "retry_after": 2},
    "html": {"do": "answer", "body": "html"},
    "cut": {"do": "answer", "cut_bytes": 10},
    "number": {"do": "answer", "text": "3"},
    "nameless": {"do": "answer", "text": '[{"email": null}]'},
    "nested": {"do": "answer", "text": "[" * 100_000},
    "absurd": {"do": "answer", "text": '[{"id": "a", "n": 1e99999999999999999999}]'},
    "reset": {"do": "reset"},
}


@pytest.mark.parametrize("what", ODD_ANSWERS)
def test_a_temporary_failure_is_overcome(
    emulator: RunningEmulator, reading: Reading, what: str
) -> None:
    emulator.play(fault(**ODD_ANSWERS[what], on="reads", times=2))

    assert len(reading(all_ids(PRODUCTS), factor=50)) == 760

    retried = [each for each in reading.events if isinstance(each, ReadRetried)]
    assert [each.path for each in retried] == ["/products"] * 2
    assert KEY not in repr(reading.events)


def test_a_wait_that_the_server_asks_for_is_kept_by_all_readers(
    emulator: RunningEmulator, reading: Reading
) -> None:
    emulator.play(fault("rate_limited", on="reads", times=1, retry_after=30))
    began = time.monotonic()

    reading(lambda reads: reads.count(PRODUCTS), factor=100)

    assert Paused in [type(each) for each in reading.events]
    assert time.monotonic() - began >= 0.3


def test_a_server_that_stays_away_is_given_up(emulator: RunningEmulator, reading: Reading) -> None:
    emulator.play(fault("answer", on="reads", status=503))
    with pytest.raises(TemporaryFailureError, match=r"gave up after .*503") as caught:
        reading(lambda reads: reads.count(PRODUCTS), factor=200, give_up_after_s=20)
    assert "goes on from here" in caught.value.hint


def test_an_answer_without_end_is_not_read_to_its_end(
    emulator: RunningEmulator, reading: Reading
) -> None:
    text = json.dumps({"id": "p-1", "title": "x" * 2_000_001})
    emulator.play(fault("answer", on="reads", text=text))
    with pytest.raises(NotReadableError, match="more than 2,000,000 bytes"):
        reading(lambda reads: reads.one(PRODUCTS, "p-1"))


def test_slow_answers_are_read_side_by_side_up_to_eight(
    emulator: RunningEmulator, reading: Reading
) -> None:
    emulator.play(fault("latency", on="reads", seconds=0.1))
    ids = [f"p-{number}" for number in range(60)]

    async def work(reads: AccountReads) -> int:
        async with aclosing(reads.ones(PRODUCTS, ids)) as found:
            return len([each async for each in found])

    began = time.monotonic()
    assert reading(work, reads_per_s=200) == 60
    assert 0.7 < time.monotonic() - began < 5
    slow = next(each for each in reading.events if isinstance(each, AnswersSlow))
    assert slow.latency_s >= 0.1
    assert slow.reads_per_s == pytest.approx(8 / slow.latency_s)


def test_a_stop_ends_a_read_at_once(emulator: RunningEmulator, reading: Reading) -> None:
    emulator.play(fault("latency", on="reads", seconds=20))
    stop = StopSignal()

    async def work(reads: AccountReads) -> None:
        asyncio.get_running_loop().call_later(0.1, stop.request)
        await reads.count(PRODUCTS)

    began = time.monotonic()
    with pytest.raises(InterruptedRunError):
        reading(work, stop=stop)
    assert time.monotonic() - began < 5


def test_reads_keep_the_accounts_rate(reading: Reading) -> None:
    async def work(reads: AccountReads) -> None:
        async with aclosing(reads.ones(PRODUCTS, ["p-1"] * 11)) as found:
            async for _ in found:
                pass

    began = time.monotonic()
    reading(work, reads_per_s=20)
    assert time.monotonic() - began > 0.4


def test_a_list_that_others_change_is_read_to_its_end(
    emulator: RunningEmulator, reading: Reading
) -> None:
    before = reading(all_ids(PRODUCTS))
    emulator.play(
        fault("other_writer", deletes=3, adds=2, where="first")
        + fault("answer", on="reads", status=502, every=3)
    )
    shown = reading(all_ids(PRODUCTS), factor=50)
    emulator.heal()
    after = reading(all_ids(PRODUCTS))

    assert set(before) & set(after) <= set(shown)
    assert len(set(before) - set(after)) >= 9
    assert PageShifted in [type(each) for each in reading.events]


def test_an_account_that_shows_short_pages_is_not_read_by_pages(
    emulator: RunningEmulator, reading: Reading
) -> None:
    emulator.set_traits(largest_page=100)
    try:
        with pytest.raises(ShortPageError, match="100 came"):
            reading(all_ids(CONTACTS))
        assert reading(lambda reads: reads.count(CONTACTS)) == 300
    finally:
        emulator.set_traits()
