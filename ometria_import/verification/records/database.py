"""The database file of a verification: opened, checked, read and written.

A verification that is killed goes on where it stopped: what was read is written together with the
place to go on from. Nothing in it is lost to a crash that could not be read again, so it is not
flushed to the disk each time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from ometria_import.config.home import private_file, storage_errors
from ometria_import.errors import PackageError
from ometria_import.verification.records.tables import FORMAT_VERSION, TABLES

_AGAIN = "Then run the same command again: it goes on where it stopped."


class StateFile:
    """The database of one verification, open; a context manager that closes it.

    Raises:
        PackageError: the file is damaged, or of another version.
    """

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        self.path = path
        with self.guarded():
            if is_new:
                for old in path.parent.glob(f"{path.name}*"):
                    old.unlink()
                private_file(path)
            self._database = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None
            )
        try:
            with self.guarded():
                self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
                if is_new:
                    self._database.executescript(
                        f"BEGIN; {TABLES} PRAGMA user_version={FORMAT_VERSION}; COMMIT"
                    )
            self._check()
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _check(self) -> None:
        ((version,),) = self.read("PRAGMA user_version")
        if version != FORMAT_VERSION:
            raise self.damaged()
        self.read("SELECT 1 FROM list, stratum, record, difference, extra, tally, meta LIMIT 1")

    def each(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """The rows of a query, one after the other."""
        with self.guarded():
            yield from self._database.execute(sql, parameters)

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query."""
        with self.guarded():
            return self._database.execute(sql, parameters).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Execute several statements, all or none."""
        with self.guarded():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn SQLite's errors into errors that the user can act on."""
        with storage_errors(self.path, _AGAIN):
            try:
                yield
            except sqlite3.OperationalError as error:
                if "no such" in str(error):
                    raise self.damaged() from None
                raise
            except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
                raise  # a bug in our code, not a damaged file
            except (sqlite3.DatabaseError, ValueError, TypeError):
                raise self.damaged() from None

    def damaged(self) -> PackageError:
        """What to raise where the file does not hold what it has to."""
        return PackageError(
            f"{self.path} is damaged or was written by another version of this tool",
            hint="Verify the run again: a new verification does not need it.",
        )
