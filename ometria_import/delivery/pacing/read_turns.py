"""The turns of everybody on this machine who reads from an account, in one process or several.

An account allows so many reads per second to all its readers together. Those of one home share
a small file under `locks/`, which says when the next read may leave.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from ometria_import.config.accounts import AccountSettings
from ometria_import.config.home import Home
from ometria_import.config.storage import private_file, storage_errors
from ometria_import.delivery.pacing.limiter import Clock

_STATE = struct.Struct("<dd")
_SLACK = 0.5
"""Part of an interval by which a read may come early, so that lateness can be made up for."""
_MOST_TURNS_AHEAD = 16
_MOST_PAUSE_S = 301.0
"""Later moments than these were written before the machine was started again, and mean nothing."""


class ReadTurns:
    """One reader's view of the turns.

    Whoever is first takes the next turn that is free, even if others wait for it already: the
    error list of a running push holds what cannot be read later. Others take what is left.
    """

    def __init__(
        self, home: Home, account: AccountSettings, clock: Clock, *, is_first: bool = False
    ) -> None:
        self._path = home.locks / f"{account.name}.reads"
        self._interval_s = 1 / account.reads_per_s
        self._clock = clock
        self._is_first = is_first
        with storage_errors(self._path):
            private_file(self._path)

    async def acquire(self) -> float:
        """Wait for a turn, and take it; returns the time at which it came.

        Raises:
            InterruptedRunError: a stop was asked for.
            TemporaryFailureError: the file cannot be used.
        """
        wait_s, is_taken = self._turn()
        # Sleeping for nothing, too: it is where a stop is noticed.
        await self._clock.sleep(max(wait_s, 0.0))
        while not is_taken:
            wait_s, is_taken = self._turn()
            if wait_s > 0:
                await self._clock.sleep(wait_s)
        return self._clock.monotonic()

    def pause(self, seconds: float) -> None:
        """Let nobody read for so long, because the server asked for it."""
        with self._state() as state:
            state[1] = max(state[1], self._clock.monotonic() + min(seconds, _MOST_PAUSE_S - 1))

    def _turn(self) -> tuple[float, bool]:
        """The seconds until the next turn, and whether it is ours."""
        with self._state() as state:
            now = self._clock.monotonic()
            at = max(state[0] - _SLACK * self._interval_s, state[1], now)
            is_taken = self._is_first or at <= now
            if is_taken:
                state[0] = max(state[0], at) + self._interval_s
            return at - now, is_taken

    @contextmanager
    def _state(self) -> Iterator[list[float]]:
        """When the next read is due, and when the pause ends; written back if changed."""
        with storage_errors(self._path):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                raw = os.pread(descriptor, _STATE.size, 0)
                before = list(_STATE.unpack(raw)) if len(raw) == _STATE.size else [0.0, 0.0]
                state = list(before)
                now = self._clock.monotonic()
                for place, most_s in enumerate(
                    (_MOST_TURNS_AHEAD * self._interval_s, _MOST_PAUSE_S)
                ):
                    if not state[place] - now <= most_s:
                        state[place] = 0.0
                yield state
                if state != before:
                    os.pwrite(descriptor, _STATE.pack(*state), 0)
            finally:
                os.close(descriptor)
