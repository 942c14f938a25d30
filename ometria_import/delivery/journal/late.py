"""The journal's part on late errors: the last reading of the account's list, and what it said.

What a reading brought and the reading itself are written in one transaction: after a crash
nothing of it is counted twice, and nothing that was counted is lost.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from ometria_import.delivery.api.feed_entries import FeedEntry
from ometria_import.delivery.journal.file import JournalFile, seal
from ometria_import.delivery.journal.model import Part
from ometria_import.delivery.journal.sql import (
    FEED_SEALED,
    FEED_SUMS,
    LATE_SEALED,
    LATE_SUMS,
    MISSED_SEALED,
)

_REASON_CHARS = 300


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
    """Not traced yet; it is about a record in the batches of its range."""
    RECORD = "record"
    """It names one record of this run."""
    BATCHES = "batches"
    """It is about a record in these batches and does not say which one."""
    ELSEWHERE = "elsewhere"
    """It names a record that this run did not send."""


@dataclass(frozen=True, slots=True)
class LateError:
    """One entry of the account's error list that came up while or after this run sent."""

    number: int
    """Its number in the journal, in the order of reading."""
    entry: FeedEntry
    count: int
    """How many entries looked the same."""
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


@dataclass(frozen=True, slots=True)
class Change:
    """What a reading brought."""

    new: tuple[tuple[FeedEntry, int], ...] = ()
    """Entries that were not there before, and how many of each at least."""
    is_overflow: bool = False
    """Whether the reading before this one has gone out of sight: others may have come and gone
    between the two."""
    is_at_least: bool = False
    """Whether more of the same texts may have come than are counted."""

    @property
    def count(self) -> int:
        """New entries."""
        return sum(count for _, count in self.new)


@dataclass(frozen=True, slots=True)
class LateSums:
    """What the account's error list said of a run's records after it had accepted them."""

    errors: int = 0
    """Entries that came up since the run began, but for `elsewhere`."""
    unattributed: int = 0
    """Those of them that name no record of the run."""
    elsewhere: int = 0
    """Entries that name records which the run did not send: somebody else's."""
    missed: tuple[BatchRange, ...] = ()
    """Batches of which errors are lost: more came than the list keeps (W065)."""
    unread: tuple[BatchRange, ...] = ()
    """Batches of which errors may be lost, because the list could not be read in time."""
    is_at_least: bool = False
    """Whether there may be more: entries that look alike cannot all be told apart."""
    unreadable: str = ""
    """Why the last reading failed; empty where it did not."""
    was_read: bool = False
    """Whether the list was read at all, be it once."""

    @property
    def is_known(self) -> bool:
        """Whether everything that the list said was read."""
        return self.was_read and not (self.is_doubtful or self.unread or self.is_at_least)

    @property
    def is_doubtful(self) -> bool:
        """Whether errors were lost, or nobody could read them once all was sent."""
        return bool(self.missed or self.unreadable)


