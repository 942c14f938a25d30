"""How this tool speaks HTTP to an account: connections, and the headers with the key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from ometria_import import __version__
from ometria_import.config import Account, is_loopback
from ometria_import.delivery.certificates import trusting

_CONNECT_TIMEOUT_S = 10.0
_SILENCE_TIMEOUT_S = 30.0
"""Longest wait for the next byte; a slow API answers within 20 seconds."""
_KEEP_ALIVE_S = 4.0
"""Shorter than the five seconds after which common servers close an idle connection."""
_MAX_DIGITS = 9
MAX_RETRY_AFTER_S = 300.0
"""A server that asks for more is asked again anyway: absurd values must not stop a run."""


def open_client(account: Account) -> httpx.AsyncClient:
    """Make a client for the account's address; its caller closes it.

    Its pool has no limit, because a request that is cancelled can keep its place there for ever
    (httpcore 1.0.9): callers bound the requests that are under way.
    """
    host = urlsplit(account.base_url).hostname or ""
    return httpx.AsyncClient(
        timeout=httpx.Timeout(_SILENCE_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
        limits=httpx.Limits(keepalive_expiry=_KEEP_ALIVE_S),
        follow_redirects=False,  # a redirect would carry the key to another host
        verify=trusting(account.ca_file),
        # Proxies come from the environment; this machine needs none.
        trust_env=not is_loopback(host),
        http2=False,
    )


class AccountClient:
    """Asks one account over HTTP; an async context manager that owns the connections."""

    def __init__(self, account: Account, deadline_s: float, wall: Callable[[], float]) -> None:
        """Make ready to connect.

        Args:
            account: Whom to ask.
            deadline_s: How long one request may take, whatever the server does.
            wall: Seconds since 1970, to read `Retry-After` dates.
        """
        self._account = account
        self._deadline_s = deadline_s
        self._wall = wall
        self._client = open_client(account)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()


def request_headers(account: Account) -> dict[str, str]:
    """The headers of every request, for one request only: they hold the key."""
    return {
        "X-Ometria-Auth": account.key.reveal(),
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"ometria-import/{__version__}",
    }


async def read_body(response: httpx.Response, max_bytes: int) -> bytes:
    """Read an answer's body, but not much more of it than is allowed."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > max_bytes:
            break
    return bytes(content)


def header_number(response: httpx.Response, name: str) -> int | None:
    """A whole number of a header; None where it is absent or no such number."""
    text = response.headers.get(name, "").strip()
    is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if is_number else None


def retry_after_s(headers: httpx.Headers, now: float) -> float | None:
    """Seconds to wait, from seconds or an HTTP date, capped; None where `Retry-After` says nothing.

    A date is read by the clock of the server that names it, where the answer tells its `Date`:
    the clock of this machine may be wrong.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), MAX_RETRY_AFTER_S)
    until_s, said_s = _http_date(text), _http_date(headers.get("Date", ""))
    if until_s is None:
        return None
    return min(max(until_s - (now if said_s is None else said_s), 0.0), MAX_RETRY_AFTER_S)


def _http_date(text: str) -> float | None:
    """Seconds since 1970; None for what is no date."""
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
