"""The store of an account: which records it was given, and took for certain.

A record's line says under which run it was sent, as a number that grows from run to run. While it
is not certain that the account took it, the number is negative: such a record is sent again. A
crash therefore costs sending again what it left uncertain, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ometria_import.config import Account, AccountName, AccountSettings
from ometria_import.config.database import DatabaseFile
from ometria_import.config.home import Home
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import PackageError
from ometria_import.given.keys import TYPE_BYTES, keys_of_type
from ometria_import.options.choices import ObjectType
from ometria_import.package import NORMAL_FORM

FORMAT_VERSION = 1
_CACHE_KIB = 32_768
_PATIENCE_S = 60.0
"""How long to wait for somebody who reads, as `doctor` does."""
_AMBIGUOUS = b""
"""Instead of a hash where a run sends several records with one key: it equals none."""
_AT_A_TIME = 500

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, form INTEGER NOT NULL,
    moment TEXT NOT NULL
);
CREATE TABLE given (
    key BLOB PRIMARY KEY, body BLOB NOT NULL, run INTEGER NOT NULL
) WITHOUT ROWID;
"""
_NUMBER = """
INSERT INTO run (number, id, form, moment)
VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM run), ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
_SENT = """
INSERT INTO given
SELECT key, CASE WHEN MIN(body) = MAX(body) THEN MIN(body) ELSE :ambiguous END, -:run
FROM sent GROUP BY key ORDER BY key
ON CONFLICT (key) DO UPDATE SET body = excluded.body, run = excluded.run
WHERE given.run <= 0 OR given.body != excluded.body
"""
_BEGUN = "INSERT OR REPLACE INTO meta VALUES ('begun', ?)"
_TAKEN = """
UPDATE given SET run = :run WHERE run = -:run AND key NOT IN (SELECT key FROM doubt)
"""
# What a later run has sent since is not this run's to doubt.
_DOUBTED = """
UPDATE given SET run = -:run
WHERE key IN (SELECT key FROM doubt) AND run BETWEEN 1 AND :run
"""


class UnusableStoreError(PackageError):
    """A store is damaged, of another version, or of another account."""


class Line(NamedTuple):
    """What the store knows of a record."""

    body: bytes
    run: int

    @property
    def is_certain(self) -> bool:
        """Whether the account took it for certain."""
        return self.run > 0


@dataclass(frozen=True, slots=True)
class Held:
    """How many records of one object type a store knows."""

    certain: int = 0
    in_doubt: int = 0
    """Sent, but it is not certain that the account took them."""


def store_path(home: Home, name: AccountName) -> Path:
    """Where the store of an account is."""
    return home.root / "given" / f"{name}.db"


def has_store(home: Home, name: AccountName) -> bool:
    """Whether anything was noted of what an account was given."""
    # Of a home that cannot be looked into, others tell.
    with suppress(OSError):
        # A store is empty if the process that made it was killed.
        return store_path(home, name).stat().st_size > 0
    return False


def forget(home: Home, name: AccountName) -> bool:
    """Remove the store of an account; whether there was one. The account must be held."""
    path = store_path(home, name)
    was_there = path.exists()
    with storage_errors(path):
        for each in (path, path.with_name(f"{path.name}-journal")):
            each.unlink(missing_ok=True)
    return was_there


class Given(DatabaseFile):
    """The store of an account, open; a context manager that closes it.

    Raises:
        UnusableStoreError: it is damaged, of another version, or of another account; the message
            says which. Whoever sends forgets it then: everything is sent again.
    """

    def __init__(self, home: Home, account: AccountSettings, *, is_read_only: bool = False) -> None:
        """Open the store; one that is written to is made if there is none."""
        self._account = account
        path = store_path(home, account.name)
        is_new = not is_read_only and not has_store(home, account.name)
        with storage_errors(path):
            if is_new and not path.exists():
                private_file(home.given / path.name)
        # Not read-only: whoever opens the file first after `kill -9` takes back what was half
        # written, and must be allowed to.
        super().__init__(path, patience_s=_PATIENCE_S)
        with self.setting_up() as database:
            database.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
            database.execute("PRAGMA synchronous=FULL")
            if is_read_only:
                database.execute("PRAGMA query_only=ON")
            if is_new:
                self._make(account)
            self._check()

    def begin(self, run_id: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Note that a run is about to send records: until they are settled, they are uncertain.

        Durable when it returns. A record that the account has already in this form stays certain.
        Where the run was the last to begin, there is nothing to do.

        Args:
            run_id: The run, which may have begun before.
            records: Key and body of each, in any order.
        """
        if self.is_begun(run_id):
            return
        with self.writing() as database:
            database.execute("CREATE TEMP TABLE sent (key BLOB, body BLOB)")
            database.executemany("INSERT INTO sent VALUES (?, ?)", records)
            database.execute(_NUMBER, (run_id, NORMAL_FORM, _now()))
            values = {"run": self._number(run_id), "ambiguous": _AMBIGUOUS}
            database.execute(_SENT, values)
            database.execute("DROP TABLE sent")
            database.execute(_BEGUN, (run_id,))

    def settle(self, run_id: str, doubtful: Iterable[bytes]) -> None:
        """Note that a run has ended: the account took what it sent, but for what is doubtful.

        More may be known later, and be noted in the same way.
        """
        with self.writing() as database:
            values = {"run": self._number(run_id), "now": _now()}
            database.execute("CREATE TEMP TABLE doubt (key BLOB PRIMARY KEY) WITHOUT ROWID")
            database.executemany(
                "INSERT OR IGNORE INTO doubt VALUES (?)", ((key,) for key in doubtful)
            )
            database.execute(_TAKEN, values)
            database.execute(_DOUBTED, values)
            database.execute("DROP TABLE doubt")
            database.execute("UPDATE run SET moment = :now WHERE number = :run", values)

    def rebuild(
        self, name: str, object_type: ObjectType, records: Iterable[tuple[bytes, bytes]]
    ) -> None:
        """Take what was read back from the account as all that it was given of an object type.

        Args:
            name: Where the records come from, in the place of a run.
            object_type: Of the records.
            records: Key and body of each.
        """
        with self.writing() as database:
            database.execute(_NUMBER, (name, NORMAL_FORM, _now()))
            number = self._number(name)
            database.execute(
                "DELETE FROM given WHERE key BETWEEN ? AND ?", keys_of_type(object_type)
            )
            database.execute(_BEGUN, ("",))
            database.executemany(
                "INSERT INTO given VALUES (?, ?, ?)",
                ((key, body, number) for key, body in records),
            )

    def drop(self, keys: Iterable[bytes]) -> int:
        """Forget records; how many of them were known. Nothing of them stays in the file."""
        with self.writing() as database:
            database.execute("PRAGMA secure_delete=ON")
            before = database.total_changes
            database.executemany("DELETE FROM given WHERE key = ?", ((key,) for key in keys))
            return database.total_changes - before

    def lines(self, keys: Sequence[bytes]) -> dict[bytes, Line]:
        """What the store knows of the records with some keys."""
        found: dict[bytes, Line] = {}
        for first in range(0, len(keys), _AT_A_TIME):
            some = keys[first : first + _AT_A_TIME]
            marks = ", ".join("?" * len(some))
            rows = self.read(
                f"SELECT key, body, run FROM given WHERE key IN ({marks})",  # noqa: S608 -- marks
                some,
            )
            found.update((key, Line(body, run)) for key, body, run in rows)
        return found

    def between(self, lowest: bytes, highest: bytes) -> list[tuple[bytes, bytes, int]]:
        """Key, body and run of all records from one key to another, in the order of the keys."""
        return self.read(
            "SELECT key, body, run FROM given WHERE key BETWEEN ? AND ? ORDER BY key",
            (lowest, highest),
        )

    def count(self, object_type: ObjectType) -> int:
        """How many records of an object type the store knows."""
        ((count,),) = self.read(
            "SELECT COUNT(*) FROM given WHERE key BETWEEN ? AND ?", keys_of_type(object_type)
        )
        return int(count)

    def held(self) -> dict[ObjectType, Held]:
        """How many records the store knows, by object type; types without any are left out."""
        found = {}
        for object_type in TYPE_BYTES:
            ((count, certain),) = self.read(
                "SELECT COUNT(*), COALESCE(SUM(run > 0), 0) FROM given WHERE key BETWEEN ? AND ?",
                keys_of_type(object_type),
            )
            if count:
                found[object_type] = Held(certain, count - certain)
        return found

    def runs(self) -> list[tuple[str, datetime]]:
        """The runs whose records the store knows, with when they ended, newest first."""
        rows = self.read("SELECT id, moment FROM run ORDER BY number DESC")
        with self.guarded():
            return [(run_id, datetime.fromisoformat(moment)) for run_id, moment in rows]

    def earlier_forms(self) -> frozenset[int]:
        """The numbers of runs that wrote records in another form than this version does."""
        rows = self.read("SELECT number FROM run WHERE form != ?", (NORMAL_FORM,))
        return frozenset(number for (number,) in rows)

    def is_begun(self, run_id: str) -> bool:
        """Whether a run was the last to begin: then all that it has left is uncertain already."""
        return self.read("SELECT value FROM meta WHERE name = 'begun'") == [(run_id,)]

    def knows(self, run_id: str) -> bool:
        """Whether a run has sent anything since the store was begun."""
        return bool(self.read("SELECT 1 FROM run WHERE id = ?", (run_id,)))

    def _number(self, run_id: str) -> int:
        rows = self.read("SELECT number FROM run WHERE id = ?", (run_id,))
        if not rows:
            raise self._unusable("it was replaced while a run sent")
        return int(rows[0][0])

    def _make(self, account: AccountSettings) -> None:
        key = account.key.fingerprint() if isinstance(account, Account) else ""
        with self.writing() as database:
            for table in filter(str.strip, _TABLES.split(";")):
                database.execute(table)
            database.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                (("base_url", account.base_url), ("account", key)),
            )
            database.execute(f"PRAGMA user_version={FORMAT_VERSION}")

    def _check(self) -> None:
        ((version,),) = self.read("PRAGMA user_version")
        if version != FORMAT_VERSION:
            raise self._unusable("it is damaged or was written by another version of this tool")
        meta = dict(self.read("SELECT name, value FROM meta"))
        self.read("SELECT key, body, given.run, form, moment FROM given, run LIMIT 1")
        if meta.get("base_url") != self._account.base_url:
            raise self._unusable(f"it is about an account at {meta.get('base_url')}")
        key = self._account.key if isinstance(self._account, Account) else None
        if key is not None and meta.get("account") != key.fingerprint():
            raise self._unusable("the account had another key when it was written")

    def damaged(self) -> UnusableStoreError:
        """What to raise where the file does not hold what it has to."""
        return self._unusable("it is damaged")

    def _unusable(self, why: str) -> UnusableStoreError:
        return UnusableStoreError(
            f"the record of what {self._account.name} was given cannot be used: {why}",
            hint=f"Forget it with `ometria-import given forget --to {self._account.name}`: "
            "everything is sent once more then.",
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
