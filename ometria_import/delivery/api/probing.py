"""Probing an account with a harmless request: whether it accepts the key, and its clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from ometria_import.config import Account

_DEADLINE_S = 20.0
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Probe:
    """The result of probing an account."""

    is_reached: bool
    is_accepted: bool = False
    """Whether the key was accepted."""
    is_refused: bool = False
    words: str = ""
    clock_off_s: float | None = None
    """How far this machine's clock is ahead of the server's; None if the server did not say."""


def probe_account(account: Account, wall: Callable[[], float] = time.time) -> Probe:
    """Read the account's validation errors once; nothing is pushed or changed.

    Raises:
        UsageError: the account's `ca_file`, or the environment's proxy, cannot be used.
    """
    return asyncio.run(_probe(account, wall))


async def _probe(account: Account, wall: Callable[[], float]) -> Probe:
    # Imported here so that only commands that use the network pay for importing httpx.
    from ometria_import.delivery.api.client import (
        NETWORK_ERRORS,
        http_date,
        open_client,
        reading_failure,
        request_headers,
    )

    began = wall()
    failure = ""
    try:
        async with asyncio.timeout(_DEADLINE_S), open_client(account) as client:
            url = f"{account.base_url}/push/_errors"
            async with client.stream("GET", url, headers=request_headers(account)) as response:
                status = response.status_code
                told = http_date(response.headers.get("Date", ""))
    except TimeoutError:
        failure = f"no answer within {_DEADLINE_S:g} s"
    except NETWORK_ERRORS as error:
        failure = reading_failure(error, account)
    if failure:
        return Probe(is_reached=False, words=failure)
    return Probe(
        is_reached=True,
        is_accepted=200 <= status < 300,  # noqa: PLR2004 -- success, RFC 9110
        is_refused=status in _REFUSED,
        words=f"answered {status}",
        clock_off_s=None if told is None else (began + wall()) / 2 - told,
    )