class LateJournal:
    """Reads and writes late errors in a journal that is open."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    def last_reading(self) -> list[FeedEntry] | None:
        """The list as it was read last; None where it never was."""
        with self._file.guarded():
            for (window,) in self._file.read("SELECT window FROM feed WHERE window != ''"):
                return [FeedEntry(*texts) for texts in json.loads(window)]
        return None

    def add(
        self,
        reading: Sequence[FeedEntry],
        change: Change,
        batches: BatchRange,
        missed: MissReason | None = None,
    ) -> int:
        """Write down a reading and what it brought, about batches of a range.

        Returns:
            How many entries were new; one that is unique and known already is not.
        """
        now = datetime.now(UTC).isoformat()
        added = 0
        with self._file.writing() as database:
            ((number,),) = database.execute("SELECT COALESCE(MAX(number), 0) FROM late_error")
            for entry, count in change.new:
                values = _values(LateError(number + 1, entry, count, now, batches))
                identity = "\x1f".join(entry.texts()) if entry.is_unique else None
                done = database.execute(
                    "INSERT OR IGNORE INTO late_error VALUES"
                    " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (values[0], identity, *values[1:], seal(*values)),
                )
                if done.rowcount:
                    number += 1
                    added += count
            if missed is not None:
                lost = (*batches, missed.value, now)
                database.execute("INSERT INTO missed VALUES (?, ?, ?, ?, ?)", (*lost, seal(*lost)))
            texts = json.dumps([entry.texts() for entry in reading])
            before = database.execute("SELECT is_at_least FROM feed").fetchone()
            is_at_least = int(change.is_at_least or bool(before and before[0]))
            sums = database.execute(FEED_SUMS).fetchone()
            _put_feed(database, (texts, is_at_least, "", *sums))
        return added

    def mark_unreadable(self, reason: str) -> None:
        """Write down that the list cannot be read now; the next reading takes it back."""
        with self._file.writing() as database:
            row = database.execute(FEED_SEALED).fetchone() or ("", 0, "", 0, 0, 0)
            _put_feed(database, (row[0], row[1], reason[:_REASON_CHARS], *row[3:5]))

    def attribute(self, errors: Iterable[LateError]) -> None:
        """Write down how far errors could be traced."""
        with self._file.writing() as database:
            database.executemany(
                "UPDATE late_error SET first_batch = ?, last_batch = ?, scope = ?, position = ?,"
                " seal = ? WHERE number = ?",
                [
                    (
                        *error.batches,
                        error.scope.value,
                        error.position,
                        seal(*_values(error)),
                        error.number,
                    )
                    for error in errors
                ],
            )

    def errors(self, *scopes: Scope) -> list[LateError]:
        """All late errors, or those of given scopes, in the order of reading."""
        wanted = [scope.value for scope in scopes or Scope]
        where = f" WHERE scope IN ({', '.join('?' * len(wanted))}) ORDER BY number"
        rows = self._file.read(LATE_SEALED + where, wanted)
        with self._file.guarded():
            return [_error(row) for row in rows]

    def missed(self) -> list[MissedErrors]:
        """Where errors are lost or may be."""
        rows = self._file.read(MISSED_SEALED)
        with self._file.guarded():
            return [MissedErrors(BatchRange(*row[:2]), MissReason(row[2]), row[3]) for row in rows]

    def parts_of(self, request_id: str) -> list[tuple[int, Part]]:
        """What travelled in a request: batch numbers and parts of them; empty if not known."""
        rows = self._file.read(
            "SELECT batch, first, records FROM request WHERE request_id = ?", (request_id,)
        )
        return [(batch, Part(request_id, first, records)) for batch, first, records in rows]

    def knows_request(self, request_id: str) -> bool:
        """Whether a request of this run was answered with this id."""
        return bool(request_id and self.parts_of(request_id))

    def repeated_batches(self) -> frozenset[int]:
        """Batches with requests that were never answered, so that their ids are not known."""
        rows = self._file.read(
            "SELECT number FROM batch WHERE state = 'started' OR attempts > answered"
        )
        return frozenset(number for (number,) in rows)

    def sent_range(self) -> BatchRange:
        """The batches that were begun so far."""
        ((first, last),) = self._file.read("SELECT MIN(number), MAX(number) FROM batch")
        return BatchRange(first or 0, last or 0)

    def sums(self) -> LateSums:
        """What came of the list, over all object types."""
        ((errors, unattributed, elsewhere),) = self._file.read(LATE_SUMS)
        feed = self._file.read(FEED_SEALED)
        window, is_at_least, unreadable, *_ = feed[0] if feed else ("", 0, "")
        missed = self.missed()
        return LateSums(
            errors=errors,
            unattributed=unattributed,
            elsewhere=elsewhere,
            missed=tuple(m.batches for m in missed if m.reason is MissReason.OVERFLOW),
            unread=tuple(m.batches for m in missed if m.reason is MissReason.UNREAD),
            is_at_least=bool(is_at_least),
            unreadable=unreadable,
            was_read=bool(window),
        )


def _put_feed(database: sqlite3.Connection, feed: tuple[Any, ...]) -> None:
    database.execute("DELETE FROM feed")
    database.execute("INSERT INTO feed VALUES (?, ?, ?, ?, ?, ?)", (*feed, seal(*feed)))


def _values(error: LateError) -> tuple[Any, ...]:
    return (
        error.number,
        *error.entry.texts(),
        error.count,
        error.seen_at,
        *error.batches,
        error.scope.value,
        error.position,
    )


def _error(row: Sequence[Any]) -> LateError:
    number, texts, (count, seen_at, first, last, scope, position, _) = row[0], row[1:8], row[8:]
    batches = BatchRange(first, last)
    return LateError(number, FeedEntry(*texts), count, seen_at, batches, Scope(scope), position)
