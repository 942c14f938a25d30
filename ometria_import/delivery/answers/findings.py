"""The push API's findings about records: problems with their origins, and a run's files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from typing import BinaryIO

from ometria_import.config.home import REFUSED_FILE, RunFolder
from ometria_import.config.storage import PRIVATE_FOLDER, private_file, storage_errors
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import LateError, MissReason, Scope
from ometria_import.delivery.journal.model import BatchRecord
from ometria_import.options.choices import ObjectType
from ometria_import.package import Package
from ometria_import.package.bodies import records_of
from ometria_import.problems import Origin, Problem
from ometria_import.problems.catalogue import (
    LATE_MISSED,
    LATE_UNATTRIBUTED,
    LATE_UNKNOWN,
    REFUSED_BY_API,
    REJECTED_BY_API,
    REJECTED_LATER,
    UNCLEAR_RECEIPT,
)
from ometria_import.problems.log import API_COLUMNS, ProblemLog, place_of

OriginOf = Callable[[int, int], Origin]
_BATCHES_AT_HAND = 16
_WHY_MISSED = {
    MissReason.OVERFLOW: "more errors came in than the account's list keeps",
    MissReason.UNREAD: "the account's error list could not be read before sending",
}


def delivery_problems(package: Package, journal: Journal) -> Iterator[Problem]:
    """Problems for refused records (E060), for batches with unclear counts, and for late errors.

    A batch of which the API rejected some without saying which, and that there was no time to
    find (W061), and one whose receipt does not add up (W062) are one problem each, at the origin
    of their first record; likewise late errors without a record (W064), and those that were
    missed (W065). A record that was rejected after it was accepted is E063, once for each
    entry of the account's error list. A list that could not be read to the end is W066, once
    all is sent: before that a resume reads it again.
    """
    origin = origins_of(package)
    types = {number: object_type for number, object_type, _ in package.sizes()}
    for number, record in journal.refused_records():
        message = f"the push API answered {record.status}: {record.answer}"
        place = origin(number, record.position)
        yield _problem(f"E{REFUSED_BY_API}", place, message, types[number])
    for batch in journal.doubtful_batches():
        yield from _counted(batch, origin(batch.number, 0))
    late = journal.late.errors(Scope.RECORD, Scope.BATCHES, Scope.NEW)
    # The order of the account's list is not reliable, so the order of the records is used.
    for error in sorted(late, key=lambda each: (*each.batches, each.position, each.number)):
        yield _late(error, origin, types)
    for missed in journal.late.missed():
        message = f"late errors of {missed.batches} may be missing: {_WHY_MISSED[missed.reason]}"
        yield _problem(f"W{LATE_MISSED}", origin(missed.batches.first, 0), message)
    unreadable = journal.late.sums().unreadable
    batches, settled = journal.batch_sums()
    if unreadable and batches == settled:
        message = f"the account's error list could not be read: {unreadable}"
        yield _problem(f"W{LATE_UNKNOWN}", Origin("", 0), message)


def words_of(error: LateError) -> str:
    """The API's words, as a sentence."""
    where = f" ({error.entry.path})" if error.entry.path else ""
    return f"the API found after accepting it: {error.entry.message or 'no reason given'}{where}"


def origins_of(package: Package) -> OriginOf:
    """Make a function from batch and position to the record's origin in its source."""
    sources = {source.number: source.path for source in package.sources()}
    # Problems come in batch order, so hardly any batch is opened twice.
    stored = lru_cache(_BATCHES_AT_HAND)(package.origins)

    def origin(batch: int, position: int) -> Origin:
        source, line = stored(batch)[position]
        return Origin(sources.get(source, ""), line)

    return origin


def _problem(
    code: str,
    origin: Origin,
    message: str,
    object_type: ObjectType | None = None,
    count: int = 1,
    field: str = "",
) -> Problem:
    return Problem(
        code, origin, field, "", message, object_type.value if object_type else "", count
    )


def _late(error: LateError, origin: OriginOf, types: dict[int, ObjectType]) -> Problem:
    first, last = error.batches
    kinds = {types[number] for number in (first, last) if number in types}
    place = origin(first, max(error.position, 0)) if first in types else Origin("", 0)
    object_type = kinds.pop() if len(kinds) == 1 else None
    code, message = f"E{REJECTED_LATER}", words_of(error)
    if error.scope is not Scope.RECORD:
        code, message = f"W{LATE_UNATTRIBUTED}", f"{message}, of a record in {error.batches}"
    return _problem(code, place, message, object_type, error.count, error.field)


def _counted(batch: BatchRecord, origin: Origin) -> Iterator[Problem]:
    number, object_type = batch.number, batch.object_type
    if batch.rejected:
        message = f"{batch.rejected} of {batch.records} records of batch {number} rejected"
        yield _problem(f"W{REJECTED_BY_API}", origin, message, object_type, batch.rejected)
    if batch.unclear:
        message = f"batch {number} (request {batch.request_id}): {batch.answer}"
        yield _problem(f"W{UNCLEAR_RECEIPT}", origin, message, object_type, batch.unclear)


def write_outcome_files(run: RunFolder, package: Package, journal: Journal) -> list[Problem]:
    """Rewrite `api-problems.csv` and `rejects/<object_type>-refused.ndjson`.

    Returns:
        The problems, which are few: one for each refused record, late error and unclear batch.
    """
    problems = list(delivery_problems(package, journal))
    path = run.path / "api-problems.csv"
    with storage_errors(run.path):
        if not problems:
            # The problems in an earlier version of the file have been settled.
            path.unlink(missing_ok=True)
            return []
        with ProblemLog(private_file(path), API_COLUMNS) as log:
            log.add(sorted(problems, key=place_of))
        run.rejects.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        _write_refused(run, package, journal)
    return problems


def _write_refused(run: RunFolder, package: Package, journal: Journal) -> None:
    """Write each record with all its reasons, holding one batch in memory at a time."""
    sources = {source.number: source.path for source in package.sources()}
    reasons = _reasons(journal)
    with ExitStack() as held:
        files: dict[ObjectType, BinaryIO] = {}
        for number in sorted(reasons):
            batch, origins = package.batch(number), package.origins(number)
            if batch.object_type not in files:
                path = private_file(run.rejects / f"{batch.object_type}{REFUSED_FILE}")
                files[batch.object_type] = held.enter_context(path.open("wb"))
            records = records_of(batch)
            for position in sorted(reasons[number]):
                source, line = origins[position]
                why = {
                    "source": sources.get(source, ""),
                    "line": line,
                    "reasons": "; ".join(dict.fromkeys(reasons[number][position])),
                    "run": run.id,
                }
                text = records[position][:-1] + b', "reject": ' + json.dumps(why).encode()
                files[batch.object_type].write(text + b"}\n")


def _reasons(journal: Journal) -> dict[int, dict[int, list[str]]]:
    """Why each record did not get in, by batch and position: refusals before late errors."""
    reasons: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number, refused in journal.refused_records():
        reasons[number][refused.position].append(f"{refused.status}: {refused.answer}")
    for error in journal.late.errors(Scope.RECORD):
        reasons[error.batches.first][error.position].append(words_of(error))
    return reasons
