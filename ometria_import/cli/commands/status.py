"""`ometria-import status`: how the last command to each account ended, for monitoring."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ometria_import.cli.asking.durations import parse_duration
from ometria_import.cli.asking.flags import TellingScreen, with_flags
from ometria_import.cli.asking.options import ConfigOption, HomeOption
from ometria_import.cli.showing.screen import ERROR, FAINT, GOOD, WARNING
from ometria_import.cli.showing.status_view import WORSE, Judge, Running, gone
from ometria_import.config.home import DEFAULT_ROOT, Home, RunFolder
from ometria_import.config.output_files import require_place, whole_file
from ometria_import.config.settings import Settings, load_settings
from ometria_import.delivery import holder_of, read_run
from ometria_import.endings import Ending, Watched, attempts_in, endings_of, metrics_of
from ometria_import.errors import ExitCode, UsageError


@with_flags
def status(
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ACCOUNT",
            help="Only this account; default: those that the settings name.",
        ),
    ] = None,
    max_age: Annotated[
        timedelta | None,
        typer.Option(
            "--max-age",
            metavar="DURATION",
            parser=parse_duration,
            help="Fail if the last success is older: seconds, or a number with s, m, h or d, such "
            "as 26h.",
            show_default=False,
        ),
    ] = None,
    prometheus: Annotated[
        Path | None,
        typer.Option(
            "--prometheus",
            metavar="FILE",
            dir_okay=False,
            help="Also write all of it for Prometheus, as its node exporter reads text files.",
        ),
    ] = None,
    home: HomeOption = DEFAULT_ROOT,
    config: ConfigOption = None,
    screen: TellingScreen,
) -> None:
    """Say how the last command that sent to each account ended, for monitoring.

    Such commands are push, resume, retry and promote, however early they ended. The exit code is
    that of the last command, the worst of several accounts; 4 if there was none, or if the last
    success is older than --max-age.
    """
    if prometheus is not None:
        require_place(
            prometheus, "--prometheus", "metrics of this tool", _is_metrics, example="ometria.prom"
        )
    now, place = datetime.now(UTC), Home(home)
    settings, trouble = _settings(config)
    known = {each.account: each for each in endings_of(place)}
    begun = {each.account for each in attempts_in(place)}
    names = _names(known, begun, settings, to)
    at_work = {name: _running(place, name) for name in names}
    judge = Judge(now, max_age, is_asked_for=to is not None or max_age is not None)
    told = [
        judge.judged(name, kind, known.get(name), at_work[name]) for name, kind in names.items()
    ]
    others = sorted({*known} - {*names}) if to is None else []
    untold = [gone(known[name], now) for name in others]
    for each in told:
        style = ERROR if each["exit_code"] not in {0, ExitCode.REJECTS} else WARNING
        screen.prose((each["words"], style if each["exit_code"] else GOOD))
    for each in untold:
        screen.prose((each["words"], FAINT))
    if not (known or begun) and to is None:
        screen.prose(f"Nothing has ever run from {home}.")
    if trouble is not None:
        screen.complain(trouble)
    codes = [ExitCode(each["exit_code"]) for each in told if each["exit_code"] is not None]
    codes = codes or [ExitCode.UNUSABLE]
    code = max([*codes, *([trouble.exit_code] if trouble else [])], key=WORSE.index)
    if prometheus is not None:
        _write(prometheus, metrics_of(_watched(names, known, at_work), int(code)))
    error = {"error": trouble.message, "hint": trouble.hint} if trouble else {}
    screen.result({"accounts": [*told, *untold], **error, "exit_code": int(code)})
    raise typer.Exit(code)


def _settings(config: Path | None) -> tuple[Settings | None, UsageError | None]:
    """The settings, or what is wrong with them: monitoring must work without them, too."""
    try:
        return load_settings(config, os.environ), None
    except UsageError as error:
        return None, error


def _names(
    known: Mapping[str, Ending], begun: AbstractSet[str], settings: Settings | None, to: str | None
) -> dict[str, str]:
    """The accounts to tell of, by name, with the kind of each.

    Args:
        known: How the last commands ended, by account.
        begun: The accounts that commands are at work on.
        settings: Where there is a file, accounts that it has no more are not told of.
        to: The only account, if one is named.

    Raises:
        UsageError: it is none.
    """
    if to is not None:
        named = to.strip().lower()
        if settings is not None:
            name = settings.named(to)
            return {str(name): str(name.kind)}
        return {named: known[named].kind if named in known else ""}
    kinds = {str(name): str(name.kind) for name in settings.accounts} if settings else {}
    names = {*known, *begun}
    if settings is not None and settings.path is not None:
        names = {name for name in names if name in kinds or not name}
        names |= {*map(str, settings.written)}
    return {
        name: kinds.get(name) or (known[name].kind if name in known else "")
        for name in sorted(names)
    }


def _running(home: Home, account: str) -> Running | None:
    """What is at work on an account now; None where nothing is."""
    attempts = [each for each in attempts_in(home) if each.account == account and each.is_at_work]
    command = attempts[0].command if attempts else ""
    began_at = attempts[0].began_at if attempts else None
    holder = holder_of(home, account) if account else None
    folder = RunFolder(home.root / "runs" / holder.run) if holder and holder.run else None
    # What removes old runs or forgets people holds accounts, too.
    if holder is None or folder is None or not folder.path.is_dir():
        return Running(command, began_at) if attempts else None
    if began_at is None and holder.since:
        began_at = datetime.fromisoformat(holder.since)
    waits_until = read_run(folder).waits_until if folder.journal.exists() else ""
    return Running(command, began_at, folder.id, waits_until)


def _watched(
    names: Mapping[str, str],
    known: Mapping[str, Ending],
    at_work: Mapping[str, Running | None],
) -> Iterable[Watched]:
    for name, kind in names.items():
        running = at_work[name]
        until = running.waits_until if running is not None else ""
        yield Watched(
            account=name,
            kind=kind,
            last=known.get(name),
            is_running=running is not None,
            waits_until=datetime.fromisoformat(until) if until else None,
        )


def _is_metrics(path: Path) -> bool:
    """Whether a file is one that `--prometheus` wrote."""
    with path.open("rb") as file:
        return file.readline().startswith(b"# HELP ometria_import_")


def _write(path: Path, text: str) -> None:
    """Put the metrics in place at once: their reader may come at any moment.

    Raises:
        UsageError: they cannot be written there.
        TemporaryFailureError: the disk has no room.
    """
    with whole_file(path) as file:
        # Another user's exporter reads it, and it holds no value of any record.
        os.fchmod(file.fileno(), 0o644)
        file.write(text.encode())
