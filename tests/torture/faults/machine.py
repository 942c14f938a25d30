"""Faults of the machine that the program runs on, and of the people who use it."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.torture.faults.fault import (
    BUSY,
    INTERRUPTED,
    TEMPORARY,
    USAGE,
    Fault,
)
from tests.torture.shop import FILES, Shop

if TYPE_CHECKING:
    from tests.torture.child import Order
    from tests.torture.launching import Command, Session
    from tests.torture.trial import Trial

_STEPS_OF_PREPARING = 230
_STEPS_OF_RESUMING = 60
_STEPS_OF_A_BATCH = 24
"""About; see `child.Order.kill_at_step`."""
_SHARE_OF_SENDING = 0.7
_SHARE_OF_SECOND_KILLS = 0.4
_CLONE_NEWNS = 0x00020000


class Calm(Fault):
    """Nothing goes wrong: what a trial without a fault looks like."""

    name = "none"
    is_line_steady = True


class KillAtStep(Fault):
    """The process is killed before or after a statement, a request or a rename."""

    name = "SIGKILL at a step"
    is_line_steady = True

    def arrange(self, trial: Trial) -> None:
        steps = _STEPS_OF_A_BATCH * trial.batches
        is_sending = trial.chance.random() < _SHARE_OF_SENDING
        self._steps = [
            _STEPS_OF_PREPARING + trial.chance.randint(1, steps)
            if is_sending
            else trial.chance.randint(1, _STEPS_OF_PREPARING)
        ]
        # A resumed process passes fewer steps, so it is killed earlier.
        while trial.chance.random() < _SHARE_OF_SECOND_KILLS:
            self._steps.append(trial.chance.randint(1, _STEPS_OF_RESUMING + steps))

    def shape(self, _: Trial, order: Order) -> Order:
        return replace(order, kill_at_step=self._steps.pop(0)) if self._steps else order


class KillAtEveryStep(Fault):
    """The n-th trial kills the process at its n-th step, always of the same small shop."""

    name = "SIGKILL at each step in turn"
    is_line_steady = True

    def arrange(self, trial: Trial) -> None:
        trial.batch_records = 4
        counts = dict.fromkeys(FILES, trial.batch_records)
        trial.shop = Shop.invent(random.Random("each step in turn"), counts)
        trial.shop.write(trial.folder)
        self._is_done = False

    def shape(self, trial: Trial, order: Order) -> Order:
        if self._is_done:
            return order
        self._is_done = True
        return replace(order, kill_at_step=trial.number)


class SendsSignals(Fault):
    """Waits for a moment of the run, then sends signals."""

    numbers: tuple[signal.Signals, ...]
    """What is sent, one after the other."""
    gap_s = 0.0
    """Seconds of the world between two."""
    needs_handlers = True
    """Whether it waits until the program has begun to speak."""

    def arrange(self, trial: Trial) -> None:
        self._sessions = trial.chance.randint(1, 3)
        self._plan(trial)

    def _plan(self, trial: Trial) -> None:
        self._left = list(self.numbers)
        self._is_after = trial.chance.randint(0, trial.batches)
        self._arrived_before = 0
        self._not_before = 0.0
        self._delay_s = trial.chance.choice((0.0, trial.chance.uniform(0, 0.1)))
        self._command: Command | None = None

    def disturb(self, trial: Trial, command: Command) -> None:
        if command is not self._command:
            if self._sessions == 0:
                return
            self._sessions -= 1
            self._plan(trial)
            self._command = command
            self._arrived_before = trial.arrived()
        if not self._left or (self.needs_handlers and not command.has_said_anything):
            return
        if trial.arrived() - self._arrived_before < self._is_after:
            return
        if not self._not_before:
            self._not_before = time.monotonic() + self._delay_s
        if time.monotonic() >= self._not_before:
            command.send(self._left.pop(0))
            self._not_before = time.monotonic() + self.gap_s


class KillAtMoment(SendsSignals):
    name = "SIGKILL at a random moment"
    is_line_steady = True
    numbers = (signal.SIGKILL,)
    needs_handlers = False


class Terminate(SendsSignals):
    name = "SIGTERM"
    is_line_steady = True
    stops = frozenset({INTERRUPTED})
    numbers = (signal.SIGTERM,)


class InterruptOnce(SendsSignals):
    name = "Ctrl-C once"
    is_line_steady = True
    stops = frozenset({INTERRUPTED})
    numbers = (signal.SIGINT,)


class InterruptTwice(SendsSignals):
    name = "Ctrl-C twice"
    is_line_steady = True
    stops = frozenset({INTERRUPTED})
    numbers = (signal.SIGINT, signal.SIGINT)
    gap_s = 0.005


class Freeze(SendsSignals):
    name = "SIGSTOP, then SIGCONT"
    stops = frozenset({TEMPORARY})
    numbers = (signal.SIGSTOP, signal.SIGCONT)
    gap_s = 0.25


class FullFiles(Fault):
    """No file can grow beyond so many bytes, as where a disk or a quota is full."""

    name = "a disk that is full at some byte"
    is_line_steady = True
    stops = frozenset({TEMPORARY, USAGE})

    def arrange(self, trial: Trial) -> None:
        self._limits = [
            trial.chance.choice((0, 100, 4_000, 20_000, 60_000, trial.chance.randint(1, 200_000)))
            for _ in range(trial.chance.randint(1, 2))
        ]

    def shape(self, _: Trial, order: Order) -> Order:
        return replace(order, max_file_bytes=self._limits.pop(0)) if self._limits else order


class FullFolder(Fault):
    """One of the program's folders is on a disk with little room; needs root."""

    name = "a full disk in one of the folders"
    is_line_steady = True
    stops = frozenset({TEMPORARY, USAGE})

    def arrange(self, trial: Trial) -> None:
        self._folder = trial.home / trial.chance.choice((".", "packages", "runs", "locks"))
        self._is_mended = False
        room = trial.chance.choice((4, 8, 40, 80, 120)) * 1024
        for path in (trial.home, self._folder):
            path.mkdir(mode=0o700, exist_ok=True)
        options = f"size={room},mode=700"
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(self._folder)], check=True
        )
        trial.cleanup.callback(subprocess.run, ["umount", "--lazy", str(self._folder)], check=False)

    def mend(self, _: Trial, session: Session) -> None:
        if session.code in self.stops and not self._is_mended:
            self._is_mended = True
            options = "remount,size=64m,mode=700"
            subprocess.run(["mount", "-o", options, str(self._folder)], check=True)


