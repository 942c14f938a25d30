"""What an emulator can be told when it starts."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.emulator.errors import EmulatorError
from ometria_import.emulator.limits import Clock, RateCounter, TokenBucket
from ometria_import.emulator.scenarios.scenario import Scenario
from ometria_import.emulator.traits import Traits

_MOST_PER_S = 1_000_000
_BOUNDS = {
    "queue": (1, 1_000_000_000),
    "drain": (0, _MOST_PER_S),
    "latency": (0, 86_400),
    "jitter": (0, 86_400),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One emulator's address, limits and accounts; every number holds per account.

    Raises:
        EmulatorError: a setting makes no sense. The message never shows a key.
    """

    host: str = "127.0.0.1"
    """A loopback address: the emulator speaks plain HTTP."""
    port: int = 0
    """0 takes a free one."""
    rate: float = 8
    """Pushes per second."""
    read_rate: float = 4
    """Requests per second to all other endpoints together (assumption: they share a count)."""
    deletion_reads_per_min: float = 6
    """Reads of `/data-deletion-requests` per minute; they have a count of their own."""
    queue: int = 50_000
    """Records that may wait."""
    drain: float = 2_000
    """Waiting records that are validated per second at most; 0 lets them wait forever."""
    latency: float = 0
    """Seconds between a request's arrival, when all its work is done, and its answer."""
    jitter: float = 0
    """Mean of the random seconds that each request takes longer to arrive, and each answer to
    leave: exponentially distributed, so this is their standard deviation, too. A request is
    counted when it has arrived; one can overtake another."""
    jitter_seed: int = 0
    """The same seed, the same jitter, request by request."""
    staging_key: str = field(default="staging-key", repr=False)
    live_key: str = field(default="live-key", repr=False)
    more_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The keys of further accounts, by name."""
    database: Path | None = None
    """Where everything is kept; without one, a temporary file that goes with the emulator."""
    rate_counter: Callable[[float], RateCounter] = TokenBucket
    """Makes a counter for a rate: one for the pushes and one for the reads of each account."""
    clock: Clock = time.monotonic
    """What rates, the draining of the queue and scenarios go by; latencies are real seconds."""
    traits: Traits = field(default_factory=Traits)
    """How records are kept and shown, unless the scenario says it."""
    scenario: Scenario | None = None
    """What goes wrong, from the start; see `scenario.read_scenario`."""

    def __post_init__(self) -> None:
        if not _is_loopback(self.host):
            raise EmulatorError(f"host {self.host} is not a loopback address")
        if self.port < 0:
            raise EmulatorError("port must be 0 or more")
        for name, (least, most) in _BOUNDS.items():
            if not least <= getattr(self, name) <= most:
                raise EmulatorError(f"{name} must be from {least:,} to {most:,}")
        for name in ("rate", "read_rate", "deletion_reads_per_min"):
            if not 0 < getattr(self, name) <= _MOST_PER_S:
                raise EmulatorError(f"{name} must be more than 0 and at most {_MOST_PER_S:,}")
        for name, key in self.keys.items():
            if not key or not key.isascii() or not key.isprintable() or key != key.strip():
                raise EmulatorError(
                    f"the key of {name} must be printable ASCII without leading or trailing blanks"
                )
        if len(set(self.keys.values())) < len(self.keys):
            raise EmulatorError(
                "the keys of accounts must differ: the key decides which account is meant"
            )

    @property
    def keys(self) -> dict[str, str]:
        """The key of each account, by its name."""
        return {"staging": self.staging_key, "live": self.live_key, **self.more_keys}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
