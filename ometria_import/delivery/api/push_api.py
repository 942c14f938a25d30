"""The push API over HTTP: one request per batch, and the meaning of each answer.

No exception of httpx leaves this module, and so no object that holds the key.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import msgspec

from ometria_import.config import Account
from ometria_import.delivery.api.answer_watch import StrayAnswerError
from ometria_import.delivery.api.client import (
    NETWORK_ERRORS,
    AccountClient,
    header_number,
    read_body,
    request_headers,
    retry_after_s,
)
from ometria_import.delivery.api.failures import network_failure
from ometria_import.delivery.api.feed_entries import JSON_ERRORS
from ometria_import.delivery.api.proxies import proxy_error
from ometria_import.delivery.api.sink import BatchRefusedError, Receipt, RetriableSinkError, Sink
from ometria_import.errors import (
    ABOUT_KEYS,
    AccountRefusedError,
    OmetriaImportError,
)
from ometria_import.package import Batch
from ometria_import.problems import shorten

ATTEMPT_DEADLINE_S = 60.0
_MAX_ANSWER_BYTES = 1_000_000
_EXCERPT_CHARS = 500
_NEXT_STEP = "Then: ometria-import resume"
_MAX_COUNT = 1_000_000_000
_OWN_WORDS = frozenset({"status", "accepted"})
"""An answer with neither comes from elsewhere, such as a proxy that asks for a password."""
_REFUSED_CONTENT = frozenset({400, 413, 422})
_REFUSED_ACCOUNT = frozenset({401, 403, 404})
_PROXY_WANTS_PASSWORD = 407
_REQUEST_TIMEOUT = 408
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class UniqueAnswers:
    """Passes batches on, and rejects an answer whose `request_id` was in an earlier answer.

    A server or a proxy that repeats an old answer has not processed the request that it
    answers with it.

    Raises from `send`, besides what the inner sink raises:
        RetriableSinkError: the answer belongs to another request; the batch is in doubt.
    """

    def __init__(self, sink: Sink, known: Iterable[str] = ()) -> None:
        """`known` are the request ids in the answers of the run's earlier sessions."""
        self._sink = sink
        # Hashes need a third of the memory, and a chance collision only costs one more request.
        self._seen = set(map(hash, known))

    async def send(self, batch: Batch) -> Receipt:
        """Send a batch; an answer without a `request_id` is trusted."""
        receipt = await self._sink.send(batch)
        name = receipt.request_id
        if name and hash(name) in self._seen:
            raise RetriableSinkError(
                f"the answer repeats the request_id {name} of an earlier one, so it says nothing "
                "of this request"
            )
        self._seen.add(hash(name))
        return receipt


class PushApiSink(AccountClient):
    """Sends batches to one account."""

    def __init__(
        self,
        account: Account,
        *,
        attempt_deadline_s: float = ATTEMPT_DEADLINE_S,
        wall: Callable[[], float] = time.time,
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(account, attempt_deadline_s, wall, authorities)

    async def send(self, batch: Batch) -> Receipt:
        """Make one request; the total time is bounded whatever the server does."""
        began = time.monotonic()
        failure: OmetriaImportError
        try:
            async with asyncio.timeout(self._deadline_s):
                response, content = await self._post(batch.body)
        except TimeoutError:
            failure = RetriableSinkError(f"no whole answer within {self._deadline_s:g} s")
        except NETWORK_ERRORS as error:
            failure = network_failure(error, self._account, RetriableSinkError, _NEXT_STEP)
        else:
            return self._receipt(response, content, time.monotonic() - began)
        # Raised out here so that no traceback leads to the request and its headers.
        raise failure

    async def _post(self, body: bytes) -> tuple[httpx.Response, bytes]:
        request = self._client.stream(
            "POST",
            f"{self._account.base_url}/push",
            content=body,
            headers={**request_headers(self._account), "Content-Type": "application/json"},
        )
        async with request as response:
            try:
                return response, await read_body(response, _MAX_ANSWER_BYTES)
            except StrayAnswerError as stray:
                stray.retry_after_s = retry_after_s(response.headers, self._wall())
                raise

    def _receipt(self, response: httpx.Response, content: bytes, latency_s: float) -> Receipt:
        answer = self._excerpt(content)
        if not response.is_success:
            raise self._refusal(response, answer)
        try:
            said = msgspec.json.decode(content)
        except JSON_ERRORS:
            said = None
        if not (isinstance(said, dict) and _OWN_WORDS & said.keys()):
            raise RetriableSinkError(
                f"answered {response.status_code}, but not with the push API's JSON: "
                f"{shorten(answer)}"
            )
        return Receipt(
            status=response.status_code,
            request_id=self._excerpt(str(said.get("request_id") or "").encode()),
            accepted=_count(said, "accepted"),
            rejected=_count(said, "rejected"),
            skipped=_count(said, "skipped"),
            is_ok=str(said.get("status", "OK")).upper() == "OK",
            answer=answer,
            latency_s=latency_s,
            queue_limit=header_number(response, "X-QueueSize-Limit"),
            queue_remaining=header_number(response, "X-QueueSize-Remaining"),
        )

    def _refusal(self, response: httpx.Response, answer: str) -> OmetriaImportError:
        status, name = response.status_code, self._account.name
        said = f"the push API answered {status}" + (f": {shorten(answer)}" if answer else "")
        if status == _PROXY_WANTS_PASSWORD:
            return proxy_error(self._account, f"{status} {answer}".strip())
        if status in _REFUSED_CONTENT:
            return BatchRefusedError(said, status=status, answer=answer)
        if status in {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS} or status >= _SERVER_ERROR:
            return RetriableSinkError(
                said,
                retry_after_s=retry_after_s(response.headers, self._wall()),
                is_throttled=status == _TOO_MANY_REQUESTS,
                queue_limit=header_number(response, "X-QueueSize-Limit"),
                queue_remaining=header_number(response, "X-QueueSize-Remaining"),
            )
        if status in _REFUSED_ACCOUNT:
            hint = (
                f"Check the key in {self._account.key_words} and base_url. {ABOUT_KEYS} Nothing is "
                "lost; then run: ometria-import resume"
            )
            return AccountRefusedError(f"account {name}: {said}", hint=hint)
        return AccountRefusedError(
            f"account {name}: {said}, which is no answer of the push API",
            hint=f"Is {self._account.base_url} the right base_url? Redirects are not followed, "
            "because the key would go with them. Nothing is lost; then run: ometria-import resume",
        )

    def _excerpt(self, content: bytes) -> str:
        # The whole text, because a cut within the key would leave the first part of it.
        text = content.decode("utf-8", "replace").strip()
        return shorten(self._account.key.removed_from(text), _EXCERPT_CHARS)


def _count(said: dict[str, Any], name: str) -> int:
    """A count from the answer; -1 if it is not a number, so that the sum never adds up."""
    value = said.get(name, 0)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value <= _MAX_COUNT else -1
