"""One run per account at a time, across processes."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from ometria_import.config.home import Home, RunId
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import AccountBusyError
from ometria_import.problems import shorten

_LOCKS = "locks"
_TRIES, _BETWEEN_TRIES_S = 5, 0.02
"""Tries to take a lock: whoever checks who holds an account also holds it for a moment."""


@dataclass(frozen=True, slots=True)
class Holder:
    """What holds an account, as far as its lock tells."""

    run: RunId = field(default=RunId(""))
    """The run's id; empty where the lock does not say it."""
    since: str = ""
    """ISO 8601, UTC."""


def holder_of(home: Home, account: str) -> Holder | None:
    """What holds an account now; None if nothing does, for example after a kill."""
    try:
        descriptor = os.open(home.root / _LOCKS / f"{account}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        said = _said(os.pread(descriptor, 1000, 0))
        return Holder(RunId(said.get("run", "")), said.get("since", ""))
    finally:
        os.close(descriptor)
    return None


class AccountLock:
    """Holds an account for a run while the block runs.

    The operating system holds the lock for the process, so a crash leaves none behind; what
    the file says is only for the message.

    Raises:
        AccountBusyError: another run holds the account.
    """

    def __init__(self, home: Home, account: str, run_id: RunId) -> None:
        self._path = home.locks / f"{account}.lock"
        self._account = account
        self._run_id = run_id
        self._descriptor = -1

    def __enter__(self) -> Self:
        with storage_errors(self._path):
            self._descriptor = os.open(private_file(self._path), os.O_RDWR | os.O_CLOEXEC)
            try:
                self._hold()
                self._say()
            except BlockingIOError:
                holder = os.pread(self._descriptor, 1000, 0)
                os.close(self._descriptor)
            except BaseException:
                os.close(self._descriptor)
                raise
            else:
                return self
        error = AccountBusyError(
            f"the account {self._account} is held by {_holder(holder)}",
            hint="Wait until it ends, or stop it with Ctrl-C. Then run the same command again.",
        )
        error.told = {"account": self._account}
        raise error

    def __exit__(self, *_: object) -> None:
        # The file stays: removing it would let two runs lock two files of one name.
        os.close(self._descriptor)

    def hold_for(self, run_id: RunId) -> None:
        """Say from now on that it is another run that holds the account.

        Raises:
            TemporaryFailureError: the disk has no room.
        """
        self._run_id = run_id
        with storage_errors(self._path):
            self._say()

    def _hold(self) -> None:
        """Hold the file.

        Raises:
            BlockingIOError: somebody else does.
        """
        for tries_left in reversed(range(_TRIES)):
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not tries_left:
                    raise
                time.sleep(_BETWEEN_TRIES_S)
            else:
                return

    def _say(self) -> None:
        words = {
            "run": self._run_id,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(words).encode(), 0)


def _said(words: bytes) -> dict[str, str]:
    """What a lock says about its holder; empty while it is being written."""
    try:
        said = json.loads(words)
        return {str(name): str(value) for name, value in said.items()}
    except (ValueError, AttributeError):
        return {}


def _holder(words: bytes) -> str:
    said = _said(words)
    try:
        text = f"run {said['run']} (process {said['pid']} on {said['host']}, since {said['since']})"
    except KeyError:
        return "another run"
    return shorten(text, 200)
