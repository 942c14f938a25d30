"""The application: who may ask, how often, and that nothing goes unrecorded.

Every request goes through `PushApi._exchange`, which alone counts, keeps, delays and answers;
what a path does stands in `endpoints`. Assumptions, where the documentation is silent:

- 403, 429 for the rate, 400 and 429 for the queue are looked for in this order. A push that is
  refused for its body counts against the rate; a request without a good key does not.
- 429 carries `Retry-After` in whole seconds, and every push with a good key queue headers.
- The latency holds for every answer, a refusal too. So does the jitter, once on each way.

Unlike the API it speaks plain HTTP, on loopback addresses only.
"""

from __future__ import annotations

import asyncio
import hmac
import math
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ometria_import.emulator import endpoints
from ometria_import.emulator.account import Account
from ometria_import.emulator.arrivals import MAX_BODY_BYTES, RefusedError
from ometria_import.emulator.endpoints import Answer, Call
from ometria_import.emulator.settings import Settings
from ometria_import.emulator.store import RequestRow, Store

BASE_PATH = "/v2"

_PUSH_PATH = f"{BASE_PATH}/push"
_READS: dict[str, Callable[[Call], Answer]] = {
    "/push/_errors": endpoints.errors,
    "/products": endpoints.products,
    "/products/{id}": endpoints.product,
    "/orders": endpoints.orders,
    "/orders/{id}": endpoints.order,
    "/contacts": endpoints.collections,
    "/contacts/{collection}": endpoints.contacts,
    "/contacts/{collection}/{id}": endpoints.contact,
}
_DRAIN_PAUSE_S = 0.01


class PushApi:
    """Both accounts and the way of a request from its arrival to its answer."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        keys = {"staging": settings.staging_key, "live": settings.live_key}
        self._accounts = [Account(name, key, settings) for name, key in keys.items()]
        left_over = store.waiting()
        for account in self._accounts:
            account.load(store, [each for each in left_over if each.account == account.name])
        self._has_waiting = asyncio.Event()
        self._has_waiting.set()
        self._is_stopping = asyncio.Event()
        self._jitter = random.Random(settings.jitter_seed)  # noqa: S311 -- no secret hangs on it

    @property
    def waiting(self) -> int:
        """Records in both queues; may be read from another thread."""
        return sum(account.waiting for account in self._accounts)

    def stop_waiting(self) -> None:
        """Let the answers that are held back for latency go at once."""
        self._is_stopping.set()

    def routes(self) -> list[Route]:
        """All endpoints. Assumption: those that read share one rate."""
        reads = [
            Route(f"{BASE_PATH}{path}", self._endpoint(respond), methods=["GET"])
            for path, respond in _READS.items()
        ]
        return [Route(_PUSH_PATH, self._endpoint(endpoints.push), methods=["POST"]), *reads]

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
            did_any = [account.drain(self._store) for account in self._accounts]
            if not self.waiting:
                self._has_waiting.clear()
            await asyncio.sleep(0 if any(did_any) else _DRAIN_PAUSE_S)

    def _endpoint(
        self, respond: Callable[[Call], Answer]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def exchange(request: Request) -> Response:
            return await self._exchange(request, respond)

        return exchange

    async def _exchange(self, request: Request, respond: Callable[[Call], Answer]) -> Response:
        on_the_way_s, on_the_way_back_s = self._delay_s(), self._delay_s()
        await self._wait(on_the_way_s)
        arrived_at = time.time()
        account = self._account_of(request)
        is_push = request.scope["path"] == _PUSH_PATH
        too_early_s = self._count(account, is_push=is_push)
        body = b""
        try:
            body = await _read_body(request)
            admitted = _admitted(account, too_early_s)
            answer = respond(Call(request, admitted, body, self._store))
        except RefusedError as refusal:
            answer = endpoints.refuse(refusal)
        except ClientDisconnect:
            gone = RefusedError(HTTPStatus.REQUEST_TIMEOUT, "the sender hung up")
            answer = endpoints.refuse(gone)
        self._keep(_row(request, account, answer, arrived_at, body), answer, account)
        headers = _headers(answer, account if is_push else None)
        await self._wait(self._settings.latency + on_the_way_back_s)
        return Response(answer.body, answer.status, headers, media_type="application/json")

    def _account_of(self, request: Request) -> Account | None:
        given = request.headers.get("x-ometria-auth", "").encode("latin-1")
        for account in self._accounts:
            if hmac.compare_digest(account.key, given):
                return account
        return None

    def _count(self, account: Account | None, *, is_push: bool) -> float:
        if account is None:
            return 0.0
        counter = account.pushes if is_push else account.reads
        return counter.admit(self._settings.clock())

    def _keep(self, row: RequestRow, answer: Answer, account: Account | None) -> None:
        accepted = answer.offered if answer.status == HTTPStatus.ACCEPTED else ()
        waiting = self._store.add_request(row, accepted)
        if account is not None and waiting:
            account.enqueue(waiting)
            self._has_waiting.set()

    def _delay_s(self) -> float:
        mean_s = self._settings.jitter
        return self._jitter.expovariate(1 / mean_s) if mean_s else 0.0

    async def _wait(self, seconds: float) -> None:
        """Let time pass, but not once the emulator stops."""
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_stopping.wait(), seconds)


class _EncodedPaths:
    """Matches paths as they were sent, so that an id may hold an encoded slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = scope["raw_path"].decode("ascii")
        await self._app(scope, receive, send)


