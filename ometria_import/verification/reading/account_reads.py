"""Reading an account back: lists, single records and counts, as fast as the account allows."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec

from ometria_import.config import Account
from ometria_import.config.home import Home
from ometria_import.delivery import StopSignal
from ometria_import.delivery.api.feed_entries import JSON_ERRORS
from ometria_import.delivery.api.request_errors import ReadRefusedError, RetriableError
from ometria_import.delivery.pacing.limiter import Clock, PacedLimiter
from ometria_import.delivery.pacing.read_turns import ReadTurns
from ometria_import.delivery.pacing.retrying import Patience
from ometria_import.errors import InterruptedRunError
from ometria_import.verification.reading.events import (
    AnswersSlow,
    NotReadableError,
    ReadRetried,
    ReadSubscriber,
    ignore_reads,
    not_readable,
)
from ometria_import.verification.reading.listing import Listing
from ometria_import.verification.reading.pages import (
    MAX_IN_FLIGHT,
    PagedList,
    ReadPage,
    Records,
    in_order,
)

if TYPE_CHECKING:
    from ometria_import.delivery.api.account_reader import AccountReader

_MAX_PAGE_BYTES = 20_000_000
"""250 records of 60 kB, the most that the API takes in, and what others have added to them."""
_MAX_RECORD_BYTES = 2_000_000
_ATTEMPT_DEADLINE_S = 60.0
_PAUSE_AFTER_THROTTLE_S = 1.0
"""The wait after a 429 without `Retry-After`: the second over which a rate is counted."""
_NEXT_STEP = "Nothing is lost. Later: run the same command again, and it goes on from here."
_LATENCY_MEMORY = 0.2
_SLOW_AGAIN = 1.5
"""Slow answers are told of again when they take so many times as long."""
_RECORDS = msgspec.json.Decoder(Records, float_hook=Decimal)
_RECORD = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_T = TypeVar("_T")


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
        self._account = account
        self._stop = stop or StopSignal()
        self._clock = clock or Clock(sleep=self._stop.sleep)
        self._on_event = on_event
        self._limiter = PacedLimiter(account.reads_per_s, self._clock, on_event)
        self._turns = ReadTurns(home, account, self._clock)
        self._patience = Patience(give_up_after_s, self._clock, _NEXT_STEP)
        self._refused: dict[str, NotReadableError] = {}
        self._latency_s = 0.0
        self._told_slow_s = 0.0
        self._requests = 0
        self._reader: AccountReader | None = None

    async def __aenter__(self) -> Self:
        # Imported here so that only commands that use the network pay for importing httpx.
        from ometria_import.delivery.api.account_reader import AccountReader

        self._stop.attach()
        self._reader = AccountReader(
            self._account,
            attempt_deadline_s=_ATTEMPT_DEADLINE_S,
            next_step=_NEXT_STEP,
            wall=self._clock.wall,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            await self._reader.__aexit__()

    @property
    def requests(self) -> int:
        """How many requests were made so far."""
        return self._requests

    @property
    def reads_per_s(self) -> float:
        """The rate at which requests leave at present, unless answers are slow."""
        per_latency = MAX_IN_FLIGHT / self._latency_s if self._latency_s else math.inf
        return min(self._limiter.rate_per_s, per_latency)

    async def count(self, listing: Listing, near: int = 0) -> int:
        """Count a list's records, in some 2·log2(n) requests; fewer if about `near` are there."""

        async def has(number: int) -> bool:
            """Whether there are so many."""
            query = {"limit": "1", "offset": str(number - 1), **listing.query}
            return bool(await self._list(listing.path, query))

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

    async def one(self, listing: Listing, record_id: str) -> dict[str, Any] | None:
        """Read one record; None where the account has none."""
        path = listing.one_path(record_id)
        return await self._object(path, {}, f"{listing.path}/{{id}}")

    def ones(
        self, listing: Listing, record_ids: Iterable[str]
    ) -> AsyncGenerator[tuple[str, dict[str, Any] | None], None]:
        """Read single records, several at a time; they come in the order of the ids."""
        return in_order(record_ids, lambda each: self.one(listing, each), self._in_flight)

    def pages(self, listing: Listing, start: int = 0) -> AsyncGenerator[ReadPage, None]:
        """Read a list by pages in its order, from an offset on; several are asked for at a time.

        Raises:
            ShortPageError: the account gives fewer records at a time than it was asked for.
        """

        async def read(offset: int, limit: int) -> Records:
            query = {"limit": str(limit), "offset": str(offset), **listing.query}
            return await self._list(listing.path, query)

        listed = PagedList(listing.path, read, in_flight=self._in_flight, on_event=self._on_event)
        return listed.pages(start)

    async def profile(self, email: str) -> dict[str, Any] | None:
        """Read what the account knows of the person with an email; None for nobody."""
        return await self._object("/profiles", {"email": email}, "/profiles?email=")

    async def unsubscribes(self, since: datetime, before: datetime) -> Records:
        """Read who opted out in a time, other than through the API."""
        query = {
            name: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            for name, moment in (("since", since), ("before", before))
        }
        return await self._read("/unsubscribes", query, _RECORDS, "/unsubscribes")

    async def _list(self, path: str, query: Mapping[str, str]) -> Records:
        return await self._read(path, query, _RECORDS, path, has_ids=True)

    async def _object(
        self, path: str, query: Mapping[str, str], family: str
    ) -> dict[str, Any] | None:
        try:
            return await self._read(path, query, _RECORD, family)
        except _NotFoundError:
            return None

    async def _read(
        self,
        path: str,
        query: Mapping[str, str],
        decoder: msgspec.json.Decoder[_T],
        family: str,
        *,
        has_ids: bool = False,
    ) -> _T:
        """Read until there is an answer.

        Args:
            path: The address, from the base address on.
            query: The parameters.
            decoder: Of what the answer has to be.
            family: What messages call it: no record is named, and who may not read one of a
                family may not read any.
            has_ids: Whether each record of the answer must have an id.
        """

        async def attempt() -> _T:
            if known := self._refused.get(family):
                raise known
            try:
                content = await self._get(path, query)
            except ReadRefusedError as error:
                if error.status == HTTPStatus.NOT_FOUND and decoder is _RECORD:
                    raise _NotFoundError from None
                refusal = not_readable(family, error.message, error.status, self._account.key_env)
                self._refused[family] = refusal
                raise refusal from None
            return _decoded(content, decoder, has_ids=has_ids)

        def tell(number: int, error: RetriableError, wait_s: float) -> None:
            self._on_event(ReadRetried(family, number, error.message, wait_s))

        answer, _ = await self._patience.insist(attempt, tell)
        return answer

    async def _get(self, path: str, query: Mapping[str, str]) -> bytes:
        """Make one request when it is its turn."""
        if self._reader is None:
            message = "AccountReads is used outside of its block"
            raise RuntimeError(message)
        await self._limiter.acquire()
        sent_at = await self._turns.acquire()
        self._requests += 1
        is_list = "limit" in query or path == "/unsubscribes"
        reading = self._reader.get(path, query, _MAX_PAGE_BYTES if is_list else _MAX_RECORD_BYTES)
        try:
            with self._limiter.request():
                content = await self._unless_stopped(reading)
        except RetriableError as error:
            self._heed(error, sent_at)
            raise
        except ReadRefusedError:
            self._limiter.accepted(sent_at)
            raise
        self._limiter.accepted(sent_at)
        self._measure(self._clock.monotonic() - sent_at)
        return content

    def _heed(self, error: RetriableError, sent_at: float) -> None:
        """Slow down for the rate, and obey the wait that the server asks for."""
        wait_s = error.retry_after_s
        if error.is_throttled:
            self._limiter.refused(sent_at)
            wait_s = _PAUSE_AFTER_THROTTLE_S if wait_s is None else wait_s
        if wait_s:
            self._limiter.pause(wait_s, error.message)
            self._turns.pause(wait_s)

    async def _unless_stopped(self, reading: Coroutine[Any, Any, _T]) -> _T:
        """Wait for an answer, but not once a stop is asked for: a read changes nothing."""
        answer = asyncio.create_task(reading)
        stopping = asyncio.create_task(self._stop.changed())
        try:
            await asyncio.wait({answer, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise InterruptedRunError("stopped while the account was read")
            return answer.result()
        finally:
            stopping.cancel()
            answer.cancel()

    def _measure(self, took_s: float) -> None:
        """Note how long an answer took, and tell if the rate cannot be used for it."""
        weight = _LATENCY_MEMORY if self._latency_s else 1.0
        self._latency_s += weight * (took_s - self._latency_s)
        slow_s = max(_SLOW_AGAIN * self._told_slow_s, MAX_IN_FLIGHT / self._limiter.rate_per_s)
        if self._latency_s > slow_s:
            self._told_slow_s = self._latency_s
            self._on_event(AnswersSlow(self._latency_s, self.reads_per_s))

    def _in_flight(self) -> int:
        """How many requests keep the rate: those that await an answer, and one for the turn."""
        return min(math.ceil(self._limiter.rate_per_s * self._latency_s) + 1, MAX_IN_FLIGHT)


class _NotFoundError(Exception):
    """There is no such record."""


def _decoded(content: bytes, decoder: msgspec.json.Decoder[_T], *, has_ids: bool) -> _T:
    """What an answer says.

    Raises:
        RetriableError: it is not what it has to be.
    """
    try:
        answer = decoder.decode(content)
    except (*JSON_ERRORS, ArithmeticError, ValueError) as error:
        raise RetriableError(f"the answer is not the API's JSON: {error}") from None
    if has_ids and isinstance(answer, list):
        nameless = sum(not isinstance(each.get("id"), str | int) for each in answer)
        if nameless:
            raise RetriableError(f"{nameless} of {len(answer)} records came without an id")
    return answer
