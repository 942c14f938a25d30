"""Runs that stopped before they sent anything, so that `runs` and `show` can tell of them."""

from __future__ import annotations

from datetime import UTC, datetime

from ometria_import.config import AccountSettings
from ometria_import.config.home import RunFolder
from ometria_import.delivery.journal.creation import create_journal
from ometria_import.delivery.journal.model import RunState
from ometria_import.errors import ExitCode
from ometria_import.package import Package


def record_unsent(
    run: RunFolder, package: Package, account: AccountSettings, code: ExitCode, reason: str
) -> None:
    """Give a run that sends nothing a journal that says why.

    As with a dry run, nothing of it went to the network and nobody resumes it.
    """
    with create_journal(run, package, account, datetime.now(UTC), is_dry_run=True) as journal:
        journal.mark_run(RunState.STOPPED, code, reason)
