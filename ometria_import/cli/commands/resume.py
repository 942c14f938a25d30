"""`ometria-import resume`: go on where a run stopped."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ometria_import.cli.asking.confirming import Consent, refuse_unattended_live
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
from ometria_import.cli.delivering import end_run, summary_of
from ometria_import.cli.one_run import find_run, later_words, refuse_unsent
from ometria_import.cli.resuming import deliver_rest
from ometria_import.cli.showing.next_step import Commands
from ometria_import.cli.showing.run_view import RunView, SendingView, package_to_show
from ometria_import.cli.showing.screen import Screen
from ometria_import.config import load_settings
from ometria_import.config.home import DEFAULT_ROOT, Home, RunFolder
from ometria_import.delivery import (
    AccountLock,
    Journal,
    newest_unfinished,
    overtaking_run,
    read_run,
    types_to_send,
)
from ometria_import.errors import UsageError
from ometria_import.package import Package


@with_flags
def resume(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="A run's id or its beginning; without it, the newest unfinished run that no"
            " later one has overtaken.",
        ),
    ] = None,
    *,
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
    """Send what an interrupted run has left; the source files are not needed."""
    screen = Screen(is_json=json, is_quiet=quiet)
    settings = load_settings(config, os.environ)
    place = Home(home)
    commands = Commands(home, config, trust.words())
    folder = newest_unfinished(place) if run is None else find_run(place, run, commands)
    with Journal(folder.journal, is_read_only=True) as journal:
        info, so_far = journal.info(), summary_of(journal)
    refuse_unsent(info)
    if info.is_finished:
        screen.say(f"Run {folder.id} is finished: nothing is left to send.")
        with package_to_show(info.package_path) as shown:
            code = end_run(RunView(screen, folder, shown, info.account, commands), so_far)
        raise typer.Exit(code)
    with Package(info.package_path) as package:
        view = SendingView(screen, folder, package, info.account, commands)
        account = trusted_account(screen, settings, info.account, trust_of(trust))
        refuse_unattended_live(info.account, is_confirmed=yes)
        with AccountLock(place, info.account, folder.id):
            if not even_if_older:
                _refuse_older(place, folder, commands)
            consent = Consent(yes, frozenset(allow or ()))
            code = deliver_rest(view, account, consent, give_up_after)
    raise typer.Exit(code)


def _refuse_older(place: Home, folder: RunFolder, commands: Commands) -> None:
    """Stop where a later run may have sent newer records than those that are left.

    Raises:
        UsageError: one did.
    """
    later = overtaking_run(place, folder)
    if later is not None:
        words = later_words(later, types_to_send(read_run(folder)))
        raise UsageError(
            f"{words} after run {folder.id} began: what is left of it may overwrite newer ones",
            hint="Push the files as they are now. If what is left is to be sent all the same: "
            f"{commands.resume(folder.id, is_overtaken=True)}",
        )
