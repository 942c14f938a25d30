"""The way of a request from its arrival to its answer.

Every request goes through `PushApi._exchange`, which alone counts, keeps, delays and answers;
what a path does stands in `endpoints`, what goes wrong in `script`. Assumptions, where the
documentation is silent:

- 403, 429 for the rate, 400 and 429 for the queue are looked for in this order. A push that is
  refused for its body counts against the rate; a request without a good key does not.
- A key that may not read a path is told so within the rate, by another 403.
- 429 carries `Retry-After` in whole seconds, and every push with a good key queue headers.
- The latency holds for every answer, a refusal too. So does the jitter, once on each way.

What a scenario wants comes before all of these.
"""

from __future__ import annotations

import asyncio
import hmac
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ometria_import.emulator.account import Account, LateMark
from ometria_import.emulator.http import endpoints, reads
from ometria_import.emulator.http.connections import ConnectionControl
from ometria_import.emulator.http.disguise import disguise
from ometria_import.emulator.http.endpoints import Answer, Call
from ometria_import.emulator.http.incoming import (
    BASE_PATH,
    PUSH_PATH,
    Arrival,
    Reading,
    endpoint_of,
    read_body,
)
from ometria_import.emulator.http.outcome import headers_of, response_of, row_of
from ometria_import.emulator.http.wire import NoAnswer
from ometria_import.emulator.scenarios.faults import (
    Endpoint,
    ErrorsFeed,
    Moment,
    OtherAnswer,
    OtherWriter,
    Refuse,
    Reset,
    StaleAnswer,
)
from ometria_import.emulator.scenarios.scenario import Scenario
from ometria_import.emulator.scenarios.script import Met, Script
from ometria_import.emulator.settings import Settings
from ometria_import.emulator.storage.deletions import Deletion
from ometria_import.emulator.storage.others import OtherRecord, put_record
from ometria_import.emulator.storage.store import RequestRow, Store
from ometria_import.emulator.storage.unsubscribes import Unsubscribe
from ometria_import.emulator.traits import Traits
from ometria_import.emulator.validation.arrivals import ReceivedRecord, RefusedError
from ometria_import.emulator.validation.rules import Finding

_DELETIONS_PATH = "/data-deletion-requests"
_READS: dict[str, Callable[[Call], Answer]] = {
    "/push/_errors": endpoints.errors,
    "/products": reads.products,
    "/products/{id}": reads.product,
    "/orders": reads.orders,
    "/orders/{id}": reads.order,
    "/contacts": reads.collections,
    "/contacts/{collection}": reads.contacts,
    "/contacts/{collection}/{id}": reads.contact,
    "/profiles": reads.profiles,
    "/profiles/": reads.profiles,
    "/profiles/{id}": reads.profile,
    "/unsubscribes": reads.unsubscribes,
    _DELETIONS_PATH: reads.deletions,
}
_PAUSE_S = 0.01
_CALL_WITHIN_S = 10
_Result = TypeVar("_Result")
_UNREAD = Answer(status=HTTPStatus.ACCEPTED, body="{}")
"""Of a request that a scenario keeps from being processed."""


