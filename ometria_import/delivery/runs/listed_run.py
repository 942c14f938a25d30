"""The contents of one run's journal, read in a single pass."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ometria_import.config import AccountSettings
from ometria_import.config.home import Home, RunFolder
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import LateSums
from ometria_import.delivery.journal.model import (
    HoursWaited,
    Pause,
    RunInfo,
    RunState,
    Turns,
    TypeTotals,
)
from ometria_import.delivery.runs.account_lock import holder_of
from ometria_import.errors import ExitCode, InterruptedRunError, OmetriaImportError

_KILLED = "its process was killed, or the machine stopped, before it could write down why"


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
    hours: HoursWaited = field(default_factory=HoursWaited)

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
    def waits_until(self) -> str:
        """When the hours it waits for begin, in ISO 8601 and UTC; empty if it does not wait."""
        return self.hours.until if self.is_running else ""

    @property
    def is_running(self) -> bool:
        """Whether a process is at work on it now."""
        return self.info is not None and self.info.state is RunState.RUNNING

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


def info_of(journal: Journal, folder: RunFolder) -> RunInfo:
    """What a journal says about its run; a run whose process is gone does not count as running.

    Only the account's lock tells: a process that is killed cannot record its end.
    """
    info = journal.info()
    if info.state is not RunState.RUNNING or info.is_dry_run:
        return info
    holder = holder_of(Home(folder.path.parent.parent), info.account)
    if holder is not None and holder.run in {folder.id, ""}:
        return info
    # It may have recorded how it ended before it released the account.
    info = journal.info()
    if info.state is not RunState.RUNNING:
        return info
    return replace(info, state=RunState.STOPPED, reason=_KILLED, updated_at=journal.last_sign())


def read_run(folder: RunFolder) -> ListedRun:
    """Read a run from its journal, or note why that is not possible."""
    try:
        with Journal(folder.journal, is_read_only=True) as journal:
            return ListedRun(
                folder,
                info_of(journal, folder),
                journal.totals(),
                journal.sent(),
                late=journal.late.sums(),
                pause=journal.pause(),
                hours=journal.hours(),
            )
    except InterruptedRunError:
        raise
    except OmetriaImportError as error:
        return ListedRun(folder, None, damage=error)
