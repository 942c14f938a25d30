"""The journal's part on late errors: the last reading of the account's list, and what it said.

What a reading brought and the reading itself are written in one transaction: after a crash
nothing of it is counted twice, and nothing that was counted is lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from ometria_import.choices import ObjectType
from ometria_import.delivery.answers.feed_entries import FeedEntry
from ometria_import.delivery.answers.feed_window import Change
from ometria_import.delivery.answers.late_errors import (
    BatchRange,
    LateError,
    MissedErrors,
    MissReason,
    Scope,
)
from ometria_import.delivery.journal.file import JournalFile, seal
from ometria_import.delivery.journal.sql import (
    FEED_SEALED,
    FEED_SUMS,
    LATE_BY_TYPE,
    LATE_COLUMNS,
    LATE_SUMS,
    MISSED_SEALED,
)
from ometria_import.delivery.pacing.splitting import Part
from ometria_import.delivery.summary import LateSums

_FIELDS = 7
_REASON_CHARS = 300


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
        now = _now()
        added = 0
        with self._file.writing() as database:
            ((number,),) = database.execute("SELECT COALESCE(MAX(number), 0) FROM late_error")
            for entry, count in change.new:
                error = LateError(number + 1, entry, count, now, batches)
                done = database.execute(
                    "INSERT OR IGNORE INTO late_error VALUES"
                    " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    _row(error),
                )
                if done.rowcount:
                    number += 1
                    added += count
            if missed is not None:
                values = (*batches, missed.value, now)
                database.execute(
                    "INSERT INTO missed VALUES (?, ?, ?, ?, ?)", (*values, seal(*values))
                )
            texts = json.dumps([entry.texts() for entry in reading])
            before = database.execute("SELECT is_at_least FROM feed").fetchone()
            is_at_least = int(change.is_at_least or bool(before and before[0]))
            feed = (texts, is_at_least, "", *database.execute(FEED_SUMS).fetchone())
            database.execute("DELETE FROM feed")
            database.execute("INSERT INTO feed VALUES (?, ?, ?, ?, ?, ?)", (*feed, seal(*feed)))
        return added

    def mark_unreadable(self, reason: str) -> None:
        """Write down that the list cannot be read now; the next reading takes it back."""
        with self._file.writing() as database:
            row = database.execute(FEED_SEALED).fetchone() or ("", 0, "", 0, 0, 0)
            feed = (row[0], row[1], reason[:_REASON_CHARS], *row[3:5])
            database.execute("DELETE FROM feed")
            database.execute("INSERT INTO feed VALUES (?, ?, ?, ?, ?, ?)", (*feed, seal(*feed)))

    def attribute(self, errors: Iterable[LateError]) -> None:
        """Write down how far errors could be traced."""
        with self._file.writing() as database:
            database.executemany(
                "UPDATE late_error SET first_batch = ?, last_batch = ?, scope = ?, position = ?,"
                " seal = ? WHERE number = ?",
                [
                    (*each.batches, each.scope.value, each.position, _seal(each), each.number)
                    for each in errors
                ],
            )

    def errors(self, *scopes: Scope) -> list[LateError]:
        """All late errors, or those of given scopes, in the order of reading."""
        wanted = [scope.value for scope in scopes or Scope]
        where = f" WHERE scope IN ({', '.join('?' * len(wanted))}) ORDER BY number"
        rows = self._file.read(LATE_COLUMNS + where, wanted)
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

    def by_type(self) -> dict[ObjectType, tuple[int, int]]:
        """Records rejected later and errors without a record, by object type."""
        rows = self._file.read(LATE_BY_TYPE)
        with self._file.guarded():
            return {ObjectType(name): (records, errors) for name, records, errors in rows}

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


def _row(error: LateError) -> tuple[Any, ...]:
    identity = "\x1f".join(error.entry.texts()) if error.entry.is_unique else None
    return (error.number, identity, *_values(error)[1:], _seal(error))


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


def _seal(error: LateError) -> int:
    return seal(*_values(error))


def _error(row: Sequence[Any]) -> LateError:
    texts, rest = row[1 : 1 + _FIELDS], row[1 + _FIELDS :]
    count, seen_at, first, last, scope, position = rest
    return LateError(
        row[0], FeedEntry(*texts), count, seen_at, BatchRange(first, last), Scope(scope), position
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()
