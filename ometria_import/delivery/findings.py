"""What the push API said about records, as problems with their origins."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.delivery.journal import Journal
from ometria_import.delivery.journal_model import BatchRecord
from ometria_import.package import Package
from ometria_import.problems import Origin, Problem
from ometria_import.problems.catalogue import REFUSED_BY_API, REJECTED_BY_API, UNCLEAR_RECEIPT


def delivery_problems(package: Package, journal: Journal) -> Iterator[Problem]:
    """Refused records (E060) where they stand, then batches that were only counted.

    A batch of which the API rejected some without saying which (W061, E061 where it was all of
    them) and one whose receipt does not add up (W062) are one problem each, at the origin of
    their first record.
    """
    sources = {source.number: source.path for source in package.sources()}

    def origin(batch: int, position: int) -> Origin:
        source, line = package.origins(batch)[position]
        return Origin(sources.get(source, ""), line)

    types = {number: object_type for number, object_type, _ in package.sizes()}
    for number, record in journal.refused_records():
        yield Problem(
            f"E{REFUSED_BY_API}",
            origin(number, record.position),
            field="",
            value="",
            message=f"the push API answered {record.status}: {record.answer}",
            object_type=types[number].value,
        )
    for batch in journal.doubtful_batches():
        yield from _counted(batch, origin(batch.number, 0))


def _counted(batch: BatchRecord, origin: Origin) -> Iterator[Problem]:
    if batch.rejected:
        letter = "E" if batch.rejected == batch.records else "W"
        yield Problem(
            f"{letter}{REJECTED_BY_API}",
            origin,
            field="",
            value="",
            message=f"{batch.rejected} of {batch.records} records of batch {batch.number} rejected",
            object_type=batch.object_type.value,
            count=batch.rejected,
        )
    if batch.unclear:
        yield Problem(
            f"W{UNCLEAR_RECEIPT}",
            origin,
            field="",
            value="",
            message=f"batch {batch.number} (request {batch.request_id}): {batch.answer}",
            object_type=batch.object_type.value,
            count=batch.unclear,
        )
