"""Where a verification keeps what it found, and which verifications a run has had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ometria_import.config.home import Home, RunId
from ometria_import.errors import PackageError
from ometria_import.verification.summary import Summary, read_summary


@dataclass(frozen=True, slots=True)
class VerificationFolder:
    """The folder of one verification, and the names of what stands in it."""

    path: Path

    @property
    def lock(self) -> Path:
        """Held by the process that works on it."""
        return self.path / "lock"

    @property
    def id(self) -> RunId:
        """The folder's name, which is like a run's."""
        return RunId(self.path.name)

    @property
    def summary(self) -> Path:
        """What it found, as JSON."""
        return self.path / "summary.json"

    @property
    def state(self) -> Path:
        """The database of what it has read so far."""
        return self.path / "state.db"

    @property
    def differs(self) -> Path:
        """Every difference, as a CSV."""
        return self.path / "differs.csv"

    @property
    def missing(self) -> Path:
        """The records that the account does not have, as a CSV."""
        return self.path / "missing.csv"

    @property
    def extra(self) -> Path:
        """The records that only the account has, as a CSV."""
        return self.path / "extra.csv"

    @property
    def missing_records(self) -> Path:
        """The records that the account does not have, so that they can be pushed again."""
        return self.path / "missing.ndjson"


def verifications_of(home: Home, run_id: RunId) -> Iterator[Summary]:
    """The verifications of a run that have a summary, newest first, be they finished or not.

    A summary that cannot be read proves nothing and is left out.
    """
    for path in home.verifications():
        try:
            summary = read_summary(VerificationFolder(path).summary)
        except PackageError:
            continue
        if summary.run == run_id:
            yield summary


def newest_verification(home: Home, run_id: RunId) -> Summary | None:
    """The newest finished verification of a run; None if there is none."""
    return next((each for each in verifications_of(home, run_id) if each.is_finished), None)
