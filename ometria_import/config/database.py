"""The databases of a home: SQLite files, their transactions, and what is said when one fails."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from ometria_import.config.storage import RUN_AGAIN, storage_errors
from ometria_import.errors import PackageError


class DatabaseFile(ABC):
    """An SQLite file of a home, open; a context manager that closes it."""

    def __init__(
        self,
        path: Path,
        *,
        way_out: str = RUN_AGAIN,
        is_read_only: bool = False,
        is_shared: bool = False,
        patience_s: float = 5.0,
    ) -> None:
        """Open a file that exists.

        Args:
            path: The file.
            way_out: What to do once the disk works again, as a sentence of its own.
            is_read_only: Whether not even SQLite may write, as it does after a crash.
            is_shared: Whether several threads use it; they have to take turns.
            patience_s: How long to wait for another process that uses the file.
        """
        self.path = path
        self.way_out = way_out
        with self.guarded():
            self._database = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={'ro' if is_read_only else 'rw'}",
                uri=True,
                isolation_level=None,
                timeout=patience_s,
                check_same_thread=not is_shared,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def each(self, sql: str, parameters: Iterable[Any] = ()) -> Iterator[Any]:
        """The rows of a query, one after the other."""
        with self.guarded():
            yield from self._database.execute(sql, tuple(parameters))

    def read(self, sql: str, parameters: Iterable[Any] = ()) -> list[Any]:
        """All rows of a query."""
        return list(self.each(sql, parameters))

    @contextmanager
    def setting_up(self) -> Iterator[sqlite3.Connection]:
        """Prepare and check the file, which is closed again if that fails."""
        try:
            with self.guarded():
                yield self._database
        except BaseException:
            self._database.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Execute several statements, all or none."""
        with self.guarded():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back some failures itself, and on a disk that fails, the first
                # error says more than that of the rollback.
                if self._database.in_transaction:
                    with suppress(sqlite3.Error):
                        self._database.execute("ROLLBACK")
                raise

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn SQLite's errors into errors that the user can act on."""
        with storage_errors(self.path, self.way_out):
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

    @abstractmethod
    def damaged(self) -> PackageError:
        """What to raise where the file does not hold what it has to."""


def sqlite_version() -> tuple[int, int, int]:
    """The version of SQLite that packages and journals are written with."""
    return sqlite3.sqlite_version_info[:3]
