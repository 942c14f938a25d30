"""Reading a list page by page while others change the account.

Lists have offsets and no cursors, so a record that goes moves all those behind it. Each page
therefore begins with the last record of the page before. Where it does not, the place is looked
for again, so that no record is left out that was in the list all the time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ometria_import.verification.reading.decoding import Records
from ometria_import.verification.reading.events import (
    PageShifted,
    PlaceLost,
    ReadSubscriber,
    ShortPageError,
)

PAGE_SIZE = 250
"""The largest page that the API gives. Source: reference/ometria-api.md, lists."""

_STEP_BACK = 125
"""How far back a lost place is looked for at a time: a page reaches over two steps."""
_MOST_STEPS = 40
_SURELY_SHORT = 3
"""So often a page has to be short with records behind it, since a list can change meanwhile."""

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

    async def pages(self, start: int) -> AsyncGenerator[ReadPage, None]:
        """Yield the pages in their order.

        Raises:
            ShortPageError: the account gives fewer records at a time than it was asked for.
        """
        before: Mapping[str, int] = {}
        offset, is_end = start, False
        try:
            while not is_end:
                at, records, is_end = await self._next(offset, before)
                offset = at + max(len(records) - 1, 0)
                yield ReadPage(at, [each for each in records if key_of(each) not in before], offset)
                before = {key_of(each): place for place, each in enumerate(records)} or before
        finally:
            self._forget()

    async def _next(self, offset: int, before: Mapping[str, int]) -> tuple[int, Records, bool]:
        """Read on, and make sure that a short page is the end of the list.

        Returns:
            The place of the page, its records, and whether it is the end.
        """
        length = short = 0
        while True:
            at, records = await self._found(offset, before)
            if len(records) >= PAGE_SIZE:
                return at, records, False
            if length not in {0, len(records)} or not await self._read(at + len(records), 1):
                # A list that grows as it is read ends here: what comes now is not waited for.
                return at, records, True
            # There is more behind it: a record came a moment ago, or pages are always short.
            length, short = len(records), short + 1
            if short == _SURELY_SHORT:
                raise ShortPageError(
                    self._path,
                    f"{PAGE_SIZE} records were asked for and {len(records)} came, although there "
                    "are more behind them",
                    hint="Whole lists of this account cannot be trusted. Read a sample instead, "
                    "such as --sample 3000, and tell Ometria about it.",
                )
            self._forget()

    async def _found(self, offset: int, before: Mapping[str, int]) -> tuple[int, Records]:
        """Read on behind the page before, and go back if records went meanwhile.

        Args:
            offset: Where the last record of that page should be.
            before: The keys of that page, with their places in it; none for the first page.

        Returns:
            The place of the page and its records, some of which were on the page before.
        """
        page = await self._page(offset)
        if not before or (page and before.get(key_of(page[0])) == len(before) - 1):
            return offset, page
        at, records = offset, page
        for _ in range(_MOST_STEPS):
            # Where all of the page before is gone, some are shown twice rather than none.
            if at == 0 or any(key_of(each) in before for each in records):
                self._on_event(PageShifted(self._path, offset))
                return at, records
            self._forget()
            at = max(at - _STEP_BACK, 0)
            records = await self._page(at)
        self._forget()
        self._on_event(PlaceLost(self._path, offset))
        return offset, page

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
) -> AsyncGenerator[tuple[_T, _R], None]:
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


def _heard(task: asyncio.Task[Any]) -> None:
    """Take note of what a dropped request failed with, which concerns nobody any more."""
    if not task.cancelled():
        task.exception()
