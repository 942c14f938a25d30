"""Everything that the emulator received and stored, in one SQLite file.

The file is in WAL mode: other processes and threads can read it at any time, and after the
emulator has stopped it stands alone. An emulator that starts with an existing file goes on
where that one stopped. Keys are nowhere in it. Its tables are
described in `tables`.
"""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ometria_import.emulator.errors import EmulatorError
from ometria_import.emulator.storage.records import Records
from ometria_import.emulator.storage.tables import APPLICATION_ID, FORMAT_VERSION, TABLES
from ometria_import.emulator.storage.unsubscribes import Unsubscribe
from ometria_import.emulator.traits import Traits
from ometria_import.emulator.validation.arrivals import ReceivedRecord
from ometria_import.emulator.validation.rules import Finding, Key


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request and what it was answered."""

    account: str | None
    method: str
    path: str
    arrived_at: float
    arrived_s: float
    status: int
    body: bytes
    latency_s: float = 0.0
    faults: str | None = None
    retry_after: str | None = None
    retry_after_s: float | None = None
    reason: str | None = None
    request_id: str | None = None
    records: int = 0
    object_type: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """One received record on its way through the queue."""

    receipt: int
    account: str
    request_id: str
    key: Key
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a record that left the queue; without findings it is stored."""

    waiting: WaitingRecord
    findings: tuple[Finding, ...] = ()


class Store:
    """The database of one running emulator; only one thread at a time may use it.

    Nothing is flushed to the disk before `close`: it outlives its process, not a power cut.

    Raises:
        EmulatorError: the file cannot be used, or is something else's.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            try:
                self._open_tables()
            except BaseException:
                self._database.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise EmulatorError(f"database {path} cannot be used: {error}") from error

    def _open_tables(self) -> None:
        (application_id,) = self._database.execute("PRAGMA application_id").fetchone()
        (tables,) = self._database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if tables and (application_id, version) != (APPLICATION_ID, FORMAT_VERSION):
            raise sqlite3.DatabaseError("it was not written by this version of the emulator")
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF")
        if not tables:
            self._database.executescript(
                f"PRAGMA application_id={APPLICATION_ID};"
                f"PRAGMA user_version={FORMAT_VERSION}; {TABLES}"
            )
        self.records = Records(self._database)

    def close(self) -> None:
        """Leave one file behind that needs no others."""
        self._database.close()

    def add_request(
        self, row: RequestRow, records: Sequence[ReceivedRecord] = ()
    ) -> list[WaitingRecord]:
        """Keep a request with the records that it brought into the queue."""
        with self._transaction():
            cursor = self._database.execute(
                f"INSERT INTO request VALUES (NULL{', ?' * 16})",  # noqa: S608 -- a constant
                (
                    row.account,
                    row.method,
                    row.path,
                    row.arrived_at,
                    row.arrived_s,
                    row.status,
                    row.retry_after,
                    row.retry_after_s,
                    row.reason,
                    row.request_id,
                    row.records,
                    row.object_type,
                    len(row.body),
                    hashlib.sha256(row.body).hexdigest(),
                    row.latency_s,
                    row.faults,
                ),
            )
            if not records:
                return []
            request = cursor.lastrowid
            (last,) = self._database.execute(
                "SELECT COALESCE(MAX(number), 0) FROM receipt"
            ).fetchone()
            account, request_id = row.account or "", row.request_id or ""
            waiting = [
                WaitingRecord(last + position, account, request_id, record.key, record.body)
                for position, record in enumerate(records, start=1)
            ]
            self._database.executemany(
                "INSERT INTO receipt VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting')",
                [
                    (
                        each.receipt,
                        request,
                        each.account,
                        each.key.object_type,
                        each.key.collection,
                        each.key.id,
                        each.body,
                    )
                    for each in waiting
                ],
            )
        return waiting

    def waiting(self) -> list[WaitingRecord]:
        """What an earlier emulator with this file had in its queues, in order of arrival."""
        rows = self._database.execute(
            "SELECT receipt.number, receipt.account, request_id, receipt.object_type, collection,"
            " id, body FROM receipt JOIN request ON request.number = request"
            " WHERE outcome = 'waiting' ORDER BY receipt.number"
        )
        return [
            WaitingRecord(number, account, request_id, Key(object_type, collection, id_), body)
            for number, account, request_id, object_type, collection, id_, body in rows
        ]

    def settle(self, verdicts: Sequence[Verdict], traits: Traits, now: float) -> None:
        """Store what is valid and keep what is not as errors, in their order.

        `now` is on the emulator's clock.
        """
        with self._transaction():
            for verdict in verdicts:
                waiting = verdict.waiting
                if verdict.findings:
                    self._add_errors(verdict)
                else:
                    self.records.upsert(waiting.account, waiting.key, waiting.body, traits, now)
            self._database.executemany(
                "UPDATE receipt SET outcome = ? WHERE number = ?",
                [
                    ("invalid" if each.findings else "stored", each.waiting.receipt)
                    for each in verdicts
                ],
            )

    def _add_errors(self, verdict: Verdict) -> None:
        waiting = verdict.waiting
        timestamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._database.executemany(
            "INSERT INTO error VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    waiting.account,
                    waiting.receipt,
                    waiting.request_id,
                    waiting.key.object_type,
                    waiting.key.id,
                    finding.message,
                    finding.path,
                    timestamp,
                )
                for finding in verdict.findings
            ],
        )

    def add_foreign_errors(self, account: str, count: int) -> None:
        """Let errors of somebody else's records come in."""
        timestamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        rows = [
            (account, str(uuid.uuid4()), f"foreign-{uuid.uuid4()}", timestamp) for _ in range(count)
        ]
        with self._transaction():
            self._database.executemany(
                "INSERT INTO error VALUES"
                " (NULL, ?, NULL, ?, 'product', ?, 'not a valid value', 'root > price', ?)",
                rows,
            )

    def add_unsubscribes(self, account: str, unsubscribes: Sequence[Unsubscribe]) -> None:
        """Keep what people did to their consent elsewhere than through the API."""
        self.records.changes += 1
        with self._transaction():
            self._database.executemany(
                "INSERT INTO unsubscribe VALUES (NULL, ?, ?, ?, ?, ?)",
                [
                    (account, each.email_address, each.type, each.timestamp, each.reason)
                    for each in unsubscribes
                ],
            )

    def remove_unsubscribes(self, account: str) -> None:
        """Forget them all."""
        self.records.changes += 1
        self._database.execute("DELETE FROM unsubscribe WHERE account = ?", (account,))

    def unsubscribes(self, account: str) -> list[Unsubscribe]:
        """All of them, in the order in which they were told."""
        rows = self._database.execute(
            "SELECT email_address, type, timestamp, reason FROM unsubscribe"
            " WHERE account = ? ORDER BY number",
            (account,),
        )
        return [
            Unsubscribe(email_address=email, type=kind, timestamp=timestamp, reason=reason)
            for email, kind, timestamp, reason in rows
        ]

    def errors(self, account: str, limit: int) -> list[dict[str, Any]]:
        """The newest validation errors, the newest first."""
        names = (
            "error_message",
            "error_path",
            "record_id",
            "request_id",
            "record_type",
            "timestamp",
        )
        rows = self._database.execute(
            f"SELECT {', '.join(names)} FROM error"  # noqa: S608 -- constants
            " WHERE account = ? ORDER BY number DESC LIMIT ?",
            (account, limit),
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            yield
