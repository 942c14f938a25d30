"""Late errors in the journal: the last reading of the account's list, and its new entries.

A reading and its new entries are written in one transaction, so that a crash neither loses
entries nor counts any twice.
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
    """The first and last batch number of a range, inclusive; (0, 0) before any was sent."""

    first: int
    last: int

    def __str__(self) -> str:
        if self.first == self.last:
            return f"batch {self.first}"
        return f"batches {self.first:,} to {self.last:,}"


class Scope(StrEnum):
    """How far a late error could be attributed, without guessing."""

    NEW = "new"
    """Not attributed yet; it is about a record in the batches of its range."""
    RECORD = "record"
    """It names one record of this run."""
    BATCHES = "batches"
    """It is about some record in these batches, but does not name it."""
    ELSEWHERE = "elsewhere"
    """It names a record that this run did not send."""


@dataclass(frozen=True, slots=True)
class LateError:
    """One entry of the account's error list that appeared during or after this run."""

    number: int
    """The number of the entry in the journal, in the order of reading."""
    entry: FeedEntry
    count: int
    """The number of entries that looked the same."""
    seen_at: str
    """ISO 8601, UTC: when the list was read."""
    batches: BatchRange
    scope: Scope = Scope.NEW
    position: int = -1
    """The 0-based position of the record in its batch; -1 if the record is unknown."""

    @property
    def field(self) -> str:
        """The path as a field, such as `lineitems.0.quantity`; empty where there is none."""
        parts = [part.strip() for part in self.entry.path.split(">")]
        return ".".join(part for part in parts[parts[:1] == ["root"] :] if part)


class MissReason(StrEnum):
    """Why errors can be missing from the journal."""

    OVERFLOW = "overflow"
    """More errors came between two readings than the list keeps."""
    UNREAD = "unread"
    """The list could not be read before sending, so old and new cannot be told apart."""


@dataclass(frozen=True, slots=True)
class MissedErrors:
    """The batches of which errors may be missing."""

    batches: BatchRange
    reason: MissReason
    seen_at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class Change:
    """The new entries of a reading."""

    new: tuple[tuple[FeedEntry, int], ...] = ()
    """The entries that are new, with the minimum count of each."""
    is_overflow: bool = False
    """Whether no entry of the previous reading is visible any more, so that others may have been
    missed between the two."""
    is_at_least: bool = False
    """Whether there may be more entries with the same texts than were counted."""


@dataclass(frozen=True, slots=True)
class LateSums:
    """A summary of the late errors about a run's records."""

    errors: int = 0
    """Entries that appeared since the run began, except those counted in `elsewhere`."""
    unattributed: int = 0
    """How many of these entries do not name a record of the run."""
    elsewhere: int = 0
    """Entries of other senders: they name records that the run did not send."""
    missed: tuple[BatchRange, ...] = ()
    """Batches of which errors are lost: more came than the list keeps (W065)."""
    unread: tuple[BatchRange, ...] = ()
    """Batches of which errors may be lost, because the list could not be read in time."""
    is_at_least: bool = False
    """Whether there may be more errors, because some entries look alike."""
    unreadable: str = ""
    """Why the last reading failed; empty if it succeeded."""
    was_read: bool = False
    """Whether the list was read at least once."""

    @property
    def is_known(self) -> bool:
        """Whether the list was read completely."""
        return self.was_read and not (self.is_doubtful or self.unread or self.is_at_least)

    @property
    def is_doubtful(self) -> bool:
        """Whether errors were lost, or could not be read once everything was sent."""
        return bool(self.missed or self.unreadable)


class LateJournal:
    """Reads and writes late errors in an open journal."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    def last_reading(self) -> list[FeedEntry] | None:
        """The last reading of the list; None if it was never read."""
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
        """Record a reading and its new entries, which are about a range of batches.

        Returns:
            The number of new entries, not counting unique entries that are already known.
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
        """Record that the list cannot be read now; the next reading clears this."""
        with self._file.writing() as database:
            row = database.execute(FEED_SEALED).fetchone() or ("", 0, "", 0, 0, 0)
            _put_feed(database, (row[0], row[1], reason[:_REASON_CHARS], *row[3:5]))

    def attribute(self, errors: Iterable[LateError]) -> None:
        """Record how far errors could be attributed."""
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
        """All late errors, optionally only those of given scopes, in the order of reading."""
        wanted = [scope.value for scope in scopes or Scope]
        where = f" WHERE scope IN ({', '.join('?' * len(wanted))}) ORDER BY number"
        rows = self._file.read(LATE_SEALED + where, wanted)
        with self._file.guarded():
            return [_error(row) for row in rows]

    def missed(self) -> list[MissedErrors]:
        """The ranges of batches of which errors are lost or may be lost."""
        rows = self._file.read(MISSED_SEALED)
        with self._file.guarded():
            return [MissedErrors(BatchRange(*row[:2]), MissReason(row[2]), row[3]) for row in rows]

    def parts_of(self, request_id: str) -> list[tuple[int, Part]]:
        """The contents of a request, as batch numbers and their parts; empty if unknown."""
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
        """The range of batches that were started so far."""
        ((first, last),) = self._file.read("SELECT MIN(number), MAX(number) FROM batch")
        return BatchRange(first or 0, last or 0)

    def sums(self) -> LateSums:
        """The summary of late errors, over all object types."""
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
