"""What is told while a verification goes on, beside what reading tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ometria_import.verification.reading import ReadEvent
from ometria_import.verification.records.tables import PlannedList


@dataclass(frozen=True, slots=True)
class CountingRecords:
    """The records of the run are counted, then those of the account."""


@dataclass(frozen=True, slots=True)
class ListCounted:
    """It is known how many records a list of the account holds."""

    name: str
    in_account: int
    population: int
    """Records of the run that should be in it."""


@dataclass(frozen=True, slots=True)
class ListRefused:
    """The account does not show a list."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadingPlanned:
    """It is decided how each list is read, or a verification goes on that had decided it."""

    lists: tuple[PlannedList, ...]
    requests: int
    """About how many requests it takes from here on."""
    seconds: float
    """How long these take at the account's rate."""
    is_resumed: bool


@dataclass(frozen=True, slots=True)
class RecordsRead:
    """So many records of a list have been read."""

    name: str
    done: int
    total: int
    wrong: int
    """Records of all lists that differ or are missing, so far."""


@dataclass(frozen=True, slots=True)
class ListRead:
    """A list has been read."""

    name: str


@dataclass(frozen=True, slots=True)
class Settling:
    """Records are missing or different so soon after the run that they are read again later."""

    records: int
    wait_s: float


VerificationEvent: TypeAlias = (
    CountingRecords
    | ListCounted
    | ListRefused
    | ReadingPlanned
    | RecordsRead
    | ListRead
    | Settling
    | ReadEvent
)
VerificationSubscriber: TypeAlias = Callable[[VerificationEvent], None]


def ignore_verification(_: VerificationEvent) -> None:
    """A subscriber that ignores all events."""
