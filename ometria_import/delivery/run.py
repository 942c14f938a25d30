"""The run loop: from a package through a sink into the journal, and on after any stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from ometria_import.delivery.journal.model import Outcome, RunState
from ometria_import.delivery.journal.thread import JournalThread
from ometria_import.delivery.pacing.splitting import Refusals, SplitBudget, send_splitting
from ometria_import.delivery.stopping import StopSignal
from ometria_import.delivery.summary import RunSummary, summary_of
from ometria_import.errors import (
    AccountRefusedError,
    InterruptedRunError,
    OmetriaImportError,
    PackageError,
    TemporaryFailureError,
)
from ometria_import.package import Batch, Package
from ometria_import.problems import shorten

_LOOK_AGAIN_S = 0.25
"""How soon a window that grew while all its requests were under way is noticed."""

_LEAST_SPLIT_REQUESTS = 200
"""A run of many batches may spend as many requests as it has batches: twice the time at most."""


def no_files() -> None:
    """Stand for a run of which nothing is written but its journal."""


@dataclass(frozen=True, slots=True)
class Route:
    """A sink, and how many of its batches may be under way."""

    sink: Sink
    in_flight_limit: Callable[[], int]


async def deliver(
    package: Package,
    writer: JournalThread,
    route: Route,
    *,
    on_event: Subscriber = ignore_events,
    stop: StopSignal,
    watch: ErrorWatch | None = None,
    write_files: Callable[[], None] = no_files,
    turn: int = 0,
) -> RunSummary:
    """Send every batch that the journal has not settled, in the package's order.

    All records of one object type are settled before the next type begins. A run with a watch
    is finished when that has heard nothing new for long enough, and when its files are written:
    nobody would write them later. What stops the run is in the summary, not raised; a bug is
    raised. `turn` counts the sessions that send to accounts; 0 is for one that sends nothing.

    Raises:
        PackageError: the journal is another package's, or the package lacks a batch.
    """
    journal = writer.journal
    if journal.info().content_hash != package.content_hash:
        raise PackageError(
            f"the journal {journal.path} belongs to another package than {package.path}",
            hint="Push the source files again: what Ometria has already is only updated.",
        )
    stop.attach()
    delivery = _Delivery(package, writer, route, on_event, stop, watch, write_files, turn)
    return await delivery.run()


class _Delivery:
    """One session of a run."""

    def __init__(
        self,
        package: Package,
        writer: JournalThread,
        route: Route,
        on_event: Subscriber,
        stop: StopSignal,
        watch: ErrorWatch | None,
        write_files: Callable[[], None],
        turn: int,
    ) -> None:
        self._package = package
        self._writer = writer
        self._journal = writer.journal
        self._route = route
        self._tell = on_event
        self._stop = stop
        self._watch = watch
        self._write_files = write_files
        self._turn = turn
        self._budget = SplitBudget(_LEAST_SPLIT_REQUESTS)
        self._refusals = Refusals()
        self._is_resumed = False
        """Who goes on with a run was told of its refusals."""
        self._failure: OmetriaImportError | None = None
        self._bug: BaseException | None = None

    async def run(self) -> RunSummary:
        settled = self._journal.settled()
        sizes = self._package.sizes()
        planned, _ = self._journal.batch_sums()
        if [number for number, _, _ in sizes] != list(range(1, planned + 1)):
            raise PackageError(
                f"package {self._package.path} is damaged: it has not the {planned:,} batches that "
                "were prepared",
                hint="Nothing of it can be trusted. Push the source files once more.",
            )
        self._is_resumed = bool(settled)
        pending = [size for size in sizes if size[0] not in settled]
        self._budget = SplitBudget(max(_LEAST_SPLIT_REQUESTS, len(pending)))
        self._on_event(RunStarted(self._journal.totals(), len(pending)))
        if (not settled and not pending) or self._journal.info().is_finished:
            self._watch = None
        try:
            self._journal.mark_run(RunState.RUNNING)
            if self._watch is not None:
                await self._watch.begin()
            for object_type, batches in groupby(pending, key=lambda size: size[1]):
                if self._turn:
                    self._journal.mark_turn(object_type, self._turn)
                await self._send_all([number for number, _, _ in batches])
                if self._stop.is_stopping:
                    break
        except OmetriaImportError as error:
            self._fail(error)
        await self._end_watch()
        if self._bug is not None:
            raise self._bug
        summary = self._end()
        self._on_event(RunEnded(summary))
        return summary

    async def _send_all(self, numbers: Sequence[int]) -> None:
        """Send batches of one object type; returns when all are settled or the run stops."""
        waiting = list(reversed(numbers))
        under_way: set[asyncio.Task[None]] = set()
        try:
            while under_way or (waiting and not self._stop.is_stopping):
                limit = self._route.in_flight_limit()
                while waiting and len(under_way) < limit and not self._stop.is_stopping:
                    under_way.add(asyncio.create_task(self._settle(waiting.pop())))
                under_way -= await self._wait(under_way)
                if self._stop.is_immediate:
                    break
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
            await self._writer.drain()

    async def _wait(self, under_way: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Wait until something ends, somebody asks to stop, or the window may have grown."""
        change = asyncio.create_task(self._stop.changed())
        try:
            await asyncio.wait(
                {*under_way, change}, timeout=_LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            change.cancel()
        return {task for task in under_way if task.done()}

    async def _settle(self, number: int) -> None:
        """Send one batch and write down how it ended; failures stop the run."""
        try:
            batch = self._package.batch(number)
            outcome = await send_splitting(self._route.sink, batch, self._budget)
            await self._writer.settle(batch, outcome)
            self._on_event(_settled(batch, outcome))
            if self._refusals.are_of_all(outcome) and not self._is_resumed:
                self._stop_refused(outcome)
        except InterruptedRunError:
            return
        except OmetriaImportError as error:
            self._fail(error)
        except MemoryError:
            self._fail(
                TemporaryFailureError(
                    "this machine has not enough memory to go on",
                    hint="Nothing is lost. End other programs; then: ometria-import resume",
                )
            )
        except Exception as error:  # noqa: BLE001 -- raised again by `run` once all have ended
            self._bug = self._bug or error
            self._stop.halt()

    def _stop_refused(self, outcome: Outcome) -> None:
        planned, settled = self._journal.batch_sums()
        if planned == settled:
            return  # there is nothing left to spare
        last = outcome.refused[-1]
        account = self._journal.info().account
        raise AccountRefusedError(
            f"account {account}: the push API answered {last.status} to every record so far: "
            f"{shorten(last.answer)}",
            hint="It seems to be about the account or about all of the records. Ask Ometria, or "
            "mend the files and push them anew. Nothing is lost: ometria-import resume tries the "
            "rest all the same, and then retry with --refused-too what was refused.",
        )

    async def _end_watch(self) -> None:
        if self._watch is None:
            return
        batches, settled = self._journal.batch_sums()
        is_all_sent = batches == settled and not self._stop.is_stopping
        try:
            await self._watch.end(self._package, is_all_sent=is_all_sent)
        except OmetriaImportError as error:
            self._fail(error)

    def _on_event(self, event: Event) -> None:
        if self._watch is not None:
            self._watch.note(event)
        self._tell(event)

    def _fail(self, error: OmetriaImportError) -> None:
        self._failure = self._failure or error
        self._stop.halt()

    def _end(self) -> RunSummary:
        batches, settled = self._journal.batch_sums()
        if batches == settled and self._failure is None:
            try:
                self._write_files()
            except OmetriaImportError as error:
                self._failure = error
        is_finished = batches == settled and self._failure is None
        if not is_finished and self._failure is None:
            self._failure = InterruptedRunError(
                "interrupted; everything that was answered is journaled",
                hint="To go on: ometria-import resume",
            )
        summary = summary_of(self._journal, self._failure)
        state = RunState.FINISHED if is_finished else RunState.STOPPED
        reason = self._failure.message if self._failure else ""
        try:
            self._journal.mark_run(state, summary.exit_code, reason)
        except OmetriaImportError:
            # A disk without room: the run ends as its failure says, and resumes all the same.
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
