"""Reading an account's list of validation errors, `GET push/_errors`: one request each."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable

import httpx

from ometria_import.config import Account
from ometria_import.delivery.api.client import (
    NETWORK_ERRORS,
    AccountClient,
    header_number,
    read_body,
    reading_failure,
    request_headers,
    retry_after_s,
)
from ometria_import.delivery.api.feed_entries import (
    FeedReadError,
    FeedReading,
    UnreadableFeedError,
    parse_feed,
)

MAX_DEADLINE_S = 15.0

_MAX_BYTES = 2_000_000


class PushErrors(AccountClient):
    """The account's error list, read over HTTP."""

    def __init__(
        self,
        account: Account,
        *,
        deadline_s: float = MAX_DEADLINE_S,
        wall: Callable[[], float] = time.time,
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(account, min(deadline_s, MAX_DEADLINE_S), wall, authorities)

    async def read(self) -> FeedReading:
        """Read the list once; the total time is bounded whatever the server does."""
        failure: str
        try:
            async with asyncio.timeout(self._deadline_s):
                url, headers = (
                    f"{self._account.base_url}/push/_errors",
                    request_headers(self._account),
                )
                async with self._client.stream("GET", url, headers=headers) as response:
                    content = await read_body(response, _MAX_BYTES)
        except TimeoutError:
            failure = f"no whole answer within {self._deadline_s:g} s"
        except NETWORK_ERRORS as error:
            failure = reading_failure(error, self._account)
        else:
            return self._reading(response, content)
        # Raised out here so that no traceback leads to the request and its headers.
        raise FeedReadError(failure)

    def _reading(self, response: httpx.Response, content: bytes) -> FeedReading:
        status = response.status_code
        if not response.is_success:
            wait_s = retry_after_s(response.headers, self._wall())
            raise FeedReadError(f"push/_errors answered {status}", status, wait_s)
        if len(content) > _MAX_BYTES:
            raise FeedReadError(f"push/_errors answered more than {_MAX_BYTES:,} bytes", status)
        try:
            entries = parse_feed(content, self._account.key.removed_from)
        except UnreadableFeedError as error:
            raise FeedReadError(f"push/_errors answered {status}, but {error}", status) from None
        return FeedReading(
            tuple(entries),
            queue_limit=header_number(response, "X-QueueSize-Limit"),
            queue_remaining=header_number(response, "X-QueueSize-Remaining"),
        )
