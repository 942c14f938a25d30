"""Events of a delivery, for display and logging."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ometria_import.delivery.journal.model import TypeTotals
from ometria_import.delivery.summary import RunSummary
from ometria_import.options.choices import ObjectType
from ometria_import.options.sending_hours import ALWAYS, SendingHours


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run starts, or resumes where it stopped."""

    totals: tuple[TypeTotals, ...]
    """The totals by object type in sending order, including earlier sessions."""
    batches_to_send: int
    hours: SendingHours = ALWAYS
    """When requests may be sent."""
    sending_s: float = 0.0
    """How long the rest takes at the account's rate, without pauses."""


@dataclass(frozen=True, slots=True)
class BatchSettled:
    """A batch was settled and is recorded in the journal."""

    number: int
    object_type: ObjectType
    records: int
    accepted: int
    refused: int
    skipped: int
    unclear: int
    latency_s: float
    """The seconds from the first byte of the last request to the last byte of its answer."""
    queue_remaining: int | None
    """The room in the API's queue after the batch, if known."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request failed temporarily and will be sent again after a wait."""

    number: int
    """The object type of the batch."""
    attempt: int
    """The number of the failed attempt, 1-based."""
    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class RateChanged:
    """The limiter lowered or raised the rate."""

    rate_per_s: float
    configured_per_s: float


@dataclass(frozen=True, slots=True)
class Paused:
    """Sending is paused because the server asked for it."""

    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class OutsideHours:
    """Sending waits for the hours in which the run may send."""

    between: str
    """The hours, such as `01:00-06:00` on the clock of the machine."""
    until: str
    """When they begin: ISO 8601, UTC."""
    wait_s: float


@dataclass(frozen=True, slots=True)
class HoursBegun:
    """The hours in which the run may send have begun, and it goes on."""

    between: str
    paused_s: float
    """How long this session has waited for them so far."""


@dataclass(frozen=True, slots=True)
class LateErrorsSeen:
    """The account's error list has new entries since the last reading."""

    count: int
    is_at_least: bool
    """Whether there may be more new entries that could not be told apart."""


@dataclass(frozen=True, slots=True)
class LateErrorsMissed:
    """Errors of a range of batches are lost or may be lost."""

    batches: str
    """Such as `batches 12 to 40`."""
    reason: str


@dataclass(frozen=True, slots=True)
class ErrorListUnreadable:
    """The account's error list currently cannot be read; reading is retried."""

    reason: str


@dataclass(frozen=True, slots=True)
class AwaitingErrors:
    """Everything is sent; the error list is polled until no new errors come for a while."""

    quiet_s: float


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """The state of the API's queue according to its headers, reported now and then."""

    remaining: int
    """The number of records that still fit into the queue."""
    drain_per_s: float
    """The measured number of records that leave the queue per second."""


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The session of a run has ended, with the run finished or not."""

    summary: RunSummary


Event: TypeAlias = (
    RunStarted
    | BatchSettled
    | Retrying
    | RateChanged
    | Paused
    | OutsideHours
    | HoursBegun
    | QueueSeen
    | LateErrorsSeen
    | LateErrorsMissed
    | ErrorListUnreadable
    | AwaitingErrors
    | RunEnded
)
Subscriber: TypeAlias = Callable[[Event], None]


def ignore_events(_: Event) -> None:
    """A subscriber that ignores all events."""
