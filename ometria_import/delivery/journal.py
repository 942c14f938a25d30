"""The journal: what became of every batch of a run, safe against a power cut.

One connection writes. A batch that is not in the journal was never sent; one that is only
`started` is in doubt and is sent again.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from ometria_import.choices import ObjectType
from ometria_import.config import AccountName
from ometria_import.delivery.journal_model import BatchRecord, BatchState, RunInfo, RunState
from ometria_import.delivery.journal_sql import (
    BATCHES,
    FORMAT_VERSION,
    IN_STATES,
    KNOW,
    NOT_CLEARLY_ACCEPTED,
    REFUSED_SUMS,
    REQUESTS,
    SEALED,
    SETTLE,
    START,
    TOTALS,
)
from ometria_import.delivery.splitting import Outcome, RefusedRecord
from ometria_import.delivery.summary import TypeTotals
from ometria_import.errors import ExitCode, PackageError
from ometria_import.home import RunId, storage_errors
from ometria_import.package import Batch, PackageId
from ometria_import.problems import shorten

_ANSWER_CHARS = 500


class Journal:
    """The database of one run, open; a context manager that closes it.

    Raises:
        PackageError: the file is missing, damaged, or of another format version.
    """

    def __init__(self, path: Path, *, is_read_only: bool = False) -> None:
        if not path.is_file():
            raise PackageError(
                f"journal {path} does not exist",
                hint="The run's folder is not whole. Push the source files again: what Ometria "
                "has already is only updated.",
            )
        self.path = path
        self._is_dry_run = False
        mode = "ro" if is_read_only else "rw"
        with self._guarded():
            self._database = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None
            )
        try:
            self._check()
            if not is_read_only:
                self._check_contents()
                with self._guarded():
                    self._database.execute("PRAGMA journal_mode=WAL")
                    self._is_dry_run = self.info().is_dry_run
                    level = "OFF" if self._is_dry_run else "FULL"
                    self._database.execute(f"PRAGMA synchronous={level}")
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the file."""
        with self._guarded():
            if self._database.in_transaction:
                self._database.execute("COMMIT")
        self._database.close()

    def info(self) -> RunInfo:
        """What the run is about."""
        with self._guarded():
            row = self._database.execute("SELECT * FROM run").fetchone()
            return RunInfo(
                run_id=RunId(row[0]),
                account=AccountName(row[1]),
                base_url=row[2],
                package_path=Path(row[3]),
                package_id=PackageId(row[4]),
                content_hash=row[5],
                is_dry_run=bool(row[6]),
                created_at=datetime.fromisoformat(row[7]),
                tool_version=row[8],
                state=RunState(row[9]),
                exit_code=None if row[10] is None else ExitCode(row[10]),
                reason=row[11],
                updated_at=datetime.fromisoformat(row[12]),
            )

    def mark_run(
        self, state: RunState, exit_code: ExitCode | None = None, reason: str = ""
    ) -> None:
        """Write down how far the run is."""
        self._write(
            "UPDATE run SET state = ?, exit_code = ?, reason = ?, updated_at = ?",
            (state.value, exit_code, reason, _now()),
        )

    def mark_base_url(self, base_url: str) -> None:
        """Write down that the run goes to another address from now on."""
        self._write("UPDATE run SET base_url = ?, updated_at = ?", (base_url, _now()))

    def mark_started(self, batch: Batch) -> None:
        """Write down that a request of a batch is about to leave; durable when it returns."""
        self._write(START, (batch.number, batch.object_type.value, batch.records, _now()))

    def mark_settled(self, batch: Batch, outcome: Outcome) -> None:
        """Write down how a batch ended, with its refused records, in one transaction."""
        receipt, refused = outcome.receipt, outcome.refused
        last = refused[-1] if refused else None
        counts = {
            "accepted": outcome.accepted,
            "rejected": outcome.rejected,
            "skipped": outcome.skipped,
            "unclear": outcome.unclear,
            "refused": len(refused),
        }
        state, now = _state_of(outcome), _now()
        sealed = (batch.number, batch.object_type.value, batch.records, state.value)
        values = {
            "number": batch.number,
            "state": state.value,
            "answered": outcome.answered,
            "status": receipt.status if receipt else (last.status if last else 0),
            "request_id": receipt.request_id if receipt else "",
            "answer": shorten(receipt.answer if receipt else "", _ANSWER_CHARS),
            "now": now,
            "seal": _seal(*sealed, *counts.values()),
            **counts,
        }
        with self._guarded(), self._transaction():
            # A sink that sends no requests has left no intent.
            self._database.execute(KNOW, (*sealed[:3], outcome.answered, now))
            self._database.execute(SETTLE, values)
            self._database.executemany(
                "INSERT OR REPLACE INTO refused_record VALUES (?, ?, ?, ?)",
                [
                    (batch.number, record.position, record.status, record.answer[:_ANSWER_CHARS])
                    for record in refused
                ],
            )

    def settled(self) -> frozenset[int]:
        """Numbers of the batches that are never sent again."""
        rows = self._read("SELECT number FROM batch WHERE state != 'started'")
        return frozenset(number for (number,) in rows)

    def batches(self, *states: BatchState) -> list[BatchRecord]:
        """The batches that the journal knows of, or those in given states, by number."""
        wanted = [state.value for state in states or BatchState]
        return self._batches(IN_STATES.format(", ".join("?" * len(wanted))), wanted)

    def doubtful_batches(self) -> list[BatchRecord]:
        """The batches of which records were rejected without a name, or are unclear."""
        return self._batches(NOT_CLEARLY_ACCEPTED)

    def refused_records(self) -> Iterator[tuple[int, RefusedRecord]]:
        """The batch's number and the record, in sending order."""
        for number, position, status, answer in self._read(
            "SELECT batch, position, status, answer FROM refused_record ORDER BY batch, position"
        ):
            yield number, RefusedRecord(position, status, answer)

    def totals(self) -> tuple[TypeTotals, ...]:
        """The sums by object type, in sending order."""
        with self._guarded():
            return tuple(TypeTotals(ObjectType(row[0]), *row[1:]) for row in self._read(TOTALS))

    def batch_sums(self) -> tuple[int, int]:
        """How many batches the package has, and how many of them are settled."""
        ((planned,),) = self._read("SELECT COALESCE(SUM(batches), 0) FROM plan")
        ((settled,),) = self._read("SELECT COUNT(*) FROM batch WHERE state != 'started'")
        return planned, settled

    def request_sums(self) -> tuple[int, int]:
        """Requests that were begun, and how many of them repeated one."""
        ((requests, retries),) = self._read(REQUESTS)
        return requests, retries

    def _check(self) -> None:
        with self._guarded():
            ((version,),) = self._database.execute("PRAGMA user_version")
            if version == FORMAT_VERSION:
                self._database.execute("SELECT run_id FROM run, plan, batch LIMIT 1").fetchone()
                return
        if version == 0:
            raise self._damaged()
        raise PackageError(
            f"journal {self.path} has format {version}, this version reads {FORMAT_VERSION}",
            hint="Resume with the version that began the run, or push the source files again.",
        )

    def _check_contents(self) -> None:
        """Read everything once: a run must not go on from a journal that says wrong things."""
        with self._guarded():
            verdict = self._database.execute("PRAGMA integrity_check(1)").fetchone()
            rows = self._database.execute(SEALED)
            is_whole = verdict == ("ok",) and all(_seal(*row[:-1]) == row[-1] for row in rows)
            ((refused, listed),) = self._database.execute(REFUSED_SUMS)
            ((count,),) = self._database.execute("SELECT COUNT(*) FROM run")
        if not is_whole or refused != listed or count != 1:
            raise self._damaged()

    def _batches(self, where: str, parameters: Iterable[str] = ()) -> list[BatchRecord]:
        rows = self._read(BATCHES + where, parameters)
        with self._guarded():
            return [
                BatchRecord(row[0], ObjectType(row[1]), row[2], BatchState(row[3]), *row[4:])
                for row in rows
            ]

    def _read(self, sql: str, parameters: Iterable[Any] = ()) -> list[Any]:
        with self._guarded():
            return self._database.execute(sql, tuple(parameters)).fetchall()

    def _write(self, sql: str, parameters: Iterable[Any]) -> None:
        with self._guarded(), self._transaction():
            self._database.execute(sql, tuple(parameters))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._is_dry_run:
            # Nobody resumes a dry run: one transaction, from its first write until `close`.
            if not self._database.in_transaction:
                self._database.execute("BEGIN IMMEDIATE")
            yield
            return
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with storage_errors(self.path, "Nothing is lost; then: ometria-import resume"):
            try:
                yield
            except sqlite3.OperationalError as error:
                if "no such" in str(error):
                    raise self._damaged() from None
                raise
            except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
                raise  # a bug of ours, and no damage
            except (sqlite3.DatabaseError, ValueError, TypeError):
                raise self._damaged() from None

    def _damaged(self) -> PackageError:
        return PackageError(
            f"journal {self.path} is damaged",
            hint="Nothing of it can be trusted. Push the source files again: what Ometria has "
            "already is only updated, never doubled.",
        )


def _state_of(outcome: Outcome) -> BatchState:
    if outcome.unclear:
        return BatchState.UNCLEAR
    return BatchState.REFUSED if outcome.refused or outcome.rejected else BatchState.SENT


def _seal(*values: Any) -> int:
    """A checksum of what must not change unseen when bytes on the disk do."""
    return zlib.crc32("\x1f".join(map(str, values)).encode())


def _now() -> str:
    return datetime.now(UTC).isoformat()
