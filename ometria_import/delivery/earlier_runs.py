"""What earlier runs to an account mean for a push that is about to begin."""

from __future__ import annotations

from dataclasses import dataclass

from ometria_import.choices import ObjectType
from ometria_import.config import AccountName, AccountSettings
from ometria_import.delivery.journal_model import RunInfo
from ometria_import.delivery.run_list import list_runs
from ometria_import.delivery.run_request import RunRequest, load_request
from ometria_import.delivery.summary import TypeTotals
from ometria_import.home import Home, RunFolder


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """The newest run of the same sources to the same account and address."""

    folder: RunFolder
    info: RunInfo
    totals: tuple[TypeTotals, ...]
    request: RunRequest
    is_overtaken: bool
    """Whether a later run sent records of the same object types to the account: what this run
    sent may no longer be what the account holds."""

    @property
    def is_still_so(self) -> bool:
        """Whether the account holds what this run had to send, as far as runs can tell."""
        return self.info.is_finished and not self.is_overtaken


def earlier_run(home: Home, account: AccountSettings, request: RunRequest) -> EarlierRun | None:
    """Find the newest run of the same sources; None where there is none that can be read.

    Dry runs, runs without a journal and runs to another address do not count.
    """
    if not request.asked:
        return None
    sent: set[str] = set()
    for run in list_runs(home):
        info = run.info
        if info is None:
            # Nobody knows what it sent.
            sent |= set(ObjectType)
            continue
        if info.is_dry_run:
            continue
        if (info.account, info.base_url) != (account.name, account.base_url):
            continue
        theirs = load_request(run.folder)
        types = {str(total.object_type) for total in run.totals}
        if theirs.asked == request.asked:
            return EarlierRun(run.folder, info, run.totals, theirs, bool(types & sent))
        sent |= types
    return None


def is_accepted_on_staging(home: Home, content_hash: str) -> bool:
    """Whether a finished staging run got every record of such a package accepted."""
    return any(
        run.info is not None
        and run.info.account is AccountName.STAGING
        and run.info.content_hash == content_hash
        and run.info.is_finished
        and not run.info.is_dry_run
        and all(total.accepted - total.rejected_later == total.records for total in run.totals)
        for run in list_runs(home)
    )
