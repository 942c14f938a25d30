"""The records of a package as columns: where each comes from, its key, and what became of it."""

from __future__ import annotations

from itertools import accumulate, islice
from typing import Any, Self, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ometria_import.actions.results.verdicts import Telling, Verdict
from ometria_import.delivery import (
    BatchRecord,
    BatchState,
    Journal,
    LateError,
    Part,
    RefusedRecord,
    RunInfo,
    Scope,
    words_of,
)
from ometria_import.package import Package
from ometria_import.package.bodies import decoded
from ometria_import.problems import catalogue

Numbers: TypeAlias = npt.NDArray[np.int64]
Texts: TypeAlias = pa.Array

_LINE_BITS = 44
_TOGETHER = 100
"""How many batches have their keys read together, as one column."""


class _Named(msgspec.Struct, gc=False):
    id: Any = ""
    email: Any = ""


_NAMED = msgspec.json.Decoder(list[_Named])


def places_of(sources: Numbers, lines: Numbers) -> Numbers:
    """One number for each source and line, which sorts like them."""
    found: Numbers = (sources.astype(np.int64) << _LINE_BITS) + lines
    return found


def split_places(places: Numbers) -> tuple[Numbers, Numbers]:
    """The sources and the lines of such numbers."""
    return places >> _LINE_BITS, places & ((1 << _LINE_BITS) - 1)


class PackedRecords:
    """The records of one package, each with a number: its place in sending order from 0 on."""

    def __init__(self, package: Package) -> None:
        """Count them; `ranked` reads where they come from."""
        self._package = package
        self.sizes = package.sizes()
        """The number, object type and record count of each batch."""
        counts = [records for _, _, records in self.sizes]
        self.begins = dict(
            zip(
                (number for number, _, _ in self.sizes), accumulate(counts, initial=0), strict=False
            )
        )
        """The number of the first record of each batch."""
        self.count = sum(counts)
        self._sorted, self._order = np.empty(0, np.int64), np.empty(0, np.int32)

    def ranked(self, verdicts: npt.NDArray[np.int8] | None = None) -> Self:
        """Make `find` work: of records that share a place, it tells of the highest verdict."""
        places = np.empty(self.count, np.int64)
        for number, _, count in self.sizes:
            own = np.frombuffer(self._package.packed_origins(number), "<i8").reshape(-1, 2)
            begin = self.begins[number]
            places[begin : begin + count] = places_of(own[:, 0], own[:, 1])
        keys = (places,) if verdicts is None else (verdicts, places)
        self._order = np.lexsort(keys).astype(np.int32)
        self._sorted = places[self._order]
        return self

    def find(self, places: Numbers) -> Numbers:
        """The number of the record that begins at each place; -1 where none does."""
        if not self.count:
            return np.full(len(places), -1)
        last = np.maximum(np.searchsorted(self._sorted, places, side="right") - 1, 0)
        return np.where(self._sorted[last] == places, self._order[last], -1)

    def keys(self) -> Texts:
        """The id of each record, or the email of one that has none.

        Raises:
            PackageError: the package is damaged.
        """
        numbers = iter([number for number, _, records in self.sizes if records])
        parts = []
        while some := list(islice(numbers, _TOGETHER)):
            bodies = (decoded(self._package.batch(number), _NAMED) for number in some)
            keys = [str(each.id or each.email or "") for batch in bodies for each in batch]
            parts.append(pa.array(keys, pa.string()))
        return pa.concat_arrays([pa.array([], pa.string()), *parts])


