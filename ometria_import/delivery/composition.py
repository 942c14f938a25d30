"""Where the parts of a delivery are put together, once for all its callers."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ometria_import.config import Account
from ometria_import.config.home import Home
from ometria_import.delivery.answers.error_watch import ErrorWatch
from ometria_import.delivery.api.dry_run import DryRunSink
from ometria_import.delivery.api.unique_answers import UniqueAnswers
from ometria_import.delivery.events import Subscriber, ignore_events
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.thread import JournalThread
from ometria_import.delivery.pacing.in_flight import MAX_IN_FLIGHT, InFlightWindow
from ometria_import.delivery.pacing.limited_sink import LimitedSink
from ometria_import.delivery.pacing.limiter import Clock, PacedLimiter
from ometria_import.delivery.pacing.retrying import RetryingSink
from ometria_import.delivery.run import Route, deliver, no_files
from ometria_import.delivery.runs.history import RunHistory
from ometria_import.delivery.stopping import StopSignal
from ometria_import.delivery.summary import RunSummary
from ometria_import.errors import UsageError
from ometria_import.package import Package


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """The few settings of a delivery that a user may change."""

    give_up_after_s: float = 3600.0
    """How long one batch is tried again before the run stops with exit code 75."""
    attempt_deadline_s: float = 60.0
    """How long one request may take, whatever the server does."""
    pause_s: float = 0.0
    """How long nobody may send at first: what is left of a pause that other runs were told."""


@asynccontextmanager
async def push_route(
    account: Account,
    writer: JournalThread,
    *,
    options: DeliveryOptions,
    on_event: Subscriber,
    clock: Clock,
) -> AsyncIterator[Route]:
    """Open the way to an account: retrying(limited(unique(push_api))).

    It journals its intents.
    """
    # Here and not above: only a delivery to the network pays for importing httpx.
    from ometria_import.delivery.api.push_api import PushApiSink

    window = InFlightWindow(account.rate_per_s, clock)
    limiter = PacedLimiter(account.rate_per_s, clock, on_event)
    if pause_s := max(writer.journal.pause().left_s(clock.wall()), options.pause_s):
        limiter.pause(pause_s, "the push API asked for it before a run stopped")
    async with PushApiSink(
        account,
        attempt_deadline_s=options.attempt_deadline_s,
        wall=clock.wall,
    ) as push_api:
        answers = UniqueAnswers(push_api, writer.journal.request_ids())
        limited = LimitedSink(answers, limiter, window, clock, on_event, writer)
        sink = RetryingSink(
            limited, give_up_after_s=options.give_up_after_s, clock=clock, on_event=on_event
        )
        yield Route(sink, lambda: window.limit)


@asynccontextmanager
async def error_watch(
    account: Account,
    journal: Journal,
    *,
    options: DeliveryOptions,
    on_event: Subscriber,
    clock: Clock,
) -> AsyncIterator[ErrorWatch | None]:
    """Open the way to an account's error list, at the pace of reads; None where it has none."""
    if not account.reads_errors:
        yield None
        return
    from ometria_import.delivery.api.error_feed import READ_RATE_PER_S, PushErrors

    async with PushErrors(account, deadline_s=options.attempt_deadline_s, wall=clock.wall) as feed:
        yield ErrorWatch(
            feed,
            journal,
            limiter=PacedLimiter(READ_RATE_PER_S, clock),
            clock=clock,
            quiet_s=account.wait_for_errors_s,
            on_event=on_event,
        )


def push_package(
    package: Package,
    journal: Journal,
    account: Account,
    *,
    options: DeliveryOptions | None = None,
    on_event: Subscriber = ignore_events,
    stop: StopSignal | None = None,
    clock: Clock | None = None,
    write_files: Callable[[], None] = no_files,
) -> RunSummary:
    """Send what a journal has not settled to an account, and block until that ends.

    The clock is what pacing and retries go by; a given one must sleep through `stop`. Once all is
    sent, `write_files` is called; the run is finished only if it succeeds.

    Raises:
        PackageError: the journal is another package's.
        UsageError: the journal is of a dry run, or of a run to another account or address.
    """
    signal = stop or StopSignal()
    if journal.info().is_dry_run:
        raise UsageError(
            f"run {journal.info().run_id} is a dry run: there is nothing to resume",
            hint=f"To send for real: ometria-import push --to {account.name}",
        )
    _refuse_another_run(journal, account)
    turn = RunHistory.load(Home(journal.path.parents[2])).next_turn()

    async def run() -> RunSummary:
        chosen, time = options or DeliveryOptions(), clock or Clock(sleep=signal.sleep)
        async with JournalThread(journal) as writer:
            way = push_route(account, writer, options=chosen, on_event=on_event, clock=time)
            listening = error_watch(account, journal, options=chosen, on_event=on_event, clock=time)
            async with way as route, listening as watch:
                return await deliver(
                    package,
                    writer,
                    route,
                    on_event=on_event,
                    stop=signal,
                    watch=watch,
                    write_files=write_files,
                    turn=turn,
                )

    with _short_collections():
        return asyncio.run(run())


def dry_run_package(
    package: Package,
    journal: Journal,
    folder: Path,
    *,
    on_event: Subscriber = ignore_events,
    stop: StopSignal | None = None,
) -> RunSummary:
    """Write what would be sent into a folder, by the same path; no network, no key.

    Raises:
        ValueError: the journal was not created for a dry run.
    """
    signal = stop or StopSignal()
    if not journal.info().is_dry_run:
        message = "a dry run must not settle the batches of a real one"
        raise ValueError(message)

    async def run() -> RunSummary:
        async with JournalThread(journal) as writer, DryRunSink(folder) as sink:
            # The sink never waits, so the batches are written in their order all the same.
            route = Route(sink, lambda: MAX_IN_FLIGHT)
            return await deliver(package, writer, route, on_event=on_event, stop=signal)

    return asyncio.run(run())


@contextmanager
def _short_collections() -> Iterator[None]:
    """Let no garbage collection go through what preparing left: it stops everything for long."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _refuse_another_run(journal: Journal, account: Account) -> None:
    """What was settled elsewhere must not count as delivered here."""
    info = journal.info()
    if info.account is not account.name:
        raise UsageError(
            f"run {info.run_id} goes to {info.account}, not to {account.name}",
            hint=f"Begin a run of its own: ometria-import push --to {account.name}",
        )
    if info.base_url == account.base_url:
        return
    _, settled = journal.batch_sums()
    if settled:
        raise UsageError(
            f"run {info.run_id} has delivered {settled} batches to {info.base_url}; "
            f"base_url is {account.base_url} now",
            hint="Put the old base_url back to go on, or push the sources again as a new run.",
        )
    journal.mark_base_url(account.base_url)
