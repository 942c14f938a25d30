"""The database file of a journal: creating, opening and checking it, and its transactions."""

from __future__ import annotations

import os
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ometria_import.config.database import DatabaseFile
from ometria_import.config.home import RunFolder
from ometria_import.config.storage import RUN_AGAIN, private_file, storage_errors
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


class JournalFile(DatabaseFile):
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
        self._turn = threading.RLock()
        self.is_dry_run = False
        """Whether writes are flushed to disk only when it is closed."""
        # Without a journal, a new run has nothing to resume.
        way_out = RUN_AGAIN if is_new else _RESUME
        super().__init__(path, way_out=way_out, is_read_only=is_read_only, is_shared=True)
        with self.setting_up() as database:
            self._check()
            if not is_read_only:
                self._check_contents()
                database.execute("PRAGMA journal_mode=WAL")
                ((is_dry_run,),) = database.execute("SELECT is_dry_run FROM run")
                self.is_dry_run = bool(is_dry_run)
                database.execute(f"PRAGMA synchronous={'OFF' if self.is_dry_run else 'FULL'}")
        self.way_out = _RESUME

    def close(self) -> None:
        """Close the file."""
        with self.guarded():
            if self._database.in_transaction:
                self._database.execute("COMMIT")
            self._database.close()

    def write(self, sql: str, parameters: Iterable[Any]) -> None:
        """Execute one statement durably."""
        with self.writing() as database:
            database.execute(sql, tuple(parameters))

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Execute several statements, all or none."""
        if not self.is_dry_run:
            with super().writing() as database:
                yield database
            return
        with self.guarded():
            # A dry run cannot be resumed: one transaction from its first write until `close`.
            if not self._database.in_transaction:
                self._database.execute("BEGIN IMMEDIATE")
            yield self._database

    def compact(self) -> None:
        """Write the file again, so that nothing deleted stays in it; durable when it returns."""
        with self.guarded():
            if self._database.in_transaction:
                self._database.execute("COMMIT")
            self._database.execute("PRAGMA synchronous=FULL")
            self._database.execute("VACUUM")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _check(self) -> None:
        ((version,),) = self.read("PRAGMA user_version")
        if version == FORMAT_VERSION:
            self.read("SELECT run_id FROM run, plan, batch, feed, pause LIMIT 1")
            return
        if version == 0:
            raise self.damaged()
        raise PackageError(
            f"journal {self.path} has format {version}, this version reads {FORMAT_VERSION}",
            hint="Resume with the version that started the run, or push the source files again.",
        )

    def _check_contents(self) -> None:
        """Read everything once, because a run must not resume from a corrupt journal."""
        is_whole = self.read("PRAGMA integrity_check(1)") == [("ok",)] and all(
            seal(*row[:-1]) == row[-1]
            for sealed in (SEALED, LATE_SEALED, MISSED_SEALED, FEED_SEALED, PAUSE_SEALED)
            for row in self.each(sealed)
        )
        ((refused, listed),) = self.read(REFUSED_SUMS)
        (late,) = self.read(FEED_SUMS)
        said = [row[3:5] for row in self.each(FEED_SEALED)]
        ((count,),) = self.read("SELECT COUNT(*) FROM run")
        if not is_whole or refused != listed or count != 1 or (late not in said and any(late)):
            raise self.damaged()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Let one thread in at a time, and turn SQLite's errors into errors for the user."""
        with self._turn, super().guarded():
            yield

    def damaged(self) -> PackageError:
        """What to raise where nothing in the file can be trusted."""
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