class PushApi:
    """All accounts, and the scenario that is being played."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self.accounts = {name: Account(name, key, settings) for name, key in settings.keys.items()}
        left_over = store.waiting()
        for account in self.accounts.values():
            account.load(store, [each for each in left_over if each.account == account.name])
        self.connections = ConnectionControl()
        self.latency = settings.latency
        """Seconds, as in the settings; may be changed at any time."""
        self.own_traits = settings.traits
        """What holds while a scenario says nothing of it; may be changed at any time."""
        self._script = Script(settings.scenario or Scenario(), settings.clock)
        self._goes_by_clock = asyncio.Event()
        self._has_waiting = asyncio.Event()
        self._has_waiting.set()
        self._is_stopping = asyncio.Event()
        self._last_accepted: dict[str, Answer] = {}
        """What the last push of each account was told, as it was told: of an answer that nobody
        got, nobody could know the `request_id` again."""
        self._jitter = random.Random(settings.jitter_seed)  # noqa: S311 -- no secret hangs on it
        self.play(self._script.scenario)

    @property
    def traits(self) -> Traits:
        """How the server keeps and shows what it has."""
        return self._script.scenario.server or self.own_traits

    @property
    def waiting(self) -> int:
        """Records in both queues; may be read from another thread."""
        return sum(account.waiting for account in self.accounts.values())

    def play(self, scenario: Scenario) -> None:
        """Begin a scenario; the one before ends, and with it what it changed."""
        self._script = Script(scenario, self._settings.clock)
        self.follow_script()
        if self._script.has_spells:
            self._goes_by_clock.set()

    def add_unsubscribes(self, account: str, events: Sequence[Unsubscribe]) -> None:
        """Let people have unsubscribed by other ways than the API."""
        self._store.add_unsubscribes(account, events)

    def remove_unsubscribes(self, account: str) -> None:
        """Let nobody have unsubscribed by another way than the API."""
        self._store.remove_unsubscribes(account)

    def add_deletions(self, account: str, requests: Sequence[Deletion]) -> None:
        """Let people have asked the account to forget them."""
        self.accounts[account].deletions += requests

    def remove_deletions(self, account: str) -> None:
        """Let nobody have asked the account to be forgotten."""
        self.accounts[account].deletions.clear()

    def put_records(self, account: str, wanted: Sequence[OtherRecord]) -> None:
        """Let somebody else have written these records, or deleted them."""
        for each in wanted:
            put_record(self._store.records, account, each)

    def work_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Know the loop that alone may touch anything of this."""
        self._loop = loop

    def call(self, change: Callable[[], _Result]) -> _Result:
        """Do something on the emulator's own thread; for callers on another one."""

        async def done() -> _Result:
            return change()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(_CALL_WITHIN_S)

    def state(self) -> dict[str, Any]:
        """What holds now, as the admin endpoint shows it."""
        return {
            "scenario": self._script.scenario.name,
            "seconds": self._settings.clock() - self._script.started_s,
            "connections": self.connections.mode,
            "latency": self.latency,
            "server": msgspec.to_builtins(self.traits),
            "faults": self._script.counts(),
            "accounts": {name: account.state() for name, account in self.accounts.items()},
        }

    def read(self) -> Reading:
        """Note the moment in which bytes are taken from the network."""
        return Reading(time.time(), self._settings.clock(), time.monotonic())

    def stop_waiting(self) -> None:
        """Let the answers that are held back for latency go at once."""
        self._is_stopping.set()

    def routes(self) -> list[Route]:
        """All endpoints. Assumption: those that read share one rate."""
        reads = [
            Route(f"{BASE_PATH}{path}", self._endpoint(respond), methods=["GET"])
            for path, respond in _READS.items()
        ]
        return [Route(PUSH_PATH, self._endpoint(endpoints.push), methods=["POST"]), *reads]

    async def answer_stray(self, request: Request, error: Exception) -> Response:
        """Answer and keep a request whose path or method is not the API's."""
        status = HTTPStatus(getattr(error, "status_code", HTTPStatus.NOT_FOUND))
        refusal = RefusedError(status, status.phrase)

        def respond(_: Call) -> Answer:
            raise refusal

        return await self._exchange(request, respond)

    async def drain_forever(self) -> None:
        """Validate and store what waits; requests get their turn between the steps."""
        while True:
            await self._has_waiting.wait()
            did_any = [
                account.drain(self._store, self.traits) for account in self.accounts.values()
            ]
            if not self.waiting:
                self._has_waiting.clear()
            await asyncio.sleep(0 if any(did_any) else _PAUSE_S)

    async def follow_the_clock(self) -> None:
        """Let a scenario's states begin and end by themselves."""
        while True:
            await self._goes_by_clock.wait()
            self.follow_script()
            if not self._script.has_spells:
                self._goes_by_clock.clear()
            await asyncio.sleep(_PAUSE_S)

    def follow_script(self) -> None:
        """Let the states hold that the script has now, and no others."""
        spells = self._script.spells()
        for account in self.accounts.values():
            account.cast(spells)
            if account.let_others_send():
                self._has_waiting.set()
        refusals = [spell.how for spell in spells if isinstance(spell, Refuse)]
        self.connections.move(refusals[0] if refusals else "open")

    def _endpoint(
        self, respond: Callable[[Call], Answer]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def exchange(request: Request) -> Response:
            return await self._exchange(request, respond)

        return exchange

    async def _exchange(self, request: Request, respond: Callable[[Call], Answer]) -> Response:
        on_the_way_s, on_the_way_back_s = self._delay_s(), self._delay_s()
        reading: Reading = request.scope.get("state", {}).get("reading") or self.read()
        await self._wait(reading.monotonic_s + on_the_way_s - time.monotonic())
        self.follow_script()
        key = request.headers.get("x-ometria-auth", "").encode("latin-1")
        owners = (each for each in self.accounts.values() if hmac.compare_digest(each.key, key))
        arrival = Arrival(
            request,
            endpoint_of(request.scope["path"]),
            next(owners, None),
            reading.at + on_the_way_s,
            reading.clock_s + on_the_way_s,
            on_the_way_back_s,
        )
        met = self._script.meet(arrival.endpoint, arrival.account_name)
        body, answer = b"", _UNREAD
        if met.ending is None:
            too_early_s = self._count(arrival)
            try:
                body = await read_body(request)
            except ClientDisconnect:
                gone = RefusedError(HTTPStatus.REQUEST_TIMEOUT, "the client disconnected")
                answer = endpoints.refuse(gone)
            else:
                met = self._script.meet(arrival.endpoint, arrival.account_name, body)
                self.follow_script()
                answer = self._process(arrival, respond, met, body, too_early_s)
        return await self._settle(arrival, met, body, answer)

    def _process(
        self,
        arrival: Arrival,
        respond: Callable[[Call], Answer],
        met: Met,
        body: bytes,
        too_early_s: float,
    ) -> Answer:
        """What the push API itself does and says."""
        scripted, ending = met.first(OtherAnswer), met.ending
        if ending is not None and ending.moment is not Moment.PROCESSED:
            return _UNREAD
        stale = self._last_accepted.get(arrival.account_name or "")
        if stale is not None and met.first(StaleAnswer):
            return replace(stale, offered=(), request_id=None)
        if scripted is not None and not scripted.is_processed:
            return _UNREAD
        try:
            call = Call(
                arrival.request,
                _admitted(arrival, too_early_s),
                body,
                self._store,
                self.traits,
                met.each(ErrorsFeed),
                met.each(OtherWriter),
                self._script.chance,
            )
            return respond(call)
        except RefusedError as refusal:
            return endpoints.refuse(refusal)

    async def _settle(self, arrival: Arrival, met: Met, body: bytes, answer: Answer) -> Response:
        """Keep what came of a request, and make the answer that is sent."""
        scripted, ending = met.first(OtherAnswer), met.ending
        accepted = answer.offered if answer.status == HTTPStatus.ACCEPTED else ()
        if scripted is not None and accepted and scripted.drop:
            accepted = accepted[: -scripted.drop]
        # A push that is refused for a reason of its own is not told that all is well.
        is_refused = answer is not _UNREAD and answer.status >= HTTPStatus.MULTIPLE_CHOICES
        if scripted is not None and not (is_refused and scripted.is_processed):
            answer = disguise(answer, scripted)
        latency_s = self.latency + self._script.latency_s(met) + arrival.way_back_s
        row = row_of(arrival, met, answer, accepted, body, latency_s)
        self._keep(row, accepted, arrival.account, met)
        if ending is not None and ending.moment is Moment.HEAD:
            return NoAnswer(is_reset=isinstance(ending, Reset))
        headers = headers_of(answer, arrival, met)
        await self._wait(latency_s)
        if ending is not None:
            return NoAnswer(is_reset=isinstance(ending, Reset))
        if accepted and scripted is None:
            self._last_accepted[arrival.account_name or ""] = answer
        return response_of(answer, headers, met, self._is_stopping)

    def _count(self, arrival: Arrival) -> float:
        account = arrival.account
        if account is None or account.is_revoked:
            return 0.0
        is_push = arrival.endpoint is Endpoint.PUSH
        counter = account.pushes if is_push else account.reads
        if arrival.request.scope["path"] == f"{BASE_PATH}{_DELETIONS_PATH}":
            counter = account.deletion_reads
        return counter.admit(arrival.arrived_s)

    def _keep(
        self,
        row: RequestRow,
        accepted: Sequence[ReceivedRecord],
        account: Account | None,
        met: Met,
    ) -> None:
        waiting = self._store.add_request(row, accepted)
        if account is None or not waiting:
            return
        marks = {}
        for each in waiting:
            late = self._script.late_refusal(met, each.key.id, each.body)
            if late is not None:
                finding = Finding(late.message, late.path)
                marks[each.receipt] = LateMark(row.arrived_s + late.after_s, finding)
        account.enqueue(waiting, marks)
        self._has_waiting.set()

    def _delay_s(self) -> float:
        mean_s = self._settings.jitter
        return self._jitter.expovariate(1 / mean_s) if mean_s else 0.0

    async def _wait(self, seconds: float) -> None:
        """Let time pass, but not once the emulator stops."""
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_stopping.wait(), seconds)


def _admitted(arrival: Arrival, too_early_s: float) -> Account:
    account = arrival.account
    if account is None or account.is_revoked:
        raise RefusedError(HTTPStatus.FORBIDDEN, "X-Ometria-Auth: no such API key")
    if too_early_s:
        retry_after_s = max(1, math.ceil(too_early_s))
        raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests", retry_after_s)
    if arrival.read_path in account.unreadable:
        message = "API key is not authorised to access this resource"
        raise RefusedError(HTTPStatus.FORBIDDEN, message)
    return account
