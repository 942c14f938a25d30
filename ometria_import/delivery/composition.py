"""Assembling the parts of a delivery, in one place for all callers."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ometria_import.config import Account
from ometria_import.config.home import Home
from ometria_import.delivery.answers.error_watch import ErrorWatch
from ometria_import.delivery.api.dry_run import DryRunSink
from ometria_import.delivery.events import Subscriber, ignore_events
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.thread import JournalThread
from ometria_import.delivery.pacing.hours_wait import HoursWait, PauseCheck, check_nothing
from ometria_import.delivery.pacing.limited_sink import LimitedSink
from ometria_import.delivery.pacing.limiter import MAX_IN_FLIGHT, Clock, PacedLimiter
from ometria_import.delivery.pacing.read_turns import ReadTurns
from ometria_import.delivery.pacing.retrying import RetryingSink
from ometria_import.delivery.run import Delivery, no_files
from ometria_import.delivery.runs.history import RunHistory
from ometria_import.delivery.stopping import StopSignal
from ometria_import.delivery.summary import RunSummary
from ometria_import.errors import UsageError
from ometria_import.options.sending_hours import ALWAYS, SendingHours
from ometria_import.package import Package


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """The few settings of a delivery that a user may change."""

    give_up_after_s: float = 3600.0
    """How long a batch is retried before the run stops with exit code 75."""
    attempt_deadline_s: float = 60.0
    """The maximum seconds for one request, whatever the server does."""
    hours: SendingHours = ALWAYS
    """When requests may be sent; the run waits until then by itself."""


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
    check_after_pause: PauseCheck = check_nothing,
) -> RunSummary:
    """Send the batches that a journal has not settled to an account, and block until done.

    Pacing and retries use the clock; if one is passed, its sleep must go through `stop`. Once all
    batches are sent, `write_files` is called; the run is finished only if that succeeds. Once the
    run has waited for its hours, `check_after_pause` is asked about each batch.

    Raises:
        PackageError: the journal belongs to another package.
        UsageError: the journal belongs to a dry run, or to a run to another account or address.
    """
    signal = stop or StopSignal()
    chosen, time = options or DeliveryOptions(), clock or Clock(sleep=signal.sleep)
    if journal.info().is_dry_run:
        raise UsageError(
            f"run {journal.info().run_id} is a dry run: there is nothing to resume",
            hint=f"To send for real: ometria-import push --to {account.name}",
        )
    _refuse_another_run(journal, account)
    home = Home(journal.path.parents[2])
    history = RunHistory.load(home)

    async def run() -> RunSummary:
        # Imported here so that only deliveries over the network pay for importing httpx.
        from ometria_import.delivery.api.error_feed import PushErrors
        from ometria_import.delivery.api.push_api import PushApiSink, UniqueAnswers
        from ometria_import.delivery.api.transport import trusting

        limiter = PacedLimiter(account.rate_per_s, time, on_event)
        if pause_s := history.pause_left_s(account, time.wall()):
            limiter.pause(pause_s, "the push API asked for it before a run stopped")
        deadline_s, wall = chosen.attempt_deadline_s, time.wall
        authorities = trusting(account.ca_file)
        async with AsyncExitStack() as held:
            writer = await held.enter_async_context(JournalThread(journal))
            push_api = await held.enter_async_context(
                PushApiSink(
                    account, attempt_deadline_s=deadline_s, wall=wall, authorities=authorities
                )
            )
            answers = UniqueAnswers(push_api, journal.request_ids())
            hours = HoursWait(chosen.hours, time, on_event, check_after_pause, writer)
            limited = LimitedSink(answers, limiter, time, on_event, writer, hours)
            sink = RetryingSink(
                limited,
                give_up_after_s=chosen.give_up_after_s,
                clock=time,
                on_event=on_event,
                paused_s=hours.paused_s,
            )
            watch = None
            if account.reads_errors:
                watch = ErrorWatch(
                    await held.enter_async_context(
                        PushErrors(
                            account, deadline_s=deadline_s, wall=wall, authorities=authorities
                        )
                    ),
                    journal,
                    turns=ReadTurns(home, account, time, is_first=True),
                    clock=time,
                    quiet_s=account.wait_for_errors_s,
                    on_event=on_event,
                )
            delivery = Delivery(
                package=package,
                writer=writer,
                sink=sink,
                in_flight_limit=lambda: limiter.in_flight_limit,
                stop=signal,
                on_event=on_event,
                watch=watch,
                write_files=write_files,
                turn=history.next_turn(),
                hours=hours,
                rate_per_s=account.rate_per_s,
            )
            return await delivery.run()

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
    """Write what would be sent into a folder, through the same code but without network or key.

    Raises:
        ValueError: the journal was not created for a dry run.
    """
    signal = stop or StopSignal()
    if not journal.info().is_dry_run:
        message = "a dry run must not settle the batches of a real one"
        raise ValueError(message)

    async def run() -> RunSummary:
        async with JournalThread(journal) as writer, DryRunSink(folder) as sink:
            delivery = Delivery(
                package=package,
                writer=writer,
                sink=sink,
                # The sink never waits, so the batches are still written in order.
                in_flight_limit=lambda: MAX_IN_FLIGHT,
                stop=signal,
                on_event=on_event,
            )
            return await delivery.run()

    return asyncio.run(run())


@contextmanager
def _short_collections() -> Iterator[None]:
    """Keep garbage collection from going through the objects of preparing, a long pause."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _refuse_another_run(journal: Journal, account: Account) -> None:
    """Refuse a journal of another account, whose settled batches must not count here."""
    info = journal.info()
    if info.account != account.name:
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
            hint="Restore the old base_url to go on, or push the sources again as a new run.",
        )
    journal.mark_base_url(account.base_url)
