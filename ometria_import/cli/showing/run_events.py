"""Showing the events of actions: progress, the totals of a run, and what to do next."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, assert_never

from ometria_import.actions.calling.events import (
    AlreadyPromoted,
    AlreadySent,
    Delivered,
    EffectsCounted,
    GateChecked,
    LateErrorsAdded,
    Noted,
    NothingLeft,
    NothingToRetry,
    NothingToSend,
    PromotionBegun,
    PromotionEnded,
    Rehearsed,
    RestBegun,
    RestEnded,
    RunEvent,
    RunVerified,
    SourcesPrepared,
    TooManyRejected,
)
from ometria_import.actions.calling.suggestions import Commands
from ometria_import.actions.calling.words import counted, hours_words, local_moment
from ometria_import.cli.showing.deferred_screen import DeferredScreen
from ometria_import.cli.showing.delivery_view import delivery_json, show_delivery, show_effects
from ometria_import.cli.showing.next_step import show_step, step_after, step_of_mending
from ometria_import.cli.showing.quiet_view import (
    open_words,
    sum_up_open,
    sum_up_run,
    sum_up_unsent,
)
from ometria_import.cli.showing.screen import (
    STRONG,
    WARNING,
    Screen,
    duration,
    linked,
)
from ometria_import.errors import ExitCode, LostOutputError

if TYPE_CHECKING:
    from ometria_import.cli.showing.delivery_progress import DeliveryProgress
    from ometria_import.cli.showing.prepare_progress import PrepareProgress
    from ometria_import.cli.showing.verification_progress import VerificationProgress
    from ometria_import.delivery import Event
    from ometria_import.prepare import PrepareEvent
    from ometria_import.verification.events import VerificationEvent

_RECORDS_SHOWN = 2
_Rare: TypeAlias = (
    TooManyRejected
    | NothingToSend
    | AlreadySent
    | Rehearsed
    | NothingLeft
    | NothingToRetry
    | LateErrorsAdded
    | RunVerified
)


class EventView:
    """Shows the events of one command."""

    def __init__(self, screen: Screen, commands: Commands) -> None:
        self.screen = screen
        self._whole = screen
        """The screen itself while what is shown is of a run that may not be the last."""
        self._commands = commands
        self._drawn = ExitStack()
        self._preparing: PrepareProgress | None = None
        self._delivering: DeliveryProgress | None = None
        self._verifying: VerificationProgress | None = None

    def stop(self) -> None:
        """End what is drawn."""
        self._drawn.close()
        self._preparing = self._delivering = self._verifying = None

    def prepare(self, event: PrepareEvent) -> None:
        """Show progress of preparing."""
        if self._preparing is None:
            # Here and not above: what only delivers does not pay for importing it.
            from ometria_import.cli.showing.prepare_progress import PrepareProgress

            self._preparing = self._drawn.enter_context(PrepareProgress(self.screen))
        self._preparing(event)

    def deliver(self, event: Event) -> None:
        """Show progress of a delivery."""
        if self._delivering is None:
            from ometria_import.cli.showing.delivery_progress import DeliveryProgress

            self._delivering = self._drawn.enter_context(DeliveryProgress(self.screen))
        self._delivering(event)

    def verify(self, event: VerificationEvent) -> None:
        """Show progress of a verification."""
        if self._verifying is None:
            from ometria_import.cli.showing.verification_progress import VerificationProgress

            self._verifying = self._drawn.enter_context(VerificationProgress(self.screen))
        self._verifying(event)

    def show(self, event: RunEvent) -> None:
        """Show what came of something.

        Raises:
            LostOutputError: nobody can be told of a run that went well.
        """
        screen = self.screen
        match event:
            case Noted():
                screen.note(event.text)
            case SourcesPrepared():
                from ometria_import.cli.showing.prepare_view import show_prepared

                self.stop()
                show_prepared(screen, event)
            case RestBegun():
                # One JSON object at the end: this run's, only if no other one follows.
                self.screen = DeferredScreen(screen)
            case RestEnded():
                if event.is_end and isinstance(screen, DeferredScreen):
                    screen.release()
                self.screen = self._whole
            case EffectsCounted():
                show_effects(screen, event.effects, event.to)
            case Delivered():
                self.stop()
                _show_end(screen, event)
            case PromotionBegun():
                # One JSON object at the end: the run's, with what was promoted and attested.
                self.screen = DeferredScreen(screen)
            case PromotionEnded() | GateChecked() | AlreadyPromoted():
                from ometria_import.cli.showing.promotion_view import show_promotion

                self.screen = self._whole
                show_promotion(screen, event, self._commands)
            case _:
                self._show_rare(screen, event)

    def _show_rare(self, screen: Screen, event: _Rare) -> None:
        """Show what most commands never come to."""
        match event:
            case TooManyRejected():
                screen.sum_up(sum_up_unsent(event.run, event.error.message))
                folder = event.run.folder
                screen.fact("Run", linked(folder.path))
            case NothingToSend():
                _show_nothing_to_send(screen, event)
            case AlreadySent():
                _show_already_sent(screen, event, self._commands)
            case Rehearsed():
                _show_rehearsed(screen, event)
            case NothingLeft():
                screen.prose(f"Run {event.run.folder.id} is finished: nothing is left to send.")
            case NothingToRetry():
                _show_nothing_to_retry(screen, event, self._commands)
            case LateErrorsAdded():
                told = counted(event.added, "new entry", "new entries")
                screen.prose(
                    f"{told} of the account's list of {event.listed:,} for run {event.run.id}."
                )
                if not event.is_alone:
                    screen.prose(
                        "Later runs sent to the account, so only errors that name a request count."
                    )
            case RunVerified():
                from ometria_import.cli.showing.verification_view import show_verification

                self.stop()
                show_verification(screen, event, self._commands)
            case _:
                assert_never(event)


def _show_end(screen: Screen, ended: Delivered) -> None:
    """Say how a run ended, where it lives and what to do next.

    Raises:
        LostOutputError: nobody can be told of a run that went well.
    """
    try:
        _say_end(screen, ended)
    except LostOutputError as lost:
        if ended.exit_code is ExitCode.OK:
            raise
        # Why the run stopped, or that not all got in, matters more than lost words about it.
        screen.complain(lost)


def _say_end(screen: Screen, ended: Delivered) -> None:
    run, summary = ended.run, ended.summary
    folder, code = run.folder, ended.exit_code
    show_delivery(screen, summary)
    if ended.is_told_why:
        screen.fact("Refused", linked(folder.path / "api-problems.csv"))
    screen.fact("Run", linked(folder.path))
    if run.promotes:
        screen.fact("Promotes", f"run {run.promotes}, byte for byte")
    report = {}
    if ended.report is not None:
        screen.fact("Report", linked(ended.report))
        report = {"report": str(ended.report)}
    failure: dict[str, str] = {}
    step = step_after(run, summary, code)
    if code is not ExitCode.OK:
        screen.sum_up(sum_up_run(run, summary, step.command))
    if summary.failure is not None:
        screen.complain(summary.failure)
        failure = {"error": summary.failure.message, "hint": summary.failure.hint}
    show_step(screen, step)
    screen.result(
        {**run.as_json(), **delivery_json(summary), **report, **failure, "exit_code": int(code)},
    )


def _show_nothing_to_send(screen: Screen, event: NothingToSend) -> None:
    run, code = event.run, event.run.exit_code(ExitCode.OK)
    screen.say("Nothing to send.")
    if event.reason:
        screen.sum_up(sum_up_unsent(run, event.reason))
        show_step(screen, step_of_mending(run))
    none = dict.fromkeys(("batches", "requests", "retries", "accepted", "refused"), 0)
    screen.result({**run.as_json(), **none, "exit_code": int(code)})


def _show_already_sent(screen: Screen, event: AlreadySent, commands: Commands) -> None:
    earlier, left = event.earlier, event.left
    account, run_id = earlier.info.account, earlier.folder.id
    accepted = sum(total.accepted for total in earlier.totals)
    records = sum(total.records for total in earlier.totals)
    screen.prose(
        f"Nothing to do: run {run_id} sent these files to {account} on "
        f"{local_moment(earlier.info.updated_at)}, {accepted:,} of "
        f"{counted(records, 'record')} accepted, and nothing has changed since; "
        "--new sends them again."
    )
    if left:
        step = commands.show(run_id)
        screen.prose((f"Still open from that run: {open_words(left)}.", WARNING))
        screen.next_step(command=step)
        screen.sum_up(sum_up_open(account, left, step))
    screen.result(
        {
            "run": run_id,
            "account": account,
            "nothing_to_do": True,
            **({"open": asdict(left)} if left else {}),
            "exit_code": int(ExitCode.REJECTS if left else ExitCode.OK),
        }
    )


def _show_rehearsed(screen: Screen, event: Rehearsed) -> None:
    run, summary, account = event.run, event.summary, event.account
    for path in event.bodies:
        _show_first_records(screen, path)
    screen.say("")
    screen.prose(
        (counted(summary.batches, "request"), STRONG),
        f" with {counted(summary.records, 'record')};"
        f" at {account.rate_per_s:g} requests/s they take {duration(event.seconds)}",
        hours_words(event.hours, event.seconds),
    )
    for path in event.bodies:
        screen.fact("Bodies", linked(path))
    show_effects(screen, run.effects(), run.to, event.allowed)
    screen.say("Dry run: nothing was sent.")
    screen.next_step(f"the same command without --dry-run, to send to {run.to}")
    screen.result(
        {
            **run.as_json(),
            "dry_run": True,
            "batches": summary.batches,
            "requests": summary.batches,
            "retries": 0,
            "accepted": 0,
            "refused": 0,
            "to_send": summary.records,
            "seconds": round(event.seconds, 3),
            "between": None if event.hours.is_always else str(event.hours),
            "bodies": [str(path) for path in event.bodies],
            "exit_code": int(run.exit_code(summary.exit_code)),
        }
    )


def _show_first_records(screen: Screen, path: Path) -> None:
    if not screen.shows_results:
        return
    what = path.stem.replace("_", " ")
    screen.say((f"\nThe first {what} records, as they would be sent:", STRONG))
    with path.open(encoding="utf-8") as file:
        for line in islice(file, _RECORDS_SHOWN):
            screen.say(line.rstrip("\n"))


def _show_nothing_to_retry(screen: Screen, event: NothingToRetry, commands: Commands) -> None:
    run_id = event.run.id
    screen.prose(f"Nothing to do: run {run_id} left nothing that can pass now.")
    if event.is_unknown:
        screen.prose(
            "Its late errors are not known (W066): records that they name may succeed then."
        )
        screen.next_step(command=commands.errors(run_id))
    screen.result({"run": None, "retry_of": run_id, "nothing_to_do": True, "exit_code": 0})
