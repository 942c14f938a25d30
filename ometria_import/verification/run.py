"""A verification from its beginning, or from where it was stopped, to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ometria_import.config import Account
from ometria_import.config.home import Home, RunFolder
from ometria_import.delivery import Journal, RunInfo, StopSignal
from ometria_import.delivery.pacing.limiter import Clock
from ometria_import.errors import (
    InterruptedRunError,
    OmetriaImportError,
    TemporaryFailureError,
    UsageError,
)
from ometria_import.options.choices import ObjectType
from ometria_import.package import Derivation, Package
from ometria_import.verification.comparing import proof_of_load
from ometria_import.verification.events import (
    CountingRecords,
    ReadingPlanned,
    VerificationSubscriber,
    ignore_verification,
)
from ometria_import.verification.folders import VerificationFolder
from ometria_import.verification.reader import ListReader, Patience, count_lists
from ometria_import.verification.reading import AccountReads, PlaceLost, ReadEvent
from ometria_import.verification.recorder import Recorder
from ometria_import.verification.records.expected import Expected
from ometria_import.verification.records.files import write_files
from ometria_import.verification.records.planning import (
    Selection,
    count_records,
    decide,
    lists_of,
    pages_of,
)
from ometria_import.verification.records.sent import SentRecords
from ometria_import.verification.records.state import State
from ometria_import.verification.records.tables import PlannedList, Result
from ometria_import.verification.summary import How, LoadSummary, Summary, write_summary
from ometria_import.verification.summing_up import Ended, sum_up
from ometria_import.verification.unfinished import begun_verification, forget, noted
from ometria_import.verification.wishes import Wishes

_GO_ON = "Run the same command again within a day: it goes on from here."


@dataclass(frozen=True, slots=True)
class Subject:
    """A finished run that is verified."""

    folder: RunFolder
    info: RunInfo
    package: Package
    journal: Journal
    account: Account
    """The account that the run went to."""
    home: Home
    sums: Mapping[str, Any] | None = None
    """What preparing summed up; None where that is not known."""
    notes: tuple[str, ...] = ()
    """What a reader of the outcome must know of the run."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How an account is read."""

    give_up_after_s: float = 3600.0
    on_event: VerificationSubscriber = ignore_verification
    stop: StopSignal | None = None
    clock: Clock | None = None
    """Its sleep must go through `stop`."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome of a verification, or of as much of it as was done."""

    folder: VerificationFolder
    summary: Summary
    failure: OmetriaImportError | None = None
    """What stopped it; the same wishes go on with it."""


def verify_package(subject: Subject, wishes: Wishes, reading: Reading | None = None) -> Verified:
    """Read back what the account holds, compare it, and write down what came of it.

    A verification of the same wishes that was stopped within the last day goes on.

    Raises:
        UsageError: the run has no such source, or nothing of what was asked for is expected.
        PackageError: the run's journal or package is damaged.
        AccountBusyError: another process is at the same verification.
        TemporaryFailureError: the disk fails.
    """
    chosen = reading or Reading()
    stop = chosen.stop or StopSignal()
    clock = chosen.clock or Clock(sleep=stop.sleep)
    selection = Selection(
        subject.package,
        Expected(subject.package, subject.journal, subject.folder.problems),
        wishes.types,
        wishes.sources_of(subject.package),
    )
    _refuse_nothing(selection, subject, wishes)
    selection.heed(stop)
    now = datetime.fromtimestamp(clock.wall(), UTC)
    about = noted(subject.info, wishes)
    with begun_verification(subject.home, subject.account.name, about, now) as (folder, state):
        work = _Verification(subject, wishes, state, selection, (chosen, stop, clock))
        failure: OmetriaImportError | None = None
        try:
            asyncio.run(work.run())
        except InterruptedRunError:
            # The message of a stop, where it is noticed, is about sending.
            failure = InterruptedRunError("interrupted; what was read is kept", hint=_GO_ON)
        except TemporaryFailureError as error:
            failure = error
        sent = SentRecords(subject.package)
        files = write_files(folder, state, sent, subject.info.run_id) if state.is_planned else {}
        ended_at = datetime.fromtimestamp(clock.wall(), UTC)
        notes = (*subject.notes, *work.notes)
        load = _proof_of_load(subject, wishes, state)
        unchanged = Derivation.unchanged(subject.package.sums)
        ended = Ended(folder, wishes, ended_at, failure, notes, files, load, unchanged)
        summary = sum_up(subject.info, state, ended)
        write_summary(folder.summary, summary)
    if summary.is_finished:
        forget(folder)
    return Verified(folder, summary, failure)


