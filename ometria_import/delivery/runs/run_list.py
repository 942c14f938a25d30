"""The runs of a home, as `runs`, `show` and `resume` see them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ometria_import.config.home import Home, RunFolder
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import LateSums
from ometria_import.delivery.journal.model import RunInfo, Turns, TypeTotals
from ometria_import.errors import ExitCode, OmetriaImportError


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run that a journal tells of, or why it cannot."""

    folder: RunFolder
    info: RunInfo | None
    totals: tuple[TypeTotals, ...] = ()
    sent: Mapping[str, Turns] = field(default_factory=dict)
    """The object types of which it may have sent records, and when among all sessions."""
    damage: OmetriaImportError | None = None
    late: LateSums = field(default_factory=LateSums)

    @property
    def rejected(self) -> int:
        """How many records were rejected while preparing; 0 where that cannot be read."""
        try:
            return int(json.loads(self.folder.sums.read_bytes()).get("rejected", 0))
        except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            # A run that retries another has none.
            return 0

    @property
    def exit_code(self) -> ExitCode | None:
        """What the run as a whole told the shell, None while it did not; both halves count."""
        code = self.info.exit_code if self.info is not None else None
        return ExitCode.REJECTS if code is ExitCode.OK and self.rejected else code


def list_runs(home: Home) -> list[ListedRun]:
    """Every run that got as far as a journal, newest first; a damaged one does not hide others."""
    return [read_run(folder) for folder in home.runs() if folder.journal.exists()]


def read_run(folder: RunFolder) -> ListedRun:
    """What the journal of a run says, or why it says nothing."""
    try:
        with Journal(folder.journal, is_read_only=True) as journal:
            return ListedRun(
                folder,
                journal.info(),
                journal.totals(),
                journal.sent(),
                late=journal.late_sums(),
            )
    except OmetriaImportError as error:
        return ListedRun(folder, None, damage=error)


def is_newest_of_account(home: Home, run: RunInfo) -> bool:
    """Whether no later run sent to the account of a run, as far as runs can tell."""
    for other in list_runs(home):
        info = other.info
        if info is None:
            return False  # nobody knows what it sent
        if info.run_id == run.run_id:
            return True
        if not info.is_dry_run and info.account is run.account:
            return False
    return False
