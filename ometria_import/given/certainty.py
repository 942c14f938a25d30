"""Of which records of a finished run it is certain that the account took them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ometria_import.delivery import BatchRange, Journal, Scope
from ometria_import.given.keys import keys_of
from ometria_import.package import Package


def doubt_about_all(journal: Journal) -> str:
    """Why nothing of a run is certain; empty where that can be told of each record."""
    late = journal.late.sums()
    if late.unreadable or not late.was_read:
        return "the account's list of late errors could not be read to the end"
    if late.is_at_least:
        return "there may be more late errors than could be told apart"
    return ""


def doubtful_keys(package: Package, journal: Journal) -> Iterator[bytes]:
    """The keys of the records of a finished run that the account may not have taken.

    These are records that were refused, also later; and all records of a batch whose receipt does
    not add up, that was sent again without an answer to the first time, or that may have late
    errors which name no record or were missed.

    Raises:
        PackageError: the package or the journal is damaged.
    """
    is_all = bool(doubt_about_all(journal))
    batches = _doubtful_batches(journal)
    records = _doubtful_records(journal)
    for number, _, _ in package.sizes():
        if is_all or number in batches:
            yield from keys_of(package.batch(number))
        elif positions := records.get(number):
            keys = keys_of(package.batch(number))
            yield from (keys[position] for position in positions)


def _doubtful_batches(journal: Journal) -> set[int]:
    found = set(journal.late.repeated_batches())
    found.update(batch.number for batch in journal.doubtful_batches())
    ranges: list[BatchRange] = [
        error.batches for error in journal.late.errors(Scope.BATCHES, Scope.NEW)
    ]
    ranges += [missed.batches for missed in journal.late.missed()]
    for first, last in ranges:
        found.update(range(first, last + 1))
    return found


def _doubtful_records(journal: Journal) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for number, record in journal.refused_records():
        found[number].add(record.position)
    for error in journal.late.errors(Scope.RECORD):
        found[error.batches.first].add(error.position)
    return found