class Outcomes:
    """What became of each record of a package, by its number."""

    def __init__(self, records: PackedRecords) -> None:
        """Begin with records that were not sent."""
        self._begins = records.begins
        numbers = np.array([number for number, _, _ in records.sizes], np.int32)
        self.batches = np.repeat(numbers, [count for _, _, count in records.sizes])
        self.verdicts = np.full(records.count, Verdict.NOT_SENT, np.int8)
        self.requests = np.zeros(records.count, np.int32)
        """The index of each record's request in `request_ids`."""
        self.request_ids = [""]
        self.told = np.zeros(records.count, np.int32)
        """The index of what is told of each record in `tellings`."""
        self.tellings = [Telling("", "")]

    def tell(self, of: Numbers, code: str, words: str) -> None:
        """Tell something of records, given by their numbers."""
        self.told[of] = len(self.tellings)
        self.tellings.append(Telling(code, words))

    def settle(self, batch: BatchRecord, *, is_dry_run: bool) -> None:
        """Note what became of the records of a batch that were not refused by name."""
        of = self._numbers(batch.number, 0, batch.records)
        left = batch.records - batch.refused
        counts = {
            Verdict.ACCEPTED: batch.accepted,
            Verdict.REFUSED: batch.rejected,
            Verdict.SKIPPED: batch.skipped,
        }
        # Only counts are known: either all of them were, or nobody knows which.
        alike = [verdict for verdict, count in counts.items() if count == left]
        if batch.state is BatchState.STARTED:
            verdict = Verdict.IN_DOUBT
        elif is_dry_run:
            verdict = Verdict.READY
        else:
            verdict = alike[0] if alike else Verdict.UNCERTAIN
        self.verdicts[of] = verdict
        if batch.unclear:
            words = f"the answer to its batch does not add up: {batch.answer}"
            self.tell(of, f"W{catalogue.UNCLEAR_RECEIPT}", words)
        elif batch.rejected:
            words = f"{batch.rejected:,} of {batch.records:,} records of its batch were rejected"
            self.tell(of, f"W{catalogue.REJECTED_BY_API}", words)

    def name_request(self, part: Part, batch: int) -> None:
        """Note the request that records of a batch were in."""
        if self.request_ids[-1] != part.request_id:
            self.request_ids.append(part.request_id)
        of = self._numbers(batch, part.first, part.records)
        self.requests[of] = len(self.request_ids) - 1

    def suspect(self, error: LateError) -> None:
        """Note an error that may be about any accepted record of some batches."""
        first, last = error.batches
        end = self._begins.get(last + 1, len(self.verdicts))
        of = np.arange(self._begins.get(first, 0), end)
        of = of[(self.verdicts[of] == Verdict.ACCEPTED) & (self.told[of] == 0)]
        words = f"an error that names no record may be about it: {error.entry.message}"
        self.tell(of, f"W{catalogue.LATE_UNATTRIBUTED}", words)

    def reject_later(self, error: LateError) -> None:
        """Note a record that the account rejected after it was accepted."""
        of = self._numbers(error.batches.first, error.position, 1)
        self.verdicts[of] = Verdict.REJECTED_LATER
        self.tell(of, f"E{catalogue.REJECTED_LATER}", words_of(error))

    def refuse(self, batch: int, record: RefusedRecord) -> None:
        """Note a record that the push API refused."""
        of = self._numbers(batch, record.position, 1)
        self.verdicts[of] = Verdict.REFUSED
        words = f"the push API answered {record.status}: {record.answer}"
        self.tell(of, f"E{catalogue.REFUSED_BY_API}", words)

    def _numbers(self, batch: int, first: int, count: int) -> Numbers:
        return np.arange(count) + self._begins[batch] + first


def outcomes_of(records: PackedRecords, journal: Journal, info: RunInfo) -> Outcomes:
    """Read what became of the records of a run's package."""
    found = Outcomes(records)
    for batch in journal.batches():
        found.settle(batch, is_dry_run=info.is_dry_run)
    # Where a request was split, its halves come after it, and say more.
    for number, part in journal.parts():
        found.name_request(part, number)
    for error in journal.late.errors(Scope.BATCHES, Scope.NEW):
        found.suspect(error)
    for error in journal.late.errors(Scope.RECORD):
        found.reject_later(error)
    for number, refused in journal.refused_records():
        found.refuse(number, refused)
    return found
