"""Trials of comparing consent: killed at random, over an account that fails, until it is done.

`python -m tests.torture.comparing --n 100` plays many. What must hold, whatever is killed when:

1. An outcome that is kept is whole and right: the danger that there is, of this package.
2. Nothing goes live through the gate of `promote` but after an outcome without danger.
3. The next comparison begins anew and ends right; so does the next push that keeps consent.
4. Nobody whom live has as out is ever in, and no command ends as a bug does.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from ometria_import.emulator import RunningEmulator, Settings, running
from tests.torture.by_hand import play_many
from tests.torture.child import Order
from tests.torture.launching import Launcher, Session, paths_of
from tests.torture.warped_time import Warp

_KEYS = {"OMETRIA_STAGING_KEY": "torture-staging-1f", "OMETRIA_LIVE_KEY": "torture-live-2e"}
_IN, _OUT = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT"
_HEADER = "id,@collection,email,marketing_optin,timestamp_acquired"
_ALLOWED = ("--consent", "keep")
_KILLED_COMMANDS = 4
_CALM_COMMANDS = 3
_LAST_STEP = 420
_STOPS = (-9, 6, 75)
_FAULTS = (
    "",
    '[[fault]]\ndo = "answer"\non = "reads"\nstatus = 503\nprobability = 0.3\n',
    '[[fault]]\ndo = "reset"\non = "reads"\nprobability = 0.2\n',
    '[[fault]]\ndo = "reset"\nprobability = 0.3\n',
)


class ComparingTrial:
    """One file, one account, and the commands that compare them."""

    def __init__(self, number: int, seed: str, folder: Path, launcher: Launcher) -> None:
        self.chance = random.Random(f"{seed}/{number}/comparing")
        self.folder = folder
        self._launcher = launcher
        self._warp = Warp(1.0, time.monotonic())
        self.sessions: list[Session] = []
        people = [f"p{n}" for n in range(self.chance.randint(1, 25))]
        count = self.chance.randint(1, len(people)) if number % 3 else 0
        self.people = people
        self.out = set(self.chance.sample(people, count))
        """Who has opted out in live."""

    def play(self) -> list[str]:
        """Play the trial to its end; returns what broke."""
        lately = f"{datetime.now(UTC) - timedelta(hours=30):%Y-%m-%dT%H:%M:%SZ}"
        rows = [f"{name},main,{name}@example.com,{_IN},{lately}" for name in self.people]
        (self.folder / "contacts.csv").write_text("\n".join((_HEADER, *rows, "")))
        settings = Settings(
            staging_key=_KEYS["OMETRIA_STAGING_KEY"],
            live_key=_KEYS["OMETRIA_LIVE_KEY"],
            rate=10_000,
            read_rate=10_000,
            queue=1_000_000,
            drain=1_000_000,
        )
        with running(settings) as emulator:
            for name in self.out:
                self._leave(name, emulator)
            text = (
                f'base_url = "{emulator.base_url}"\nrate = 100\nread_rate = 100\n'
                "wait_for_errors = 0\n"
            )
            (self.folder / "ometria-import.toml").write_text(
                f"[accounts.staging]\n{text}[accounts.live]\n{text}"
            )
            staged = self._command("push", "contacts.csv", "--to", "staging", "--json")
            if staged.code:
                return [f"the harness: staging ended with {staged.code}: {staged.err}"]
            return list(self._compare(json.loads(staged.out)["run"], emulator))

    def _leave(self, name: str, emulator: RunningEmulator) -> None:
        """Let somebody opt out in one of the ways there are."""
        body = {"@type": "contact", "@collection": "main", "id": name}
        whole = {**body, "email": f"{name}@example.com"}
        if self.chance.random() < 0.5:
            whole["marketing_optin"] = _OUT
        else:
            when = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
            emulator.unsubscribe(whole["email"], timestamp=when, account="live")
        emulator.put_record("contact", name, whole, collection="main", account="live")

    def _compare(self, run: str, emulator: RunningEmulator) -> Iterator[str]:
        given_up = ("--give-up-after", "0")
        diff = ["consent", "diff", run, "--to", "live", *given_up]
        promote = ["promote", run, "--to", "live", "--yes", *given_up]
        push = ["push", "contacts.csv", "--to", "live", "--yes", *_ALLOWED, *given_up]
        for _ in range(_KILLED_COMMANDS):
            emulator.play(self.chance.choice(_FAULTS))
            wish = self.chance.choice((diff, diff, push, promote))
            is_proven = any(not told["danger"] for told in self._kept())
            ended = self._command(*wish, kill_at_step=self.chance.randint(1, _LAST_STEP))
            emulator.heal()
            if "Traceback" in ended.err or ended.code == 1:
                yield f"4: a bug shows itself: {ended.err[-300:]}"
            if wish is promote and not is_proven and ended.code not in (4, *_STOPS, 2, 0):
                yield f"2: promote ended with {ended.code}: {ended.err[-300:]}"
            if (
                wish is promote
                and not is_proven
                and ended.code == 0
                and "Nothing to do" not in (ended.out)
            ):
                yield f"2: promoted without an outcome: {ended.out[-300:]}"
            yield from self._judge(emulator)
        ended = self._command(*diff)
        if ended.code != (3 if self._still_out(emulator) else 0):
            yield f"3: the comparison ended with {ended.code}: {ended.err[-300:]}"
        for count in range(_CALM_COMMANDS):
            ended = self._command(*push, *(("--new",) if count else ()))
            if ended.code == 0:
                break
        else:
            yield f"3: the push ended with {ended.code}: {ended.err[-300:]}"
        yield from self._judge(emulator)
        emulator.wait_until_drained()
        states = self._states(emulator)
        if lost := {name for name in self.people if name not in self.out} - {
            name for name, state in states.items() if state == _IN
        }:
            yield f"3: {len(lost)} people were not opted in, who never left"

    def _judge(self, emulator: RunningEmulator) -> Iterator[str]:
        """1 and 4: of what is kept, and of what live has by now."""
        for told in self._kept():
            if told["danger"] != len(self.out):
                yield f"1: {told['danger']} in danger, and {len(self.out)} are"
        emulator.wait_until_drained()
        states = self._states(emulator)
        if raised := {name for name in self.out if states.get(name) == _IN}:
            yield f"4: {len(raised)} people are in who had opted out"

    def _still_out(self, emulator: RunningEmulator) -> bool:
        states = self._states(emulator)
        return any(states.get(name) == _OUT for name in self.out)

    def _kept(self) -> Iterator[dict[str, Any]]:
        for path in self.folder.glob(".ometria-import/consent/*/summary.json"):
            told = json.loads(path.read_bytes())
            if told["account"] == "live":
                yield told

    def _states(self, emulator: RunningEmulator) -> dict[str, str]:
        found = httpx.get(
            f"{emulator.base_url}/profiles?limit=250",
            headers={"X-Ometria-Auth": _KEYS["OMETRIA_LIVE_KEY"]},
            timeout=60,
        )
        return {each["email"].partition("@")[0]: each["marketing_optin"] for each in found.json()}

    def _command(self, *words: str, kill_at_step: int | None = None) -> Session:
        out, err = paths_of(self.folder, len(self.sessions))
        order = Order(
            words,
            self.folder,
            tuple(_KEYS.items()),
            out,
            err,
            self._warp,
            10,
            kill_at_step=kill_at_step,
        )
        self.sessions.append(self._launcher.start(order).end())
        return self.sessions[-1]


def play_comparing(number: int, seed: str, launcher: Launcher) -> tuple[list[str], int]:
    """Play one trial in a folder of its own; returns what broke, and how many were killed."""
    folder = Path(tempfile.mkdtemp(prefix=f"comparing-{number}-"))
    try:
        trial = ComparingTrial(number, seed, folder, launcher)
        return trial.play(), sum(session.is_killed for session in trial.sessions)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(play_many("comparings", play_comparing))
