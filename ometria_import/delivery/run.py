"""The run loop: sends a package through a sink, and records it in the journal for resuming."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from ometria_import.delivery.answers.error_watch import ErrorWatch
from ometria_import.delivery.api.sink import Sink
from ometria_import.delivery.events import (
    BatchSettled,
    Event,
    RunEnded,
    RunStarted,
    Subscriber,
    ignore_events,
)
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.model import Outcome, RunState
from ometria_import.delivery.journal.thread import JournalThread
from ometria_import.delivery.pacing.hours_wait import HoursWait
from ometria_import.delivery.pacing.splitting import SplitBudget, send_splitting
from ometria_import.delivery.stopping import StopSignal
from ometria_import.delivery.summary import RunSummary, summary_of
from ometria_import.errors import (
    AccountRefusedError,
    InterruptedRunError,
    OmetriaImportError,
    PackageError,
    TemporaryFailureError,
)
from ometria_import.options.sending_hours import ALWAYS
from ometria_import.package import Batch, Package
from ometria_import.problems import shorten

_LOOK_AGAIN_S = 0.25
"""How often to check whether the window has grown while all its requests are in flight."""

_REFUSED_AS_A_WHOLE = 300
"""So many refused records, and none taken, are no longer about single records. A batch of which
none is taken costs 2n - 1 requests: a run that is refused for its account or its form would go on
for days to find what it will never find."""
_LEAST_SPLIT_REQUESTS = 200
"""A run of many batches may spend as many requests as it has batches: twice the time at most."""


def no_files() -> None:
    """The default for a run that writes nothing but its journal."""


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One session of a run: sends every batch that the journal has not settled, in order.

    All records of one object type are settled before the next type begins.
    """

    package: Package
    writer: JournalThread
    sink: Sink
    in_flight_limit: Callable[[], int]
    """The number of batches that may be in flight now."""
    stop: StopSignal
    on_event: Subscriber = ignore_events
    watch: ErrorWatch | None = None
    """Watches for late errors; with one, the run is finished once no new errors come."""
    write_files: Callable[[], None] = no_files
    """Writes the run's files; the run is finished only once they are written."""
    turn: int = 0
    """Counts the sessions that send to accounts; 0 is for one that sends nothing."""
    hours: HoursWait | None = None
    """Holds requests back outside of the hours in which the run may send."""
    rate_per_s: float = math.inf
    """The account's rate, to tell how long sending takes."""
    _budget: SplitBudget = field(init=False, default_factory=lambda: SplitBudget(0))
    _refused: int = field(init=False, default=0)
    _is_any_taken: bool = field(init=False, default=False)
    _is_resumed: bool = field(init=False, default=False)
    """Whether the run is resumed, so that its earlier refusals were already reported."""
    _failure: OmetriaImportError | None = field(init=False, default=None)
    _bug: BaseException | None = field(init=False, default=None)

    @property
    def journal(self) -> Journal:
        """The journal, which records what is settled and how."""
        return self.writer.journal

    async def run(self) -> RunSummary:
        """Send the rest. Errors that stop the run are put in the summary; bugs are raised.

        Raises:
            PackageError: the journal belongs to another package, or the package lacks a batch.
        """
        if self.journal.info().content_hash != self.package.content_hash:
            raise PackageError(
                f"the journal {self.journal.path} belongs to another package than "
                f"{self.package.path}",
                hint="Push the source files again: records that Ometria already has are only "
                "updated.",
            )
        self.stop.attach()
        settled = self.journal.settled()
        sizes = self.package.sizes()
        planned, _ = self.journal.batch_sums()
        if [number for number, _, _ in sizes] != list(range(1, planned + 1)):
            raise PackageError(
                f"package {self.package.path} is damaged: it has not the {planned:,} batches that "
                "were prepared",
                hint="Nothing in it can be trusted. Push the source files again.",
            )
        self._is_resumed = bool(settled)
        pending = [size for size in sizes if size[0] not in settled]
        self._budget = SplitBudget(max(_LEAST_SPLIT_REQUESTS, len(pending)))
        hours = ALWAYS if self.hours is None else self.hours.hours
        sending_s = len(pending) / self.rate_per_s
        self._note(RunStarted(self.journal.totals(), len(pending), hours, sending_s))
        if (not settled and not pending) or self.journal.info().is_finished:
            self.watch = None
        try:
            self._mark_running()
            if self.watch is not None:
                await self.watch.begin()
            for object_type, batches in groupby(pending, key=lambda size: size[1]):
                if self.turn:
                    self.journal.mark_turn(object_type, self.turn)
                await self._send_all([number for number, _, _ in batches])
                if self.stop.is_stopping:
                    break
        except OmetriaImportError as error:
            self._fail(error)
        await self._end_watch()
        if self._bug is not None:
            raise self._bug
        summary = self._end()
        self._note(RunEnded(summary))
        return summary

    def _mark_running(self) -> None:
        self.journal.mark_run(RunState.RUNNING)
        if (waited := self.journal.hours()).until:
            # A session that was killed while it waited has not recorded the end of its wait.
            self.journal.mark_hours(waited._replace(until=""))

    async def _send_all(self, numbers: Sequence[int]) -> None:
        """Send batches of one object type; returns when all are settled or the run stops."""
        waiting = list(reversed(numbers))
        under_way: set[asyncio.Task[None]] = set()
        try:
            while under_way or (waiting and not self.stop.is_stopping):
                limit = self.in_flight_limit()
                while waiting and len(under_way) < limit and not self.stop.is_stopping:
                    under_way.add(asyncio.create_task(self._settle(waiting.pop())))
                under_way -= await self._wait(under_way)
                if self.stop.is_immediate:
                    break
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
            await self.writer.write()

    async def _wait(self, under_way: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Wait until a task ends, a stop is requested, or the window may have grown."""
        change = asyncio.create_task(self.stop.changed())
        try:
            await asyncio.wait(
                {*under_way, change}, timeout=_LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            change.cancel()
        return {task for task in under_way if task.done()}

    async def _settle(self, number: int) -> None:
        """Send one batch and record its outcome; failures stop the run."""
        try:
            batch = self.package.batch(number)
            outcome = await send_splitting(self.sink, batch, self._budget)
            await self.writer.write(lambda: self.journal.mark_settled(batch, outcome))
            self._note(_settled(batch, outcome))
            self._refused += len(outcome.refused)
            self._is_any_taken = self._is_any_taken or outcome.receipt is not None
            is_refused = not self._is_any_taken and self._refused >= _REFUSED_AS_A_WHOLE
            if is_refused and not self._is_resumed:
                self._stop_refused(outcome)
        except InterruptedRunError:
            return
        except OmetriaImportError as error:
            self._fail(error)
        except MemoryError:
            self._fail(
                TemporaryFailureError(
                    "this machine does not have enough memory to continue",
                    hint="Nothing is lost. Close other programs, then run: ometria-import resume",
                )
            )
        except Exception as error:  # noqa: BLE001 -- raised again by `run` once all have ended
            self._bug = self._bug or error
            self.stop.halt()

    def _stop_refused(self, outcome: Outcome) -> None:
        planned, settled = self.journal.batch_sums()
        if planned == settled:
            return  # there is nothing left to spare
        last = outcome.refused[-1]
        account = self.journal.info().account
        raise AccountRefusedError(
            f"account {account}: the push API answered {last.status} to every record so far: "
            f"{shorten(last.answer)}",
            hint="The cause seems to be the account, or something in all of the records. Ask "
            "Ometria, or correct the files and push them again. Nothing is lost: "
            "ometria-import resume tries the rest anyway, and retry with --refused-too "
            "then sends what was refused.",
        )

    async def _end_watch(self) -> None:
        if self.watch is None:
            return
        batches, settled = self.journal.batch_sums()
        is_all_sent = batches == settled and not self.stop.is_stopping
        try:
            await self.watch.end(self.package, is_all_sent=is_all_sent)
        except OmetriaImportError as error:
            self._fail(error)

    def _note(self, event: Event) -> None:
        if self.watch is not None:
            self.watch.note(event)
        self.on_event(event)

    def _fail(self, error: OmetriaImportError) -> None:
        self._failure = self._failure or error
        self.stop.halt()

    def _end(self) -> RunSummary:
        batches, settled = self.journal.batch_sums()
        if batches == settled and self._failure is None:
            try:
                self.write_files()
            except OmetriaImportError as error:
                self._failure = error
        is_finished = batches == settled and self._failure is None
        if not is_finished and self._failure is None:
            self._failure = InterruptedRunError(
                "interrupted; everything that was answered is journaled",
                hint="To continue: ometria-import resume",
            )
        summary = summary_of(self.journal, self._failure)
        if self.hours is not None and not self.hours.hours.is_always:
            between, paused_s = str(self.hours.hours), self.hours.paused_s()
            total_s = self.hours.waited.paused_s
            summary = replace(summary, between=between, paused_s=paused_s, paused_total_s=total_s)
        state = RunState.FINISHED if is_finished else RunState.STOPPED
        reason = self._failure.message if self._failure else ""
        try:
            if summary.paused_s and self.hours is not None:
                self.journal.mark_hours(self.hours.waited)
            self.journal.mark_run(state, summary.exit_code, reason)
        except OmetriaImportError:
            # The disk is full: the run ends with the original failure, and can still be resumed.
            if self._failure is None:
                raise
        return summary


def _settled(batch: Batch, outcome: Outcome) -> BatchSettled:
    receipt = outcome.receipt
    return BatchSettled(
        number=batch.number,
        object_type=batch.object_type,
        records=batch.records,
        accepted=outcome.accepted,
        refused=len(outcome.refused) + outcome.rejected,
        skipped=outcome.skipped,
        unclear=outcome.unclear,
        latency_s=receipt.latency_s if receipt else 0.0,
        queue_remaining=receipt.queue_remaining if receipt else None,
    )
