"""Trials of `push --changed`: killed, refused, late, emptied, and then beside a push of everything.

`python -m tests.torture.giving --n 1000` plays many. What must hold, whatever happened before:

1. After a push of only what changed that ended well, a push of everything changes nothing in the
   account: no record, and nobody's consent.
2. A second push of only what changed, right behind it, sends nothing but what was refused.
3. `doctor` warns of an account that was emptied, and `given forget` and `given rebuild` repair it.
4. No command ends as a bug does.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest.mock import patch

import httpx

from ometria_import.emulator import ALL_ERRORS_FIELDS, RunningEmulator, Settings, Traits, running
from ometria_import.prepare.spill import spool
from tests.cli.program import called
from tests.emulator.scenarios.scenarios import fault
from tests.torture.child import Order
from tests.torture.launching import Launcher, Session, paths_of
from tests.torture.nightly import FILES, Export
from tests.torture.warped_time import Warp

_KEY = "torture-staging-3c"
_ENVIRONMENT = {"OMETRIA_STAGING_KEY": _KEY}
_TO = ("--to", "staging")
_CHANGED = ("push", *FILES, *_TO, "--changed", "--json")
_EVERYTHING = ("push", *FILES, *_TO, "--full", "--new", "--json")
_DONE = (0, 3)
_KILLED = -9
_CODES = (*_DONE, _KILLED, 2, 4, 6, 75)
"""What a command may end with while something is wrong; 2 where a run cannot go on any more."""
_LATER_S = 0.2
_PATIENCE = 6
"""So often a command is given again that was killed or gave up."""
_EDITED: dict[str, dict[str, Any]] = {
    "product": {"title": "Edited"},
    "contact": {"firstname": "Edited"},
    "order": {"grand_total": 99},
}


class _Kill(NamedTuple):
    """When a process kills itself."""

    steps: int
    """About how many there are."""
    within: str = ""
    """Only statements of databases whose path holds this count."""


_ANYWHERE = _Kill(500)
_IN_THE_STORE = _Kill(60, "/given/")


class GivingTrial:
    """One account, files that change every night, and everything that comes between."""

    def __init__(
        self, number: int, seed: str, folder: Path, launcher: Launcher, mutant: str = ""
    ) -> None:
        self.chance = random.Random(f"{seed}/{number}/giving")
        self.folder = folder
        self.broken: list[str] = []
        self.met: Counter[str] = Counter()
        """What happened, in a few words each."""
        self._launcher = launcher
        self._mutant = mutant
        self._warp = Warp(1.0, time.monotonic())
        self.batch_records = self.chance.choice((3, 10, 20))
        self._export = Export(self.chance)
        self._opt_out: Literal["one_listing", "newest"] = self.chance.choice(
            ("one_listing", "newest")
        )
        self._errors_fields = self.chance.choice(((), ALL_ERRORS_FIELDS))
        self._lasting = ""
        """The faults that stay to the end."""
        if self.chance.randrange(4) == 0:
            ids = self.chance.sample(self._export.ids(), 3)
            self._lasting = fault("late_refusal", record_id=ids, path="root > id")

    def play(self) -> None:
        """Play the trial to its end."""
        settings = Settings(
            staging_key=_KEY,
            rate=10_000,
            read_rate=10_000,
            queue=1_000_000,
            drain=1_000_000,
            database=self.folder / "emulator.db",
            traits=Traits(
                opt_out=self._opt_out,
                errors_fields=self._errors_fields,
            ),
        )
        with running(settings) as emulator:
            (self.folder / "ometria-import.toml").write_text(
                f'[accounts.staging]\nbase_url = "{emulator.base_url}"\n'
                "rate = 100\nread_rate = 100\nwait_for_errors = 0\n"
            )
            for _ in range(self.chance.randint(2, 5)):
                self._export.change()
                self._export.write(self.folder)
                self._do_something(emulator)
            emulator.play(self._lasting)
            self._compare(emulator)

    def _do_something(self, emulator: RunningEmulator) -> None:
        wish = self.chance.choice(("changed", "changed", "changed", "full", "resume", "emptied"))
        runs = sorted(self.folder.glob(".ometria-import/runs/*/journal.db"))
        if wish == "emptied":
            self._empty(emulator)
        elif wish == "changed":
            self._under_a_fault(_CHANGED, emulator)
        elif wish == "full" or not runs:
            self._under_a_fault(_EVERYTHING, emulator)
        else:
            # Be it older than others.
            run = self.chance.choice(runs).parent.name
            self._under_a_fault(("resume", run, "--yes", "--even-if-older"), emulator)

    def _under_a_fault(self, words: tuple[str, ...], emulator: RunningEmulator) -> None:
        often = self.chance.choice((0.2, 0.6))
        ids = self.chance.sample(self._export.ids(), 3)
        late = fault("late_refusal", share=0.2, path="root > id")
        faults = {
            "no fault": "",
            "SIGKILL": "",
            "SIGKILL in the store": "",
            "refused at once": fault("answer", status=422, record_id=ids, text="No"),
            "refused later": late,
            "refused much later": fault(
                "late_refusal", share=0.2, path="root > id", after_s=_LATER_S
            ),
            "answers lost": fault("reset", moment="processed", probability=often),
            "requests lost": fault("answer", status=503, probability=often),
            "records lost": fault("answer", drop=1, accepted_less=1, probability=often),
            "late errors unreadable": late + fault("answer", on="errors", status=403),
            "late errors name nobody": late + fault("errors_feed", hide=["record_id"]),
        }
        if not self._errors_fields:
            # Once a later run has sent, nobody can tell whose an error is that names nothing.
            del faults["refused much later"]
        if self._opt_out == "newest":
            # A batch that is split or put off arrives after later ones, in any push.
            del faults["refused at once"], faults["requests lost"]
        name = self.chance.choice(list(faults))
        kill = {"SIGKILL": _ANYWHERE, "SIGKILL in the store": _IN_THE_STORE}.get(name)
        emulator.play(faults[name] + self._lasting)
        self.met[name] += 1
        self._command(*words, kill=kill)
        if name == "refused much later":
            time.sleep(_LATER_S)
            # Of every run: a push may have gone on with one before it began its own.
            for run in sorted(self.folder.glob(".ometria-import/runs/*/journal.db")):
                self._command("errors", "--run", run.parent.name)

    def _empty(self, emulator: RunningEmulator) -> None:
        """Let others empty the account, or change some of it; then do what the page says."""
        emulator.play(self._lasting)
        records, is_all = self._records(emulator), self.chance.random() < 0.6
        for (object_type, collection, record_id), body in records.items():
            if is_all or self.chance.random() < 0.3:
                is_gone = is_all or self.chance.random() < 0.5
                others = None if is_gone else {**body, **_EDITED[object_type]}
                emulator.put_record(object_type, record_id, others, collection=collection)
        shown = self._command("given", "show", *_TO, "--json")
        given = json.loads(shown.out)["given"] if shown.code in _DONE else {}
        certain = sum(each["certain"] for each in given.values())
        told = self._command("doctor", "--json")
        warns = "drawn at random the account has" in told.out
        self.met["emptied" if is_all else "changed by others"] += 1
        self.met["doctor warned"] += warns
        if is_all and records and certain and not warns:
            self.broken.append(f"3: doctor does not warn, of {certain} records: {told.out[-600:]}")
        if self.chance.random() < 0.5:
            if self.chance.random() < 0.5:
                self._until_done(*_EVERYTHING, "--dry-run")
            if self._until_done("given", "rebuild", *_TO, kill=_IN_THE_STORE).code in _DONE:
                self.met["rebuilt"] += 1
                return
        # Also where no run has all records to compare the account with.
        self._until_done("given", "forget", *_TO)
        self.met["forgotten"] += 1

    def _compare(self, emulator: RunningEmulator) -> None:
        if self._until_done(*_CHANGED).code not in _DONE:
            self.broken.append("1: what changed cannot be pushed")
        left = self._state(emulator)
        # A run that was gone on with may have sent a batch twice, which is never certain.
        for _ in range(2):
            sent = self._sent(emulator)
            if self._until_done(*_CHANGED).code not in _DONE:
                self.broken.append("2: what changed cannot be pushed once more")
        more = self._sent(emulator) - sent
        if more and not self._lasting:
            self.broken.append(f"2: {more} records went again, and nothing had changed")
        if self._until_done(*_EVERYTHING).code not in _DONE:
            self.broken.append("1: everything cannot be pushed")
        whole = self._state(emulator)
        others = {name for name in whole.keys() | left.keys() if whole.get(name) != left.get(name)}
        if others:
            some = {name: (left.get(name), whole.get(name)) for name in sorted(others)[:2]}
            self.broken.append(f"1: {len(others)} differ from a push of everything: {some}")

    def _state(self, emulator: RunningEmulator) -> dict[tuple[str, ...], Any]:
        """All records, and who may be mailed."""
        state: dict[tuple[str, ...], Any] = {}
        state.update(self._records(emulator).items())
        for offset in range(0, 1_000, 250):
            answer = httpx.get(
                f"{emulator.base_url}/profiles",
                params={"limit": 250, "offset": offset},
                headers={"X-Ometria-Auth": _KEY},
            )
            for each in answer.raise_for_status().json():
                state["profile", each["id"]] = each["marketing_optin"]
        return state

    def _records(self, emulator: RunningEmulator) -> dict[tuple[str, str, str], dict[str, Any]]:
        emulator.wait_until_drained()
        with closing(sqlite3.connect(f"file:{emulator.database}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT object_type, collection, id, body FROM record")
            return {(kind, where, name): json.loads(body) for kind, where, name, body in found}

    def _sent(self, emulator: RunningEmulator) -> int:
        with closing(sqlite3.connect(f"file:{emulator.database}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT COUNT(*) FROM receipt").fetchone()[0])

    def _until_done(self, *words: str, kill: _Kill | None = None) -> Session:
        """Give a command again until it is neither killed nor gives up."""
        for left in reversed(range(_PATIENCE)):
            ended = self._command(*words, kill=kill if left else None)
            if ended.code not in (_KILLED, 75):
                break
        return ended

    def _command(self, *words: str, kill: _Kill | None = None) -> Session:
        if words[0] in {"push", "resume"}:
            words = (*words, "--give-up-after", "0")
        ended = self._started(words, kill) if kill or self._mutant else self._called(words)
        self.met["commands"] += 1
        self.met["processes killed"] += ended.is_killed
        if "Traceback" in ended.err or ended.code not in _CODES:
            self.broken.append(f"4: {words[0]} ended with {ended.code}: {ended.err[-600:]}")
        return ended

    def _called(self, words: tuple[str, ...]) -> Session:
        """Run a command in this process, which takes a third of the time."""
        began_s = self._warp.now()
        with (
            redirect_stdout(StringIO()) as out,
            redirect_stderr(StringIO()) as err,
            chdir(self.folder),
        ):
            code = called(*words)
        return Session(words, code, out.getvalue(), err.getvalue(), began_s, self._warp.now())

    def _started(self, words: tuple[str, ...], kill: _Kill | None) -> Session:
        """Run a command in a process of its own, with what goes wrong in it."""
        out, err = paths_of(self.folder, self.met["processes"])
        self.met["processes"] += 1
        order = Order(
            words,
            self.folder,
            tuple(_ENVIRONMENT.items()),
            out,
            err,
            self._warp,
            self.batch_records,
            kill_at_step=None if kill is None else self.chance.randint(1, kill.steps),
            kill_within="" if kill is None else kill.within,
            mutant=self._mutant,
        )
        return self._launcher.start(order).end()


def play_giving(
    number: int, seed: str, launcher: Launcher, mutant: str = ""
) -> tuple[list[str], Counter[str]]:
    """Play one trial in a folder of its own; returns what broke, and what happened."""
    folder = Path(tempfile.mkdtemp(prefix=f"giving-{number}-"))
    trial = GivingTrial(number, seed, folder, launcher, mutant)
    try:
        with (
            patch.dict(os.environ, _ENVIRONMENT),
            patch.object(spool, "MAX_BATCH_RECORDS", trial.batch_records),
        ):
            trial.play()
        return trial.broken, trial.met
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Play many trials; 1 where one broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.giving")
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--first", type=int, default=1, help="number of the first trial")
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("--mutant", default="", help="a bug to put into the program")
    options = parser.parse_args()
    launcher, all_broken, all_met = Launcher(), 0, Counter[str]()
    for number in range(options.first, options.first + options.n):
        broken, met = play_giving(number, options.seed, launcher, options.mutant)
        all_broken += bool(broken)
        all_met += met
        if number % 50 == 0:
            sys.stdout.write(f"{number} trials, {all_broken} broken\n")
            sys.stdout.flush()
        for each in broken:
            sys.stdout.write(f"trial {number} of seed {options.seed}: {each}\n")
            sys.stdout.flush()
    told = ", ".join(f"{count:,} {what}" for what, count in all_met.most_common())
    sys.stdout.write(f"{options.n} trials, {all_broken} broken: {told}\n")
    return int(bool(all_broken))


if __name__ == "__main__":
    sys.exit(main())
