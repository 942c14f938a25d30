"""Reading an account back: lists, single records and counts, as fast as the account allows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

from ometria_import.config import Account
from ometria_import.config.home import Home
from ometria_import.delivery import StopSignal
from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.verification.reading.decoding import RECORD, RECORDS, Records
from ometria_import.verification.reading.events import (
    NotReadableError,
    ReadSubscriber,
    ignore_reads,
)
from ometria_import.verification.reading.listing import Listing
from ometria_import.verification.reading.pages import PagedList, ReadPage, in_order
from ometria_import.verification.reading.requests import NotFoundError, ReadRequests

_MOST_RECORDS = 1_000_000_000
"""No list is as long; a server that takes no notice of offsets has records at any."""


class AccountReads:
    """Everything that is read from one account; an async context manager.

    Several reads may be made at a time. They share the account's rate with all other readers of
    this home, and leave a running push what its error list needs.

    Raises from every method that reads:
        NotReadableError: the account does not show this path; it is not asked for again.
        TemporaryFailureError: the account failed for longer than `give_up_after_s`.
        InterruptedRunError: a stop was asked for.
    """

    def __init__(
        self,
        account: Account,
        home: Home,
        *,
        give_up_after_s: float = 3600.0,
        on_event: ReadSubscriber = ignore_reads,
        stop: StopSignal | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._on_event = on_event
        self._requests = ReadRequests(
            account,
            home,
            give_up_after_s=give_up_after_s,
            on_event=on_event,
            stop=stop,
            clock=clock,
        )

    async def __aenter__(self) -> Self:
        await self._requests.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._requests.__aexit__()

    @property
    def requests(self) -> int:
        """How many requests were made so far."""
        return self._requests.count

    @property
    def reads_per_s(self) -> float:
        """The rate at which requests leave at present, unless answers are slow."""
        return self._requests.reads_per_s

    async def count(self, listing: Listing, near: int = 0) -> int:
        """Count a list's records, in some 2·log2(n) requests; fewer if about `near` are there.

        Raises:
            NotReadableError: also where the list never ends.
        """

        async def has(number: int) -> bool:
            return await self._has(listing, number)

        least, too_many = 0, 0
        if near and await has(near):
            least = near
        elif near:
            too_many = near
        step = 1
        while not too_many:
            if await has(least + step):
                least, step = least + step, 2 * step
            else:
                too_many = least + step
        step = 1
        while near and not least and too_many > step:
            if await has(too_many - step):
                least = too_many - step
            else:
                too_many, step = too_many - step, 2 * step
        while too_many - least > 1:
            middle = (least + too_many) // 2
            if await has(middle):
                least = middle
            else:
                too_many = middle
        return least

    async def _has(self, listing: Listing, number: int) -> bool:
        """Whether a list has so many records."""
        query = {"limit": "1", "offset": str(number - 1), **listing.query}
        found = bool(await self._list(listing.path, query))
        if found and number > _MOST_RECORDS:
            raise NotReadableError(listing.path, "the list has no end, whatever its offset")
        return found

    async def one(self, listing: Listing, record_id: str) -> dict[str, Any] | None:
        """Read one record; None where the account has none."""
        path = listing.one_path(record_id)
        return await self._object(path, {}, f"{listing.path}/{{id}}")

    def ones(
        self, listing: Listing, record_ids: Iterable[str]
    ) -> AsyncGenerator[tuple[str, dict[str, Any] | None], None]:
        """Read single records, several at a time; they come in the order of the ids."""
        return in_order(record_ids, lambda each: self.one(listing, each), self._requests.in_flight)

    def pages(self, listing: Listing, start: int = 0) -> AsyncGenerator[ReadPage, None]:
        """Read a list by pages in its order, from an offset on; several are asked for at a time.

        Raises:
            ShortPageError: the account gives fewer records at a time than it was asked for.
        """
        return self._pages(listing.path, listing.query, start)

    def profile_pages(self, start: int = 0) -> AsyncGenerator[ReadPage, None]:
        """Read everybody whom the account knows, by pages; the errors are those of `pages`."""
        return self._pages("/profiles", {}, start)

    async def has(self, listing: Listing, number: int) -> bool:
        """Whether a list has so many records, in one request."""
        return await self._has(listing, number)

    async def has_profiles(self, number: int) -> bool:
        """Whether the account knows so many people, in one request."""
        return bool(await self._list("/profiles", {"limit": "1", "offset": str(number - 1)}))

    async def profile(self, email: str) -> dict[str, Any] | None:
        """Read what the account knows of the person with an email; None for nobody."""
        return await self._object("/profiles", {"email": email}, "/profiles?email=")

    async def unsubscribes(self, since: datetime, before: datetime) -> Records:
        """Read who opted out in a time, other than through the API."""
        query = {
            name: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            for name, moment in (("since", since), ("before", before))
        }
        return await self._requests.read("/unsubscribes", query, RECORDS, "/unsubscribes")

    async def deletion_requests(self) -> Records:
        """Read the requests to forget people; they contain hashes of addresses."""
        path = "/data-deletion-requests"
        return await self._requests.read(path, {}, RECORDS, path)

    def _pages(
        self, path: str, more: Mapping[str, str], start: int
    ) -> AsyncGenerator[ReadPage, None]:
        async def read(offset: int, limit: int) -> Records:
            return await self._list(path, {"limit": str(limit), "offset": str(offset), **more})

        listed = PagedList(path, read, in_flight=self._requests.in_flight, on_event=self._on_event)
        return listed.pages(start)

    async def _list(self, path: str, query: Mapping[str, str]) -> Records:
        return await self._requests.read(path, query, RECORDS, path, has_ids=True)

    async def _object(
        self, path: str, query: Mapping[str, str], family: str
    ) -> dict[str, Any] | None:
        try:
            return await self._requests.read(path, query, RECORD, family)
        except NotFoundError:
            return None