def create_app(settings: Settings) -> Starlette:
    """Make the application; its `state` has the `PushApi` as `api` and the `database`'s path.

    The database is opened here and closed when the application shuts down.

    Raises:
        EmulatorError: the database cannot be used.
    """
    cleanup = ExitStack()
    database = settings.database
    if database is None:
        folder = tempfile.TemporaryDirectory(prefix="ometria-emulator-")
        database = Path(cleanup.enter_context(folder)) / "emulator.db"
    store = Store(database)
    cleanup.callback(store.close)
    api = PushApi(settings, store)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        with cleanup:
            draining = asyncio.create_task(api.drain_forever())
            try:
                yield
            finally:
                draining.cancel()
                with suppress(asyncio.CancelledError):
                    await draining

    app = Starlette(
        routes=api.routes(),
        middleware=[Middleware(_EncodedPaths)],
        exception_handlers={HTTPException: api.answer_stray},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.api = api
    app.state.database = database
    return app


def _row(
    request: Request, account: Account | None, answer: Answer, arrived_at: float, body: bytes
) -> RequestRow:
    return RequestRow(
        account=account.name if account else None,
        method=request.method,
        path=request.scope["path"],
        arrived_at=arrived_at,
        status=answer.status,
        body=body,
        retry_after_s=answer.retry_after_s,
        reason=answer.reason,
        request_id=answer.request_id,
        records=len(answer.offered),
        object_type=answer.offered[0].key.object_type if answer.offered else None,
    )


def _headers(answer: Answer, pushed_to: Account | None) -> dict[str, str]:
    headers = {}
    if answer.retry_after_s is not None:
        headers["Retry-After"] = str(answer.retry_after_s)
    if pushed_to is not None:
        headers["X-QueueSize-Limit"] = str(pushed_to.queue_limit)
        headers["X-QueueSize-Remaining"] = str(pushed_to.queue_remaining)
    return headers


def _admitted(account: Account | None, too_early_s: float) -> Account:
    if account is None:
        raise RefusedError(HTTPStatus.FORBIDDEN, "X-Ometria-Auth: no such API key")
    if too_early_s:
        retry_after_s = max(1, math.ceil(too_early_s))
        raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests", retry_after_s)
    return account


async def _read_body(request: Request) -> bytes:
    """Take the whole body in, but keep no more of it than shows that it is too large."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        if size <= MAX_BODY_BYTES:
            parts.append(part)
        size += len(part)
    return b"".join(parts)
