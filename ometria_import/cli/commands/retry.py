"""`ometria-import retry`: send again what of a run was not taken, for reasons that can pass."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Annotated

import typer

from ometria_import.cli.asking.confirming import Consent, confirm, refuse_unattended_live
from ometria_import.cli.asking.flags import TrustFlags, with_flags
from ometria_import.cli.asking.options import (
    DEFAULT_GIVE_UP_AFTER,
    Allow,
    ConfigOption,
    EvenIfOlder,
    GiveUpAfter,
    HomeOption,
    JsonOption,
    QuietOption,
    YesOption,
)
from ometria_import.cli.asking.trusting import trust_of, trusted_account
from ometria_import.cli.delivering import deliver_run
from ometria_import.cli.one_run import find_run, later_words, refuse_other_address, refuse_unsent
from ometria_import.cli.run_folders import before_sending, dropped_on_failure
from ometria_import.cli.showing.next_step import Commands
from ometria_import.cli.showing.run_view import SendingView
from ometria_import.cli.showing.screen import FAINT, Screen, counted
from ometria_import.config import load_settings
from ometria_import.config.home import DEFAULT_ROOT, Home, RunFolder, storage_errors
from ometria_import.delivery import (
    AccountLock,
    Journal,
    RunInfo,
    RunRequest,
    create_journal,
    load_request,
    overtaking_run,
    pack_retry,
    retriable_records,
    save_request,
)
from ometria_import.errors import UsageError
from ometria_import.package import Package


@with_flags
def retry(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.")],
    *,
    refused_too: Annotated[
        bool,
        typer.Option(
            "--refused-too",
            help="Also send what was refused for its content, because something has changed on"
            " Ometria's side.",
        ),
    ] = False,
    even_if_older: EvenIfOlder = False,
    yes: YesOption = False,
    allow: Allow = None,
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER,
    home: HomeOption = DEFAULT_ROOT,
    trust: TrustFlags,
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Send again what of a run was not taken, for reasons that can pass."""
    screen = Screen(is_json=json, is_quiet=quiet)
    settings = load_settings(config, os.environ)
    place, commands = Home(home), Commands(home, config, trust.words())
    folder = find_run(place, run, commands)
    with Journal(folder.journal, is_read_only=True) as journal:
        info = journal.info()
        _refuse_unfinished(info, commands)
        with Package(info.package_path) as package:
            wanted = retriable_records(package, journal, has_changed=refused_too)
        is_unknown = bool(journal.late_sums().unreadable)
    if not any(wanted.values()):
        screen.say(f"Nothing to do: run {folder.id} left nothing that can pass now.")
        if is_unknown:
            screen.prose("Its late errors are not known (W066): what they name may pass then.")
            screen.say(("Next: ", FAINT), commands.errors(folder.id))
        screen.result({"run": None, "retry_of": folder.id, "nothing_to_do": True, "exit_code": 0})
        return
    account = trusted_account(screen, settings, info.account, trust_of(trust))
    refuse_other_address(info, account)
    refuse_unattended_live(info.account, is_confirmed=yes)
    reasons = Counter(reason for positions in wanted.values() for reason in positions.values())
    for reason, count in reasons.most_common():
        screen.note(f"{counted(count, 'record')} {reason.value}")
    allowed = load_request(folder).allowed | frozenset(allow or ())
    request = RunRequest(allowed=allowed, config=commands.config_from_root)
    with before_sending():
        again = place.create_run(str(info.account), datetime.now(UTC))
    with ExitStack() as held:
        with before_sending(), dropped_on_failure(again):
            held.enter_context(AccountLock(place, info.account, again.id))
            with storage_errors(place.root), Package(info.package_path) as package:
                packed = held.enter_context(pack_retry(package, wanted, place, folder))
            if not even_if_older:
                _refuse_older(place, folder, packed)
            view = SendingView(screen, again, packed, info.account, commands)
            confirm(view, account, Consent(yes, request.allowed))
            save_request(again, request)
            now = datetime.now(UTC)
            journal = create_journal(again, packed, account, now, retry_of=folder.id)
            held.enter_context(journal)
        code = deliver_run(view, journal, account, give_up_after)
    raise typer.Exit(code)


def _refuse_unfinished(info: RunInfo, commands: Commands) -> None:
    refuse_unsent(info)
    if not info.is_finished:
        raise UsageError(
            f"run {info.run_id} is not finished: a resume sends what it has left",
            hint=commands.resume(info.run_id),
        )


def _refuse_older(place: Home, folder: RunFolder, packed: Package) -> None:
    """Stop where a later run may have sent newer records of the same keys."""
    types = frozenset(map(str, packed.record_counts()))
    later = overtaking_run(place, folder, types)
    if later is not None:
        raise UsageError(
            f"{later_words(later, types)} after run {folder.id}: a retry could overwrite newer"
            " ones",
            hint="Push the files as they are now, or say --even-if-older.",
        )