def _refuse_nothing(selection: Selection, subject: Subject, wishes: Wishes) -> None:
    """Stop where no record is expected in the account.

    Raises:
        UsageError: so it is.
    """
    if next(iter(selection), None) is not None:
        return
    if wishes.types or wishes.source:
        raise UsageError(
            f"the account accepted no record of run {subject.info.run_id} that was asked for",
            hint="Leave out --type and --source to verify all of the run.",
        )
    raise UsageError(
        f"the account accepted no record of run {subject.info.run_id}: nothing can be read back",
        hint="Look into what was refused: "
        f"{subject.folder.path / 'api-problems.csv'} and {subject.folder.problems}.",
    )


def _proof_of_load(subject: Subject, wishes: Wishes, state: State) -> LoadSummary | None:
    """Where orders and revenue went; None where orders were not asked for."""
    if wishes.types and ObjectType.ORDER not in wishes.types:
        return None
    return proof_of_load(subject.package, subject.journal, subject.sums, state.orders())


class _Verification:
    """The work on one verification in one process."""

    def __init__(
        self,
        subject: Subject,
        wishes: Wishes,
        state: State,
        selection: Selection,
        how: tuple[Reading, StopSignal, Clock],
    ) -> None:
        reading, stop, self._clock = how
        self._subject = subject
        self._wishes = wishes
        self._state = state
        self._selection = selection
        self._tell = reading.on_event
        self._patience = Patience(subject.info.updated_at, wishes.settle, self._clock)
        self._reads = AccountReads(
            subject.account,
            subject.home,
            give_up_after_s=reading.give_up_after_s,
            on_event=self._hear,
            stop=stop,
            clock=self._clock,
        )
        self.notes: list[str] = []

    async def run(self) -> None:
        """Plan if that is not done, read what is unread, and wait for what may still come.

        Raises:
            InterruptedRunError: a stop was asked for.
            TemporaryFailureError: the account failed for too long.
        """
        async with self._reads:
            is_resumed = self._state.is_planned
            if not is_resumed:
                await self._plan()
            lists = [each for each in self._state.lists() if each.how is not How.NONE]
            self._tell_plan(lists, is_resumed=is_resumed)
            recorder = Recorder(
                self._state,
                self._subject.package,
                self._wishes.accepted,
                self._patience.is_too_soon,
            )
            reader = ListReader(
                self._reads, recorder, self._tell, has_extras=not self._wishes.source
            )
            try:
                for planned in lists:
                    if not planned.refused:
                        await reader.read(planned)
                await reader.settle(self._patience, self._clock)
            finally:
                recorder.write()
                self.notes += reader.notes

    async def _plan(self) -> None:
        """Count, decide and draw."""
        self._tell(CountingRecords())
        counted = count_records(self._selection)
        lists = await count_lists(self._reads, lists_of(counted), self._tell)
        rate = self._reads.reads_per_s
        plan = decide(lists, counted, self._wishes.sample, rate)
        records = plan.records(self._selection, self._state.meta("seed"))
        self._state.plan(plan.lists, plan.strata, records)

    def _tell_plan(self, lists: list[PlannedList], *, is_resumed: bool) -> None:
        requests = 0
        for planned in lists:
            unread = self._state.count(planned.number)[Result.UNREAD]
            is_paged = planned.is_paged and not planned.is_paged_through
            left = max((planned.in_account or 0) - planned.next_offset, 0)
            requests += pages_of(left) if is_paged else unread
        seconds = requests / self._reads.reads_per_s
        told = tuple(self._state.lists())
        self._tell(ReadingPlanned(told, requests, seconds, is_resumed))

    def _hear(self, event: ReadEvent) -> None:
        if isinstance(event, PlaceLost):
            note = (
                f"so much of {event.path} went while it was read that records which only the "
                "account has may not be listed"
            )
            if note not in self.notes:
                self.notes.append(note)
        self._tell(event)
