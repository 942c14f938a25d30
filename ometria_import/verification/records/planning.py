"""Deciding how each list is read, and drawing the records that are.

The package is read twice: once to count, and once to draw, so that memory grows neither with the
records of the run nor with those of the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from ometria_import.delivery import StopSignal
from ometria_import.errors import InterruptedRunError
from ometria_import.options.choices import ObjectType
from ometria_import.options.counting import counted
from ometria_import.package import Package
from ometria_import.package.bodies import decoded
from ometria_import.verification.reading import PAGE_SIZE
from ometria_import.verification.reading.listing import DEFAULT_COLLECTION
from ometria_import.verification.records.expected import Expected, Risk
from ometria_import.verification.records.tables import Planned, PlannedList, Stratum
from ometria_import.verification.sampling.bounds import in_proportion
from ometria_import.verification.sampling.drawing import Lowest, Quota, part_of, quotas, rank_of
from ometria_import.verification.sampling.statements import (
    Part,
    Statement,
    Whole,
    evenly_drawn,
)
from ometria_import.verification.summary import How

NO_READ_PATH = "the API has no way to read them back"

Place = tuple[int, int]
"""Number of a batch, and position in it."""


class _Key(msgspec.Struct):
    """What a record is called in its list."""

    id: str
    collection: str = msgspec.field(name="@collection", default="")


_KEYS = msgspec.json.Decoder(list[_Key])


def _collection(contact: _Key) -> str:
    """Where the account keeps a contact, be it sent with a collection or without."""
    return contact.collection or DEFAULT_COLLECTION


@dataclass(slots=True)
class Counted:
    """The records of one source file in one list, as the first reading counts them."""

    object_type: ObjectType
    collection: str
    source: int
    population: int = 0
    at_risk: int = 0
    """Without those at the edges of the file, which are known in the end only."""
    edges: dict[str, tuple[int, Place, bool]] = field(default_factory=dict)
    """By name: what makes it the edge, its place, and whether it is at risk anyway."""

    def add(self, place: Place, line: int, *, is_at_risk: bool) -> None:
        """Count a record."""
        self.population += 1
        self.at_risk += is_at_risk
        for name, score in (("first", -line), ("last", line)):
            if name not in self.edges or score > self.edges[name][0]:
                self.edges[name] = (score, place, is_at_risk)

    @property
    def edge_places(self) -> set[Place]:
        """Where the edges are."""
        return {place for _, place, _ in self.edges.values()}

    @property
    def all_at_risk(self) -> int:
        """How many are at risk, the edges too."""
        more = {place for _, place, is_at_risk in self.edges.values() if not is_at_risk}
        return self.at_risk + len(more)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the package that should be in the account."""

    object_type: ObjectType
    collection: str
    record_id: str
    source: int
    line: int
    place: Place
    risks: int

    @property
    def key(self) -> str:
        """What it is drawn by: the same in every package."""
        return f"{self.object_type}\n{self.collection}\n{self.record_id}"


class Selection:
    """The records of a run that should be in the account and were asked for."""

    def __init__(
        self,
        package: Package,
        expected: Expected,
        types: Sequence[ObjectType] = (),
        sources: frozenset[int] | None = None,
    ) -> None:
        self._package = package
        self._expected = expected
        self._types = types
        self._sources = sources
        self._stop = StopSignal()

    def heed(self, stop: StopSignal) -> None:
        """End with an error from now on when a stop is asked for."""
        self._stop = stop

    def __iter__(self) -> Iterator[Entry]:
        """Each record, in sending order.

        Raises:
            InterruptedRunError: a stop was asked for.
        """
        for number, object_type, _ in self._package.sizes():
            if self._stop.is_requested:
                raise InterruptedRunError("stopped before anything was read")
            is_wanted = not self._types or object_type in self._types
            if not is_wanted or not self._expected.has_batch(number):
                continue
            batch = self._package.batch(number)
            keys = decoded(batch, _KEYS)
            for position, (source, line) in enumerate(self._package.origins(number)):
                if self._sources is not None and source not in self._sources:
                    continue
                if self._expected.has_record(number, position):
                    key = keys[position]
                    yield Entry(
                        object_type,
                        _collection(key) if object_type is ObjectType.CONTACT else "",
                        key.id,
                        source,
                        line,
                        (number, position),
                        self._expected.risks_of(number, source, line),
                    )


def count_records(selection: Iterable[Entry]) -> list[Counted]:
    """Count the records by list and source file, in sending order of the lists."""
    found: dict[tuple[ObjectType, str, int], Counted] = {}
    for each in selection:
        kind = (each.object_type, each.collection, each.source)
        counted = found.get(kind)
        if counted is None:
            counted = found[kind] = Counted(*kind)
        counted.add(each.place, each.line, is_at_risk=bool(each.risks))
    order = list(ObjectType)
    return sorted(found.values(), key=lambda each: (order.index(each.object_type), each.collection))


