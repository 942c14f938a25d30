"""Reading a list page by page while others change the account.

Lists have offsets and no cursors, so a record that goes moves all those behind it. Each page
therefore begins with the last record of the page before. Where it does not, the place is looked
for again, so that no record is left out that was in the list all the time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ometria_import.verification.reading.events import (
    PageShifted,
    PlaceLost,
    ReadSubscriber,
    ShortPageError,
)

PAGE_SIZE = 250
"""The largest page that the API gives. Source: reference/ometria-api.md, lists."""
MAX_IN_FLIGHT = 8

_STEP_BACK = 125
"""How far back a lost place is looked for at a time: a page reaches over two steps."""
_MOST_STEPS = 40
_SURELY_SHORT = 3
"""So often a page has to be short with records behind it, since a list can change meanwhile."""

Records = list[dict[str, Any]]
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class ReadPage:
    """Records of a list that were not on the page before.

    One can be shown twice all the same, if many others went while the list was read.
    """

    offset: int
    """The place in the list of the page that they were read with."""
    records: Records
    resume_at: int
    """The offset to go on from if reading stops here."""


class PagedList:
    """One reading of a list from its beginning, or any place, to its end."""

    def __init__(
        self,
        path: str,
        read: Callable[[int, int], Awaitable[Records]],
        *,
        in_flight: Callable[[], int],
        on_event: ReadSubscriber,
    ) -> None:
        """Prepare the reading.

        Args:
            path: The list's, for messages.
            read: Reads so many records (the second number) from an offset (the first) on.
            in_flight: How many pages may be asked for at a time at present.
            on_event: Is told of changes.
        """
        self._path = path
        self._read = read
        self._in_flight = in_flight
        self._on_event = on_event
        self._ahead: dict[int, asyncio.Task[Records]] = {}

    async def pages(self, start: int) -> AsyncIterator[ReadPage]:
        """Yield the pages in their order.

        Raises:
            ShortPageError: the account gives fewer records at a time than it was asked for.
        """
        tail: Mapping[str, int] = {}
        offset, is_end = start, False
        try:
            while not is_end:
                at, records, first, is_end = await self._next(offset, tail)
                offset = at + max(len(records) - 1, 0)
                tail = {key_of(each): place for place, each in enumerate(records)} or tail
                yield ReadPage(at, records[first:], offset)
        finally:
            self._forget()

    async def _next(self, offset: int, tail: Mapping[str, int]) -> tuple[int, Records, int, bool]:
        """Read on, and make sure that a short page is the end of the list.

        Returns:
            What `_found` does, and whether it is the end.
        """
        longest = short = 0
        while True:
            at, records, first = await self._found(offset, tail)
            if len(records) >= PAGE_SIZE:
                return at, records, first, False
            if not await self._read(at + len(records), 1):
                return at, records, first, True
            # There is more behind it: a record came a moment ago, or pages are always short.
            short = short + 1 if len(records) <= longest else 1
            longest = max(longest, len(records))
            if short == _SURELY_SHORT:
                raise ShortPageError(
                    self._path,
                    f"{PAGE_SIZE} records were asked for and {len(records)} came, although there "
                    "are more behind them",
                    hint="Whole lists of this account cannot be trusted. Read a sample instead, "
                    "such as --sample 3000, and tell Ometria about it.",
                )
            self._forget()

    async def _found(self, offset: int, tail: Mapping[str, int]) -> tuple[int, Records, int]:
        """Read on behind the records of the page before.

        Returns:
            The place of the page, its records, and how many of them were on the page before.
        """
        page = await self._page(offset)
        at, records = offset, page
        for _ in range(_MOST_STEPS):
            known = _last_known(records, tail)
            if known is not None:
                expected = offset - (len(tail) - 1 - tail[key_of(records[known])])
                if at != offset or at + known != expected:
                    self._on_event(PageShifted(self._path, offset, at + known - expected))
                return at, records, known + 1
            if at == 0 or not tail:
                # Where all of the page before is gone, some are shown twice rather than none.
                return at, records, 0
            self._forget()
            at = max(at - _STEP_BACK, 0)
            records = await self._page(at)
        self._forget()
        self._on_event(PlaceLost(self._path, offset))
        return offset, page, 0

    async def _page(self, offset: int) -> Records:
        """Read one page, and ask for those behind it meanwhile."""
        task = self._ahead.pop(offset, None) or self._ask(offset)
        for number in range(1, self._in_flight()):
            behind = offset + number * (PAGE_SIZE - 1)
            if behind not in self._ahead:
                self._ahead[behind] = self._ask(behind)
        return await task

    def _ask(self, offset: int) -> asyncio.Task[Records]:
        async def read() -> Records:
            return await self._read(offset, PAGE_SIZE)

        return asyncio.create_task(read())

    def _forget(self) -> None:
        """Drop what was asked for ahead."""
        for task in self._ahead.values():
            task.cancel()
            task.add_done_callback(_heard)
        self._ahead.clear()


async def in_order(
    items: Iterable[_T], read: Callable[[_T], Awaitable[_R]], in_flight: Callable[[], int]
) -> AsyncIterator[tuple[_T, _R]]:
    """Read several things at a time, and yield them in their order."""

    async def one(item: _T) -> _R:
        return await read(item)

    waiting: deque[tuple[_T, asyncio.Task[_R]]] = deque()
    try:
        for item in items:
            waiting.append((item, asyncio.create_task(one(item))))
            while len(waiting) >= in_flight():
                asked, task = waiting.popleft()
                yield asked, await task
        while waiting:
            asked, task = waiting.popleft()
            yield asked, await task
    finally:
        for _, task in waiting:
            task.cancel()
            task.add_done_callback(_heard)


def key_of(record: Mapping[str, Any]) -> str:
    """What a record is called in its list."""
    return str(record["id"])


def _last_known(records: Records, tail: Mapping[str, int]) -> int | None:
    """The place of the last record that was on the page before as well."""
    places = range(len(records) - 1, -1, -1)
    return next((place for place in places if key_of(records[place]) in tail), None)


def _heard(task: asyncio.Task[Any]) -> None:
    """Take note of what a dropped request failed with, which concerns nobody any more."""
    if not task.cancelled():
        task.exception()
