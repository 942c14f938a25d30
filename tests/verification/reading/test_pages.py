"""Lists that change while they are read, without a server: each law costs microseconds."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.verification.reading import PageShifted, PlaceLost, ReadEvent, ShortPageError
from ometria_import.verification.reading.pages import PAGE_SIZE, PagedList

Change = tuple[str, float, int]


class ChangingList:
    """A list of an account in which records come and go before each read."""

    def __init__(self, size: int, changes: list[Change], most: int = PAGE_SIZE) -> None:
        self.records = list(range(size))
        self.always = set(self.records)
        self.changes = list(changes)
        self.most = most
        self.numbers = itertools.count(size)
        self.reads: list[tuple[int, int]] = []
        self.under_way = self.most_under_way = 0

    async def read(self, offset: int, limit: int) -> list[dict[str, Any]]:
        self.reads.append((offset, limit))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await asyncio.sleep(0)
        finally:
            self.under_way -= 1
        if self.changes:
            self._change(*self.changes.pop(0))
        shown = self.records[offset : offset + min(limit, self.most)]
        return [{"id": f"r-{number}"} for number in shown]

    def _change(self, what: str, where: float, count: int) -> None:
        at = int(where * len(self.records))
        if what == "go":
            self.always -= set(self.records[at : at + count])
            del self.records[at : at + count]
        elif what == "come":
            self.records += self._new(count)
        else:
            self.records[at:at] = self._new(count)

    def _new(self, count: int) -> list[int]:
        return [next(self.numbers) for _ in range(count)]


def read_all(
    account: ChangingList, in_flight: int = 3, start: int = 0
) -> tuple[list[str], list[ReadEvent]]:
    """Every id that is shown, in order, and what was told."""
    events: list[ReadEvent] = []

    async def reading() -> list[str]:
        listed = PagedList(
            "/orders", account.read, in_flight=lambda: in_flight, on_event=events.append
        )
        async with aclosing(listed.pages(start)) as pages:
            return [each["id"] async for page in pages for each in page.records]

    return asyncio.run(reading()), events


def ids(numbers: Any) -> list[str]:
    return [f"r-{number}" for number in numbers]


@pytest.mark.parametrize("size", [0, 1, 249, 250, 251, 499, 500, 1_000])
@pytest.mark.parametrize("in_flight", [1, 8])
def test_each_record_of_a_list_at_rest_is_shown_once_in_order(size: int, in_flight: int) -> None:
    account = ChangingList(size, [])

    shown, events = read_all(account, in_flight)

    assert shown == ids(range(size))
    assert events == []
    assert len(account.reads) <= size // (PAGE_SIZE - 1) + 2 + in_flight


CHANGES: Callable[[int], st.SearchStrategy[list[Change]]] = lambda most: st.lists(  # noqa: E731
    st.tuples(st.sampled_from(["go", "come", "appear"]), st.floats(0, 0.999), st.integers(1, most)),
    max_size=12,
)


@given(st.integers(0, 1_300), CHANGES(100), st.integers(1, 8))
def test_what_is_in_the_list_all_the_time_is_shown(
    size: int, changes: list[Change], in_flight: int
) -> None:
    account = ChangingList(size, changes)

    shown, _ = read_all(account, in_flight)

    assert account.always <= {int(each.removeprefix("r-")) for each in shown}
    assert account.most_under_way <= in_flight + 1


@given(st.integers(500, 3_000), st.integers(0, 8), st.integers(250, 1_000))
def test_a_list_that_loses_more_than_a_page_is_read_on_or_said_to_have_lost_its_place(
    size: int, before: int, count: int
) -> None:
    account = ChangingList(size, [("come", 0.0, 1)] * before + [("go", 0.0, count)])

    shown, events = read_all(account, in_flight=1)

    is_lost = any(isinstance(event, PlaceLost) for event in events)
    assert is_lost or account.always <= {int(each.removeprefix("r-")) for each in shown}


def test_a_page_that_shifted_is_looked_for_and_told() -> None:
    account = ChangingList(700, [("come", 0.0, 1), ("go", 0.0, 7)])

    shown, events = read_all(account, in_flight=1)

    assert shown[:700] == ids(range(700))
    assert len(set(shown)) == len(shown)
    assert events == [PageShifted("/orders", 249)]


def test_reading_can_go_on_from_where_a_page_said() -> None:
    account = ChangingList(700, [])

    async def offsets() -> list[int]:
        listed = PagedList("/orders", account.read, in_flight=lambda: 1, on_event=print)
        async with aclosing(listed.pages(0)) as pages:
            return [page.resume_at async for page in pages]

    first, *_ = asyncio.run(offsets())

    assert read_all(account, start=first)[0] == ids(range(249, 700))


@pytest.mark.parametrize("most", [1, 10, 100, 249])
def test_pages_that_are_always_short_stop_the_reading(most: int) -> None:
    account = ChangingList(700, [], most=most)

    with pytest.raises(ShortPageError, match=f"/orders: 250 .* and {most} came") as caught:
        read_all(account)

    assert "--sample" in caught.value.hint
    assert len(account.reads) <= 12


def test_a_page_that_is_short_because_a_record_just_came_is_read_again() -> None:
    account = ChangingList(100, [("appear", 0.0, 0), ("come", 0.0, 3)])

    shown, events = read_all(account, in_flight=1)

    assert len(shown) == 103
    assert events == []


def test_a_list_that_grows_without_end_is_read_to_where_it_ended() -> None:
    account = ChangingList(600, [("come", 0.0, 3)] * 10_000)

    shown, events = read_all(account, in_flight=1)

    assert shown[:600] == ids(range(600))
    assert events == []
    assert len(account.reads) < 10
