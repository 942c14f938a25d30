"""Reading from an account: one GET request each, and what its answer means.

No exception of httpx leaves this module, and so no object that holds the key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import httpx
import msgspec

from ometria_import.config import Account
from ometria_import.delivery.api.client import (
    NETWORK_ERRORS,
    AccountClient,
    read_body,
    request_headers,
    retry_after_s,
)
from ometria_import.delivery.api.failures import network_failure
from ometria_import.delivery.api.proxies import proxy_error
from ometria_import.delivery.api.request_errors import ReadRefusedError, RetriableError
from ometria_import.errors import OmetriaImportError
from ometria_import.problems import shorten

_EXCERPT_CHARS = 200
_PROXY_WANTS_PASSWORD = 407
_REQUEST_TIMEOUT = 408
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class _Refusal(msgspec.Struct):
    message: str


class AccountReader(AccountClient):
    """Makes read requests to one account."""

    def __init__(
        self,
        account: Account,
        *,
        attempt_deadline_s: float,
        next_step: str,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """`next_step` ends the hint of an error that its reader can mend."""
        super().__init__(account, attempt_deadline_s, wall)
        self._next_step = next_step

    async def get(self, path: str, query: Mapping[str, str], max_bytes: int) -> bytes:
        """Make one request; the total time is bounded whatever the server does.

        Args:
            path: What is read, percent-encoded and from the base address on, such as `/orders`.
            query: The parameters.
            max_bytes: The longest answer that is read.

        Raises:
            RetriableError: it failed temporarily.
            ReadRefusedError: the answer is a refusal, or too long.
            TemporaryFailureError: the server's certificate is not trusted.
            UsageError: the address cannot be used.
        """
        failure: OmetriaImportError
        try:
            async with asyncio.timeout(self._deadline_s):
                request = self._client.stream(
                    "GET",
                    f"{self._account.base_url}{path}",
                    params=dict(query),
                    headers=request_headers(self._account),
                )
                async with request as response:
                    content = await read_body(response, max_bytes)
        except TimeoutError:
            failure = RetriableError(f"no whole answer within {self._deadline_s:g} s")
        except NETWORK_ERRORS as error:
            failure = network_failure(error, self._account, RetriableError, self._next_step)
        else:
            return self._checked(response, content, max_bytes)
        # Raised out here so that no traceback leads to the request and its headers.
        raise failure

    def _checked(self, response: httpx.Response, content: bytes, max_bytes: int) -> bytes:
        status = response.status_code
        if response.is_success:
            if len(content) > max_bytes:
                raise ReadRefusedError(f"answered more than {max_bytes:,} bytes", status=status)
            # What is read goes into files: a server that repeats the key must not get it there.
            return self._account.key.removed_from(content.decode("latin-1")).encode("latin-1")
        # The whole text, because a cut within the key would leave the first part of it; and as it
        # is shown, because JSON can hide the key behind escapes.
        text = content.decode("utf-8", "replace").strip()
        answer = shorten(self._account.key.removed_from(_message_in(text)), _EXCERPT_CHARS)
        said = f"answered {status}" + (f": {answer}" if answer else "")
        if status == _PROXY_WANTS_PASSWORD:
            raise proxy_error(self._account, said)
        if status in {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS} or status >= _SERVER_ERROR:
            raise RetriableError(
                said,
                retry_after_s=retry_after_s(response.headers, self._wall()),
                is_throttled=status == _TOO_MANY_REQUESTS,
            )
        raise ReadRefusedError(said, status=status)


def _message_in(answer: str) -> str:
    """The `message` of a refusal in the API's own JSON; any other answer as it is."""
    with suppress(msgspec.DecodeError, RecursionError):
        return msgspec.json.decode(answer, type=_Refusal).message
    return answer
