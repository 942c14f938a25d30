"""What `status` says of an account: in words, and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ometria_import.actions.calling.words import counted
from ometria_import.cli.showing.run_facts import waiting_words
from ometria_import.cli.showing.screen import duration
from ometria_import.endings import Ending
from ometria_import.errors import ExitCode

WORSE = (
    ExitCode.OK,
    ExitCode.BUSY,
    ExitCode.INTERRUPTED,
    ExitCode.TEMPORARY,
    ExitCode.REJECTS,
    ExitCode.UNUSABLE,
    ExitCode.REFUSED,
    ExitCode.USAGE,
    ExitCode.UNEXPECTED,
)
"""From what passes by itself to what somebody has to be called for."""


@dataclass(frozen=True, slots=True)
class Running:
    """What is at work on an account now."""

    command: str
    """Empty where nobody knows it: a program called, and no command."""
    began_at: datetime | None
    run: str = ""
    """Empty while there is none yet."""
    waits_until: str = ""
    """When the hours it waits for begin, in ISO 8601 and UTC; empty if it does not wait."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges accounts at one moment."""

    now: datetime
    max_age: timedelta | None
    """How old a success may be; None if that does not matter."""
    is_asked_for: bool
    """Whether an account to which nothing has run yet counts as one that failed."""

    def judged(
        self, name: str, kind: str, last: Ending | None, running: Running | None
    ) -> dict[str, Any]:
        """What `--json` says of an account."""
        now, max_age = self.now, self.max_age
        success = last.succeeded_at if last is not None else None
        is_old = max_age is not None and (success is None or now - success > max_age)
        code: ExitCode | None = last.exit_code if last is not None else None
        if is_old or (code is None and self.is_asked_for):
            code = max(code or ExitCode.OK, ExitCode.UNUSABLE, key=WORSE.index)
        parts = [] if last is None else [_words_of(last, now)]
        if is_old and last is not None:
            never = "nothing has ever succeeded there"
            parts.append(f"the last success was {_age(success, now)}" if success else never)
        if running is not None:
            parts.append(_words_of_running(running, now))
        words = "; ".join(parts or ["nothing has ever run to it"])
        return {
            **_facts(name, kind, last, now),
            "is_too_old": is_old,
            "running": None
            if running is None
            else {
                "command": running.command or None,
                "began_at": None if running.began_at is None else running.began_at.isoformat(),
                "run": running.run or None,
                "waits_until": running.waits_until or None,
            },
            "words": f"{name or 'no account'}: {words}",
            "exit_code": None if code is None else int(code),
        }


def gone(last: Ending, now: datetime) -> dict[str, Any]:
    """What `--json` says of an account that the settings have no more; it does not count."""
    return {
        **_facts(last.account, last.kind, last, now),
        "is_too_old": False,
        "running": None,
        "words": f"{last.account}: {_words_of(last, now)}; no longer in the settings",
        "exit_code": None,
    }


def _facts(name: str, kind: str, last: Ending | None, now: datetime) -> dict[str, Any]:
    facts: dict[str, Any] = {"account": name or None, "kind": kind or None}
    if last is None:
        return facts
    success = last.succeeded_at
    return {
        **facts,
        "command": last.command,
        "run": last.run or None,
        "began_at": last.began_at.isoformat(),
        "ended_at": None if last.is_killed else last.ended_at.isoformat(),
        "succeeded_at": None if success is None else success.isoformat(),
        "age_s": round((now - last.ended_at).total_seconds()),
        "records": last.records,
        "accepted": last.accepted,
        "refused": last.refused,
        "rejected": last.rejected,
        "rejected_later": last.rejected_later,
        "to_send": last.to_send,
        "reason": last.reason or None,
        "is_killed": last.is_killed,
        "last_exit_code": int(last.exit_code),
    }


def _words_of(last: Ending, now: datetime) -> str:
    code, age = last.exit_code, _age(last.ended_at, now)
    if last.is_killed:
        return f"{last.command} began {age}; {last.reason}"
    what = "nothing new to send" if last.is_nothing_to_do else _counts(last)
    words = f"{last.command} ended {age}, {what}"
    if last.reason:
        return f"{words} (exit code {int(code)}): {last.reason}"
    return words + (f" (exit code {int(code)}{_meaning(last)})" if code else "")


def _meaning(last: Ending) -> str:
    """The meaning of an exit code, as far as the counts before it do not tell it."""
    if last.exit_code is not ExitCode.REJECTS:
        return f": {last.exit_code.meaning}"
    if last.is_nothing_to_do:
        return ": rejects or errors of the run that sent it are still open"
    is_told = last.rejected or last.refused or last.rejected_later
    return "" if is_told else ": not all errors at Ometria are known"


def _age(moment: datetime, now: datetime) -> str:
    return f"{duration((now - moment).total_seconds())} ago"


def _words_of_running(running: Running, now: datetime) -> str:
    since = running.began_at
    words = f"{running.command or 'a program'} has been running"
    if since is not None:
        words += f" for {duration((now - since).total_seconds())}"
    return words + (f", {waiting_words(running.waits_until)}" if running.waits_until else "")


def _counts(last: Ending) -> str:
    if not last.records:
        return "and sent nothing"
    parts = [f"{last.accepted:,} of {counted(last.records, 'record')} accepted"]
    others = {
        "rejected": last.rejected,
        "refused": last.refused,
        "rejected later": last.rejected_later,
        "left to send": last.to_send,
    }
    return ", ".join([*parts, *(f"{count:,} {words}" for words, count in others.items() if count)])