@dataclass(frozen=True, slots=True)
class Plan:
    """How each list is read."""

    lists: list[PlannedList]
    strata: list[Stratum]
    quotas: list[Quota]
    """Of the strata, of lists that are read by a sample."""
    edges: frozenset[Place]
    part: Part | None

    def records(self, selection: Iterable[Entry], seed: str) -> Iterator[Planned]:
        """Draw the records that are read."""
        lists = {(each.object_type, each.collection): each for each in self.lists}
        strata = {(each.list_number, each.source): each for each in self.strata}
        heaps: dict[int, Lowest[tuple[int, int, str]]] = {
            stratum.number: Lowest(0 if self.part else quota.total)
            for stratum, quota in zip(self.strata, self.quotas, strict=True)
        }
        for each in selection:
            planned = lists[each.object_type, each.collection]
            stratum = strata[planned.number, each.source]
            risks = each.risks | (Risk.EDGE.bit if each.place in self.edges else 0)
            if planned.how is How.NONE:
                continue
            is_in_part = self.part and part_of(each.key, self.part.parts) == self.part.number
            if planned.how is How.ALL or risks or is_in_part:
                yield Planned(planned.number, each.record_id, *each.place, stratum.number, risks)
            elif not self.part:
                heaps[stratum.number].add(rank_of(seed, each.key), (*each.place, each.record_id))
        for stratum, quota in zip(self.strata, self.quotas, strict=True):
            for order, drawn in enumerate(heaps[stratum.number].in_order()):
                batch, position, record_id = drawn
                yield Planned(
                    stratum.list_number,
                    record_id,
                    batch,
                    position,
                    stratum.number,
                    is_even=order < quota.evenly,
                )


def lists_of(counted: Sequence[Counted]) -> list[PlannedList]:
    """The lists that the records belong to; how they are read is not decided yet."""
    populations: dict[tuple[ObjectType, str], int] = {}
    for each in counted:
        kind = (each.object_type, each.collection)
        populations[kind] = populations.get(kind, 0) + each.population
    return [
        PlannedList(
            number,
            *kind,
            population,
            None,
            How.NONE,
            NO_READ_PATH if kind[0] is ObjectType.CUSTOM_EVENT else "",
            is_paged=False,
        )
        for number, (kind, population) in enumerate(populations.items(), start=1)
    ]


def decide(
    lists: Sequence[PlannedList],
    counted: Sequence[Counted],
    statement: Statement,
    reads_per_s: float,
) -> Plan:
    """Decide how each list is read.

    Args:
        lists: With what the account says of each: how many records it holds, or why not.
        counted: The records by list and source.
        statement: What is to be read.
        reads_per_s: How many requests a second are possible.
    """
    numbers = {(each.object_type, each.collection): each.number for each in lists}
    strata = [
        Stratum(
            number,
            numbers[each.object_type, each.collection],
            each.source,
            each.population,
            each.all_at_risk,
        )
        for number, each in enumerate(counted, start=1)
    ]
    readable = {each.number for each in lists if each.in_account is not None}
    open_ones = [each.drawn_from if each.list_number in readable else 0 for each in strata]
    evenly = evenly_drawn(statement, open_ones, reads_per_s)
    shared = quotas(open_ones, in_proportion(evenly, open_ones))
    decided = []
    for planned in lists:
        own = [
            (stratum, quota)
            for stratum, quota in zip(strata, shared, strict=True)
            if stratum.list_number == planned.number
        ]
        at_risk = sum(stratum.at_risk for stratum, _ in own)
        drawn = sum(quota.total for _, quota in own)
        if isinstance(statement, Part):
            drawn = sum(stratum.drawn_from for stratum, _ in own) // statement.parts
        decided.append(_decided(planned, at_risk + drawn, statement))
    edges = frozenset(place for each in counted for place in each.edge_places)
    part = statement if isinstance(statement, Part) else None
    return Plan(decided, strata, shared, edges, part)


def _decided(planned: PlannedList, singles: int, statement: Statement) -> PlannedList:
    """How one list is read, and why."""
    if planned.in_account is None:
        return planned
    pages = pages_of(planned.in_account)
    if isinstance(statement, Whole):
        why = "everything was asked for"
        return replace(planned, how=How.ALL, reason=why, is_paged=True)
    if pages <= singles:
        why = (
            f"the whole list takes {counted(pages, 'request')}, {PAGE_SIZE} records each; "
            f"reading records one by one would take {singles:,}"
        )
        return replace(planned, how=How.ALL, reason=why, is_paged=True)
    if singles >= planned.population:
        why = f"one by one, because the whole list takes {counted(pages, 'page')}"
        return replace(planned, how=How.ALL, reason=why, is_paged=False)
    why = f"a sample of {singles:,} takes fewer requests than the {pages:,} pages of the whole list"
    return replace(planned, how=How.SAMPLE, reason=why, is_paged=False)


def pages_of(records: int) -> int:
    """Requests for a whole list: each page begins with the last record of the one before."""
    return max(1, -(-records // (PAGE_SIZE - 1)))
