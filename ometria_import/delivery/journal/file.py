"""The database file of a journal: creating, opening and checking it, and its transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from ometria_import.config.home import RunFolder, private_file, storage_errors
from ometria_import.delivery.journal.sql import (
    BEGIN_RUN,
    FEED_SEALED,
    FEED_SUMS,
    FORMAT_VERSION,
    LATE_SEALED,
    MISSED_SEALED,
    PAUSE_SEALED,
    REFUSED_SUMS,
    SEALED,
    TABLES,
)
from ometria_import.errors import PackageError
from ometria_import.package import Package

_RESUME = "Nothing is lost; then run: ometria-import resume"
_AGAIN = "Then run the same command again."


class JournalFile:
    """The database of one run, open; a context manager that closes it.

    One connection writes, and every write is durable when it returns. A dry run cannot be
    resumed, so it is a single transaction until it is closed. Several threads may use the
    journal; their transactions run one after the other.

    Raises:
        PackageError: the file is missing, damaged, or of another format version.
    """

    def __init__(self, path: Path, *, is_read_only: bool = False, is_new: bool = False) -> None:
        if not path.is_file():
            raise PackageError(
                f"journal {path} does not exist",
                hint="The run's folder is not whole. Push the source files again: what Ometria "
                "has already is only updated.",
            )
        self.path = path
        # Without a journal, a new run has nothing to resume.
        self._way_out = _AGAIN if is_new else _RESUME
        self._turn = threading.RLock()
        self.is_dry_run = False
        """Whether writes are flushed to disk only when it is closed."""
        mode = "ro" if is_read_only else "rw"
        with self.guarded():
            self._database = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
        try:
            self._check()
            if not is_read_only:
                self._check_contents()
                with self.guarded():
                    self._database.execute("PRAGMA journal_mode=WAL")
                    ((is_dry_run,),) = self._database.execute("SELECT is_dry_run FROM run")
                    self.is_dry_run = bool(is_dry_run)
                    level = "OFF" if self.is_dry_run else "FULL"
                    self._database.execute(f"PRAGMA synchronous={level}")
        except BaseException:
            self._database.close()
            raise
        self._way_out = _RESUME

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self.guarded():
            if self._database.in_transaction:
                self._database.execute("COMMIT")
            self._database.close()

    def read(self, sql: str, parameters: Iterable[Any] = ()) -> list[Any]:
        """All rows of a query."""
        with self.guarded():
            return self._database.execute(sql, tuple(parameters)).fetchall()

    def write(self, sql: str, parameters: Iterable[Any]) -> None:
        """Execute one statement durably."""
        with self.writing() as database:
            database.execute(sql, tuple(parameters))

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Execute several statements, all or none."""
        with self.guarded(), self._transaction():
            yield self._database

    def compact(self) -> None:
        """Write the file anew, so that nothing stays in it that was deleted; durable then."""
        with self.guarded():
            if self._database.in_transaction:
                self._database.execute("COMMIT")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.execute("VACUUM")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _check(self) -> None:
        with self.guarded():
            ((version,),) = self._database.execute("PRAGMA user_version")
            if version == FORMAT_VERSION:
                self._database.execute(
                    "SELECT run_id FROM run, plan, batch, feed, pause LIMIT 1"
                ).fetchone()
                return
        if version == 0:
            raise self._damaged()
        raise PackageError(
            f"journal {self.path} has format {version}, this version reads {FORMAT_VERSION}",
            hint="Resume with the version that started the run, or push the source files again.",
        )

    def _check_contents(self) -> None:
        """Read everything once, because a run must not resume from a corrupt journal."""
        with self.guarded():
            verdict = self._database.execute("PRAGMA integrity_check(1)").fetchone()
            is_whole = verdict == ("ok",) and all(
                seal(*row[:-1]) == row[-1]
                for sealed in (SEALED, LATE_SEALED, MISSED_SEALED, FEED_SEALED, PAUSE_SEALED)
                for row in self._database.execute(sealed)
            )
            ((refused, listed),) = self._database.execute(REFUSED_SUMS)
            late = self._database.execute(FEED_SUMS).fetchone()
            said = [row[3:5] for row in self._database.execute(FEED_SEALED)]
            ((count,),) = self._database.execute("SELECT COUNT(*) FROM run")
        if not is_whole or refused != listed or count != 1 or (late not in said and any(late)):
            raise self._damaged()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self.is_dry_run:
            # A dry run cannot be resumed: one transaction from its first write until `close`.
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
    def guarded(self) -> Iterator[None]:
        """Turn SQLite's errors into errors that the user can act on."""
        with self._turn, storage_errors(self.path, self._way_out):
            try:
                yield
            except sqlite3.OperationalError as error:
                if "no such" in str(error):
                    raise self._damaged() from None
                raise
            except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
                raise  # a bug in our code, not a damaged file
            except (sqlite3.DatabaseError, ValueError, TypeError):
                raise self._damaged() from None

    def _damaged(self) -> PackageError:
        return PackageError(
            f"journal {self.path} is damaged",
            hint="Nothing in it can be trusted. Push the source files again: records that "
            "Ometria already has are only updated, never duplicated.",
        )


def seal(*values: Any) -> int:
    """A checksum to detect values that were damaged on disk."""
    return zlib.crc32("\x1f".join(map(str, values)).encode())


def create_file(run: RunFolder, about: Sequence[object], package: Package) -> None:
    """Create the journal of a run atomically: once the file exists, it is complete.

    Args:
        run: The run.
        about: The values for the table `run`.
        package: The package that the run sends.
    """
    unfinished = run.path / "journal.db.unfinished"
    batches, records = package.batch_counts(), package.record_counts()
    plan = [
        (position, name.value, batches[name], records[name])
        for position, name in enumerate(batches, start=1)
    ]
    with storage_errors(run.journal):
        unfinished.unlink(missing_ok=True)
        database = sqlite3.connect(private_file(unfinished), isolation_level=None)
        try:
            # With a rollback journal, one transaction leaves a single file, which can be renamed.
            database.executescript(f"PRAGMA synchronous=FULL; BEGIN; {TABLES}")
            database.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            database.execute(BEGIN_RUN, about)
            database.executemany("INSERT INTO plan VALUES (?, ?, ?, ?)", plan)
            database.execute("COMMIT")
        finally:
            database.close()
        unfinished.rename(run.journal)
        folder = os.open(run.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
