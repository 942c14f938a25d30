"""`ometria-import runs prune`: remove what old runs left on the disk."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ometria_import.cli.asking.durations import duration_text, parse_age
from ometria_import.cli.asking.options import HomeOption, JsonOption, QuietOption
from ometria_import.cli.showing.screen import FAINT, Screen, counted
from ometria_import.config.home import DEFAULT_ROOT, Home
from ometria_import.delivery import Pruned, prune_runs

_SHOWN = 20


def prune(
    *,
    keep: Annotated[
        timedelta,
        typer.Option(
            "--keep",
            metavar="DURATION",
            parser=parse_age,
            help="Keep what is younger, such as 30d or 12h.",
            show_default="30d",
        ),
    ] = timedelta(days=30),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be removed.")
    ] = False,
    home: HomeOption = DEFAULT_ROOT,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Remove finished runs and checks that are old, and the packages that no run needs.

    Unfinished runs stay, and so does what belongs to an account that a run holds.
    """
    screen = Screen(is_json=json, is_quiet=quiet)
    pruned = prune_runs(Home(home), keep, datetime.now(UTC), is_dry_run=dry_run)
    for what, names in (("run", pruned.runs), ("check", pruned.checks)):
        for name in names[:_SHOWN]:
            screen.say((f"{what} ", FAINT), name)
        if len(names) > _SHOWN:
            screen.say((f"and {counted(len(names) - _SHOWN, f'more {what}')}", FAINT))
    for name, reason in pruned.kept.items():
        screen.say((f"kept {name}: ", FAINT), reason)
    screen.prose(_sum(pruned, keep, is_dry_run=dry_run))
    screen.result({**asdict(pruned), "dry_run": dry_run, "exit_code": 0})


def _sum(pruned: Pruned, keep: timedelta, *, is_dry_run: bool) -> str:
    parts = (
        counted(len(pruned.runs), "run"),
        counted(len(pruned.checks), "check"),
        counted(len(pruned.packages), "package"),
    )
    verb, freed = ("Would remove", "frees") if is_dry_run else ("Removed", "freed")
    megabytes = pruned.freed_bytes / 1_000_000
    return (
        f"{verb} {', '.join(parts)} older than {duration_text(keep)};"
        f" that {freed} {megabytes:,.1f} MB."
    )
