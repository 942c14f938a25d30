"""A request that has arrived: what it wants, whose it is, and its body."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from ometria_import.emulator.account import Account
from ometria_import.emulator.scenarios.faults import Endpoint
from ometria_import.emulator.validation.arrivals import MAX_BODY_BYTES

BASE_PATH = "/v2"
PUSH_PATH = f"{BASE_PATH}/push"

_ERRORS_PATH = f"{PUSH_PATH}/_errors"


@dataclass(frozen=True, slots=True)
class Reading:
    """When the bytes of a request's head were taken from the network."""

    at: float
    """Unix seconds."""
    clock_s: float
    """On the emulator's clock."""
    monotonic_s: float
    """On the system's monotonic clock, by which latencies pass."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request before anything is done about it."""

    request: Request
    endpoint: Endpoint
    account: Account | None
    """Whose key it has, revoked or not."""
    arrived_at: float
    arrived_s: float
    """When its head was read and the jitter of its way had passed, to the moment: how long the
    emulator had other work then does not count."""
    way_back_s: float
    """The jitter of its answer."""

    @property
    def account_name(self) -> str | None:
        """`staging` or `live`; None for an unknown key."""
        return self.account.name if self.account else None

    @property
    def read_path(self) -> str:
        """What it wants to read, by the words of `faults.NoReads`; empty for anything else."""
        if self.endpoint is Endpoint.READS:
            return str(self.request.scope["path"]).removeprefix(f"{BASE_PATH}/").partition("/")[0]
        return "errors" if self.endpoint is Endpoint.ERRORS else ""


def endpoint_of(path: str) -> Endpoint:
    """What a request to a path wants."""
    if path == PUSH_PATH:
        return Endpoint.PUSH
    return Endpoint.ERRORS if path == _ERRORS_PATH else Endpoint.READS


async def read_body(request: Request) -> bytes:
    """Take the whole body in, but keep no more of it than shows that it is too large."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        if size <= MAX_BODY_BYTES:
            parts.append(part)
        size += len(part)
    return b"".join(parts)
