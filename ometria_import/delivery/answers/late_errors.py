"""Late errors: what the API says of records after it has accepted them, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ometria_import.delivery.answers.feed_entries import FeedEntry


class BatchRange(NamedTuple):
    """Batches by number, both ends included; (0, 0) before any was sent."""

    first: int
    last: int

    def __str__(self) -> str:
        if self.first == self.last:
            return f"batch {self.first}"
        return f"batches {self.first:,} to {self.last:,}"


class Scope(StrEnum):
    """How far a late error could be traced; nothing of it is a guess."""

    NEW = "new"
    """Not looked into yet: among the batches of its range."""
    RECORD = "record"
    """It names one record of this run."""
    BATCHES = "batches"
    """Of a record in these batches, it does not say which."""
    ELSEWHERE = "elsewhere"
    """It names a record that this run did not send."""


@dataclass(frozen=True, slots=True)
class LateError:
    """One entry of the account's error list that came up while or after this run sent."""

    number: int
    """Of the journal, in the order of reading."""
    entry: FeedEntry
    count: int
    """How many entries looked like this."""
    seen_at: str
    """ISO 8601, UTC: when the list was read."""
    batches: BatchRange
    scope: Scope = Scope.NEW
    position: int = -1
    """Of the record in its batch, 0-based; -1 where no record is known."""

    @property
    def field(self) -> str:
        """The path as a field, such as `lineitems.0.quantity`; empty where there is none."""
        parts = [part.strip() for part in self.entry.path.split(">")]
        return ".".join(part for part in parts[parts[:1] == ["root"] :] if part)


class MissReason(StrEnum):
    """Why errors can be missing from the journal."""

    OVERFLOW = "overflow"
    """More came between two readings than the list keeps."""
    UNREAD = "unread"
    """The list could not be read before sending, so old and new cannot be told apart."""


@dataclass(frozen=True, slots=True)
class MissedErrors:
    """Batches of which errors may be missing."""

    batches: BatchRange
    reason: MissReason
    seen_at: str
    """ISO 8601, UTC."""
