"""What the push API said about records: problems with their origins, and the files of a run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from typing import BinaryIO

from ometria_import.choices import ObjectType
from ometria_import.config.home import (
    PRIVATE_FOLDER,
    REFUSED_FILE,
    RunFolder,
    private_file,
    storage_errors,
)
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import LateError, MissedErrors, MissReason, Scope
from ometria_import.delivery.journal.model import BatchRecord
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
from ometria_import.problems.log import API_COLUMNS, ProblemLog

OriginOf = Callable[[int, int], Origin]
_BATCHES_AT_HAND = 16


def delivery_problems(package: Package, journal: Journal) -> Iterator[Problem]:
    """Refused records (E060) where they stand, batches that were only counted, and late errors.

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
    late = journal.late.errors(Scope.RECORD, Scope.BATCHES, Scope.NEW)
    # The account's list is in no order that could be relied on; the records' own order is.
    for error in sorted(late, key=lambda each: (*each.batches, each.position, each.number)):
        yield _late(error, origin, types)
    for missed in journal.late.missed():
        yield _missed(missed, origin)
    unreadable = journal.late_sums().unreadable
    batches, settled = journal.batch_sums()
    if unreadable and batches == settled:
        yield Problem(
            f"W{LATE_UNKNOWN}",
            Origin("", 0),
            field="",
            value="",
            message=f"the account's error list could not be read: {unreadable}",
        )


def words_of(error: LateError) -> str:
    """What the API said, in a sentence."""
    where = f" ({error.entry.path})" if error.entry.path else ""
    return f"the API found after accepting it: {error.entry.message or 'no reason given'}{where}"


def origins_of(package: Package) -> OriginOf:
    """Make a function from batch and position to where the record stands in its source."""
    sources = {source.number: source.path for source in package.sources()}
    # Problems come in the order of batches: few of them are looked into again.
    stored = lru_cache(_BATCHES_AT_HAND)(package.origins)

    def origin(batch: int, position: int) -> Origin:
        source, line = stored(batch)[position]
        return Origin(sources.get(source, ""), line)

    return origin


def _late(error: LateError, origin: OriginOf, types: dict[int, ObjectType]) -> Problem:
    first, last = error.batches
    kinds = {types[number] for number in (first, last) if number in types}
    is_record = error.scope is Scope.RECORD
    about = "" if is_record else f", of a record in {error.batches}"
    return Problem(
        f"E{REJECTED_LATER}" if is_record else f"W{LATE_UNATTRIBUTED}",
        origin(first, max(error.position, 0)) if first in types else Origin("", 0),
        field=error.field,
        value="",
        message=words_of(error) + about,
        object_type=kinds.pop().value if len(kinds) == 1 else "",
        count=error.count,
    )


def _missed(missed: MissedErrors, origin: OriginOf) -> Problem:
    why = {
        MissReason.OVERFLOW: "more errors came in than the account's list keeps",
        MissReason.UNREAD: "the account's error list could not be read before sending",
    }[missed.reason]
    return Problem(
        f"W{LATE_MISSED}",
        origin(missed.batches.first, 0),
        field="",
        value="",
        message=f"late errors of {missed.batches} may be missing: {why}",
    )


def _counted(batch: BatchRecord, origin: Origin) -> Iterator[Problem]:
    if batch.rejected:
        yield Problem(
            f"W{REJECTED_BY_API}",
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


def write_outcome_files(run: RunFolder, package: Package, journal: Journal) -> list[Problem]:
    """Write `api-problems.csv` and `rejects/<object_type>-refused.ndjson` anew.

    Returns:
        The problems, which are few: one for each refused record, late error and unclear batch.
    """
    problems = list(delivery_problems(package, journal))
    path = run.path / "api-problems.csv"
    with storage_errors(run.path):
        if not problems:
            # What it said before was settled since.
            path.unlink(missing_ok=True)
            return []
        with ProblemLog(private_file(path), API_COLUMNS) as log:
            log.add(problems)
        run.rejects.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        _write_refused(run, package, journal)
    return problems


def _write_refused(run: RunFolder, package: Package, journal: Journal) -> None:
    """Write each record with all its reasons, batch after batch: memory holds one at a time."""
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
    """Why each record was not taken, by batch and position: at once, then later."""
    reasons: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number, refused in journal.refused_records():
        reasons[number][refused.position].append(f"{refused.status}: {refused.answer}")
    for error in journal.late.errors(Scope.RECORD):
        reasons[error.batches.first][error.position].append(words_of(error))
    return reasons
