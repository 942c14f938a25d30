"""Making read requests at the rate that an account allows, until each has its answer."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec

from ometria_import.config import Account
from ometria_import.config.home import Home
from ometria_import.delivery import StopSignal
from ometria_import.delivery.api.request_errors import ReadRefusedError, RetriableError
from ometria_import.delivery.pacing.limiter import Clock, PacedLimiter
from ometria_import.delivery.pacing.read_turns import ReadTurns
from ometria_import.delivery.pacing.retrying import Patience
from ometria_import.errors import InterruptedRunError
from ometria_import.verification.reading.decoding import RECORD, decoded
from ometria_import.verification.reading.events import (
    AnswersSlow,
    NotReadableError,
    ReadRetried,
    ReadSubscriber,
    not_readable,
)

if TYPE_CHECKING:
    from ometria_import.delivery.api.account_reader import AccountReader

MAX_IN_FLIGHT = 8
_MAX_PAGE_BYTES = 20_000_000
"""250 records of 60 kB, the most that the API takes in, and what others have added to them."""
_MAX_RECORD_BYTES = 2_000_000
_WHOLE_LISTS = frozenset({"/unsubscribes", "/data-deletion-requests"})
"""Lists without paging."""
_ATTEMPT_DEADLINE_S = 60.0
_PAUSE_AFTER_THROTTLE_S = 1.0
"""The wait after a 429 without `Retry-After`: the second over which a rate is counted."""
_NEXT_STEP = "Nothing is lost. Later: run the same command again, and it goes on from here."
_LATENCY_MEMORY = 0.2
_SLOW_AGAIN = 1.5
"""Slow answers are told of again when they take so many times as long."""
_T = TypeVar("_T")


class NotFoundError(Exception):
    """There is no such record."""


class ReadRequests:
    """The requests that read one account; an async context manager."""

    def __init__(
        self,
        account: Account,
        home: Home,
        *,
        give_up_after_s: float,
        on_event: ReadSubscriber,
        stop: StopSignal | None,
        clock: Clock | None,
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
        self.count = 0
        """How many requests were made so far."""
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
    def reads_per_s(self) -> float:
        """The rate at which requests leave at present."""
        per_latency = MAX_IN_FLIGHT / self._latency_s if self._latency_s else math.inf
        return min(self._limiter.rate_per_s, per_latency)

    async def read(
        self,
        path: str,
        query: Mapping[str, str],
        decoder: msgspec.json.Decoder[_T],
        family: str,
        *,
        has_ids: bool = False,
    ) -> _T:
        """Read until there is an answer; the errors are those of `AccountReads`.

        Args:
            path: The address, from the base address on.
            query: The parameters.
            decoder: Of what the answer has to be.
            family: What messages call it: no record is named, and who may not read one of a
                family may not read any.
            has_ids: Whether each record of the answer must have an id.

        Raises:
            NotFoundError: there is no such record.
        """

        async def attempt() -> _T:
            if known := self._refused.get(family):
                raise known
            try:
                content = await self._get(path, query)
            except ReadRefusedError as error:
                if error.status == HTTPStatus.NOT_FOUND and decoder is RECORD:
                    raise NotFoundError from None
                refusal = not_readable(family, error.message, error.status, self._account.key_words)
                self._refused[family] = refusal
                raise refusal from None
            return decoded(content, decoder, has_ids=has_ids)

        def tell(number: int, error: RetriableError, wait_s: float) -> None:
            self._on_event(ReadRetried(family, number, error.message, wait_s))

        answer, _ = await self._patience.insist(attempt, tell)
        return answer

    async def _get(self, path: str, query: Mapping[str, str]) -> bytes:
        """Make one request when it is its turn."""
        if self._reader is None:
            message = "an account is read outside of its block"
            raise RuntimeError(message)
        await self._limiter.acquire()
        sent_at = await self._turns.acquire()
        self.count += 1
        is_list = "limit" in query or path in _WHOLE_LISTS
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

    def in_flight(self) -> int:
        """How many requests keep the rate: those that await an answer, and one for the turn."""
        return min(math.ceil(self._limiter.rate_per_s * self._latency_s) + 1, MAX_IN_FLIGHT)
