"""Preparing a package and sending it to an account, or going on with what was begun before."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from ometria_import.actions.calling.caller import Context
from ometria_import.actions.calling.events import (
    NothingToSend,
    Rehearsed,
    SourcesPrepared,
    TooManyRejected,
)
from ometria_import.actions.calling.run import SendableRun
from ometria_import.actions.calling.unsent import before_sending, drop, dropped_on_failure
from ometria_import.actions.delivering import Outcome, Sending, confirm, deliver
from ometria_import.actions.earlier import Before, Continuing
from ometria_import.actions.forgetting.leaving_out import without_forgotten
from ometria_import.actions.giving.changed import complete_types, only_changed
from ometria_import.actions.keeping import keep
from ometria_import.actions.pseudonyms import Pseudonymising, marked, pseudonymising
from ometria_import.actions.remote import copies_removed
from ometria_import.actions.seen_before import seen_before
from ometria_import.actions.sources import chosen_sources, name_of
from ometria_import.config import Account, AccountName, AccountSettings
from ometria_import.config.home import RunFolder
from ometria_import.config.storage import at_work, storage_errors
from ometria_import.delivery import (
    AccountLock,
    RunRequest,
    create_journal,
    dry_run_package,
    record_unsent,
    save_request,
)
from ometria_import.errors import ExitCode, InterruptedRunError, RejectLimitError
from ometria_import.forgotten import known_people
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.choices import ConsentRule
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.options.sending_hours import ALWAYS
from ometria_import.package import Package
from ometria_import.prepare import (
    Prepared,
    PrepareOptions,
    PrepareSummary,
    RejectLimit,
    fingerprint,
    prepare,
)
from ometria_import.pseudonyms import PseudonymWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What is to be pushed, where to, and how."""

    to: AccountName
    options: ReadingOptions
    files: Sequence[str | SourceArgument] | None = None
    """Paths, folders and patterns; none stands for what the settings list."""
    sending: Sending = field(default_factory=Sending)
    is_new: bool = False
    """Whether earlier runs of the same files are left alone."""
    is_dry_run: bool = False
    """Whether everything is done but sending, without a key."""
    pseudonyms: PseudonymWish = field(default_factory=PseudonymWish)
    """Whether and how fakes are made of all people."""
    is_changed_only: bool | None = None
    """Whether what the account was given before is left out; None does as its settings say."""
    consent: ConsentRule | None = None
    """What becomes of opt-ins; None does as the settings of the account say."""

    def settled_for(self, account: AccountSettings) -> Push:
        """The same, with what it leaves to the settings of the account as they say."""
        changed = self.is_changed_only
        return replace(
            self,
            is_changed_only=account.sends_changed_only if changed is None else changed,
            consent=self.consent or account.consent_rule,
        )


def push(wish: Push, context: Context) -> Outcome:
    """Check sources and send every good record, 100 to a request.

    An unfinished run of the same sources goes on; where it has sent all, nothing is done. What
    stops a delivery is in the outcome, not raised.

    Raises:
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a mapping cannot be used.
        UsageError: something is left open, or an argument, a key or a confirmation is missing.
        RejectLimitError: more was rejected than is allowed; nothing was sent.
        AccountBusyError: another run holds the account.
    """
    account: Account | AccountSettings = context.settings.accounts[wish.to]
    fakes = pseudonymising(wish.pseudonyms.options_for(account), wish.to, context)
    if not wish.is_dry_run:
        account = context.account(wish.to)
        context.require_consent_to_come(wish.to)
    wish = wish.settled_for(account)
    limit = wish.options.max_rejects
    budget = RejectLimit.parse(limit) if limit is not None else None
    arguments, options = chosen_sources(wish.files, wish.options, context)
    names = [name_of(each) for each in wish.files or [f"{context.settings.path}"]]
    known = fingerprint(names, arguments, options)
    request = RunRequest(
        known.asked,
        known.state,
        config=context.commands.config_from_root,
        command=context.command,
        consent=wish.consent or ConsentRule.FILE,
        between=wish.sending.between or account.between,
    ).allowing(wish.sending.allowed, datetime.now(UTC))
    request = marked(request, wish.to, arguments, fakes, context, is_sent=not wish.is_dry_run)
    with before_sending():
        folder = context.home.create_run(str(wish.to), datetime.now(UTC))
    with ExitStack() as held:
        held.enter_context(at_work(folder.path))
        with dropped_on_failure(folder):
            continuing, before = None, Before()
            if isinstance(account, Account):
                # Before the long work of preparing: two runs never share an account.
                with before_sending():
                    lock = held.enter_context(AccountLock(context.home, wish.to, folder.id))
                if not wish.is_new:
                    continuing = Continuing(
                        context, account, lock, request, wish.sending, bool(wish.is_changed_only)
                    )
                    before = continuing.go_on()
                    with before_sending():
                        lock.hold_for(folder.id)
            end = before.end
            if end is None:
                prepared = _prepared(arguments, options, folder, context, fakes)
                held.enter_context(prepared.package)
                package = _of_people(prepared.package, account, folder, fakes, context, held)
                if continuing is not None and not wish.is_changed_only:
                    end = continuing.same(package, prepared.summary.rejected)
        if end is not None:
            drop(folder)
            return end
        seen = seen_before(prepared.summary, folder, context.home)
        context.caller.tell(SourcesPrepared(prepared.summary, seen))
        run = SendableRun(folder, package, wish.to, context.commands, before.code)
        _require_within(budget, prepared.summary, run, account, context)
        # After that, because asking an account about a million people takes a quarter of an hour.
        package, rule = _derived(package, wish, account, folder, prepared.summary, context, held)
        request, run = replace(request, consent=rule), replace(run, package=package)
        if not package.record_counts():
            return _end_without_records(run, account, prepared.summary, context)
        if not isinstance(account, Account):
            return _rehearse(run, account, wish.sending, context)
        confirm(run, account, wish.sending.allowed, context, between=wish.sending.between)
        with before_sending(), dropped_on_failure(folder):
            save_request(folder, request)
            journal = create_journal(folder, package, account, datetime.now(UTC))
            held.enter_context(journal)
        return deliver(run, journal, account, wish.sending, context)


