from __future__ import annotations

import random
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ometria_import.delivery import BatchRange, Scope
from ometria_import.delivery.answers.feed_window import WINDOW, FeedMemory
from ometria_import.delivery.api.feed_entries import FeedEntry
from ometria_import.delivery.api.sink import Receipt
from ometria_import.delivery.journal.late import MissReason
from ometria_import.delivery.journal.model import Outcome, RefusedRecord
from ometria_import.options.choices import ObjectType
from tests.delivery.building import Run, begin_run, pack
from tests.thoroughness import COSTLY

COUNTS = {ObjectType.PRODUCT: 25, ObjectType.ORDER: 31}


def outcome(accepted: int, refused: int, unclear: int) -> Outcome:
    records = [RefusedRecord(position, 400, "no") for position in range(refused)]
    receipt = Receipt(202, "r-1", accepted, 0, 0, answer="{}")
    return Outcome(accepted, 0, 0, unclear, records, 1, receipt)


class JournalMachine(RuleBasedStateMachine):
    """Any order of sends, answers, late errors, crashes and resumes, beside a plain model."""

    @initialize()
    def begin(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.package = pack(self.root / "packages", COUNTS, batch_size=10)
        self.run_ = begin_run(self.root, self.package)
        self.journal = self.run_.journal()
        self.started: dict[int, int] = {}
        self.settled: dict[int, tuple[int, int, int]] = {}
        self.arrived: list[FeedEntry] = []
        self.heard = 0
        self.memory = FeedMemory([])

    @rule(number=st.integers(1, 7))
    def send(self, number: int) -> None:
        if number not in self.settled:
            self.journal.mark_started(self.package.batch(number))
            self.started[number] = self.started.get(number, 0) + 1

    @rule(number=st.integers(1, 7))
    def take_back(self, number: int) -> None:
        """The request did not leave after all."""
        if number in self.settled or not self.started.get(number):
            return
        self.journal.unmark_started(self.package.batch(number))
        self.started[number] -= 1
        if not self.started[number]:
            del self.started[number]

    @rule(number=st.integers(1, 7), chance=st.randoms(use_true_random=False))
    def answer(self, number: int, chance: random.Random) -> None:
        if number in self.settled or number not in self.started:
            return
        batch = self.package.batch(number)
        refused = chance.choice([0, 0, 1, batch.records])
        unclear = chance.choice([0, batch.records - refused])
        accepted = batch.records - refused - unclear
        self.journal.mark_settled(batch, outcome(accepted, refused, unclear))
        self.settled[number] = (accepted, refused, unclear)

    @rule(count=st.integers(0, 60))
    def errors_come(self, count: int) -> None:
        first = len(self.arrived)
        self.arrived += [
            FeedEntry("not a valid value", "root > id", f"p-{number}", "", f"r-{number}")
            for number in range(first, first + count)
        ]

    @rule()
    def hear(self) -> None:
        """Read the list as the watch does; every entry is written down once or told as missed."""
        reading = self.arrived[-WINDOW:]
        change = self.memory.compare(reading)
        missed = MissReason.OVERFLOW if change.is_overflow else None
        self.heard += self.journal.late.add(reading, change, BatchRange(1, 7), missed)

    @rule(chance=st.randoms(use_true_random=False))
    def trace(self, chance: random.Random) -> None:
        pending = self.journal.late.errors(Scope.NEW)
        some = [error for error in pending if chance.random() < 0.5]
        self.journal.late.attribute(
            replace(error, scope=Scope.RECORD, batches=BatchRange(1, 1), position=0)
            for error in some
        )

    @rule()
    def crash_and_resume(self) -> None:
        after = self.root / f"crash-{len(list(self.root.iterdir()))}"
        shutil.copytree(self.run_.folder.path, after)
        self.journal.close()
        self.run_ = Run(self.run_.home, type(self.run_.folder)(after), self.package)
        self.resume()

    @rule()
    def close_and_resume(self) -> None:
        self.journal.close()
        self.resume()

    def resume(self) -> None:
        """Open the journal, and go on listening from the last reading that it has."""
        self.journal = self.run_.journal()
        self.memory = FeedMemory(self.journal.late.last_reading() or [])

    @invariant()
    def no_error_is_lost_or_counted_twice(self) -> None:
        late = self.journal.late.sums()
        assert late.errors == self.heard <= len(self.arrived)
        names = [error.entry for error in self.journal.late.errors()]
        assert len(set(names)) == len(names) == self.heard
        if not late.missed:
            assert names == self.arrived[: self.heard]

    @invariant()
    def sums_come_out(self) -> None:
        assert self.journal.settled() == set(self.settled)
        totals = self.journal.totals()
        sums = [sum(part) for part in zip(*self.settled.values(), strict=True)] or [0, 0, 0]
        assert [
            sum(each.accepted for each in totals),
            sum(each.refused for each in totals),
            sum(each.unclear for each in totals),
        ] == sums
        assert sum(each.records for each in totals) == 56
        assert sum(each.to_send for each in totals) == 56 - sum(sums)
        doubtful = set(self.started) - set(self.settled)
        assert sum(each.in_doubt for each in totals) == sum(
            self.package.batch(number).records for number in doubtful
        )
        assert self.journal.request_sums()[0] == sum(self.started.values())

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.close()
            self.package.close()
            shutil.rmtree(self.root)


JournalMachine.TestCase.settings = COSTLY
TestJournalMachine = JournalMachine.TestCase
