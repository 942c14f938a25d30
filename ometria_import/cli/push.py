"""`ometria-import push`: prepare a package and send it to an account."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import typer

from ometria_import.cli.confirming import confirm_live, refuse_unattended_live
from ometria_import.cli.delivering import deliver_run, end_run
from ometria_import.cli.delivery_view import delivery_json
from ometria_import.cli.options import (
    AllowEmpty,
    ConfigOption,
    Country,
    DateOrderOption,
    DecimalSignOption,
    Delimiter,
    DryRun,
    Encoding,
    Files,
    GiveUpAfter,
    HomeOption,
    JsonOption,
    QuietOption,
    Timezone,
    To,
    UnmappedOption,
    YesOption,
)
from ometria_import.cli.screen import FAINT, STRONG, Screen, counted, duration
from ometria_import.config import AccountName, AccountSettings, load_settings
from ometria_import.delivery import AccountLock, create_journal, dry_run_package
from ometria_import.errors import ExitCode
from ometria_import.home import DEFAULT_ROOT, Home, RunFolder, storage_errors
from ometria_import.mapping.columns import Unmapped
from ometria_import.package import Package

DEFAULT_GIVE_UP_AFTER_S = 3600.0
_RECORDS_SHOWN = 2


def push(
    files: Files,
    *,
    to: To,
    dry_run: DryRun = False,
    yes: YesOption = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    date_order: DateOrderOption = None,
    decimal_sign: DecimalSignOption = None,
    timezone: Timezone = None,
    country: Country = None,
    unmapped: UnmappedOption = Unmapped.PROPERTIES,
    allow_empty: AllowEmpty = False,
    give_up_after: GiveUpAfter = DEFAULT_GIVE_UP_AFTER_S,
    home: HomeOption = DEFAULT_ROOT,
    config: ConfigOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check the files and send every good record, 100 to a request."""
    # Here and not above: pandas and pyarrow take a second that --help does not need.
    from ometria_import.cli.prepare_progress import PrepareProgress
    from ometria_import.cli.prepare_view import show_summary
    from ometria_import.cli.reading import prepare_options
    from ometria_import.mapping.recognition import parse_source_argument
    from ometria_import.prepare import prepare

    screen = Screen(is_json=json, is_quiet=quiet)
    settings = load_settings(config, os.environ)
    if not dry_run:
        settings.account(to)
        refuse_unattended_live(to, is_confirmed=yes)
    options = prepare_options(
        encoding=encoding,
        delimiter=delimiter,
        date_order=date_order,
        decimal_sign=decimal_sign,
        timezone=timezone,
        country=country,
        unmapped=unmapped,
        allow_empty=allow_empty,
    )
    arguments = [parse_source_argument(text) for text in files]
    place = Home(home)
    run = place.create_run(str(to), datetime.now(UTC))
    with storage_errors(place.root), PrepareProgress(screen) as progress:
        prepared = prepare(arguments, options, run.path, place.packages, progress)
    show_summary(screen, prepared.summary)
    with prepared.package as package:
        if not package.record_counts():
            code = _end_without_records(screen, run, package, to)
        elif dry_run:
            code = _dry_run(screen, run, package, settings.accounts[to])
        else:
            account = settings.account(to)
            confirm_live(screen, to, package, is_confirmed=yes)
            with (
                AccountLock(place, to, run.id),
                create_journal(run, package, account, datetime.now(UTC)) as journal,
            ):
                summary = deliver_run(
                    screen, run, package, journal, account, give_up_after_s=give_up_after
                )
            code = end_run(screen, run, package, summary, to=to)
    raise typer.Exit(code)


def _end_without_records(
    screen: Screen, run: RunFolder, package: Package, to: AccountName
) -> ExitCode:
    code = ExitCode.REJECTS if package.sums["rejected"] else ExitCode.OK
    screen.say("Nothing to send.")
    none = {"batches": 0, "requests": 0, "retries": 0, "accepted": 0, "refused": 0}
    screen.result({"run": run.id, "account": to, **package.sums, **none, "exit_code": int(code)})
    return code


def _dry_run(
    screen: Screen, run: RunFolder, package: Package, account: AccountSettings
) -> ExitCode:
    """Write what would be sent, and say how long sending it would take."""
    folder = run.path / "bodies"
    with create_journal(run, package, account, datetime.now(UTC), is_dry_run=True) as journal:
        summary = dry_run_package(package, journal, folder)
    code = ExitCode.REJECTS if package.sums["rejected"] else summary.exit_code
    seconds = summary.batches / account.rate_per_s
    bodies = [folder / f"{name}.ndjson" for name in package.record_counts()]
    for path in bodies:
        _show_first_records(screen, path)
    screen.say(
        "\n",
        (f"{counted(summary.batches, 'request')}", STRONG),
        f" with {counted(summary.records, 'record')};"
        f" at {account.rate_per_s:g} requests/s they take {duration(seconds)}",
    )
    screen.say("Dry run: nothing was sent.")
    for path in bodies:
        screen.say(("Bodies: ", FAINT), str(path))
    screen.result(
        {
            "run": run.id,
            "account": account.name,
            "dry_run": True,
            **package.sums,
            **delivery_json(summary),
            "requests": summary.batches,
            "seconds": round(seconds, 3),
            "bodies": [str(path) for path in bodies],
            "exit_code": int(code),
        }
    )
    return code


def _show_first_records(screen: Screen, path: Path) -> None:
    if not screen.shows_results:
        return
    screen.say("\n", (f"The first {path.stem} records, as they would be sent:", STRONG))
    with path.open(encoding="utf-8") as file:
        for line in islice(file, _RECORDS_SHOWN):
            screen.say(line.rstrip("\n"))
