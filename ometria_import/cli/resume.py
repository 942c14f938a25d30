"""`ometria-import resume`: go on where a run stopped."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ometria_import.cli.confirming import confirm_live, refuse_unattended_live
from ometria_import.cli.delivering import deliver_run, end_run
from ometria_import.cli.options import (
    ConfigOption,
    GiveUpAfter,
    HomeOption,
    JsonOption,
    QuietOption,
    YesOption,
)
from ometria_import.cli.push import DEFAULT_GIVE_UP_AFTER_S
from ometria_import.cli.screen import Screen
from ometria_import.config import load_settings
from ometria_import.delivery import AccountLock, Journal, newest_unfinished
from ometria_import.errors import UsageError
from ometria_import.home import DEFAULT_ROOT, Home
from ometria_import.package import Package


def resume(
    run: Annotated[
        str | None,
        typer.Argument(help="A run's id or its beginning; without it, the newest unfinished one."),
    ] = None,
    *,
    yes: YesOption = False,
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER_S,
    home: HomeOption = DEFAULT_ROOT,
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Send what an interrupted run has left; the source files are not needed."""
    screen = Screen(is_json=json, is_quiet=quiet)
    settings = load_settings(config, os.environ)
    place = Home(home)
    folder = place.find_run(run) if run else newest_unfinished(place)
    with Journal(folder.journal, is_read_only=True) as journal:
        info = journal.info()
    if info.is_dry_run:
        raise UsageError(
            f"run {folder.id} is a dry run, so there is nothing to send",
            hint="Push the files without --dry-run.",
        )
    account = settings.account(info.account)
    refuse_unattended_live(info.account, is_confirmed=yes or info.is_finished)
    with AccountLock(place, info.account, folder.id), Package(info.package_path) as package:
        if not info.is_finished:
            confirm_live(screen, info.account, package, is_confirmed=yes)
        with Journal(folder.journal) as journal:
            summary = deliver_run(
                screen, folder, package, journal, account, give_up_after_s=give_up_after
            )
        code = end_run(screen, folder, package, summary, to=info.account)
    raise typer.Exit(code)
