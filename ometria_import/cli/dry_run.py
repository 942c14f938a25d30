"""`push --dry-run`: the same path into a sink that needs no network and no key."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from ometria_import.choices import Danger
from ometria_import.cli.run_folders import before_sending
from ometria_import.cli.showing.effects_view import show_effects
from ometria_import.cli.showing.run_view import SendingView
from ometria_import.cli.showing.screen import FAINT, STRONG, Screen, counted, duration
from ometria_import.config import AccountSettings
from ometria_import.delivery import StopSignal, create_journal, dry_run_package, stop_on_signals
from ometria_import.errors import ExitCode, InterruptedRunError

_RECORDS_SHOWN = 2


@before_sending()
def rehearse(
    view: SendingView, account: AccountSettings, allowed: frozenset[Danger] = frozenset()
) -> ExitCode:
    """Write what would be sent, and say how long sending it would take and what it would set off.

    Raises:
        OmetriaImportError: the bodies could not be written to their end.
    """
    screen, package = view.screen, view.package
    folder = view.folder.path / "bodies"
    stop = StopSignal()
    with (
        stop_on_signals(stop),
        create_journal(view.folder, package, account, datetime.now(UTC), is_dry_run=True) as to,
    ):
        summary = dry_run_package(package, to, folder, stop=stop)
    if isinstance(summary.failure, InterruptedRunError):
        raise InterruptedRunError("interrupted; nothing was sent", hint="Give the command again.")
    if summary.failure is not None:
        raise summary.failure
    code = view.exit_code(summary.exit_code)
    seconds = summary.batches / account.rate_per_s
    bodies = [folder / f"{name}.ndjson" for name in package.record_counts()]
    for path in bodies:
        _show_first_records(screen, path)
    screen.say("")
    screen.prose(
        (counted(summary.batches, "request"), STRONG),
        f" with {counted(summary.records, 'record')};"
        f" at {account.rate_per_s:g} requests/s they take {duration(seconds)}",
    )
    for path in bodies:
        screen.say(("Bodies: ", FAINT), str(path))
    show_effects(screen, view.effects(), view.to, allowed)
    screen.say("Dry run: nothing was sent.")
    screen.say(("Next:   ", FAINT), f"the same command without --dry-run, to send to {view.to}")
    screen.result(
        {
            **view.as_json(),
            "dry_run": True,
            "batches": summary.batches,
            "requests": summary.batches,
            "retries": 0,
            "accepted": 0,
            "refused": 0,
            "to_send": summary.records,
            "seconds": round(seconds, 3),
            "bodies": [str(path) for path in bodies],
            "exit_code": int(code),
        }
    )
    return code


def _show_first_records(screen: Screen, path: Path) -> None:
    if not screen.shows_results:
        return
    what = path.stem.replace("_", " ")
    screen.say((f"\nThe first {what} records, as they would be sent:", STRONG))
    with path.open(encoding="utf-8") as file:
        for line in islice(file, _RECORDS_SHOWN):
            screen.say(line.rstrip("\n"))
