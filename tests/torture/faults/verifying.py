"""Faults that meet a verification, which is done once the run is finished and judged.

Somebody has changed the account by then, or nobody has. Whatever goes wrong: a verification never
says that all is the same where the emulator's database differs from the package, and never
tells of a difference that is none.
"""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ometria_import.emulator import Traits
from tests.torture import invariants
from tests.torture.evidence import Key, read_json, read_received
from tests.torture.faults.fault import INTERRUPTED, REFUSED, TEMPORARY, Fault
from tests.torture.faults.network import toml

if TYPE_CHECKING:
    from tests.torture.child import Order
    from tests.torture.launching import Command, Session
    from tests.torture.trial import Trial

_SAME, _DIFFERS = 0, 3
_ENDED = frozenset({_SAME, _DIFFERS, REFUSED})
_MOST_COMMANDS = 8
_CALM_AFTER = 4
_HANGS_AFTER_S = 60.0
_LATER_S = 7_200.0
"""So long after the run, what is missing is missing."""
_STEPS = 260
"""About as many as a verification passes; see `child.Order.kill_at_step`."""
_TABLES = ("differs", "missing", "extra")
_ALL = ("verify", "--all", "--json")
_PLACES = ("title", "firstname", "coupon_code", "price", "email", "grand_total")


@dataclass
class Found:
    """What a verification says, by its summary and its files."""

    summary: dict[str, Any]
    keys: dict[str, set[Key]] = field(default_factory=dict)
    """The records of each table, by its name."""

    @classmethod
    def of(cls, session: Session, folder: Path) -> Found:
        """What the last line of a command says."""
        summary = json.loads(session.out)
        files = summary["files"]
        return cls(
            summary, {name: _keys(folder / files[name]) for name in _TABLES if name in files}
        )

    def named(self, *files: str) -> set[Key]:
        """The records of some of the files."""
        return set[Key]().union(*(self.keys.get(name, set()) for name in files))


class Verified(Fault):
    """The run is verified, with something in its way."""

    is_line_steady = True
    may_stop = frozenset[int]()
    """The exit codes, besides those of an end, with which a verification may stop."""

    def arrange(self, trial: Trial) -> None:
        trial.settings["read_rate"] = 100
        trial.limits["read_rate"] = 1_000

    def expect(self, trial: Trial) -> None:
        if not trial.runs or trial.broken:
            return
        wrong = self._plant(trial)
        try:
            session = self._go_on_until_done(trial)
            if session is not None:
                trial.broken += self.judged(trial, session, wrong)
        finally:
            trial.emulator.heal()

    def begin(self, trial: Trial) -> None:
        """Let the fault begin, once something is planted."""

    def shape_reading(self, trial: Trial, order: Order) -> Order:
        """Put something under a verification that is about to start."""
        del trial
        return order

    def disturb_reading(self, trial: Trial, command: Command) -> None:
        """Do something to a running verification."""

    def judged(self, trial: Trial, session: Session, wrong: dict[Key, str]) -> Iterator[str]:
        """What is wrong with the end; `wrong` is what was planted."""
        found = Found.of(session, trial.folder)
        yield from exactly(found, wrong)
        if session.code != (_DIFFERS if wrong else _SAME):
            yield f"6: verify ended with {session.code}, and {wrong or 'nothing'} was planted"

    def _plant(self, trial: Trial) -> dict[Key, str]:
        """Change some records, or none, before anything is read."""
        chance = trial.chance
        stored = read_received(trial.emulator.database).stored
        packed = {packed.key for run in trial.runs for packed in run.records}
        count = chance.choice((0, 1, 1, 3))
        planted = {}
        for key in chance.sample(sorted(packed & stored.keys()), k=min(count, len(packed))):
            body = json.loads(json.dumps(stored[key], default=float))
            collection = body.get("@collection", "")
            if chance.random() < 0.3:
                trial.emulator.put_record(key.object_type, key.id, None, collection=collection)
                planted[key] = "missing"
                continue
            name = chance.choice([name for name in _PLACES if name in body])
            other = f"x{body[name]}" if isinstance(body[name], str) else body[name] + 1
            changed = body | {name: chance.choice((other, None))}
            trial.emulator.put_record(key.object_type, key.id, changed, collection=collection)
            planted[key] = "differs"
        return planted

    def _go_on_until_done(self, trial: Trial) -> Session | None:
        self.begin(trial)
        for number in range(_MOST_COMMANDS):
            if number == _CALM_AFTER:
                trial.emulator.heal()
            session = self._command(trial, is_calm=number >= _CALM_AFTER)
            trial.broken += invariants.of_screens(trial, session)
            if session.code in _ENDED:
                return session
            if not session.is_killed and session.code not in self.may_stop:
                trial.broken.append(f"4: verify ended with {session.code}: {session.err[-300:]}")
                return None
        trial.broken.append(f"6: not verified after {_MOST_COMMANDS} commands")
        return None

    def _command(self, trial: Trial, *, is_calm: bool) -> Session:
        warp = replace(trial.warp, date_changes=((0.0, _LATER_S),))
        order = replace(trial.order(_ALL), warp=warp)
        command = trial.launcher.start(order if is_calm else self.shape_reading(trial, order))
        gives_up_at = time.monotonic() + _HANGS_AFTER_S
        while not command.wait(0.003):
            if not is_calm:
                self.disturb_reading(trial, command)
            if time.monotonic() > gives_up_at:
                trial.broken.append("5: verify hangs")
                command.kill()
                break
        session = command.end()
        trial.sessions.append(session)
        return session


