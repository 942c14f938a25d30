"""The way of a request from its arrival to its answer.

Every request goes through `Exchange._exchange`, which alone counts, keeps, delays and answers;
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

import hmac
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ometria_import.emulator.account import Account
from ometria_import.emulator.http import endpoints, reads
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
from ometria_import.emulator.http.push_api import PushApi
from ometria_import.emulator.http.wire import NoAnswer
from ometria_import.emulator.scenarios.faults import (
    Endpoint,
    ErrorsFeed,
    Moment,
    OtherAnswer,
    OtherWriter,
    Reset,
    StaleAnswer,
)
from ometria_import.emulator.scenarios.script import Met
from ometria_import.emulator.validation.arrivals import RefusedError

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
_UNREAD = Answer(status=HTTPStatus.ACCEPTED, body="{}")
"""Of a request that a scenario keeps from being processed."""


class Exchange:
    """Answers the requests of all accounts."""

    def __init__(self, api: PushApi) -> None:
        self._api = api
        self._last_accepted: dict[str, Answer] = {}
        """The last answer to a push that each account got. Others do not count: nobody could
        recognise the `request_id` of an answer that nobody got."""
        self._jitter = random.Random(api.settings.jitter_seed)  # noqa: S311 -- no secret

    def read(self) -> Reading:
        """Note the moment in which bytes are taken from the network."""
        return Reading(time.time(), self._api.settings.clock(), time.monotonic())

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

    def _endpoint(
        self, respond: Callable[[Call], Answer]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def exchange(request: Request) -> Response:
            return await self._exchange(request, respond)

        return exchange

    async def _exchange(self, request: Request, respond: Callable[[Call], Answer]) -> Response:
        on_the_way_s, on_the_way_back_s = self._delay_s(), self._delay_s()
        reading: Reading = request.scope.get("state", {}).get("reading") or self.read()
        await self._api.wait(reading.monotonic_s + on_the_way_s - time.monotonic())
        self._api.follow_script()
        key = request.headers.get("x-ometria-auth", "").encode("latin-1")
        owners = (
            each for each in self._api.accounts.values() if hmac.compare_digest(each.key, key)
        )
        arrival = Arrival(
            request,
            endpoint_of(request.scope["path"]),
            next(owners, None),
            reading.at + on_the_way_s,
            reading.clock_s + on_the_way_s,
            on_the_way_back_s,
        )
        met = self._api.script.meet(arrival.endpoint, arrival.account_name)
        body, answer = b"", _UNREAD
        if met.ending is None:
            too_early_s = self._count(arrival)
            try:
                body = await read_body(request)
            except ClientDisconnect:
                gone = RefusedError(HTTPStatus.REQUEST_TIMEOUT, "the client disconnected")
                answer = endpoints.refuse(gone)
            else:
                met = self._api.script.meet(arrival.endpoint, arrival.account_name, body)
                self._api.follow_script()
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
                self._api.store,
                self._api.traits,
                met.each(ErrorsFeed),
                met.each(OtherWriter),
                self._api.script.chance,
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
        latency_s = self._api.latency + self._api.script.latency_s(met) + arrival.way_back_s
        row = row_of(arrival, met, answer, accepted, body, latency_s)
        self._api.keep(row, accepted, arrival.account, met)
        if ending is not None and ending.moment is Moment.HEAD:
            return NoAnswer(is_reset=isinstance(ending, Reset))
        headers = headers_of(answer, arrival, met)
        await self._api.wait(latency_s)
        if ending is not None:
            return NoAnswer(is_reset=isinstance(ending, Reset))
        if accepted and scripted is None:
            self._last_accepted[arrival.account_name or ""] = answer
        return response_of(answer, headers, met, self._api.is_stopping)

    def _count(self, arrival: Arrival) -> float:
        account = arrival.account
        if account is None or account.is_revoked:
            return 0.0
        is_push = arrival.endpoint is Endpoint.PUSH
        counter = account.pushes if is_push else account.reads
        if arrival.request.scope["path"] == f"{BASE_PATH}{_DELETIONS_PATH}":
            counter = account.deletion_reads
        return counter.admit(arrival.arrived_s)

    def _delay_s(self) -> float:
        mean_s = self._api.settings.jitter
        return self._jitter.expovariate(1 / mean_s) if mean_s else 0.0


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
