"""`ometria-import check`: every problem of the data, before anything leaves the machine."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import typer

from ometria_import.cli.asking.flags import PreparingFlags, ReadingFlags, with_flags
from ometria_import.cli.asking.options import (
    ConfigOption,
    Files,
    HomeOption,
    JsonOption,
    QuietOption,
)
from ometria_import.cli.run_folders import before_sending, dropped_on_failure
from ometria_import.cli.showing.next_step import Commands
from ometria_import.cli.showing.quiet_view import sum_up_check
from ometria_import.cli.showing.screen import FAINT, Screen
from ometria_import.config import load_settings
from ometria_import.config.home import DEFAULT_ROOT, Home, storage_errors
from ometria_import.errors import ExitCode


@with_flags
def check(
    files: Files = None,
    *,
    reading: ReadingFlags,
    preparing: PreparingFlags,
    home: HomeOption = DEFAULT_ROOT,
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find every problem in the files; nothing is sent."""
    # Here and not above: pandas and pyarrow take a second that --help does not need.
    from ometria_import.cli.asking.choosing import chosen_sources
    from ometria_import.cli.asking.reading import (
        error_budget,
        prepare_options,
        reading_flags,
        stop_beyond,
    )
    from ometria_import.cli.showing.prepare_progress import PrepareProgress
    from ometria_import.cli.showing.prepare_view import show_summary
    from ometria_import.prepare import check as check_sources

    screen = Screen(is_json=json, is_quiet=quiet)
    settings = load_settings(config, os.environ)
    budget = error_budget(preparing.max_rejects)
    options = prepare_options(reading, preparing)
    arguments, options = chosen_sources(files, settings, options, Home(home), screen)
    with before_sending():
        folder = Home(home).create_check(datetime.now(UTC))
    with (
        before_sending(),
        dropped_on_failure(folder),
        storage_errors(folder.path),
        PrepareProgress(screen) as progress,
    ):
        summary = check_sources(arguments, options, folder.path, progress)
    show_summary(screen, summary)
    stop_beyond(budget, summary, screen, summary.as_json())
    if summary.exit_code is not ExitCode.OK:
        screen.sum_up(sum_up_check(summary))
    if summary.records:
        limit = preparing.max_rejects
        limits = ["--max-rejects", limit] if limit is not None else []
        push = Commands(home, config).push(*(files or ()), *reading_flags(options), *limits)
        screen.say(("Next:         ", FAINT), push)
    screen.result({**summary.as_json(), "exit_code": int(summary.exit_code)})
    raise typer.Exit(summary.exit_code)