def exactly(found: Found, wrong: dict[Key, str]) -> Iterator[str]:
    """What was found and not planted, and what was planted and not found."""
    for name in ("differs", "missing"):
        planted = {key for key, what in wrong.items() if what == name}
        yield from (f"6: {name}: not found: {key}" for key in planted - found.named(name))
        yield from (f"6: {name}: found for nothing: {key}" for key in found.named(name) - planted)


class KilledReading(Verified):
    name = "SIGKILL during verify"

    def shape_reading(self, trial: Trial, order: Order) -> Order:
        return replace(order, kill_at_step=trial.chance.randint(1, _STEPS))


class InterruptedReading(Verified):
    name = "Ctrl-C during verify"
    may_stop = frozenset({INTERRUPTED})

    def begin(self, trial: Trial) -> None:
        trial.emulator.play(toml("latency", on="reads", seconds=0.02))
        self._command_hit: Command | None = None
        self._not_before = 0.0

    def disturb_reading(self, trial: Trial, command: Command) -> None:
        if command is not self._command_hit:
            self._command_hit = command
            self._not_before = time.monotonic() + trial.chance.uniform(0, 0.8)
            self._is_sent = False
        if not self._is_sent and command.has_said_anything and time.monotonic() > self._not_before:
            self._is_sent = True
            command.send(signal.SIGINT)


class FailingReading(Verified):
    name = "reads that fail, in any of the ways in which pushes fail"
    may_stop = frozenset({TEMPORARY})

    def begin(self, trial: Trial) -> None:
        chance = trial.chance
        ways: list[Callable[[], str]] = [
            lambda: toml("answer", on="reads", status=chance.choice((500, 502, 503)), every=3),
            lambda: toml("rate_limited", on="reads", retry_after=2, probability=0.2),
            lambda: toml("answer", on="reads", body="html", probability=0.3),
            lambda: toml("answer", on="reads", cut_bytes=5, probability=0.3),
            lambda: toml("reset", on="reads", probability=0.3),
            lambda: toml("second_answer", on="reads", probability=0.3),
            lambda: toml("refuse", from_s=0.5, for_s=20),
        ]
        trial.emulator.play("\n".join(way() for way in chance.sample(ways, k=2)))


class ShortPages(Verified):
    name = "pages that are shorter than asked for"

    def begin(self, trial: Trial) -> None:
        trial.emulator.set_traits(largest_page=trial.chance.randint(1, 10))


class ForbiddenPath(Verified):
    """Whatever else was planted must be found all the same."""

    name = "a list that the key may not read"

    def begin(self, trial: Trial) -> None:
        self._object_type = trial.chance.choice(("product", "contact", "order"))
        trial.emulator.play(toml("no_reads", paths=[f"{self._object_type}s"]))

    def judged(self, trial: Trial, session: Session, wrong: dict[Key, str]) -> Iterator[str]:
        found = Found.of(session, trial.folder)
        others = {key: what for key, what in wrong.items() if key.object_type != self._object_type}
        yield from exactly(found, others)
        if session.code != (_DIFFERS if others else REFUSED):
            yield f"6: verify ended with {session.code}, could not read all, and {others} differ"
        for each in found.summary["types"]:
            if each["object_type"] == self._object_type and each["read"]:
                yield f"6: {each['read']} records count as read that cannot be read"


class MovingAccount(Verified):
    """What was planted before must be found, and what was found must be true in the end."""

    name = "an account that others change while it is verified"

    def begin(self, trial: Trial) -> None:
        chance = trial.chance
        changes = {
            "deletes": chance.randint(0, 3),
            "adds": chance.randint(0, 3),
            "edits": chance.randint(0, 2),
            "where": chance.choice(("first", "last", "anywhere")),
        }
        trial.emulator.play(toml("other_writer", every=chance.randint(1, 4), **changes))

    def judged(self, trial: Trial, session: Session, wrong: dict[Key, str]) -> Iterator[str]:
        found = Found.of(session, trial.folder)
        stored = read_received(trial.emulator.database).stored
        packed = {each.key: each.body for run in trial.runs for each in run.records}
        for key in found.named("missing"):
            if key in stored:
                yield f"6: it is said to be missing and is there: {key}"
        for key in found.named("differs"):
            if stored.get(key) == read_json(packed[key]):
                yield f"6: it is said to differ and does not: {key}"
        for key in wrong:
            if key not in found.named("missing", "differs"):
                yield f"6: planted before, and not found: {key}"
        told = {name: len(found.keys.get(name, ())) for name in ("missing", "differs")}
        if session.code != (_DIFFERS if any(told.values()) else _SAME):
            yield f"6: verify ended with {session.code} and told of {told}"


class LaggingAccount(Verified):
    """What cannot be read yet is neither the same nor missing."""

    name = "an account that shows records only later"
    may_stop = frozenset({TEMPORARY})

    def arrange(self, trial: Trial) -> None:
        super().arrange(trial)
        trial.limits["traits"] = Traits(reads_lag_s=1e6)

    def begin(self, trial: Trial) -> None:
        session = trial.start((*_ALL, "--settle", "0")).end()
        trial.sessions.append(session)
        if session.code != TEMPORARY:
            trial.broken.append(f"6: verify ended with {session.code}, and nothing can be read yet")
            return
        found = Found.of(session, trial.folder)
        if found.named("missing") or found.summary["verdict"] != "not_settled":
            trial.broken.append(f"6: it is no more than late: {found.summary['sentence']}")
        with closing(sqlite3.connect(trial.emulator.database, timeout=30)) as database, database:
            database.execute("DELETE FROM held")


def _keys(path: Path) -> set[Key]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {Key(row["object_type"], row["id"]) for row in csv.DictReader(file)}


VERIFYING = (
    KilledReading,
    MovingAccount,
    FailingReading,
    InterruptedReading,
    ForbiddenPath,
    KilledReading,
    ShortPages,
    LaggingAccount,
)
