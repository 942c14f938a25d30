"""How the last command that sent to an account, or tried to, has ended: a file per account."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from ometria_import.config.home import Home
from ometria_import.config.storage import private_file, storage_errors

_FOLDER = "endings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a command ended. It holds no value of any record."""

    account: str
    kind: str
    command: str
    """Such as `push`."""
    began_at: datetime
    ended_at: datetime
    exit_code: int
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

    Raises:
        UsageError: the home cannot be written.
        TemporaryFailureError: the disk has no room.
    """
    path = home.endings / f"{ending.account}.json"
    unfinished = path.with_suffix(f".{os.getpid()}")
    before = next((each for each in endings_of(home) if each.account == ending.account), None)
    succeeded_at = before.succeeded_at if before is not None else None
    if ending.exit_code == 0:
        succeeded_at = ending.ended_at
    with storage_errors(path):
        text = msgspec.json.encode(replace(ending, succeeded_at=succeeded_at))
        private_file(unfinished).write_bytes(text)
        unfinished.replace(path)


def endings_of(home: Home) -> list[Ending]:
    """The last end of each account, by its name; files that cannot be read count as none."""
    found = []
    for path in sorted((home.root / _FOLDER).glob("*.json")):
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=Ending))
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
    return found
