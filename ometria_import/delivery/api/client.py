"""The HTTP client for an account: connections, and the headers with the key."""

from __future__ import annotations

import os
import re
import ssl
import warnings
import zlib
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpx

from ometria_import.config import Account
from ometria_import.delivery.api.proxies import proxy_error, proxy_for
from ometria_import.delivery.api.transport import OwnConnections, trusting
from ometria_import.problems import shorten
from ometria_import.version import __version__

# anyio warns developers about a connection that is given up before its first step.
warnings.filterwarnings("ignore", "coroutine .connect_tcp", RuntimeWarning)

NETWORK_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)
"""What a request can fail with: what TLS says once it is agreed on comes as it is (httpcore 1.0.9).
Deadlines are among them, as `TimeoutError` is an `OSError`."""

_CONNECT_TIMEOUT_S = 10.0
_SILENCE_TIMEOUT_S = 30.0
"""The longest wait for the next byte; even a slow API answers within 20 seconds."""
_MAX_DIGITS = 9
MAX_RETRY_AFTER_S = 300.0
"""The longest `Retry-After` that is obeyed, so that absurd values cannot stop a run."""
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_ANY_ZLIB = zlib.MAX_WBITS | 32
_REASON_CHARS = 200


def open_client(account: Account, authorities: ssl.SSLContext | None = None) -> httpx.AsyncClient:
    """Create a client for the account's address; the caller must close it.

    Args:
        account: The account.
        authorities: What `trusting` has already read for it, because that takes as long as many
            requests.

    Raises:
        UsageError: the authorities to trust, or the environment's proxies, cannot be used.
    """
    return httpx.AsyncClient(
        transport=OwnConnections(
            authorities or trusting(account.ca_file), proxy_for(account.base_url, os.environ)
        ),
        timeout=httpx.Timeout(_SILENCE_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
        follow_redirects=False,  # a redirect would send the key to another host
        event_hooks={"response": [_forget_redirect]},
        # A server could make each request longer than the one before.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        trust_env=False,  # .netrc, too
    )


async def _forget_redirect(response: httpx.Response) -> None:
    """Prevent a request to another host, with the key in its headers, from being built."""
    response.headers.pop("Location", None)


class AccountClient:
    """Sends requests to one account; an async context manager that owns the connections."""

    def __init__(
        self,
        account: Account,
        deadline_s: float,
        wall: Callable[[], float],
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare the client; nothing is connected yet.

        Args:
            account: The account to send requests to.
            deadline_s: The maximum seconds for one request, whatever the server does.
            wall: Returns the seconds since 1970, to interpret `Retry-After` dates.
            authorities: As in `open_client`.
        """
        self._account = account
        self._deadline_s = deadline_s
        self._wall = wall
        self._client = open_client(account, authorities)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


def request_headers(account: Account) -> dict[str, str]:
    """The headers for one request; they are not kept, because they hold the key."""
    return {
        "X-Ometria-Auth": account.key.reveal(),
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"ometria-import/{__version__}",
    }


async def read_body(response: httpx.Response, max_bytes: int) -> bytes:
    """Read an answer's body up to about the allowed size, compressed or decompressed.

    A body that cannot be decompressed counts as empty, because the status is still valid.
    """
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > max_bytes:
            break
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return bytes(content)
    return _unpacked(bytes(content), max_bytes) if encoding in _PACKED else b""


def _unpacked(content: bytes, max_bytes: int) -> bytes:
    unpacking = zlib.decompressobj(_ANY_ZLIB)
    try:
        unpacked = unpacking.decompress(content, max_bytes + 1)
    except zlib.error:
        return b""
    is_cut = not unpacking.eof and len(unpacked) <= max_bytes
    return b"" if is_cut else unpacked


def failure_words(error: Exception, account: Account) -> str:
    """A network error's message without the key, which a quoted answer may repeat."""
    reason = str(error) or type(error).__name__
    return shorten(account.key.removed_from(reason), _REASON_CHARS)


def reading_failure(error: Exception, account: Account) -> str:
    """Like `words_of`, for read-only requests; a proxy's errors are reported as such."""
    words = failure_words(error, account)
    if isinstance(error, httpx.ProxyError):
        return proxy_error(account, words).message
    return words


def header_number(response: httpx.Response, name: str) -> int | None:
    """The integer in a header; None if it is missing or not an integer."""
    text = response.headers.get(name, "").strip()
    is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if is_number else None


def retry_after_s(headers: httpx.Headers, now: float) -> float | None:
    """The seconds to wait, from seconds or an HTTP date, capped; None without a `Retry-After`.

    A date is compared with the server's clock if the answer has a `Date`, because this machine's
    clock may be wrong. If a proxy has added another `Retry-After`, the longest wait counts.
    """
    said_s = http_date(headers.get("Date", ""))
    waits: list[float] = []
    for wish in headers.get_list("Retry-After"):
        text = wish.strip()
        if _SECONDS.fullmatch(text):
            waits.append(float(text))
        elif (until_s := http_date(text)) is not None:
            waits.append(max(until_s - (now if said_s is None else said_s), 0.0))
    return min(max(waits), MAX_RETRY_AFTER_S) if waits else None


def http_date(text: str) -> float | None:
    """The date in seconds since 1970; None if it is not a date."""
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
