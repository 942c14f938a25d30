"""Building a package of those records of a run that are worth sending again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby

from ometria_import.config.home import Home, RunFolder
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import BatchRange, LateError, Scope
from ometria_import.package import Package, PackageWriter, Repacking, SourcedRecord
from ometria_import.package.bodies import records_of

_PERMANENT = ("not a valid value", "is required", "is not known", "invalid", "too large")
"""What the API says of the record itself, in lower case: the same bytes fare no better."""


class RetryReason(StrEnum):
    """Why a record is sent again; the first reason that applies."""

    REFUSED = "refused for its content"
    """Only where the user asks for it: the API has changed, or the account."""
    REJECTED_LATER = "rejected later for a temporary reason"
    UNATTRIBUTED = "in batches with late errors that name no record"
    REJECTED_UNNAMED = "in batches in which some were rejected without being named"
    UNCLEAR = "in batches whose receipts do not add up"
    MISSED = "in batches whose late errors may have been missed"


_Place = tuple[int, int]
"""The number of a batch and the position of a record in it."""
Wanted = dict[int, dict[int, RetryReason]]
"""The reasons by batch number and position."""


def retriable_records(package: Package, journal: Journal, *, has_changed: bool) -> Wanted:
    """Choose the records of a finished run to send again.

    Args:
        package: The run's package.
        journal: The run's journal.
        has_changed: Whether something has changed on Ometria's side, so that what was refused
            for its content (400, 413, 422, or a late error that says so) has a chance, too.
    """
    sizes = {number: records for number, _, records in package.sizes()}
    errors = journal.late.errors(Scope.RECORD, Scope.BATCHES, Scope.NEW)
    refused = {(number, record.position) for number, record in journal.refused_records()}
    named = {
        (error.batches.first, error.position): _is_permanent(error)
        for error in errors
        if error.scope is Scope.RECORD
    }
    hopeless = refused | {place for place, is_permanent in named.items() if is_permanent}
    wanted: dict[_Place, RetryReason] = {}
    for (first, last), reason in _whole_batches(journal, errors, has_changed=has_changed):
        for number in range(first, last + 1):
            for position in range(sizes.get(number, 0)):
                wanted.setdefault((number, position), reason)
    wanted |= dict.fromkeys(named, RetryReason.REJECTED_LATER)
    wanted |= dict.fromkeys(refused, RetryReason.REFUSED)
    chosen: Wanted = defaultdict(dict)
    for number, position in sorted(wanted):
        if has_changed or (number, position) not in hopeless:
            chosen[number][position] = wanted[number, position]
    return dict(chosen)


def _whole_batches(
    journal: Journal, errors: Sequence[LateError], *, has_changed: bool
) -> Iterator[tuple[BatchRange, RetryReason]]:
    """The batches in which it is unknown which records did not get in."""
    for batch in journal.doubtful_batches():
        reason = RetryReason.UNCLEAR if batch.unclear else RetryReason.REJECTED_UNNAMED
        yield BatchRange(batch.number, batch.number), reason
    for error in errors:
        if error.scope is not Scope.RECORD and (has_changed or not _is_permanent(error)):
            yield error.batches, RetryReason.UNATTRIBUTED
    for missed in journal.late.missed():
        yield missed.batches, RetryReason.MISSED


def pack_retry(
    package: Package, wanted: Mapping[int, Mapping[int, RetryReason]], home: Home, run: RunFolder
) -> Package:
    """Write the chosen records, to the byte and in their order, as a package that `run` began."""
    with PackageWriter(home.packages) as writer:
        of_types = groupby(
            (size for size in package.sizes() if wanted.get(size[0])), key=lambda size: size[1]
        )
        for object_type, sizes in of_types:
            packing = Repacking(writer, object_type)
            for number, _, _ in sizes:
                bodies, places = records_of(package.batch(number)), package.origins(number)
                packing.add([SourcedRecord(bodies[n], places[n]) for n in wanted[number]])
            packing.finish()
        sums = {"rejected": 0, "superseded": 0, "retry_of": run.id}
        return writer.finish(package.sources(), sums)


def _is_permanent(error: LateError) -> bool:
    message = error.entry.message.lower()
    return any(words in message for words in _PERMANENT)
