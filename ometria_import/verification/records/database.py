"""The database file of a verification: opened, checked, read and written.

A verification that is killed goes on where it stopped: what was read is written together with the
place to go on from. Nothing in it is lost to a crash that could not be read again, so it is not
flushed to the disk each time.
"""

from __future__ import annotations

from pathlib import Path

from ometria_import.config.database import DatabaseFile
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import PackageError
from ometria_import.verification.records.tables import FORMAT_VERSION, TABLES

_AGAIN = "Then run the same command again: it goes on where it stopped."


class StateFile(DatabaseFile):
    """The database of one verification, open; a context manager that closes it.

    Raises:
        PackageError: the file is damaged, or of another version.
    """

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        if is_new:
            with storage_errors(path, _AGAIN):
                for old in path.parent.glob(f"{path.name}*"):
                    old.unlink()
                private_file(path)
        super().__init__(path, way_out=_AGAIN)
        with self.setting_up() as database:
            database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
            if is_new:
                database.executescript(
                    f"BEGIN; {TABLES} PRAGMA user_version={FORMAT_VERSION}; COMMIT"
                )
            ((version,),) = self.read("PRAGMA user_version")
            if version != FORMAT_VERSION:
                raise self.damaged()
            self.read("SELECT 1 FROM list, stratum, record, difference, extra, tally, meta LIMIT 1")

    def damaged(self) -> PackageError:
        """What to raise where the file does not hold what it has to."""
        return PackageError(
            f"{self.path} is damaged or was written by another version of this tool",
            hint="Verify the run again: a new verification does not need it.",
        )