def can_mount() -> bool:
    """Whether this process may mount; if so, nobody else sees its mounts from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(_CLONE_NEWNS) != 0:
        return False
    hidden = subprocess.run(["mount", "--make-rprivate", "/"], check=False, capture_output=True)
    return hidden.returncode == 0


class ChangedSource(InterruptOnce):
    """The shop goes on between a run and what follows it; later the new files are pushed."""

    name = "a source file changed between run and resume"

    def arrange(self, trial: Trial) -> None:
        super().arrange(trial)
        self._sessions = 1

    def mend(self, trial: Trial, session: Session) -> None:
        if session.code == INTERRUPTED:
            trial.shop.change(trial.chance)
            trial.shop.write(trial.folder)
            trial.following.append(trial.push)


class LostSource(InterruptOnce):
    name = "a source file that vanished between run and resume"

    def arrange(self, trial: Trial) -> None:
        super().arrange(trial)
        self._sessions = 1

    def mend(self, trial: Trial, session: Session) -> None:
        if session.code == INTERRUPTED and trial.home.joinpath("runs").is_dir():
            has_run = any((trial.home / "runs").glob("*/journal.db"))
            if has_run:
                for path in trial.folder.glob("*.csv"):
                    path.unlink()


class ClockSet(Fault):
    """Somebody sets the date, back or forward, a few times in mid-run."""

    name = "the clock set back and forward"
    is_line_steady = True

    def arrange(self, trial: Trial) -> None:
        moments = sorted(trial.chance.uniform(0, 60) for _ in range(trial.chance.randint(1, 4)))
        leaps = (-86_400 * 400, -3600, -1, 3600, 86_400 * 30)
        changes = tuple((moment, float(trial.chance.choice(leaps))) for moment in moments)
        trial.warp = replace(trial.warp, date_changes=changes)


class TwoAtOnce(Fault):
    """Somebody else begins the same run at the same time."""

    name = "two runs started at once on one account"
    is_line_steady = True
    stops = frozenset({BUSY, USAGE})
    _is_for = "push"

    def arrange(self, _: Trial) -> None:
        self._other: Command | None = None

    def shape(self, trial: Trial, order: Order) -> Order:
        if order.words[0] == self._is_for and self._other is None:
            self._other = trial.start(order.words)
            trial.companions.append(self._other)
        return order

    def expect(self, trial: Trial) -> None:
        if self._other is None:
            return
        other = self._other.end()
        # Whoever came second was told so; where one had ended before, both had their turn.
        if other.code not in (0, 3, BUSY, USAGE):
            trial.broken.append(f"4: the other process ended with {other.code}: {other.err}")
        if other.code == BUSY and "is held by" not in other.err:
            trial.broken.append(f"5: the second is not told who holds the account: {other.err}")


class TwoResumes(TwoAtOnce):
    """A run that was killed is resumed by two people at once."""

    name = "one run resumed twice at once"
    _is_for = "resume"

    def arrange(self, trial: Trial) -> None:
        super().arrange(trial)
        trial.share_of_same = 0.0
        self._kill = KillAtMoment()
        self._kill.arrange(trial)
        self._kill._sessions = 1  # noqa: SLF001 -- its own

    def disturb(self, trial: Trial, command: Command) -> None:
        self._kill.disturb(trial, command)
