"""Trials of promotions: killed at random, over a line that fails, until they are done.

`python -m tests.torture.promoting --n 100` plays many. What must hold, whatever is killed when:

1. Live gets the bodies that staging got, byte for byte, each of them and no other.
2. Nothing is sent to live but by a run whose gate had been passed before, every line of it.
3. Where the gate is shut, nothing is sent.
4. No command ends as a bug does, and the statement comes out the same whenever it is asked for.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ometria_import.emulator import RunningEmulator, Settings, running
from tests.torture.by_hand import play_many
from tests.torture.child import Order
from tests.torture.launching import Launcher, Session, paths_of
from tests.torture.shop import FILES, Shop
from tests.torture.warped_time import Warp

_KEYS = {"OMETRIA_STAGING_KEY": "torture-staging-1f", "OMETRIA_LIVE_KEY": "torture-live-2e"}
_DONE = (0, 3)
_CUT = 408
"""What the emulator notes of a request whose sender has gone before its end."""
_STOPS = (-9, 6, 75)
_KILLED_COMMANDS = 6
_MAX_COMMANDS = 10
_LAST_STEP = 520
"""About how many steps a promotion of such a shop has."""
_FAULTS = (
    "",
    '[[fault]]\ndo = "answer"\nstatus = 503\nprobability = 0.3\n',
    '[[fault]]\ndo = "reset"\nprobability = 0.2\n',
)
_EMAILS = ("id", "@collection", "email", "firstname")


class _Push(NamedTuple):
    """A push as the emulator met it."""

    account: str
    sha256: str
    status: int
    arrived_at: float


class PromotionTrial:
    """One staging run that is promoted."""

    def __init__(self, number: int, seed: str, folder: Path, launcher: Launcher) -> None:
        self.chance = random.Random(f"{seed}/{number}/promotion")
        self.folder = folder
        self.home = folder / ".ometria-import"
        self._launcher = launcher
        self._warp = Warp(1.0, time.monotonic())
        self._commands = 0
        self._batch_records = self.chance.choice((5, 10, 20))
        self.sessions: list[Session] = []
        self.is_shut = number % 3 == 0
        """Whether the gate stays shut, because nobody allows a danger."""

    def play(self) -> list[str]:
        """Play the trial to its end; returns what broke."""
        counts = {name: self._batch_records * self.chance.randint(1, 4) for name in FILES}
        shop = Shop.invent(self.chance, counts)
        shop.write(self.folder)
        dangers = self.folder / FILES["contact"]
        if self.is_shut:
            head = ",".join((*_EMAILS, "marketing_optin", "timestamp_subscribed"))
            row = "c9999,customers,x@shop.example.com,x,EXPLICITLY_OPTEDIN,2024-01-01T10:00:00Z"
            dangers.write_text(f"{head}\n{row}\n")
        settings = Settings(
            staging_key=_KEYS["OMETRIA_STAGING_KEY"],
            live_key=_KEYS["OMETRIA_LIVE_KEY"],
            rate=10_000,
            read_rate=10_000,
            queue=1_000_000,
            drain=1_000_000,
            database=self.folder / "emulator.db",
        )
        with running(settings) as emulator:
            text = f'base_url = "{emulator.base_url}"\nrate = 100\nwait_for_errors = 0\n'
            (self.folder / "ometria-import.toml").write_text(
                f"[accounts.staging]\n{text}[accounts.live]\n{text}"
            )
            staged = self._command("push", *FILES.values(), "--to", "staging", "--json")
            if staged.code not in _DONE:
                return [f"the harness: staging ended with {staged.code}: {staged.err}"]
            run = json.loads(staged.out)["run"]
            return [*self._promote(run, emulator), *self._compare(emulator)]

    def _promote(self, run: str, emulator: RunningEmulator) -> Iterator[str]:
        words = ["promote", run, "--to", "live", "--yes", "--give-up-after", "0"]
        attesting = [*words, "--attest", "statement.json"]
        for count in range(_MAX_COMMANDS):
            is_calm = count >= _KILLED_COMMANDS
            emulator.play("" if is_calm else self.chance.choice(_FAULTS))
            wish = self.chance.choice((words, words, attesting, ["resume", "--yes"]))
            ended = self._command(
                *(attesting if is_calm else wish),
                kill_at_step=None if is_calm else self.chance.randint(1, _LAST_STEP),
            )
            if "Traceback" in ended.err or ended.code == 1:
                yield f"4: a bug shows itself: {ended.err[-300:]}"
            shut = (4, 2) if self.is_shut else (2,) if wish[0] == "resume" else ()
            if ended.code not in (*_DONE, *_STOPS, *shut):
                yield f"4: {wish[0]} ended with {ended.code}: {ended.err[-300:]}"
            if is_calm and ended.code in _DONE:
                break
            if is_calm and self.is_shut:
                return
        else:
            yield f"4: not done after {_MAX_COMMANDS} commands"
            return
        statement = (self.folder / "statement.json").read_bytes()
        again = self._command(*words, "--attest", "again.json")
        if again.code not in _DONE or (self.folder / "again.json").read_bytes() != statement:
            yield f"4: the statement comes out otherwise: {again.err[-300:]}"

    def _command(self, *words: str, kill_at_step: int | None = None) -> Session:
        out, err = paths_of(self.folder, self._commands)
        self._commands += 1
        order = Order(
            words,
            self.folder,
            tuple(_KEYS.items()),
            out,
            err,
            self._warp,
            self._batch_records,
            kill_at_step=kill_at_step,
        )
        self.sessions.append(self._launcher.start(order).end())
        return self.sessions[-1]

    def _compare(self, emulator: RunningEmulator) -> Iterator[str]:
        pushes = _pushes(emulator)
        staging = {each.sha256 for each in pushes if each.account == "staging"}
        live = [each for each in pushes if each.account == "live"]
        if self.is_shut:
            if live:
                yield f"3: {len(live)} pushes to live, and the gate was shut"
            return
        if strange := {each.sha256 for each in live} - staging:
            yield f"1: {len(strange)} bodies went to live that staging never got"
        if lost := staging - {each.sha256 for each in live if each.status == 202}:
            yield f"1: {len(lost)} bodies of staging never got into live"
        runs = [
            path.parent
            for path in self.home.glob("runs/*-live-*/journal.db")
            if (path.parent / "request.json").exists()
        ]
        if len(runs) != 1:
            yield f"1: {len(runs)} live runs"
        first_s = min((each.arrived_at for each in live), default=0.0)
        for run in runs:
            yield from _gate_was_passed(run, first_s)


def _gate_was_passed(run: Path, first_s: float) -> Iterator[str]:
    """2: before the first request, and with every line open."""
    gate = json.loads((run / "gate.json").read_bytes())
    shut = [line["name"] for line in gate["lines"] if line["mark"] == "shut"]
    names = {line["name"] for line in gate["lines"]}
    if shut or len(names) != len(gate["lines"]) or "effects" not in names:
        yield f"2: a live run whose gate was shut: {shut}"
    if datetime.fromisoformat(gate["passed_at"]).timestamp() > first_s:
        yield "2: a request to live before its gate was passed"


def _pushes(emulator: RunningEmulator) -> list[_Push]:
    with closing(sqlite3.connect(f"file:{emulator.database}?mode=ro", uri=True)) as database:
        found = database.execute(
            "SELECT account, sha256, status, arrived_at FROM request WHERE method = 'POST'"
        )
        # Of whom was killed in the midst of sending, nothing whole arrived.
        return [push for row in found if (push := _Push(*row)).status != _CUT]


def play_promotion(number: int, seed: str, launcher: Launcher) -> tuple[list[str], int]:
    """Play one trial in a folder of its own; returns what broke, and how many were killed."""
    folder = Path(tempfile.mkdtemp(prefix=f"promotion-{number}-"))
    try:
        trial = PromotionTrial(number, seed, folder, launcher)
        return trial.play(), sum(session.is_killed for session in trial.sessions)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(play_many("promotions", play_promotion))
