"""What happens during a delivery, as values for whoever shows or logs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ometria_import.delivery.journal.model import TypeTotals
from ometria_import.delivery.summary import RunSummary
from ometria_import.options.choices import ObjectType


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins, or goes on where it stopped."""

    totals: tuple[TypeTotals, ...]
    """In sending order, with what earlier sessions settled."""
    batches_to_send: int


@dataclass(frozen=True, slots=True)
class BatchSettled:
    """A batch reached its end and stands in the journal."""

    number: int
    object_type: ObjectType
    records: int
    accepted: int
    refused: int
    skipped: int
    unclear: int
    latency_s: float
    """From the last request's first byte to its answer's last."""
    queue_remaining: int | None
    """Room in the API's queue after the batch, where it said so."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request failed in a way that can pass, and is sent again after a wait."""

    number: int
    """The batch's."""
    attempt: int
    """The attempt that failed, 1-based."""
    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class RateChanged:
    """The limiter slowed down or climbed back."""

    rate_per_s: float
    configured_per_s: float


@dataclass(frozen=True, slots=True)
class Paused:
    """Nobody sends for a while: the server said so."""

    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class LateErrorsSeen:
    """The account's error list has new entries since it was read last."""

    count: int
    is_at_least: bool
    """Whether more may have come than could be told apart."""


@dataclass(frozen=True, slots=True)
class LateErrorsMissed:
    """Errors of a range of batches are lost, or may be."""

    batches: str
    """Such as `batches 12 to 40`."""
    reason: str


@dataclass(frozen=True, slots=True)
class ErrorListUnreadable:
    """The account's error list cannot be read for now; it is tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class AwaitingErrors:
    """Everything is sent; the error list is read on until nothing new has come for a while."""

    quiet_s: float


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """What the API's headers say of its queue, now and then while it is at work."""

    remaining: int
    """Records that still fit."""
    drain_per_s: float
    """Records that leave it per second, as measured."""


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run is over, finished or not."""

    summary: RunSummary


Event: TypeAlias = (
    RunStarted
    | BatchSettled
    | Retrying
    | RateChanged
    | Paused
    | QueueSeen
    | LateErrorsSeen
    | LateErrorsMissed
    | ErrorListUnreadable
    | AwaitingErrors
    | RunEnded
)
Subscriber: TypeAlias = Callable[[Event], None]


def ignore_events(_: Event) -> None:
    """The subscriber for callers who want silence."""
