"""Attributing late errors: to a record if they name one, otherwise to batches.

Nothing is guessed. A request id of ours identifies the batch, and a record id with its type the
record; an entry with neither is attributed to all batches that it can be about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from ometria_import.delivery.api.feed_entries import id_as_listed
from ometria_import.delivery.journal.journal import Journal
from ometria_import.delivery.journal.late import BatchRange, LateError, Scope
from ometria_import.delivery.journal.model import Part
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch, Package
from ometria_import.package.bodies import decoded

_TYPES = frozenset(ObjectType)
_Place = tuple[int, int]
"""A batch's number and a record's position in it."""


class _Named(msgspec.Struct):
    """The one field of a record that an error can name."""

    id: Any = ""


_RECORDS = msgspec.json.Decoder(list[_Named])


def attribute_errors(package: Package, journal: Journal) -> None:
    """Attribute the journal's unattributed late errors, and record the result in the journal.

    Only the batches that errors are about are read; all batches of an object type are read if an
    entry names a record but no request of this run.
    """
    pending = journal.late.errors(Scope.NEW)
    if pending:
        journal.late.attribute(trace(package, journal, pending))


def trace(package: Package, journal: Journal, errors: Sequence[LateError]) -> list[LateError]:
    """Attribute errors within a run, without writing the journal; their order may change."""
    done, unplaced = _by_request(package, journal, errors)
    return done + _by_record(package, journal, unplaced)


def _by_request(
    package: Package, journal: Journal, errors: Iterable[LateError]
) -> tuple[list[LateError], list[LateError]]:
    """Attribute errors whose request is known; returns them, and the rest unchanged."""
    by_part: dict[tuple[int, Part], list[LateError]] = defaultdict(list)
    known: dict[str, list[tuple[int, Part]]] = {}
    others: list[LateError] = []
    for error in errors:
        request_id = error.entry.request_id
        if request_id and request_id not in known:
            known[request_id] = journal.late.parts_of(request_id)
        # A request id that several requests were answered with does not identify a batch.
        parts = known.get(request_id, [])
        if len(parts) == 1:
            by_part[parts[0]].append(error)
        else:
            others.append(error)
    traced: list[LateError] = []
    for (number, part), about in sorted(by_part.items(), key=lambda item: item[0][0]):
        batch = package.batch(number)
        ids = _ids(batch)[part.first : part.first + part.records]
        traced += [_in_part(error, batch, part, ids) for error in about]
    return traced, others


def _in_part(error: LateError, batch: Batch, part: Part, ids: Sequence[str]) -> LateError:
    entry = error.entry
    is_type = _kind(error) in {"", batch.object_type.value}
    if is_type and entry.record_id and ids.count(entry.record_id) == 1:
        return _of_record(error, (batch.number, part.first + ids.index(entry.record_id)))
    return _of_batches(error, BatchRange(batch.number, batch.number))


def _by_record(package: Package, journal: Journal, errors: Sequence[LateError]) -> list[LateError]:
    """Attribute errors by the record that they name, in one pass over the sent batches."""
    named = [error for error in errors if error.entry.record_id]
    traced = [_of_batches(error, error.batches) for error in errors if not error.entry.record_id]
    if not named:
        return traced
    wanted = {(_kind(error), error.entry.record_id) for error in named}
    types = {record_type for record_type, _ in wanted}
    places: dict[tuple[str, str], list[_Place]] = defaultdict(list)
    for sent in journal.batches():
        kinds = [kind for kind in (sent.object_type.value, "") if kind in types]
        if not kinds:
            continue
        for position, record_id in enumerate(_ids(package.batch(sent.number))):
            for kind in kinds:
                if (kind, record_id) in wanted:
                    places[kind, record_id].append((sent.number, position))
    repeated = journal.late.repeated_batches()
    for error in named:
        found = places[_kind(error), error.entry.record_id]
        traced.append(_of_places(error, found, repeated))
    return traced


def _of_places(error: LateError, found: Sequence[_Place], repeated: frozenset[int]) -> LateError:
    if not found:
        return replace(error, scope=Scope.ELSEWHERE)
    numbers = [number for number, _ in found]
    # From an unknown request: it can be ours only if one of ours was never answered.
    may_be_ours = not error.entry.request_id or numbers[0] in repeated
    if len(found) == 1 and may_be_ours:
        return _of_record(error, found[0])
    return _of_batches(error, BatchRange(min(numbers), max(numbers)))


def _of_record(error: LateError, place: _Place) -> LateError:
    number, position = place
    batches = BatchRange(number, number)
    return replace(error, batches=batches, scope=Scope.RECORD, position=position)


def _of_batches(error: LateError, batches: BatchRange) -> LateError:
    return replace(error, batches=batches, scope=Scope.BATCHES, position=-1)


def _ids(batch: Batch) -> list[str]:
    """The id of each record in a batch, in the form in which errors name it."""
    return [id_as_listed(record.id) for record in decoded(batch, _RECORDS)]


def _kind(error: LateError) -> str:
    """The object type that an error names; empty if it is unknown and may mean any type."""
    name = error.entry.record_type
    return name if name in _TYPES else ""
