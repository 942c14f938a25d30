"""A journal whose package lost records says of all others just what it said before."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.delivery import (
    BatchRange,
    BatchState,
    Journal,
    LateError,
    Scope,
    leave_out,
    redact_texts,
)
from ometria_import.delivery.api.feed_entries import FeedEntry
from ometria_import.delivery.api.sink import Receipt
from ometria_import.delivery.journal.late import Change
from ometria_import.delivery.journal.model import Outcome, RefusedRecord
from ometria_import.forgotten import without_records
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.package.bodies import records_of
from tests.delivery.building import Run, begin_run, pack

SIZE, BATCHES = 3, 3
PLACES = [(number, position) for number in range(1, BATCHES + 1) for position in range(SIZE)]


def body(package: Package, number: int, position: int) -> bytes:
    return records_of(package.batch(number))[position]


def deliver(run: Run, refused: set[tuple[int, int]], late: set[tuple[int, int]]) -> None:
    """Settle the first two batches, refuse some of their records, and have errors about others."""
    with run.journal() as journal:
        for number in (1, 2):
            batch = run.package.batch(number)
            outcome = Outcome(answered=1)
            outcome.refused = [
                RefusedRecord(position, 422, f"no: {position}")
                for of_batch, position in sorted(refused)
                if of_batch == number
            ]
            taken = SIZE - len(outcome.refused)
            receipt = Receipt(202, f"r{number}", taken, 0, 0, is_ok=True, answer="")
            outcome.add(receipt, 0, taken)
            journal.mark_started(batch)
            journal.mark_settled(batch, outcome)
        journal.mark_started(run.package.batch(3))
        entries = tuple(
            FeedEntry(f"late {place}", "root > email", str(place), "contact", "", "", f"e{place}")
            for place in sorted(late)
        )
        journal.late.add(entries, Change(tuple((each, 1) for each in entries)), BatchRange(1, 2))
        journal.late.attribute(
            LateError(
                error.number,
                error.entry,
                error.count,
                error.seen_at,
                BatchRange(place[0], place[0]),
                Scope.RECORD,
                place[1],
            )
            for error, place in zip(journal.late.errors(), sorted(late), strict=True)
        )


def said(journal: Journal, package: Package) -> dict[bytes, str]:
    """What a journal says of single records, by their bodies."""
    told = {
        body(package, number, record.position): record.answer
        for number, record in journal.refused_records()
    }
    return told | {
        body(package, error.batches.first, error.position): error.entry.message
        for error in journal.late.errors(Scope.RECORD)
    }


places = st.sets(st.sampled_from(PLACES))


@given(gone=places.filter(bool), refused=places, late=places)
def test_all_other_records_keep_what_is_known_of_them(
    gone: set[tuple[int, int]], refused: set[tuple[int, int]], late: set[tuple[int, int]]
) -> None:
    settled = {place for place in PLACES if place[0] < BATCHES}
    refused, late = refused & settled, (late & settled) - refused
    with tempfile.TemporaryDirectory() as folder:
        run = begin_run(
            Path(folder), pack(Path(folder), {ObjectType.CONTACT: SIZE * BATCHES}, SIZE)
        )
        deliver(run, refused, late)
        lost = {body(run.package, *place) for place in gone}
        with run.journal() as journal:
            before = said(journal, run.package)
        by_batch = {
            number: frozenset(position for of_batch, position in gone if of_batch == number)
            for number in range(1, BATCHES + 1)
        }
        derived = without_records(run.package, Path(folder), by_batch, keeps_batches=True)
        with run.journal() as journal:
            leave_out(journal, derived, by_batch, str)
        # Opened anew, it checks all of its sums and seals.
        with run.journal() as journal, derived:
            left = {each for each in PLACES if each not in gone}
            assert said(journal, derived) == {
                record: words for record, words in before.items() if record not in lost
            }
            assert journal.info().content_hash == derived.content_hash
            assert journal.settled() == {1, 2} | (
                {3} if not left & {(3, p) for p in range(3)} else set()
            )
            totals = journal.totals()
            assert sum(total.records for total in totals) == len(left)
            assert sum(total.accepted for total in totals) == len((left & settled) - refused)
            assert sum(total.refused for total in totals) == len(left & refused)
            assert sum(total.rejected_later for total in totals) == len(left & late)
            assert sum(total.to_send for total in totals) == len(left - settled)
            assert journal.late.sums().elsewhere == len(late & gone)
            assert [number for number, _, _ in derived.sizes()] == [1, 2, 3]
            for number in (1, 2, 3):
                stay = [body(run.package, *place) for place in sorted(left) if place[0] == number]
                assert records_of(derived.batch(number)) == stay
        run.package.close()


def test_texts_are_changed_wherever_they_are_and_seals_still_hold(tmp_path: Path) -> None:
    run = begin_run(tmp_path, pack(tmp_path, {ObjectType.CONTACT: SIZE * BATCHES}, SIZE))
    deliver(run, {(1, 0)}, {(1, 1)})
    with run.journal() as journal:
        assert redact_texts(journal, lambda text: text.replace("late", "x")) == 2
        assert redact_texts(journal, lambda text: text.replace("late", "x")) == 0
    with run.journal() as journal:
        assert [error.entry.message for error in journal.late.errors()] == ["x (1, 1)"]
        assert [entry.message for entry in journal.late.last_reading() or ()] == ["x (1, 1)"]
        assert {batch.state for batch in journal.batches()} == {
            BatchState.STARTED,
            BatchState.SENT,
            BatchState.REFUSED,
        }
    assert b"late (" not in run.folder.journal.read_bytes()


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_journal_without_batches_is_about_the_new_package(
    tmp_path: Path, *, is_dry_run: bool
) -> None:
    run = begin_run(
        tmp_path,
        pack(tmp_path, {ObjectType.CONTACT: 2, ObjectType.ORDER: 1}),
        is_dry_run=is_dry_run,
    )
    gone = {1: frozenset({0, 1})}
    derived = without_records(run.package, tmp_path, gone, keeps_batches=True)
    with run.journal() as journal:
        leave_out(journal, derived, gone, str)
    with run.journal() as journal, derived:
        assert {total.object_type: total.records for total in journal.totals()} == {
            ObjectType.ORDER: 1
        }
        assert derived.record_counts() == derived.batch_counts() == {ObjectType.ORDER: 1}
        assert next(derived.batches(ObjectType.CONTACT)).body == b"[]"
        derived.verify()
