"""What earlier runs to an account mean for a push that is about to begin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
    unfinished_retries: tuple[EarlierRun, ...] = ()
    """What was begun to send some of it again and has not ended, oldest first."""

    @property
    def id(self) -> RunId:
        """Its name."""
        return self.folder.id

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
    later = _LaterRuns()
    for run in list_runs(home):
        info = run.info
        if info is None:
            # Nobody knows what it sent.
            later.sent[run.folder.id] = frozenset(ObjectType)
            continue
        if info.is_dry_run:
            continue
        if (info.account, info.base_url) != (account.name, account.base_url):
            continue
        theirs = load_request(run.folder)
        found = EarlierRun(run.folder, info, run.totals, theirs, is_overtaken=False)
        if theirs.asked == request.asked:
            return later.about(found)
        later.add(found)
    return None


class _LaterRuns:
    """The runs to an account that are newer than those not looked at yet."""

    def __init__(self) -> None:
        self.sent: dict[RunId, frozenset[str]] = {}
        """The object types of each, newest first."""
        self._retry_of: dict[RunId, RunId] = {}
        self._unfinished: list[EarlierRun] = []

    def add(self, run: EarlierRun) -> None:
        """Go on to older ones."""
        self.sent[run.folder.id] = _types(run)
        if run.info.retry_of:
            self._retry_of[run.folder.id] = run.info.retry_of
            if not run.info.is_finished:
                self._unfinished.append(run)

    def about(self, run: EarlierRun) -> EarlierRun:
        """A run that is older than all of these, with what they mean for it."""
        retries = [each for each in self._unfinished if self._original(each.folder.id) == run.id]
        return replace(
            run,
            is_overtaken=self._overtakes(run, list(self.sent), run),
            unfinished_retries=tuple(
                replace(each, is_overtaken=self._overtakes(each, self._newer(each), run))
                for each in reversed(retries)
            ),
        )

    def _newer(self, run: EarlierRun) -> list[RunId]:
        names = list(self.sent)
        return names[: names.index(run.folder.id)]

    def _overtakes(self, run: EarlierRun, newer: Iterable[RunId], original: EarlierRun) -> bool:
        """Whether one of newer runs sent the same object types, and more than a retry."""
        types = _types(run)
        return any(
            types & self.sent[name] and self._original(name) != original.id for name in newer
        )

    def _original(self, name: RunId) -> RunId:
        """The run that a retry, or a retry of a retry, sent once more; itself for any other."""
        while name in self._retry_of:
            name = self._retry_of[name]
        return name


def _types(run: EarlierRun) -> frozenset[str]:
    return frozenset(str(total.object_type) for total in run.totals)


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
