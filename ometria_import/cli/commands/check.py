"""`ometria-import check`: every problem of the data, before anything leaves the machine."""

from __future__ import annotations

import typer

from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.flags import PlaceFlags, WorkingScreen, with_flags
from ometria_import.cli.asking.options import (
    ConfigOption,
    Files,
    HomeOption,
)
from ometria_import.cli.showing.quiet_view import sum_up_check
from ometria_import.config.home import DEFAULT_ROOT
from ometria_import.errors import ExitCode
from ometria_import.options.reading_options import ReadingOptions


@with_flags
def check(
    files: Files = None,
    *,
    options: ReadingOptions,
    home: HomeOption = DEFAULT_ROOT,
    config: ConfigOption = None,
    screen: WorkingScreen,
) -> None:
    """Find every problem in the files without sending anything."""
    # Here and not above: pandas and pyarrow take a second that --help does not need.
    from ometria_import.actions.check import check as check_files

    limit = options.max_rejects
    with attending(screen, PlaceFlags(home=home, config=config)) as context:
        summary = check_files(files, options, context)
    if summary.exit_code is not ExitCode.OK:
        screen.sum_up(sum_up_check(summary))
    if summary.records:
        limits = ["--max-rejects", limit] if limit is not None else []
        push = context.commands.push(*(files or ()), *options.flags(), *limits)
        screen.next_step(command=push)
    screen.result({**summary.as_json(), "exit_code": int(summary.exit_code)})
    raise typer.Exit(summary.exit_code)
