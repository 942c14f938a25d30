"""The contents of one run's journal, read in a single pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ometria_import.config import AccountSettings
from ometria_import.config.home import RunFolder
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import LateSums
from ometria_import.delivery.journal.model import Pause, RunInfo, Turns, TypeTotals
from ometria_import.errors import ExitCode, InterruptedRunError, OmetriaImportError


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as described by its journal, or the reason why the journal cannot be read."""

    folder: RunFolder
    info: RunInfo | None
    totals: tuple[TypeTotals, ...] = ()
    sent: Mapping[str, Turns] = field(default_factory=dict)
    """The object types of which it may have sent records, and when among all sessions."""
    damage: OmetriaImportError | None = None
    late: LateSums = field(default_factory=LateSums)
    pause: Pause = field(default_factory=Pause)
    """The pause that its server asked for."""

    @property
    def rejected(self) -> int:
        """The number of records rejected while preparing; 0 if it cannot be read."""
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

    @property
    def is_open(self) -> bool:
        """Whether the run can be read and has records left to send."""
        return self.info is not None and not (self.info.is_finished or self.info.is_dry_run)

    def is_to(self, account: AccountSettings) -> bool:
        """Whether it sent to an account at its address; a dry run did not."""
        info = self.info
        if info is None or info.is_dry_run:
            return False
        return (info.account, info.base_url) == (account.name, account.base_url)


def read_run(folder: RunFolder) -> ListedRun:
    """Read a run from its journal, or note why that is not possible."""
    try:
        with Journal(folder.journal, is_read_only=True) as journal:
            return ListedRun(
                folder,
                journal.info(),
                journal.totals(),
                journal.sent(),
                late=journal.late.sums(),
                pause=journal.pause(),
            )
    except InterruptedRunError:
        raise
    except OmetriaImportError as error:
        return ListedRun(folder, None, damage=error)
