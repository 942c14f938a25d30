"""One trial: a shop, an emulator, commands that are stopped and go on, and what must hold."""

from __future__ import annotations

import json
import random
import re
import shlex
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.emulator.scenarios.scenario import parse_scenario
from tests.torture import invariants
from tests.torture.child import Order
from tests.torture.evidence import RunEvidence, read_received, read_runs
from tests.torture.faults.fault import Fault
from tests.torture.launching import Command, Launcher, Session, paths_of
from tests.torture.shop import FILES, Shop
from tests.torture.warped_time import Warp

KEY = "torture-key-8f3a61"
OTHER_KEY = "torture-live-key-77"
DONE = (0, 3)

_MAX_COMMANDS = 14
_CALM_AFTER = 6
"""Commands that faults may stop; then all is well, and the run must finish."""
_HANGS_AFTER_S = 60.0
_DRAINED_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a trial came to."""

    number: int
    faults: tuple[str, ...]
    broken: tuple[str, ...]
    kills: int
    """Processes that SIGKILL ended."""
    commands: int
    took_s: float
    steady_pushes: int
    """Pushes of a trial with a steady line, and how many of them met a limit."""
    steady_limited: int
    transcript: str = field(repr=False, default="")


class Trial:
    """State of one trial; faults read it and change what is theirs."""

    emulator: RunningEmulator

    def __init__(
        self,
        number: int,
        seed: str,
        faults: Sequence[Fault],
        folder: Path,
        launcher: Launcher,
        *,
        mutant: str = "",
    ) -> None:
        self.number = number
        self.chance = random.Random(f"{seed}/{number}")
        self.faults = list(faults)
        self.folder = folder
        self.home = folder / ".ometria-import"
        self.spare = folder / "spare"
        """Copies of files from before they were damaged."""
        self.launcher = launcher
        self.mutant = mutant
        self.sessions: list[Session] = []
        self.broken: list[str] = []
        self.scenario: list[str] = []
        """Faults of the emulator as TOML."""
        self.limits: dict[str, Any] = {}
        """Settings of the emulator other than the usual ones."""
        self.push_flags: list[str] = []
        self.environment = {"OMETRIA_STAGING_KEY": KEY}
        self.settings: dict[str, str | float] = {}
        """Of the account, but for the address."""
        self.base_url = ""
        """The address that the settings say; the emulator's own where nothing else was said."""
        self.following: list[list[str]] = []
        """Commands that are given once the run has finished."""
        self.companions: list[Command] = []
        self.late: set[str] = set()
        """Ids of records that the emulator finds invalid after it has taken them in."""
        self.runs: list[RunEvidence] = []
        """What the trial left, oldest first; empty until its end."""
        self.cleanup = ExitStack()
        speed = max(fault.speed for fault in self.faults)
        self.warp = Warp(speed, time.monotonic())
        self.batch_records = self.chance.choice((2, 5, 10, 20))
        batches = {each: self.chance.randint(1, 7) for each in FILES}
        self.shop = Shop.invent(
            self.chance, {each: count * self.batch_records for each, count in batches.items()}
        )
        self.batches = sum(batches.values())
        """About how many the package has."""
        self.share_of_same = 0.5
        """How often somebody who finds a command killed gives the same one again."""
        self._commands = 0

    @property
    def is_calm(self) -> bool:
        """Whether nothing may go wrong any more."""
        return len(self.sessions) >= _CALM_AFTER

    @property
    def push(self) -> list[str]:
        """The command that a trial begins with."""
        return ["push", *FILES.values(), "--to", "staging", *self.push_flags]

    def run(self) -> Verdict:
        """Play the trial to its end; nothing of the program's doing raises."""
        began = time.monotonic()
        with self.cleanup:
            self.shop.write(self.folder)
            for fault in self.faults:
                fault.arrange(self)
            self.emulator = self.cleanup.enter_context(running(self._emulator_settings()))
            self.write_settings()
            self._go_on_until_done()
            self._compare()
        return self._verdict(time.monotonic() - began)

    def write_settings(self) -> None:
        """Write the settings file of the account."""
        lines = {"base_url": self.base_url or self.emulator.base_url, **self.settings}
        text = "\n".join(f"{name} = {json.dumps(value)}" for name, value in lines.items())
        (self.folder / "ometria-import.toml").write_text(f"[accounts.staging]\n{text}\n")

    def arrived(self) -> int:
        """How many pushes the emulator has met by now."""
        with closing(sqlite3.connect(f"file:{self.emulator.database}?mode=ro", uri=True)) as found:
            return int(found.execute("SELECT COUNT(*) FROM request").fetchone()[0])

    def start(self, words: Sequence[str]) -> Command:
        """Start a command as it is, with no fault under it."""
        return self.launcher.start(self.order(words))

    def _emulator_settings(self) -> Settings:
        text = "\n".join([f"seed = {self.number}", *self.scenario])
        return replace(
            Settings(
                staging_key=KEY,
                live_key=OTHER_KEY,
                database=self.folder / "emulator.db",
                clock=self.warp.now,
                scenario=parse_scenario(text),
            ),
            **self.limits,
        )

    def order(self, words: Sequence[str]) -> Order:
        """What a command is started with, if nothing is under it."""
        out, err = paths_of(self.folder, self._commands)
        self._commands += 1
        return Order(
            tuple(words),
            self.folder,
            tuple(self.environment.items()),
            out,
            err,
            self.warp,
            self.batch_records,
            mutant=self.mutant,
        )

    def _go_on_until_done(self) -> None:
        words = self.push
        while len(self.sessions) < _MAX_COMMANDS:
            session = self._command(words)
            self.broken += invariants.of_a_command(self, session)
            if session.code in DONE and not self.following:
                return
            for fault in self.faults:
                fault.mend(self, session)
            if len(self.sessions) == _CALM_AFTER:
                self.emulator.heal()
            if session.code in DONE:
                words = self.following.pop(0)
                continue
            step = self._after_a_kill(session) if session.is_killed else next_command(session, self)
            if step is None:
                self.broken.append(f"5: no next command on the screen after {session.code}")
                return
            words = step
        self.broken.append(f"not finished after {_MAX_COMMANDS} commands")

    def _command(self, words: Sequence[str]) -> Session:
        """Run one command, with the faults under and around it."""
        order = self.order(words)
        if not self.is_calm:
            for fault in self.faults:
                order = fault.shape(self, order)
        command = self.launcher.start(order)
        gives_up_at = time.monotonic() + _HANGS_AFTER_S
        while not command.wait(0.003):
            if not self.is_calm:
                for fault in self.faults:
                    fault.disturb(self, command)
            if time.monotonic() > gives_up_at:
                self.broken.append(f"5: it hangs: {shlex.join(words)}")
                command.kill()
                break
        session = command.end()
        self.sessions.append(session)
        for companion in self.companions:
            if not companion.wait(_HANGS_AFTER_S):
                self.broken.append("5: it hangs: the command beside it")
                companion.kill()
        return session

    def _after_a_kill(self, session: Session) -> list[str]:
        """What somebody types who finds a command killed: the same again, or what `runs` says."""
        if self.chance.random() < self.share_of_same:
            return list(session.words)
        listed = self.start(["runs"]).end()
        if listed.code != 0:
            self.broken.append(f"5: runs ended with {listed.code}: {listed.err}")
        step = next_command(listed, self)
        # It shows a run that is finished, or knows of none: the killed one had not begun.
        return step if step and step[0] == "resume" else list(session.words)

    def _compare(self) -> None:
        try:
            self.emulator.wait_until_drained(_DRAINED_WITHIN_S)
        except TimeoutError as error:
            self.broken.append(str(error))
        shown = self.start(["show", "--json"]).end()
        received = read_received(self.emulator.database)
        self.runs = read_runs(self.home, self.spare)
        self.broken += invariants.of_the_end(self, received, self.runs, shown)
        for fault in self.faults:
            fault.expect(self)

    def _verdict(self, took_s: float) -> Verdict:
        pushes = limited = 0
        if all(fault.is_line_steady for fault in self.faults):
            arrivals = read_received(self.folder / "emulator.db").arrivals
            pushes = len(arrivals)
            limited = sum(each.status == 429 for each in arrivals)
        return Verdict(
            self.number,
            tuple(fault.name for fault in self.faults),
            tuple(self.broken),
            sum(session.code == -9 for session in self.sessions),
            len(self.sessions),
            took_s,
            pushes,
            limited,
            self._transcript(),
        )

    def _transcript(self) -> str:
        return "\n".join(
            f"$ ometria-import {shlex.join(session.words)}   → {session.code}\n"
            f"{session.out}{session.err}"
            for session in self.sessions
        )


def next_command(session: Session, trial: Trial) -> list[str] | None:
    """The command that the screen of a stopped one says to type; None where it says none."""
    text = f"{session.out}\n{session.err}"
    found = re.search(r"^Next: +ometria-import (.+)$", text, re.MULTILINE)
    if found is None:
        found = re.search(r"ometria-import ((?:resume|push)\b[^\n;,.\"]*)", text)
    if found is not None:
        return shlex.split(found[1])
    if "same command" in text:
        return list(session.words)
    if re.search(r"[Pp]ush (the|those) (source )?files", text):
        return trial.push
    return None
