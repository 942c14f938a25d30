"""`ometria-import status`: how the last command to each account ended, for monitoring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from ometria_import.actions.calling.words import counted
from ometria_import.cli.asking.attending import attending
from ometria_import.cli.asking.durations import parse_duration
from ometria_import.cli.asking.flags import PlaceFlags, TellingScreen, with_flags
from ometria_import.cli.asking.options import ConfigOption, HomeOption
from ometria_import.cli.showing.screen import ERROR, GOOD, WARNING, duration
from ometria_import.config import AccountName
from ometria_import.config.home import DEFAULT_ROOT
from ometria_import.config.storage import storage_errors
from ometria_import.endings import Ending, endings_of, metrics_of
from ometria_import.errors import ExitCode

_ORDER = tuple(ExitCode)


@with_flags
def status(
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ACCOUNT",
            help="Only this account; default: all to which something was sent.",
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

    Such commands are push, resume, retry and promote. The exit code is that of the last command,
    the worst of several accounts; 4 if there was none, or if the last success is older than
    --max-age.
    """
    with attending(screen, PlaceFlags(home=home, config=config)) as context:
        known = {each.account: each for each in endings_of(context.home)}
        names = [context.settings.named(to)] if to is not None else [*known]
    now = datetime.now(UTC)
    told = [_judged(name, known.get(name), now, max_age) for name in names]
    for each in told:
        style = ERROR if each["exit_code"] not in {0, ExitCode.REJECTS} else WARNING
        screen.prose((each["words"], style if each["exit_code"] else GOOD))
    if not told:
        screen.say(f"Nothing was ever sent from {home}.")
    if prometheus is not None:
        _write(prometheus, metrics_of(known[name] for name in names if name in known))
    codes = [each["exit_code"] for each in told] or [int(ExitCode.UNUSABLE)]
    code = max(codes, key=lambda each: _ORDER.index(ExitCode(each)))
    screen.result({"accounts": told, "exit_code": int(code)})
    raise typer.Exit(code)


def _judged(
    name: str | AccountName, last: Ending | None, now: datetime, max_age: timedelta | None
) -> dict[str, Any]:
    """What `--json` says of one account."""
    if last is None:
        words = f"{name}: nothing was ever sent there"
        return {"account": str(name), "words": words, "exit_code": int(ExitCode.UNUSABLE)}
    age = (now - last.ended_at).total_seconds()
    code = ExitCode(last.exit_code)
    what = "nothing new to send" if last.is_nothing_to_do else _counts(last)
    words = f"{name}: {last.command} ended {duration(age)} ago, {what}"
    words += f" (exit code {int(code)}: {code.meaning})" if code else ""
    success = last.succeeded_at
    is_old = max_age is not None and (success is None or now - success > max_age)
    if is_old:
        code = max(code, ExitCode.UNUSABLE, key=_ORDER.index)
        since = "never" if success is None else f"{duration((now - success).total_seconds())} ago"
        words += f"; the last success was {since}"
    return {
        "account": last.account,
        "kind": last.kind,
        "command": last.command,
        "run": last.run or None,
        "ended_at": last.ended_at.isoformat(),
        "succeeded_at": None if success is None else success.isoformat(),
        "age_s": round(age),
        "is_too_old": is_old,
        "records": last.records,
        "accepted": last.accepted,
        "refused": last.refused,
        "rejected": last.rejected,
        "rejected_later": last.rejected_later,
        "to_send": last.to_send,
        "last_exit_code": last.exit_code,
        "words": words,
        "exit_code": int(code),
    }


def _counts(last: Ending) -> str:
    parts = [f"{last.accepted:,} of {counted(last.records, 'record')} accepted"]
    others = {
        "rejected": last.rejected,
        "refused": last.refused,
        "rejected later": last.rejected_later,
        "left to send": last.to_send,
    }
    return ", ".join([*parts, *(f"{count:,} {words}" for words, count in others.items() if count)])


def _write(path: Path, text: str) -> None:
    """Write a file atomically, because it may be read at any moment.

    Raises:
        UsageError: it cannot be written there.
        TemporaryFailureError: the disk has no room.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    with storage_errors(path):
        unfinished.write_text(text, "utf-8")
        # Another user's exporter reads it, and it holds no value of any record.
        unfinished.chmod(0o644)
        unfinished.replace(path)
