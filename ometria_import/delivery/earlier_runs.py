"""What earlier runs to an account mean for a push that is about to begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ometria_import.choices import ObjectType
from ometria_import.config import AccountName, AccountSettings
from ometria_import.delivery.journal_model import RunInfo
from ometria_import.delivery.run_list import list_runs
from ometria_import.delivery.run_request import RunRequest, load_request
from ometria_import.delivery.summary import TypeTotals
from ometria_import.home import Home, RunFolder, RunId


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """The newest run of the same sources to the same account and address."""

    folder: RunFolder
    info: RunInfo
    totals: tuple[TypeTotals, ...]
    request: RunRequest
    is_overtaken: bool
    """Whether a later run, other than a retry of this one, sent records of the same object types
    to the account: what this run sent may no longer be what the account holds."""

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
    later: dict[RunId, frozenset[str]] = {}
    retries: dict[RunId, RunId] = {}
    for run in list_runs(home):
        info = run.info
        if info is None:
            # Nobody knows what it sent.
            later[run.folder.id] = frozenset(ObjectType)
            continue
        if info.is_dry_run:
            continue
        if (info.account, info.base_url) != (account.name, account.base_url):
            continue
        theirs = load_request(run.folder)
        types = frozenset(str(total.object_type) for total in run.totals)
        if theirs.asked == request.asked:
            is_overtaken = any(
                types & sent and _original(name, retries) != run.folder.id
                for name, sent in later.items()
            )
            return EarlierRun(run.folder, info, run.totals, theirs, is_overtaken)
        later[run.folder.id] = types
        if info.retry_of:
            retries[run.folder.id] = info.retry_of
    return None


def _original(name: RunId, retries: Mapping[RunId, RunId]) -> RunId:
    """The run that a retry, or a retry of a retry, sent once more; itself for any other."""
    while name in retries:
        name = retries[name]
    return name


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
