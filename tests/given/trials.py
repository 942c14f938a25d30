"""Trials at random: pushes of what changed, beside what a push of everything would have left.

`python -m tests.given.trials 1000` plays so many; each can be played again by its seed. Packages
and the store are the real ones; the account is a dictionary, which faults come between.
"""

from __future__ import annotations

import json
import random
import struct
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.config import AccountName, AccountSettings
from ometria_import.config.home import Home
from ometria_import.given import Given, changes_of, fingerprints_of, forget, store_path
from ometria_import.package import Package, PackageWriter, PackedBatch, SourceSummary
from ometria_import.package.bodies import records_of
from ometria_import.schema import ObjectType

ACCOUNT = AccountSettings(AccountName.STAGING, base_url="https://staging.example.com/v2")
Body = dict[tuple[ObjectType, int], int]
"""What a file or an account has: for each record the number of its form."""


@dataclass
class Run:
    """A run that was begun, and may have been killed."""

    name: str
    package: Path
    settled: set[int] = field(default_factory=set)
    """Numbers of batches."""
    doubtful: set[bytes] = field(default_factory=set)


class Trial:
    """One account, a file that changes, and everything that happens to both."""

    def __init__(self, seed: str, folder: Path) -> None:
        self.draw = random.Random(seed)
        self.home = Home(folder / "home")
        self.account: Body = {}
        self.file: Body = {}
        self.killed: list[Run] = []
        self.runs = 0
        self.sent = 0
        for object_type in (ObjectType.PRODUCT, ObjectType.CONTACT):
            for number in range(self.draw.randrange(5, 230)):
                self.file[object_type, number] = 0

    def play(self) -> None:
        """Do several things at random, and see in the end that the account has the file."""
        for _ in range(self.draw.randrange(2, 7)):
            self.change_file()
            self.draw.choice([self.push_changed, self.push_all, self.reset, self.resume])()
        self.push_changed(is_faulty=False)
        assert {name: self.account.get(name) for name in self.file} == self.file
        before = self.sent
        self.push_changed(is_faulty=False)
        assert self.sent == before, "nothing has changed since"

    def change_file(self) -> None:
        for name in self.draw.sample(sorted(self.file), self.draw.randrange(len(self.file) // 2)):
            # Back to an earlier form, too.
            self.file[name] = self.draw.randrange(3)
        if self.draw.random() < 0.3:
            for name in self.draw.sample(sorted(self.file), len(self.file) // 5):
                del self.file[name]
        for _ in range(self.draw.randrange(10)):
            self.file[ObjectType.CONTACT, self.draw.randrange(400)] = self.draw.randrange(3)

    def push_changed(self, *, is_faulty: bool = True) -> None:
        with self.packed() as package:
            store = None
            if store_path(self.home, ACCOUNT.name).exists():
                store = Given(self.home, ACCOUNT, is_read_only=True)
            with changes_of(package, store).derive(package, self.home.packages) as derived:
                path = derived.path
            if store is not None:
                store.close()
        self.send(self.begun(path), is_faulty=is_faulty)

    def push_all(self) -> None:
        with self.packed() as package:
            path = package.path
        self.send(self.begun(path), is_faulty=True)

    def reset(self) -> None:
        """Empty the account, and say so."""
        self.account.clear()
        forget(self.home, ACCOUNT.name)

    def resume(self) -> None:
        """Go on with a run that was killed, be it older than what was sent since."""
        if self.killed:
            self.send(self.killed.pop(self.draw.randrange(len(self.killed))), is_faulty=True)

    def begun(self, package: Path) -> Run:
        self.runs += 1
        return Run(f"run {self.runs}", package)

    def send(self, run: Run, *, is_faulty: bool) -> None:
        fault = self.draw.choice(["none", "kill", "refuse", "late", "lost"]) if is_faulty else ""
        with Package(run.package) as package:
            left = [number for number, *_ in package.sizes() if number not in run.settled]
            if not package.sizes():
                return
            with Given(self.home, ACCOUNT) as store:
                store.begin(run.name, prints(package, left))
            killed_at = self.draw.randrange(len(left) + 1) if fault == "kill" else None
            for place, number in enumerate(left):
                if place == killed_at:
                    # The request may have arrived.
                    if self.draw.random() < 0.5:
                        self.take(package, number)
                    break
                self.take(package, number, run, fault)
                run.settled.add(number)
            if fault == "kill":
                self.killed.append(run)
                return
            with Given(self.home, ACCOUNT) as store:
                if store.knows(run.name):
                    store.settle(run.name, run.doubtful)

    def take(self, package: Package, number: int, run: Run | None = None, fault: str = "") -> None:
        """Let the account take a batch, but for what a fault keeps away, which is in doubt."""
        batch = package.batch(number)
        keys = fingerprints_of(batch).keys
        is_lost = fault == "lost" and self.draw.random() < 0.5
        for key, record in zip(keys, records_of(batch), strict=True):
            said = json.loads(record)
            name = ObjectType(said["@type"]), int(said["id"])
            is_refused = fault in ("refuse", "late") and self.draw.random() < 0.1
            self.sent += 1
            if not (is_refused or is_lost):
                self.account[name] = said["form"]
            if run is not None and (is_refused or fault == "lost"):
                run.doubtful.add(key)

    def packed(self) -> Package:
        with PackageWriter(self.home.packages) as writer:
            for object_type in (ObjectType.PRODUCT, ObjectType.CONTACT):
                names = sorted(number for kind, number in self.file if kind is object_type)
                for first in range(0, len(names), 100):
                    writer.add(self.batch(object_type, names[first : first + 100]))
            sources = [SourceSummary(1, "s.csv", "contact", 1, f"{self.runs}", 1)]
            return writer.finish(sources, {"rejected": 0, "superseded": 0})

    def batch(self, object_type: ObjectType, numbers: list[int]) -> PackedBatch:
        records = [
            f'{{"@type":"{object_type}","id":"{number}","form":{self.file[object_type, number]}'
            # A few people have several contacts.
            + (f',"email":"p{number % 150}@example.com"}}' if object_type == "contact" else "}")
            for number in numbers
        ]
        origins = struct.pack(f"<{2 * len(numbers)}q", *([1, 2] * len(numbers)))
        return PackedBatch(object_type, len(records), f"[{','.join(records)}]".encode(), origins)


def prints(package: Package, numbers: list[int]) -> Iterator[tuple[bytes, bytes]]:
    for number in numbers:
        found = fingerprints_of(package.batch(number))
        yield from zip(found.keys, found.bodies, strict=True)


def play(seed: str) -> None:
    """Play one trial."""
    with tempfile.TemporaryDirectory() as folder:
        Trial(seed, Path(folder)).play()


if __name__ == "__main__":
    for each in range(int(sys.argv[1])):
        play(f"{sys.argv[2] if len(sys.argv) > 2 else 'trial'} {each}")
    sys.stdout.write(f"{sys.argv[1]} trials kept the law\n")