def _prepared(
    arguments: Sequence[SourceArgument],
    options: PrepareOptions,
    folder: RunFolder,
    context: Context,
    fakes: Pseudonymising | None,
) -> Prepared:
    home = context.home
    # Before the long work: if the list of forgotten people is lost, nothing may be sent.
    known_people(home)
    with before_sending(), copies_removed(context), storage_errors(home.root):
        return prepare(
            arguments,
            options,
            folder.path,
            home.packages if fakes is None else fakes.plain(folder),
            context.caller.tell_preparing,
            is_masked=fakes is not None,
        )


def _of_people(
    package: Package,
    account: AccountSettings,
    folder: RunFolder,
    fakes: Pseudonymising | None,
    context: Context,
    held: ExitStack,
) -> Package:
    """The package without people who asked to be forgotten, and with fakes if they are wanted."""
    package = held.enter_context(without_forgotten(package, account, folder, context))
    return package if fakes is None else fakes.of_package(package, folder, context, held)


def _derived(
    package: Package,
    wish: Push,
    account: AccountSettings,
    folder: RunFolder,
    summary: PrepareSummary,
    context: Context,
    held: ExitStack,
) -> tuple[Package, ConsentRule]:
    """The prepared records that are sent, and the rule for consent that they were chosen by."""
    rule = wish.consent or ConsentRule.FILE
    if rule is not ConsentRule.FILE:
        kept, rule = keep(package, rule, account, folder, wish.sending.give_up_after, context)
        package = kept if kept is package else held.enter_context(kept)
    if wish.is_changed_only:
        complete = [] if wish.files else complete_types(summary, context)
        package = held.enter_context(only_changed(package, account, folder, complete, context))
    return package, rule


def _require_within(
    budget: RejectLimit | None,
    summary: PrepareSummary,
    run: SendableRun,
    account: AccountSettings,
    context: Context,
) -> None:
    """End here where too much was rejected, as a run that `runs` lists and `show` tells of."""
    try:
        summary.require_within(budget)
    except RejectLimitError as error:
        record_unsent(run.folder, run.package, account, error.exit_code, error.message)
        error.told = run.as_json()
        context.caller.tell(TooManyRejected(run, error))
        raise


def _end_without_records(
    run: SendableRun, account: AccountSettings, summary: PrepareSummary, context: Context
) -> Outcome:
    code, reason = run.exit_code(ExitCode.OK), ""
    if code is ExitCode.REJECTS:
        reason = f"nothing was sent, as all {run.sums['rejected']:,} records were rejected"
        if any(summary.records.values()):
            reason = (
                f"nothing was sent, as no record has changed but for {run.sums['rejected']:,} that "
                "were rejected"
            )
        record_unsent(run.folder, run.package, account, code, reason)
    context.caller.tell(NothingToSend(run, reason))
    return Outcome(code, run.folder)


@before_sending()
def _rehearse(
    run: SendableRun, account: AccountSettings, sending: Sending, context: Context
) -> Outcome:
    """Write what would be sent, by the same path into a sink that needs no network and no key.

    Raises:
        OmetriaImportError: the bodies could not be written to their end.
    """
    package, folder = run.package, run.folder.path / "bodies"
    with (
        context.caller.stopping() as stop,
        create_journal(run.folder, package, account, datetime.now(UTC), is_dry_run=True) as to,
    ):
        summary = dry_run_package(package, to, folder, stop=stop)
    if isinstance(summary.failure, InterruptedRunError):
        raise InterruptedRunError("interrupted; nothing was sent", hint="Run the command again.")
    if summary.failure is not None:
        raise summary.failure
    hours = sending.between or account.between or ALWAYS
    bodies = tuple(folder / f"{name}.ndjson" for name in package.record_counts())
    context.caller.tell(Rehearsed(run, summary, account, bodies, sending.allowed, hours))
    return Outcome(run.exit_code(summary.exit_code), run.folder, delivered=summary)
