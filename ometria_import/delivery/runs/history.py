"""The history of a home's runs: every journal is read once, then queried.

Runs are as old as their beginning, for then their files were read; one that promotes a staging run
is as old as that. An account holds what the run that sent last has sent, and that may be an old run
that was resumed: older records must not overwrite newer ones. Neither needs a clock: ids sort in
the order in which they were given, and every session that sends has a turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Self

from ometria_import.config import AccountSettings
from ometria_import.config.home import Home, RunFolder, RunId, age_of
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.model import RunInfo
from ometria_import.delivery.runs.earlier_run import EarlierRun, OpenRejects
from ometria_import.delivery.runs.listed_run import ListedRun, read_run
from ometria_import.delivery.runs.retry_package import retriable_records
from ometria_import.delivery.runs.run_request import RunRequest, load_request
from ometria_import.errors import InterruptedRunError, OmetriaImportError, PackageError, UsageError
from ometria_import.package import Package, PackageId


class RunHistory:
    """Every run of a home that got as far as a journal, as it stood at one moment.

    A run that sends changes it: whoever is about to send looks once it holds the account.
    """

    def __init__(self, home: Home, runs: Sequence[ListedRun]) -> None:
        self.home = home
        self.runs = runs
        """All runs, newest first; a damaged journal does not hide the others."""

    @classmethod
    def load(cls, home: Home) -> Self:
        """Read the history, opening each journal once."""
        return cls(home, [read_run(folder) for folder in home.runs() if folder.has_journal])

    def run(self, run_id: str) -> ListedRun | None:
        """The run with that id; None if it has no journal."""
        return next((run for run in self.runs if run.folder.id == run_id), None)

    def next_turn(self) -> int:
        """The turn of a session that begins now; its account must be held."""
        # Who cannot be read sends nothing any more.
        return 1 + max((turns.last for run in self.runs for turns in run.sent.values()), default=0)

    def pause_left_s(self, account: AccountSettings, now_s: float) -> float:
        """Seconds of the longest pause that any run of an account was told and that are left.

        A journal that cannot be read tells of none: whoever resumes its run hears of that.

        Args:
            account: At its address: another one is another server.
            now_s: Seconds since 1970.
        """
        pauses = [run.pause.left_s(now_s) for run in self.runs if run.is_to(account)]
        return max(pauses, default=0.0)

    def overtaker(self, run_id: str, types: Iterable[str] | None = None) -> ListedRun | None:
        """The newest of the later runs to the same account that sent records of a run's types.

        What it sent may be newer than what is sent of this run from now on. Retries of the same
        run sent the same records; a run that cannot be read may have sent any.

        Args:
            run_id: The run; one that has no journal was not overtaken.
            types: Of which it is asked; those that the run has still to send where it is left out.
        """
        run = self.run(run_id)
        if run is None:
            return None
        wanted = set(types if types is not None else self.types_to_send(run_id))
        for other in self._others(run) if wanted else ():
            is_later = self._read_at(other.folder.id) > self._read_at(run.folder.id)
            if is_later and (other.info is None or wanted & other.sent.keys()):
                return other
        return None

    def newer_than(
        self, read_in: RunId, account: AccountSettings, types: Iterable[str]
    ) -> ListedRun | None:
        """The newest run that sent records of some types to an account which it read later.

        Args:
            read_in: The run in which the older records were read, whatever account it went to.
            account: The account at its address.
            types: The object types of the older records.
        """
        wanted = set(types)
        for run in self.runs:
            original = self._originals[run.folder.id]
            may_have_sent = run.info is None or (run.is_to(account) and wanted & run.sent.keys())
            if may_have_sent and self._read_at(original) > age_of(read_in):
                return run
        return None

    def of_package(self, content_hash: str, account: AccountSettings) -> EarlierRun | None:
        """The run that sends exactly a package to an account; None if there is none.

        Of several, the newest unfinished one, or else the newest.
        """
        found = [
            (run, run.info)
            for run in self.runs
            if run.info and run.is_to(account) and run.info.content_hash == content_hash
        ]
        found.sort(key=lambda each: each[1].is_finished)
        return self._about(*found[0]) if found else None

    def promotions_of(self, run_id: RunId) -> list[RunId]:
        """The live runs that promote a staging run, newest first."""
        return [run for run, read_in in self._read_in.items() if read_in == run_id != run]

    def types_to_send(self, run_id: str) -> set[str]:
        """The object types of which a run still has records to send."""
        run = self.run(run_id)
        return {str(total.object_type) for total in run.totals if total.to_send} if run else set()

    def newest_unfinished(self) -> RunFolder:
        """Find the run that `resume` means when it is given none: no later one has overtaken it.

        Raises:
            UsageError: there is nothing to resume.
        """
        unfinished = [run for run in self.runs if run.is_open]
        for run in unfinished:
            if self.overtaker(run.folder.id) is None:
                return run.folder
        more = ", except ones that later runs have overtaken" if unfinished else ""
        raise UsageError(
            f"there is no unfinished run in {self.home.root}{more}",
            hint="`ometria-import runs` lists them all; use --home if they are elsewhere.",
        )

    def earlier_run(self, account: AccountSettings, request: RunRequest) -> EarlierRun | None:
        """Find the newest run of the same sources; None where there is none that can be read.

        Dry runs, runs without a journal and runs to another address do not count.
        """
        mine = [(run, run.info) for run in self.runs if run.info and run.is_to(account)]
        for run, info in mine if request.asked else ():
            if load_request(run.folder).asked == request.asked:
                retries = tuple(
                    self._about(other, of_other)
                    for other, of_other in reversed(mine)
                    if other.is_open
                    and other is not run
                    and self._originals[other.folder.id] == run.folder.id
                )
                return replace(self._about(run, info), unfinished_retries=retries)
        return None

    def is_accepted_on_staging(self, content_hash: str) -> bool:
        """Whether a finished staging run got every record of such a package accepted."""
        return any(
            not info.account.is_live
            and info.content_hash == content_hash
            and info.is_finished
            and not info.is_dry_run
            and all(total.accepted - total.rejected_later == total.records for total in run.totals)
            for run in self.runs
            if (info := run.info) is not None
        )

    def is_newest_of_account(self, run_id: str) -> bool:
        """Whether no later run sent to the account of a run, as far as runs can tell."""
        run = self.run(run_id)
        if run is None or run.info is None:
            return False
        return not any(
            other.info is None
            or (not other.info.is_dry_run and other.info.account == run.info.account)
            for other in self.runs
            if other.folder.id > run.folder.id
        )

    def resubmitted(self, run_id: str) -> int:
        """Count the records that a run rejected and that finished runs of its account sent since.

        A package that was pushed twice counts once, and one that is gone does not count.
        """
        run = self.run(run_id)
        account = run.info.account if run is not None and run.info is not None else None
        read_in = self._read_in.get(RunId(run_id), run_id)
        counted: dict[PackageId, int] = {}
        for info in (run.info for run in self.runs if run.info is not None):
            if info.is_dry_run or not info.is_finished or info.account != account:
                continue
            try:
                with Package(info.package_path) as package:
                    fixed = package.sums.get("mends", {})
            except InterruptedRunError:
                raise
            except OmetriaImportError:
                continue
            counted[info.package_id] = int(fixed.get(read_in, 0)) if isinstance(fixed, dict) else 0
        return sum(counted.values())

    def open_rejects(self, run_id: str) -> OpenRejects:
        """Count what is still unresolved of a finished run, as far as this home knows."""
        run = self.run(run_id)
        if run is None:
            return OpenRejects()
        rejected = run.rejected - self.resubmitted(run_id)
        return replace(self._open_at_ometria(run), rejected=max(rejected, 0))

    def _open_at_ometria(self, run: ListedRun) -> OpenRejects:
        """What the push API did not accept, as of the newest finished retry."""
        own = OpenRejects(
            refused=sum(total.refused + total.unclear for total in run.totals),
            late_errors=run.late.errors,
            is_doubtful=run.late.is_doubtful,
        )
        retries = (r for r in self.runs if r.info and r.info.retry_of == run.folder.id)
        retry = next((r for r in retries if r.info and r.info.is_finished), None)
        if retry is None or run.info is None:
            return own
        try:
            with (
                Journal(run.folder.journal, is_read_only=True) as journal,
                Package(run.info.package_path) as package,
            ):
                wanted = retriable_records(package, journal, has_changed=True)
        except PackageError:
            return own
        left = sum(map(len, wanted.values())) - sum(total.records for total in retry.totals)
        after = self._open_at_ometria(retry)
        return replace(after, refused=after.refused + max(left, 0))

    def _about(self, run: ListedRun, info: RunInfo) -> EarlierRun:
        return EarlierRun(
            run.folder,
            info,
            run.totals,
            load_request(run.folder),
            self.overtaker(run.folder.id),
            info.is_finished and not self._is_overwritten(run),
        )

    def _is_overwritten(self, run: ListedRun) -> bool:
        """Whether other runs sent records of a run's object types after it had begun to.

        Then the account may hold other things than the run sent, whichever of them is older.
        """
        for other in self._others(run):
            is_later = other.folder.id > run.folder.id
            if other.info is None and is_later:
                return True
            for name, theirs in other.sent.items():
                ours = run.sent.get(name)
                # Versions that gave no turns are told apart by when their runs began.
                if ours and (theirs.last, is_later) > (ours.first, False):
                    return True
        return False

    def _others(self, run: ListedRun) -> list[ListedRun]:
        """The runs that may have sent other records to the account of a run, newest first."""
        original, info = self._originals[run.folder.id], run.info
        return [
            other
            for other in self.runs
            if self._originals[other.folder.id] != original
            and (
                other.info is None
                or info is None
                or (
                    not other.info.is_dry_run
                    and (other.info.account, other.info.base_url) == (info.account, info.base_url)
                )
            )
        ]

    def _read_at(self, run_id: RunId) -> tuple[str, str]:
        """When the files of a run were read, to be compared with others."""
        return age_of(self._read_in.get(run_id, run_id))

    @cached_property
    def _read_in(self) -> dict[RunId, RunId]:
        """The run in which each run's files were read: another one's where it promotes that."""
        return {
            run.folder.id: load_request(run.folder).promotes or run.folder.id for run in self.runs
        }

    @cached_property
    def _originals(self) -> dict[RunId, RunId]:
        """The run that each run sends once more, be it a retry of a retry; itself for any other."""
        retry_of = {run.folder.id: run.info.retry_of if run.info else "" for run in self.runs}
        originals = {}
        for run in retry_of:
            original = run
            while retry_of.get(original):
                original = RunId(retry_of[original])
            originals[run] = original
        return originals
