"""Where packages, runs and checks live on disk, readable by their owner only.

.ometria-import/packages/<id>{.db,.effects.json}
.ometria-import/runs/<id>/{request.json,journal.db,problems.csv,reading.json,run.log,rejects/,
    sums.json,columns.json,rows.parquet,report.html,report.json}
.ometria-import/checks/<id>/{problems.csv,sums.json,rejects/}
.ometria-import/verify/<id>/{summary.json,state.db,differs.csv,missing.csv,extra.csv,missing.ndjson}
.ometria-import/consent/<id>/{summary.json,danger.csv}
.ometria-import/locks/<account>.lock
.ometria-import/endings/{<account>.json,<account>.<command>.<moment>.<random>.begun}
.ometria-import/given/<account>.db
.ometria-import/tracking/{staging,live,either}.json
.ometria-import/pseudonyms/{secret,mark,phones.json}
.ometria-import/copies/copy-<random>
.ometria-import/forgotten/{people.json,secret,mark,lock}
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NewType

from ometria_import.config.storage import PRIVATE_FOLDER, make_private, storage_errors
from ometria_import.errors import UsageError
from ometria_import.on_disk import is_folder, is_there
from ometria_import.options.did_you_mean import did_you_mean

RunId = NewType("RunId", str)

DEFAULT_ROOT = Path(".ometria-import")

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SUFFIX_LENGTH = 4
"""Four digits of base 36 count the microseconds of a second, so ids sort by their time."""
_RUN_ID = re.compile(rf"(\d{{8}}-\d{{6}})-[a-z0-9-]+-([{_DIGITS}]{{{_SUFFIX_LENGTH}}})", re.ASCII)
_MOMENT = "%Y%m%d-%H%M%S"
SUMS_FILE = "sums.json"
READING_FILE = "reading.json"
"""How the sources of the reject files were read."""
ROWS_FILE = "rows.parquet"
"""What became of every row while preparing: numbers of lines, and no value of any row."""
COLUMNS_FILE = "columns.json"
"""What became of the cells of each column."""
MASKED_SUFFIX = "masked.csv"
"""Of reject files that say where the rows are and why, but not what they hold."""
REFUSED_FILE = "-refused.ndjson"
"""After an object type: the reject file of what the push API refused, which is written anew."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run or check, and the names of what stands in it."""

    path: Path

    @property
    def id(self) -> RunId:
        """The folder's name."""
        return RunId(self.path.name)

    @property
    def journal(self) -> Path:
        """The database of the batches' states."""
        return self.path / "journal.db"

    @property
    def has_journal(self) -> bool:
        """Whether the run has begun to send, or could.

        Raises:
            UsageError: the folder cannot be looked into.
        """
        with storage_errors(self.journal):
            return is_there(self.journal)

    @property
    def request(self) -> Path:
        """What the run was asked for."""
        return self.path / "request.json"

    @property
    def rejects(self) -> Path:
        """The folder of the reject files."""
        return self.path / "rejects"

    @property
    def problems(self) -> Path:
        """Every problem that was found, as a CSV."""
        return self.path / "problems.csv"

    @property
    def sums(self) -> Path:
        """The totals of preparing, as JSON; other runs may share this run's package."""
        return self.path / SUMS_FILE

    @property
    def rows(self) -> Path:
        """What became of every row while preparing."""
        return self.path / ROWS_FILE

    @property
    def log(self) -> Path:
        """What happened, one JSON object per line."""
        return self.path / "run.log"


