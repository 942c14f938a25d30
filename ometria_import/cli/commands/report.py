"""`ometria-import report`: one page about a run."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from ometria_import.actions.report import write_report
from ometria_import.cli.asking.flags import TellingScreen, with_flags
from ometria_import.cli.asking.options import HomeOption
from ometria_import.cli.showing.screen import linked
from ometria_import.config.home import DEFAULT_ROOT, Home


@with_flags
def report(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", help="A run's id, or the beginning of it; default: the newest run."
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write the page to this file; default: report.html in the run's folder.",
            show_default=False,
        ),
    ] = None,
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the page in a browser afterwards.")
    ] = False,
    examples: Annotated[
        bool,
        typer.Option(
            "--examples",
            help="Show up to three values of each column as they were sent, with every letter "
            "and digit masked.",
        ),
    ] = False,
    home: HomeOption = DEFAULT_ROOT,
    screen: TellingScreen,
) -> None:
    """Write one page about a run that can be printed, signed and kept."""
    from ometria_import.reporting import as_json

    written = write_report(Home(home), run, page=out, with_examples=examples)
    screen.prose(written.report.verdict.sentence)
    screen.fact("Report", linked(written.page))
    screen.fact("Numbers", linked(written.numbers))
    if open_page and not webbrowser.open(written.page.absolute().as_uri()):
        screen.note("no browser could be opened here: open the file yourself")
    screen.result(
        {
            "run": written.run,
            "report": str(written.page),
            "numbers_file": str(written.numbers),
            "numbers": as_json(written.report),
            "exit_code": 0,
        }
    )
