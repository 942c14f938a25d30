"""Beginning a journal: a journal that exists is whole."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from ometria_import import __version__
from ometria_import.config import AccountSettings
from ometria_import.config.home import RunFolder, private_file, storage_errors
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.sql import FORMAT_VERSION, TABLES
from ometria_import.package import Package


def create_journal(
    run: RunFolder,
    package: Package,
    account: AccountSettings,
    now: datetime,
    *,
    is_dry_run: bool = False,
    retry_of: str = "",
) -> Journal:
    """Begin the journal of a new run, maybe a retry of another; durable when it returns."""
    created_at = now.astimezone(UTC).isoformat()
    about = (
        run.id,
        account.name.value,
        account.base_url,
        str(package.path.absolute()),
        package.id,
        package.content_hash,
        is_dry_run,
        created_at,
        __version__,
        created_at,
        retry_of,
    )
    unfinished = run.path / "journal.db.unfinished"
    with storage_errors(run.journal):
        unfinished.unlink(missing_ok=True)
        _fill(private_file(unfinished), about, package)
        unfinished.rename(run.journal)
        folder = os.open(run.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return Journal(run.journal)


def _fill(path: Path, about: tuple[object, ...], package: Package) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    try:
        # One transaction with a rollback journal leaves a single file to rename.
        database.executescript(f"PRAGMA synchronous=FULL; BEGIN; {TABLES}")
        database.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        database.execute(
            "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'new', NULL, '', ?, ?)", about
        )
        batches, records = package.batch_counts(), package.record_counts()
        database.executemany(
            "INSERT INTO plan VALUES (?, ?, ?, ?)",
            [
                (position, name.value, batches[name], records[name])
                for position, name in enumerate(batches, start=1)
            ],
        )
        database.execute("COMMIT")
    finally:
        database.close()
