"""How the last command that sent to an account, or tried to, has ended: a file per account."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from ometria_import.config.home import Home
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.endings.attempts import FOLDER, NOBODY, attempts_in
from ometria_import.errors import ExitCode

_KILLED = "it was killed, or the machine or its disk failed, before it could say how it ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a command ended. Only the reason may hold a value of a record, as messages do."""

    account: str
    """Empty where the command got no further than to name none that there is."""
    kind: str
    """Empty where nobody knows it: the settings could not be read."""
    command: str
    """Such as `push`."""
    began_at: datetime
    ended_at: datetime
    """When it began where it was killed: nobody knows more."""
    exit_code: ExitCode
    reason: str = ""
    """Why it ended as it did, in a line; empty where its numbers say it."""
    is_killed: bool = False
    """Whether it was killed, so that the exit code is only what comes nearest."""
    run: str = ""
    """The run's id; empty where there was none."""
    is_nothing_to_do: bool = False
    """Whether everything had been sent before."""
    records: int = 0
    """Records of the package, whether or not they were sent."""
    accepted: int = 0
    refused: int = 0
    rejected: int = 0
    """Records that preparing rejected."""
    rejected_later: int = 0
    to_send: int = 0
    succeeded_at: datetime | None = None
    """When a command last ended with 0, this one or one before it."""


def keep_ending(home: Home, ending: Ending) -> None:
    """Keep how a command ended, in place of the previous one's ending.

    Commands that named no account there is are shown as long as nothing came after them.

    Raises:
        UsageError: the home cannot be written.
        TemporaryFailureError: the disk has no room.
    """
    path = home.endings / f"{ending.account or NOBODY}.json"
    unfinished = path.with_suffix(f".{os.getpid()}")
    before = _kept(home).get(ending.account)
    succeeded_at = before.succeeded_at if before is not None else None
    kind = ending.kind or (before.kind if before is not None else "")
    if ending.exit_code == 0:
        succeeded_at = ending.ended_at
    text = msgspec.json.encode(replace(ending, kind=kind, succeeded_at=succeeded_at))
    with storage_errors(path):
        try:
            private_file(unfinished).write_bytes(text)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        if ending.account:
            path.with_stem(NOBODY).unlink(missing_ok=True)
        for attempt in attempts_in(home):
            if attempt.account in {ending.account, ""} and not attempt.is_at_work:
                attempt.path.unlink(missing_ok=True)


def endings_of(home: Home) -> list[Ending]:
    """The last end of each account, by its name; one that was killed counts as an end.

    Files that cannot be read count as none.
    """
    found = _kept(home)
    for attempt in attempts_in(home):
        if attempt.is_at_work:
            continue
        before = found.get(attempt.account)
        found[attempt.account] = Ending(
            account=attempt.account,
            kind=before.kind if before is not None else "",
            command=attempt.command,
            began_at=attempt.began_at,
            ended_at=attempt.began_at,
            exit_code=ExitCode.INTERRUPTED,
            reason=_KILLED,
            is_killed=True,
            succeeded_at=before.succeeded_at if before is not None else None,
        )
    return [found[name] for name in sorted(found)]


def _kept(home: Home) -> dict[str, Ending]:
    found = {}
    for path in (home.root / FOLDER).glob("*.json"):
        try:
            ending = msgspec.json.decode(path.read_bytes(), type=Ending)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        found[ending.account] = ending
    return found
