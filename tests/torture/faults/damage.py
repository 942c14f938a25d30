"""Files of a killed run that are damaged before anything goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.torture.faults.fault import UNUSABLE
from tests.torture.faults.machine import KillAtMoment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.torture.launching import Session
    from tests.torture.trial import Trial


class Damage(KillAtMoment):
    """A killed run's files are damaged before anything goes on."""

    name = "files damaged"
    is_line_steady = True
    stops = frozenset({UNUSABLE})
    forgets_requests = True

    def arrange(self, trial: Trial) -> None:
        super().arrange(trial)
        self._sessions = 1
        self._is_done = False

    def mend(self, trial: Trial, session: Session) -> None:
        if session.is_killed and not self._is_done:
            self._is_done = self.damage(trial)

    def damage(self, trial: Trial) -> bool:
        """Damage something if it is there."""
        raise NotImplementedError

    def journal(self, trial: Trial) -> Path | None:
        """The run's journal."""
        return next(iter(sorted((trial.home / "runs").glob("*/journal.db"))), None)

    def package(self, trial: Trial) -> Path | None:
        """The package, once it has its name; a copy of it is kept."""
        found = (trial.home / "packages").glob("*.db")
        path = next((each for each in found if not each.name.startswith("unfinished")), None)
        if path is not None:
            trial.spare.mkdir(exist_ok=True)
            shutil.copy(path, trial.spare)
        return path


def _truncate(trial: Trial, path: Path) -> None:
    os.truncate(path, trial.chance.randint(0, max(path.stat().st_size - 1, 0)))


def _flip(trial: Trial, path: Path) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(trial.chance.choice((1, 1, 3, 50))):
        if content:
            content[trial.chance.randrange(len(content))] ^= 1 << trial.chance.randrange(8)
    path.write_bytes(content)


class TruncatedJournal(Damage):
    name = "a journal that is truncated"

    def damage(self, trial: Trial) -> bool:
        path = self.journal(trial)
        if path is None:
            return False
        wal = path.with_name(f"{path.name}-wal")
        _truncate(trial, wal if wal.exists() and trial.chance.random() < 0.5 else path)
        return True


class FlippedJournal(Damage):
    name = "a journal with flipped bytes"

    def damage(self, trial: Trial) -> bool:
        path = self.journal(trial)
        if path is None:
            return False
        wal = path.with_name(f"{path.name}-wal")
        if wal.exists() and trial.chance.random() < 0.7:
            with closing(sqlite3.connect(path)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _flip(trial, wal if wal.exists() and trial.chance.random() < 0.3 else path)
        return True


class LostWal(Damage):
    name = "a journal without its -wal"

    def damage(self, trial: Trial) -> bool:
        path = self.journal(trial)
        if path is None:
            return False
        for name in trial.chance.choice((("-wal",), ("-wal", "-shm"))):
            path.with_name(f"{path.name}{name}").unlink(missing_ok=True)
        return True


class OtherJournal(Damage):
    name = "a journal of another version"

    def damage(self, trial: Trial) -> bool:
        path = self.journal(trial)
        if path is None:
            return False
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"PRAGMA user_version = {trial.chance.choice((0, 99))}")
        return True


class TruncatedPackage(Damage):
    name = "a package that is truncated"

    def damage(self, trial: Trial) -> bool:
        path = self.package(trial)
        if path is None:
            return False
        _truncate(trial, path)
        return True


class FlippedPackage(Damage):
    name = "a package with flipped bytes"

    def damage(self, trial: Trial) -> bool:
        path = self.package(trial)
        if path is None:
            return False
        _flip(trial, path)
        return True


class OtherPackage(Damage):
    name = "a package of another version"

    def damage(self, trial: Trial) -> bool:
        path = self.package(trial)
        if path is None:
            return False
        with closing(sqlite3.connect(path)) as database:
            database.execute("UPDATE meta SET value = '99' WHERE name = 'format_version'")
            database.commit()
        return True


class LostPackage(Damage):
    name = "a package that is gone"

    def damage(self, trial: Trial) -> bool:
        path = self.package(trial)
        if path is None:
            return False
        path.unlink()
        return True
