"""Commands that send and have not ended: those at work now, and those that were killed."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from ometria_import.config.home import Home
from ometria_import.config.storage import is_held, private_file, storage_errors

FOLDER = "endings"
NOBODY = "_"
"""Stands in names of files for the account of a command that ended before it had one."""
_MOMENT = "%Y%m%dT%H%M%SZ"
_SUFFIX = ".begun"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A command that has begun and has not said how it ended."""

    account: str
    """As it was named; empty where it was not."""
    command: str
    began_at: datetime
    is_at_work: bool
    """Whether its process is there; else it was killed, or the disk took no more."""
    path: Path


class BegunAttempt:
    """Says that a command has begun, until it is told that it has ended.

    A file says it that the process holds, so the operating system knows when it was killed. All is
    in the name of the file: a disk that is full still takes it.
    """

    def __init__(self, home: Home, account: str, command: str, began_at: datetime) -> None:
        """Begin.

        Raises:
            UsageError: the home cannot be written.
            TemporaryFailureError: the disk has no room.
        """
        moment = began_at.astimezone(UTC).strftime(_MOMENT)
        name = f"{account or NOBODY}.{command}.{moment}.{secrets.token_hex(4)}"
        self._path = home.endings / f"{name}{_SUFFIX}"
        unheld = self._path.with_suffix(".new")
        with storage_errors(self._path):
            self._descriptor = os.open(private_file(unheld), os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
                # Whoever looks sees it only once it is held.
                unheld.rename(self._path)
            except BaseException:
                os.close(self._descriptor)
                unheld.unlink(missing_ok=True)
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def end(self) -> None:
        """Say that the command has ended, once that is kept."""
        self._path.unlink(missing_ok=True)


def attempts_in(home: Home) -> Iterator[Attempt]:
    """The commands that have not ended, the oldest first."""
    found = []
    for path in (home.root / FOLDER).glob(f"*{_SUFFIX}"):
        with suppress(ValueError):
            account, command, moment, _ = path.name.removesuffix(_SUFFIX).split(".")
            began_at = datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC)
            name = "" if account == NOBODY else account
            found.append(Attempt(name, command, began_at, is_held(path, fcntl.LOCK_SH), path))
    yield from sorted(found, key=lambda each: each.began_at)
