"""What the history of runs says of one of them: what it was asked for, and what it left open."""

from __future__ import annotations

from dataclasses import dataclass

from ometria_import.config.home import RunFolder, RunId
from ometria_import.delivery.journal.model import RunInfo, TypeTotals
from ometria_import.delivery.runs.listed_run import ListedRun
from ometria_import.delivery.runs.run_request import RunRequest


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """The newest run of the same sources to the same account and address."""

    folder: RunFolder
    info: RunInfo
    totals: tuple[TypeTotals, ...]
    request: RunRequest
    overtaken_by: ListedRun | None
    """A later run, other than a retry of this one, that sent records of the object types that
    this one has still to send."""
    is_still_so: bool
    """Whether the account holds what this run had to send, as far as runs can tell."""
    unfinished_retries: tuple[EarlierRun, ...] = ()
    """What was begun to send some of it again and has not ended, oldest first."""

    @property
    def id(self) -> RunId:
        """The id of the run."""
        return self.folder.id


@dataclass(frozen=True, slots=True)
class OpenRejects:
    """What a finished run and its retries left unresolved."""

    rejected: int = 0
    """Records rejected while preparing."""
    refused: int = 0
    """Records refused by the push API, or in requests whose receipt does not add up."""
    late_errors: int = 0
    is_doubtful: bool = False
    """Whether late errors were missed or could not be read."""

    def __bool__(self) -> bool:
        return bool(self.rejected or self.refused or self.late_errors or self.is_doubtful)
