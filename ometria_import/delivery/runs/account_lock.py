"""One run per account at a time, across processes."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from typing import Self

from ometria_import.config.home import Home, RunId
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.errors import AccountBusyError
from ometria_import.problems import shorten


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
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._say()
            except BlockingIOError:
                holder = os.pread(self._descriptor, 1000, 0)
                os.close(self._descriptor)
            except BaseException:
                os.close(self._descriptor)
                raise
            else:
                return self
        raise AccountBusyError(
            f"the account {self._account} is held by {_holder(holder)}",
            hint="Wait until it ends, or stop it with Ctrl-C. Then run the same command again.",
        )

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

    def _say(self) -> None:
        words = {
            "run": self._run_id,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(words).encode(), 0)


def _holder(words: bytes) -> str:
    try:
        said = json.loads(words)
        text = f"run {said['run']} (process {said['pid']} on {said['host']}, since {said['since']})"
    except (ValueError, KeyError, TypeError):
        return "another run"
    return shorten(text, 200)