class Home:
    """The folder `.ometria-import` or whatever `--home` says; made when something goes in."""

    def __init__(self, root: Path = DEFAULT_ROOT) -> None:
        self.root = root

    @property
    def packages(self) -> Path:
        """Where packages live; made if it does not exist."""
        return self._folder("packages")

    @property
    def locks(self) -> Path:
        """Where the accounts' locks live; made if it does not exist."""
        return self._folder("locks")

    @property
    def endings(self) -> Path:
        """Where the endings of commands that send are kept; made if it does not exist."""
        return self._folder("endings")

    @property
    def given(self) -> Path:
        """Where the stores of what accounts were given are; made if it does not exist."""
        return self._folder("given")

    @property
    def copies(self) -> Path:
        """Where files of other machines are copied to while they are read; made if need be."""
        return self._folder("copies")

    @property
    def tracking(self) -> Path:
        """Where the last check of the shop's pages is kept; made if it does not exist."""
        return self._folder("tracking")

    @property
    def pseudonyms(self) -> Path:
        """Where the secret of the pseudonyms lives; made if it does not exist."""
        return self._folder("pseudonyms")

    @property
    def forgotten(self) -> Path:
        """Where the list of people who asked to be forgotten is; made if it does not exist."""
        return self._folder("forgotten")

    def create_run(self, account: str, now: datetime) -> RunFolder:
        """Make the folder of a new run; two runs never get the same one."""
        return self._create_run("runs", account, now)

    def create_check(self, now: datetime) -> RunFolder:
        """Make the folder of a new check."""
        return self._create_run("checks", "check", now)

    def create_verification(self, account: str, now: datetime) -> Path:
        """Make the folder of a new verification, which is named like a run."""
        return self._create("verify", account, now)

    def create_consent_diff(self, account: str, now: datetime) -> Path:
        """Make the folder of a new comparison of consent, which is named like a run."""
        return self._create("consent", account, now)

    def consent_diffs(self) -> list[Path]:
        """The folder of every comparison of consent, newest first."""
        return self._folders("consent")

    def runs(self) -> list[RunFolder]:
        """Every run, newest first."""
        return [RunFolder(path) for path in self._folders("runs")]

    def checks(self) -> list[RunFolder]:
        """Every check, newest first."""
        return [RunFolder(path) for path in self._folders("checks")]

    def verifications(self) -> list[Path]:
        """The folder of every verification, newest first."""
        return self._folders("verify")

    def _folders(self, kind: str) -> list[Path]:
        folder = self.root / kind
        with storage_errors(folder):
            if not is_folder(folder):
                return []
            found = [path for path in folder.iterdir() if is_folder(path)]
        return sorted(found, key=lambda path: age_of(path.name), reverse=True)

    def find_run(self, text: str) -> RunFolder:
        """Find a run by its id or by the beginning of it.

        Raises:
            UsageError: no run has this id, or several begin like it.
        """
        runs = self.runs()
        if not runs:
            raise UsageError(
                f"there is no run in {self.root}",
                hint="Start one with `ometria-import push`, or say --home where the runs are.",
            )
        found = [run for run in runs if text and run.id.startswith(text)]
        exact = [run for run in found if run.id == text]
        if exact or len(found) == 1:
            return (exact or found)[0]
        if found:
            ids = ", ".join(run.id for run in found[:3])
            raise UsageError(f"{len(found)} runs begin with {text}: {ids}", hint="Type more of it.")
        near = did_you_mean(text, [run.id for run in runs])
        raise UsageError(
            f"there is no run {text!r} in {self.root}{near}",
            hint=f"The newest is {runs[0].id}.",
        )

    def _create_run(self, kind: str, label: str, now: datetime) -> RunFolder:
        path = self._create(kind, label, now)
        with storage_errors(path):
            (path / "rejects").mkdir(mode=PRIVATE_FOLDER)
        return RunFolder(path)

    def _create(self, kind: str, label: str, now: datetime) -> Path:
        parent = self._folder(kind)
        with storage_errors(parent):
            now = _not_before(parent, now)
            number = now.microsecond
            while True:
                path = parent / new_run_id(now.replace(microsecond=number), label)
                try:
                    path.mkdir(mode=PRIVATE_FOLDER)
                except FileExistsError:
                    number = (number + 1) % 1_000_000
                    continue
                return path

    def _folder(self, name: str) -> Path:
        path = self.root / name
        with storage_errors(path):
            # parents=True would give the parents the umask's mode, not ours.
            self.root.parent.mkdir(parents=True, exist_ok=True)
            self.root.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            make_private(path)
        return path


def _not_before(parent: Path, now: datetime) -> datetime:
    """The moment to name a run by: ids sort as they were given, even if the clock is set back."""
    ids = [found for path in parent.iterdir() if (found := _RUN_ID.fullmatch(path.name))]
    latest = max((found[1] for found in ids), default="")
    try:
        newest = datetime.strptime(latest, _MOMENT).replace(tzinfo=UTC)
        return now if now >= newest else newest + timedelta(seconds=1)
    except (ValueError, OverflowError):
        # There is none, or somebody made it up.
        return now


def is_run_id(name: str) -> bool:
    """Whether a folder's name is one that we give to runs and checks."""
    return _RUN_ID.fullmatch(name) is not None


def age_of(run_id: str) -> tuple[str, str]:
    """What sorts ids by their time, whatever account they name: within a second, too."""
    found = _RUN_ID.fullmatch(run_id)
    return (found[1], found[2]) if found else (run_id, "")


def new_run_id(now: datetime, label: str) -> RunId:
    """Name a run by its time in UTC, so that names sort like times, within a second too."""
    moment = now.astimezone(UTC)
    number, suffix = moment.microsecond, ""
    for _ in range(_SUFFIX_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        suffix = _DIGITS[digit] + suffix
    return RunId(f"{moment:{_MOMENT}}-{label}-{suffix}")
