"""Sending what a run has to send, the same for every action that sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ometria_import.actions.calling.caller import Context, LivePush
from ometria_import.actions.calling.events import Delivered, EffectsCounted, Noted
from ometria_import.actions.calling.run import SendableRun
from ometria_import.actions.calling.words import danger_words, way_out
from ometria_import.actions.forgetting.leaving_out import refuse_forgotten
from ometria_import.actions.giving.noting import note_begun, note_ended
from ometria_import.actions.keeping import check_of_age
from ometria_import.actions.pseudonyms import pseudonymised_words
from ometria_import.actions.report import kept_report
from ometria_import.config import Account
from ometria_import.config.home import RunFolder
from ometria_import.delivery import (
    DeliveryOptions,
    Event,
    Journal,
    RunHistory,
    RunLog,
    RunRequest,
    RunSummary,
    load_request,
    push_package,
    save_request,
    write_outcome_files,
)
from ometria_import.errors import (
    ExitCode,
    OmetriaImportError,
    UsageError,
    ignoring,
)
from ometria_import.options.choices import Danger
from ometria_import.options.sending_hours import ALWAYS, SendingHours
from ometria_import.package import effects_of
from ometria_import.problems import Problem

DEFAULT_GIVE_UP_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sending:
    """The options of every delivery."""

    allowed: frozenset[Danger] = frozenset()
    """What it may set off in the live account."""
    give_up_after: timedelta = DEFAULT_GIVE_UP_AFTER
    """How long a request that fails in a temporary way is tried again."""
    between: SendingHours | None = None
    """When requests may leave; None does as the run did before, or as the account's settings
    say."""
    sends_older: bool = False
    """Whether contacts are sent although their consent was checked long ago."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an action that sends."""

    exit_code: ExitCode
    run: RunFolder
    delivered: RunSummary | None = None
    """None where nothing was sent or rehearsed."""
    is_nothing_to_do: bool = False
    """Whether all this was sent already, by the run that is named."""


def deliver(
    run: SendableRun,
    journal: Journal,
    account: Account,
    sending: Sending,
    context: Context,
) -> Outcome:
    """Send what a run has left, and write down what became of it.

    What stopped it is in the summary, not raised.

    Raises:
        TemporaryFailureError: the disk fails; nothing was sent.
    """
    caller = context.caller
    problems: list[Problem] = []

    def write_files() -> None:
        problems[:] = write_outcome_files(run.folder, run.package, journal)

    options = DeliveryOptions(
        sending.give_up_after.total_seconds(), hours=sending.between or account.between or ALWAYS
    )
    request = RunRequest() if sending.sends_older else load_request(run.folder)
    note_begun(run, journal, account, context)
    # To the very end: a signal must not keep us from writing down what became of the run.
    with caller.stopping() as stop:
        with RunLog(run.folder.log) as log:

            def tell(event: Event) -> None:
                log(event)
                caller.tell_delivering(event)

            summary = push_package(
                run.package,
                journal,
                account,
                options=options,
                on_event=tell,
                stop=stop,
                write_files=write_files,
                check_after_pause=check_of_age(journal.info(), request),
            )
        if summary.failure is not None:
            # The error that stopped the run is reported; resuming the run rewrites the files.
            with ignoring(OmetriaImportError):
                write_files()
        else:
            note_ended(run, journal, account, context)
        report = kept_report(run, context) if summary.batches_settled else None
        delivered = Delivered(run, summary, is_told_why=bool(problems), report=report)
        caller.tell(delivered)
    return Outcome(delivered.exit_code, run.folder, delivered=summary)


def deliver_rest(run: SendableRun, account: Account, sending: Sending, context: Context) -> Outcome:
    """Send what a run has left; its account must be held already.

    What was allowed when the run began stays allowed, and what is allowed now is remembered. The
    same holds for the hours in which it may send.

    Raises:
        UsageError: a live run was not confirmed, or would set off what was never allowed, or the
            run went to another address, or it would send people who asked to be forgotten.
        PackageError: the package or the journal is damaged.
    """
    request = load_request(run.folder)
    if request.is_pseudonymised:
        context.caller.tell(Noted(pseudonymised_words(run.folder)))
    refuse_forgotten(run.package, run.folder.id, context)
    sending = replace(sending, between=sending.between or request.between)
    allowing = request.allowing(sending.allowed, datetime.now(UTC))
    allowing = replace(allowing, between=sending.between)
    is_promoted, between = bool(request.promotes), sending.between
    confirm(run, account, allowing.allowed, context, is_promoted=is_promoted, between=between)
    if allowing != request:
        save_request(run.folder, allowing)
    with Journal(run.folder.journal) as journal:
        info, (_, settled) = journal.info(), journal.batch_sums()
        if info.base_url != account.base_url and not settled:
            words = f"run {info.run_id} goes to {account.base_url}, not to {info.base_url}"
            context.caller.tell(Noted(words))
        return deliver(run, journal, account, sending, context)


def confirm(
    run: SendableRun,
    account: Account,
    allowed: frozenset[Danger],
    context: Context,
    *,
    is_promoted: bool = False,
    between: SendingHours | None = None,
) -> None:
    """Tell what a run sets off, and get the caller's consent if it goes to live.

    Args:
        run: The run.
        account: Where it goes.
        allowed: What it may set off.
        context: The caller who consents.
        is_promoted: Whether it is known already that staging took these very records.
        between: When it may send, where the account's settings do not say it.

    Raises:
        UsageError: it was not given, or the run would set off what was not allowed by name.
        PackageError: the package is damaged.
    """
    if not account.name.is_live:
        context.caller.tell(EffectsCounted(run.effects(), account.name))
        return
    now = datetime.now(UTC)
    effects = effects_of(run.package, now)
    left = {danger: count for danger, count in effects.dangers.items() if danger not in allowed}
    if left:
        error = UsageError(
            f"in the live account {danger_words(left)}; nothing was sent", hint=way_out(left)
        )
        error.told = run.as_json()
        raise error
    history = RunHistory.load(context.home)
    is_accepted = is_promoted or history.is_accepted_on_staging(run.package.content_hash)
    counts = run.package.record_counts()
    requests, sums = len(run.package.sizes()), run.sums
    hours = between or account.between or ALWAYS
    push = LivePush(account, counts, effects, now, is_accepted, requests, sums, hours)
    context.caller.confirm_live(push)
