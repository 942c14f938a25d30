"""What earlier runs to an account mean for a push that is about to begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ometria_import.config import AccountName, AccountSettings
from ometria_import.config.home import Home, RunFolder, RunId
from ometria_import.delivery.journal.model import RunInfo, TypeTotals
from ometria_import.delivery.runs.overtaking import is_overwritten, originals_of, overtaker
from ometria_import.delivery.runs.run_list import ListedRun, list_runs
from ometria_import.delivery.runs.run_request import RunRequest, load_request
from ometria_import.errors import UsageError


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
    is_overwritten: bool
    """Whether what it sent may no longer be what the account holds."""
    unfinished_retries: tuple[EarlierRun, ...] = ()
    """What was begun to send some of it again and has not ended, oldest first."""

    @property
    def id(self) -> RunId:
        """Its name."""
        return self.folder.id

    @property
    def is_still_so(self) -> bool:
        """Whether the account holds what this run had to send, as far as runs can tell."""
        return self.info.is_finished and not self.is_overwritten


def earlier_run(home: Home, account: AccountSettings, request: RunRequest) -> EarlierRun | None:
    """Find the newest run of the same sources; None where there is none that can be read.

    Dry runs, runs without a journal and runs to another address do not count.
    """
    if not request.asked:
        return None
    runs = [run for run in list_runs(home) if run.info is None or _is_to(run.info, account)]
    for run in runs:
        if run.info is not None and load_request(run.folder).asked == request.asked:
            return _about(run, run.info, runs, _unfinished_retries(run, runs))
    return None


def _unfinished_retries(run: ListedRun, runs: Sequence[ListedRun]) -> tuple[EarlierRun, ...]:
    originals = originals_of(runs)
    return tuple(
        _about(each, each.info, runs)
        for each in reversed(runs)
        if each.info is not None
        and not each.info.is_finished
        and each.folder.id != run.folder.id
        and originals[each.folder.id] == run.folder.id
    )


def _about(
    run: ListedRun,
    info: RunInfo,
    runs: Sequence[ListedRun],
    retries: tuple[EarlierRun, ...] = (),
) -> EarlierRun:
    return EarlierRun(
        run.folder,
        info,
        run.totals,
        load_request(run.folder),
        overtaker(run, runs),
        is_overwritten(run, runs),
        retries,
    )


def _is_to(info: RunInfo, account: AccountSettings) -> bool:
    is_there = (info.account, info.base_url) == (account.name, account.base_url)
    return is_there and not info.is_dry_run


def newest_unfinished(home: Home) -> RunFolder:
    """Find the run that `resume` means when it is given none: one that no later run has overtaken.

    Raises:
        UsageError: there is nothing to resume.
    """
    runs = list_runs(home)
    is_any_overtaken = False
    for run in runs:
        if run.info is None or run.info.is_finished or run.info.is_dry_run:
            continue
        if overtaker(run, runs) is None:
            return run.folder
        is_any_overtaken = True
    more = ", but such as later runs have overtaken" if is_any_overtaken else ""
    raise UsageError(
        f"there is no unfinished run in {home.root}{more}",
        hint="`ometria-import runs` lists them all; say --home if they are elsewhere.",
    )


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
