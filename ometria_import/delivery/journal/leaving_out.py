"""Removing from a journal the records that its package has lost, and texts that must not stay."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ometria_import.delivery.journal.file import JournalFile, seal
from ometria_import.delivery.journal.late import Scope
from ometria_import.delivery.journal.model import BatchState
from ometria_import.delivery.journal.sql import FEED_SEALED, LATE_SEALED
from ometria_import.package import Package

Redact = Callable[[str], str]
"""Removes from a text what must not stay in it."""
_TAKEN_FROM = ("accepted", "skipped", "unclear", "rejected")
"""The counts that a record not refused by name may be in: which one it is, nobody knows."""


def leave_out(
    journal: JournalFile, package: Package, places: Mapping[int, frozenset[int]], redact: Redact
) -> int:
    """Make a journal fit a new package, which lacks some records of the old one.

    All or nothing, and nothing of the old values stays in the file. The lost records are not
    counted any more, even if they were sent; a batch that has lost all records counts as sent.

    Args:
        journal: The run's journal, open for writing.
        package: The new package, in which all other records are in the batches that they were in.
        places: The positions of the records in the old package, by the numbers of their batches.
        redact: Removes what must not stay from every text that came from outside.

    Returns:
        How many texts were changed, and how many late errors named one of the records.
    """
    sizes = {number: records for number, _, records in package.sizes()}
    types = {number: str(object_type) for number, object_type, _ in package.sizes()}
    with journal.writing() as database:
        database.execute("PRAGMA secure_delete=ON")
        database.execute(
            "UPDATE run SET package_path = ?, package_id = ?, content_hash = ?",
            (str(package.path.absolute()), package.id, package.content_hash),
        )
        for object_type in set(types.values()):
            records = sum(sizes[number] for number in sizes if types[number] == object_type)
            database.execute(
                "UPDATE plan SET records = ? WHERE object_type = ?", (records, object_type)
            )
        changed = 0
        for number, positions in places.items():
            gone = sorted(positions)
            _leave_out_requests(database, number, gone)
            changed += _leave_out_errors(database, number, gone)
            refused = _leave_out_refused(database, number, gone)
            _count_anew(database, number, (len(gone), refused), (types[number], sizes[number]))
        changed += _redact(database, redact)
    journal.compact()
    return changed


def redact_texts(journal: JournalFile, redact: Redact) -> int:
    """Remove what must not stay from all texts from outside; returns how many were changed."""
    with journal.writing() as database:
        database.execute("PRAGMA secure_delete=ON")
        changed = _redact(database, redact)
    if changed:
        journal.compact()
    return changed


def _count_anew(
    database: sqlite3.Connection, number: int, lost: tuple[int, int], now: tuple[str, int]
) -> None:
    """Count what a batch has left.

    Args:
        database: The journal.
        number: Of the batch.
        lost: How many records it has lost, and how many of these were refused by name.
        now: Its object type, and how many records it has left.
    """
    object_type, records = now
    names = ("state", *_TAKEN_FROM, "refused")
    row = database.execute(
        f"SELECT {', '.join(names)} FROM batch WHERE number = ?",  # noqa: S608 -- constants
        (number,),
    ).fetchone()
    if row is None and records:
        return
    # Nothing is left to send of a batch without records.
    told: dict[str, Any] = dict(zip(names, row or (BatchState.SENT, 0, 0, 0, 0, 0), strict=True))
    if told["state"] == BatchState.STARTED and records:
        database.execute("UPDATE batch SET records = ? WHERE number = ?", (records, number))
        return
    told["refused"] -= lost[1]
    left = lost[0] - lost[1]
    for name in _TAKEN_FROM:
        taken = min(told[name], left)
        told[name] -= taken
        left -= taken
    told["state"] = _state(told).value
    counts = [told[name] for name in ("accepted", "rejected", "skipped", "unclear", "refused")]
    database.execute(
        "INSERT OR IGNORE INTO batch (number, object_type, records, state, attempts, updated_at)"
        " VALUES (?, ?, ?, 'sent', 0, ?)",
        (number, object_type, records, datetime.now(UTC).isoformat()),
    )
    database.execute(
        "UPDATE batch SET records = ?, state = ?, accepted = ?, rejected = ?, skipped = ?,"
        " unclear = ?, refused = ?, seal = ? WHERE number = ?",
        (
            records,
            told["state"],
            *counts,
            seal(number, object_type, records, told["state"], *counts),
            number,
        ),
    )


def _state(told: Mapping[str, int]) -> BatchState:
    if told["unclear"]:
        return BatchState.UNCLEAR
    is_refused = told["refused"] or told["rejected"]
    return BatchState.REFUSED if is_refused else BatchState.SENT


def _leave_out_refused(database: sqlite3.Connection, number: int, gone: list[int]) -> int:
    """Forget the refusals of records; returns how many there were."""
    rows = database.execute(
        "SELECT position, status, answer FROM refused_record WHERE batch = ?", (number,)
    ).fetchall()
    stay = [row for row in rows if row[0] not in gone]
    database.execute("DELETE FROM refused_record WHERE batch = ?", (number,))
    database.executemany(
        "INSERT INTO refused_record VALUES (?, ?, ?, ?)",
        [(number, _moved(position, gone), *more) for position, *more in stay],
    )
    return len(rows) - len(stay)


def _leave_out_requests(database: sqlite3.Connection, number: int, gone: list[int]) -> None:
    rows = database.execute(
        "SELECT request_id, first, records FROM request WHERE batch = ?", (number,)
    ).fetchall()
    database.execute("DELETE FROM request WHERE batch = ?", (number,))
    for request_id, first, records in rows:
        begin, end = _moved(first, gone), _moved(first + records, gone)
        database.execute(
            "INSERT OR IGNORE INTO request VALUES (?, ?, ?, ?)",
            (request_id, number, begin, end - begin),
        )


def _moved(position: int, gone: list[int]) -> int:
    """What a position becomes once others are gone."""
    return position - bisect_left(gone, position)


def _leave_out_errors(database: sqlite3.Connection, number: int, gone: list[int]) -> int:
    """Correct the positions in late errors; returns how many were about records that are gone."""
    rows = database.execute(
        f"{LATE_SEALED} WHERE scope = 'record' AND first_batch = ?", (number,)
    ).fetchall()
    lost = 0
    for row in rows:
        values = list(row[:-1])
        if values[13] in gone:
            lost += 1
            # It names no record of this run any more, nor anybody whom it named before.
            values[1:8] = [""] * 7
            values[12], values[13] = Scope.ELSEWHERE.value, -1
        else:
            values[13] = _moved(values[13], gone)
        _put_error(database, values, has_lost_its_texts=values[12] == Scope.ELSEWHERE.value)
    return lost


def _put_error(
    database: sqlite3.Connection, values: list[Any], *, has_lost_its_texts: bool
) -> None:
    database.execute(
        "UPDATE late_error SET message = ?, path = ?, record_id = ?, record_type = ?,"
        " request_id = ?, timestamp = ?, own_id = ?, count = ?, seen_at = ?, first_batch = ?,"
        " last_batch = ?, scope = ?, position = ?, seal = ? WHERE number = ?",
        (*values[1:], seal(*values), values[0]),
    )
    if has_lost_its_texts:
        database.execute("UPDATE late_error SET identity = NULL WHERE number = ?", (values[0],))


def _redact(database: sqlite3.Connection, redact: Redact) -> int:
    changed = 0
    for table, key, column in (
        ("batch", "number", "answer"),
        ("refused_record", "batch || ':' || position", "answer"),
        ("run", "run_id", "reason"),
    ):
        rows = database.execute(f"SELECT {key}, {column} FROM {table}").fetchall()  # noqa: S608
        for name, text in rows:
            if (new := redact(text)) != text:
                changed += 1
                database.execute(
                    f"UPDATE {table} SET {column} = ? WHERE {key} = ?",  # noqa: S608 -- constants
                    (new, name),
                )
    for row in database.execute(LATE_SEALED).fetchall():
        values = [redact(value) if isinstance(value, str) else value for value in row[:-1]]
        if values != list(row[:-1]):
            changed += 1
            _put_error(database, values, has_lost_its_texts=True)
    for window, is_at_least, unreadable, errors, missed, _ in database.execute(
        FEED_SEALED
    ).fetchall():
        entries = json.loads(window) if window else []
        clean = [[redact(text) for text in texts] for texts in entries]
        if clean != entries or redact(unreadable) != unreadable:
            changed += 1
            feed = (json.dumps(clean), is_at_least, redact(unreadable), errors, missed)
            database.execute("DELETE FROM feed")
            database.execute("INSERT INTO feed VALUES (?, ?, ?, ?, ?, ?)", (*feed, seal(*feed)))
    return changed
