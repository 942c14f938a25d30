"""`ometria-import push`: prepare a package and send it to an account."""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from ometria_import.cli.asking.confirming import Consent, confirm, refuse_unattended_live
from ometria_import.cli.asking.flags import PreparingFlags, ReadingFlags, TrustFlags, with_flags
from ometria_import.cli.asking.options import (
    DEFAULT_GIVE_UP_AFTER,
    Allow,
    ConfigOption,
    DryRun,
    Files,
    GiveUpAfter,
    HomeOption,
    JsonOption,
    New,
    QuietOption,
    To,
    YesOption,
)
from ometria_import.cli.asking.trusting import trust_of, trusted_account
from ometria_import.cli.continuing import Continuing
from ometria_import.cli.delivering import deliver_run, step_of_mending
from ometria_import.cli.dry_run import rehearse
from ometria_import.cli.run_folders import before_sending, dropped_on_failure
from ometria_import.cli.showing.next_step import Commands, show_step
from ometria_import.cli.showing.quiet_view import sum_up_unsent
from ometria_import.cli.showing.run_view import SendingView
from ometria_import.cli.showing.screen import FAINT, Screen
from ometria_import.config import Account, AccountSettings, load_settings
from ometria_import.config.home import DEFAULT_ROOT, Home, storage_errors
from ometria_import.delivery import (
    AccountLock,
    RunRequest,
    create_journal,
    record_unsent,
    save_request,
)
from ometria_import.errors import ErrorBudgetError, ExitCode

if TYPE_CHECKING:
    from ometria_import.prepare import ErrorBudget, PrepareSummary


@with_flags
def push(
    files: Files = None,
    *,
    to: To,
    dry_run: DryRun = False,
    yes: YesOption = False,
    reading: ReadingFlags,
    preparing: PreparingFlags,
    allow: Allow = None,
    new: New = False,
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER,
    home: HomeOption = DEFAULT_ROOT,
    trust: TrustFlags,
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check the files and send every good record, 100 to a request."""
    # Here and not above: pandas and pyarrow take a second that --help does not need.
    from ometria_import.cli.asking.choosing import chosen_sources
    from ometria_import.cli.asking.reading import error_budget, prepare_options
    from ometria_import.cli.showing.prepare_progress import PrepareProgress
    from ometria_import.cli.showing.prepare_view import show_summary
    from ometria_import.prepare import fingerprint, prepare

    screen = Screen(is_json=json, is_quiet=quiet)
    settings = load_settings(config, os.environ)
    account: Account | AccountSettings = settings.accounts[to]
    if not dry_run:
        account = trusted_account(screen, settings, to, trust_of(trust))
        refuse_unattended_live(to, is_confirmed=yes)
    budget = error_budget(preparing.max_rejects)
    options = prepare_options(reading, preparing)
    arguments, options = chosen_sources(files, settings, options, Home(home), screen)
    known = fingerprint(files or [f"{settings.path}"], arguments, options)
    place, commands = Home(home), Commands(home, config, trust.words())
    request = RunRequest(
        known.asked, known.state, frozenset(allow or ()), commands.config_from_root
    )
    consent = Consent(yes, request.allowed)
    with before_sending():
        run = place.create_run(str(to), datetime.now(UTC))
    with ExitStack() as held:
        with before_sending(), dropped_on_failure(run):
            continuing, before = None, ExitCode.OK
            if isinstance(account, Account):
                # Before the long work of preparing: two runs never share an account.
                lock = held.enter_context(AccountLock(place, to, run.id))
                if not new:
                    continuing = Continuing(screen, account, consent, give_up_after, commands)
                    before = continuing.go_on(lock, request)
                    lock.hold_for(run.id)
            with storage_errors(place.root), PrepareProgress(screen) as progress:
                prepared = prepare(arguments, options, run.path, place.packages, progress)
            package = held.enter_context(prepared.package)
            if continuing is not None:
                continuing.refuse_the_same(package, request, prepared.summary.rejected)
            show_summary(screen, prepared.summary)
        view = SendingView(screen, run, package, to, commands, before)
        _stop_beyond(budget, prepared.summary, view, account)
        if not package.record_counts():
            code = _end_without_records(view, account)
        elif isinstance(account, Account):
            confirm(view, account, consent)
            with before_sending(), dropped_on_failure(run):
                save_request(run, request)
                journal = create_journal(run, package, account, datetime.now(UTC))
                held.enter_context(journal)
            code = deliver_run(view, journal, account, give_up_after)
        else:
            code = rehearse(view, account, request.allowed)
    raise typer.Exit(code)


def _stop_beyond(
    budget: ErrorBudget | None, summary: PrepareSummary, view: SendingView, account: AccountSettings
) -> None:
    """End here where too much was rejected, as a run that `runs` lists and `show` tells of."""
    from ometria_import.cli.asking.reading import stop_beyond

    def record(error: ErrorBudgetError) -> None:
        record_unsent(view.folder, view.package, account, error.exit_code, error.message)
        view.screen.sum_up(sum_up_unsent(view, error.message))
        view.screen.say(("Run:  ", FAINT), f"{view.folder.id} in {view.folder.path}")

    stop_beyond(budget, summary, view.screen, view.as_json(), record)


def _end_without_records(view: SendingView, account: AccountSettings) -> ExitCode:
    code = view.exit_code(ExitCode.OK)
    view.screen.say("Nothing to send.")
    if code is ExitCode.REJECTS:
        reason = f"nothing was sent, as all {view.sums['rejected']:,} records were rejected"
        record_unsent(view.folder, view.package, account, code, reason)
        view.screen.sum_up(sum_up_unsent(view, reason))
        show_step(view.screen, step_of_mending(view))
    none = dict.fromkeys(("batches", "requests", "retries", "accepted", "refused"), 0)
    view.screen.result({**view.as_json(), **none, "exit_code": int(code)})
    return code
