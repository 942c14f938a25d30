"""A mapping of events as its file says it, checked, and what it makes of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ometria_import.mapping.cells import Cells
from ometria_import.mapping.events.settings import EventSetting
from ometria_import.mapping.events.sources import (
    Candidate,
    EventCondition,
    EventPath,
    EventSource,
    Json,
    Lookup,
    is_blank,
    shown,
    value_at,
)
from ometria_import.mapping.objects.objects import map_objects
from ometria_import.mapping.secret_names import is_secret
from ometria_import.problems import Finding, Located
from ometria_import.schema import ObjectSchema, ObjectType

_REMEMBERED = 4_096


class Complaint(NamedTuple):
    """A value that could not be taken."""

    path: str
    value: str
    finding: Finding


@dataclass(slots=True)
class MappedEvent:
    """What becomes of one event."""

    record: dict[str, Json]
    complaints: list[Complaint] = field(default_factory=list)
    unknown: dict[str, bool] = field(default_factory=dict)
    """Keys that no field knows, each with whether its value is kept."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Where the keys go that no field knows."""

    into: str
    """Empty where they are left out; so are they where something else feeds it."""
    places: tuple[EventPath, ...]
    """The objects whose keys they are; of a key in several, the first counts."""
    used: frozenset[str]
    """Keys that feed a field, or that are left out."""
    used_if_taken: Mapping[str, tuple[Candidate, ...]]
    """Keys that feed a field only in some events."""


@dataclass(frozen=True)
class Rules:
    """What feeds the fields of one object: a record, a part of it, or an item."""

    fields: tuple[tuple[str, EventSource], ...]
    """By dotted path."""
    parts: tuple[Part, ...] = ()
    rest: Rest | None = None

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup(
            (*(source for _, source in self.fields), *(part.source for part in self.parts))
        )

    def map(self, event: Json, mapped: MappedEvent, prefix: str, *, keep_rest: bool) -> None:
        """Fill `mapped.record`, which is the object itself, from an event or a part of one."""
        record = mapped.record
        found = iter(self._lookup.found(event))
        for (path, source), own in zip(self.fields, found, strict=False):
            # Most fields of most events are empty: they cost no call.
            value = source.default if own is None else source.read(own)
            if isinstance(value, Finding):
                mapped.complaints.append(Complaint(f"{prefix}{path}", shown(own), value))
            elif value is not None:
                _put(record, path, value)
        for part, own in zip(self.parts, found, strict=True):
            value = part.map(own, mapped, prefix, keep_rest=keep_rest)
            if value is not None:
                _put(record, part.name, value)
        if self.rest is not None:
            self._take_rest(self.rest, event, mapped, prefix, keep_rest=keep_rest)

    @staticmethod
    def _take_rest(
        rest: Rest, event: Json, mapped: MappedEvent, prefix: str, *, keep_rest: bool
    ) -> None:
        is_kept = keep_rest and bool(rest.into) and rest.into not in mapped.record
        left: dict[str, Json] = {}
        for key, value in _left_over(rest, event):
            mapped.unknown[f"{prefix}{key}"] = is_kept
            left.setdefault(key, value)
        if is_kept and left:
            mapped.record[rest.into] = left


@dataclass(frozen=True, slots=True)
class Part:
    """An object, or a list of objects, inside a record, with rules of its own."""

    name: str
    source: EventSource
    rules: Rules

    def map(self, found: Json, mapped: MappedEvent, prefix: str, *, keep_rest: bool) -> Json:
        """The part; a value of another shape stays as it is, and is complained of later."""
        value = self.source.read(found)
        inner = f"{prefix}{self.name}."

        def mapped_object(element: Json) -> Json:
            if not isinstance(element, dict):
                return element
            own = MappedEvent({}, mapped.complaints, mapped.unknown)
            self.rules.map(element, own, inner, keep_rest=keep_rest)
            return own.record

        return (
            [mapped_object(each) for each in value]
            if isinstance(value, list)
            else (mapped_object(value))
        )


def _left_over(rest: Rest, event: Json) -> Iterator[tuple[str, Json]]:
    for place in rest.places:
        known = value_at(event, place)
        for key, value in known.items() if isinstance(known, dict) else ():
            is_used = key in rest.used or any(
                not is_blank(each.value(event)) for each in rest.used_if_taken.get(key, ())
            )
            if not (is_used or is_blank(value) or is_secret(key)):
                yield key, value


def _put(record: dict[str, Json], path: str, value: Json) -> None:
    if "." not in path:
        record[path] = value
        return
    *groups, name = path.split(".")
    for group in groups:
        record = record.setdefault(group, {})
    record[name] = value


@dataclass(frozen=True, slots=True)
class RecordTable:
    """Which events become records of one object type, and how."""

    schema: ObjectSchema
    """Ometria's, with what the mapping requires beyond it."""
    where: tuple[EventCondition, ...]
    rules: Rules
    required: tuple[str, ...]


@dataclass(frozen=True)
class EventMapping:
    """One mapping file of events."""

    place: Path
    name: str
    title: str
    platform: str
    export: str
    settings: tuple[EventSetting, ...]
    records: tuple[RecordTable, ...]
    kind_path: EventPath
    """Where an event says what kind it is, for messages."""
    otherwise: str
    """Why an event that no table takes is none."""
    text: str
    notes: tuple[str, ...] = ()
    """What such events cannot say, and where to get it: sentences for people."""

    _tables: dict[tuple[Json, ...], RecordTable | None] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """By what events say where the conditions look: most of them say one of a few things."""

    def table_of(self, event: Json) -> RecordTable | None:
        """The first table that takes an event, or None."""
        said = tuple(value_at(event, path) for path in self._condition_paths)
        if not all(isinstance(each, str) or each is None for each in said):
            return self._first_table(event)
        try:
            return self._tables[said]
        except KeyError:
            table = self._first_table(event)
        # Another thread may do the same; what it finds is the same, too.
        if len(self._tables) >= _REMEMBERED:
            self._tables.clear()
        self._tables[said] = table
        return table

    @cached_property
    def _condition_paths(self) -> tuple[EventPath, ...]:
        conditions = (condition for table in self.records for condition in table.where)
        return tuple(dict.fromkeys(condition.path for condition in conditions))

    def _first_table(self, event: Json) -> RecordTable | None:
        for table in self.records:
            if all(condition.holds(event) for condition in table.where):
                return table
        return None

    def check_settings(self) -> None:
        """Refuse to go on where a required setting is not given.

        Raises:
            UsageError: one is blank.
        """
        for setting in self.settings:
            setting.check_given()

    def object_types(self) -> list[ObjectType]:
        """What its records are, in sending order."""
        own = {table.schema.object_type for table in self.records}
        return [each for each in ObjectType if each in own]


@dataclass(frozen=True, slots=True)
class EventRecords:
    """The records of one object type that a mapping makes of events."""

    mapping: EventMapping
    table: RecordTable
    is_alone: bool = False
    """Whether it was said outright that the file holds only such events."""
    are_events: ClassVar[bool] = True

    @property
    def schema(self) -> ObjectSchema:
        """What its records are."""
        return self.table.schema

    def shown(self, objects: list[dict[str, Any]], *, with_strays: bool) -> list[bool]:
        """Which events are such records, or with the strays records of no view."""
        tables = map(self.mapping.table_of, objects)
        return [
            each is self.table or (with_strays and (each is None or self.is_alone))
            for each in tables
        ]

    def misfits(self, objects: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
        """What events say they are, and why they are no such records, by their index."""
        tables = (self.mapping.table_of(event) for event in objects)
        return {
            number: self._misfit(objects[number], table)
            for number, table in enumerate(tables)
            if table is not self.table
        }

    def _misfit(self, event: dict[str, Json], table: RecordTable | None) -> tuple[str, str]:
        kind = value_at(event, self.mapping.kind_path)
        said = "" if is_blank(kind) else shown(kind)
        name = ".".join(self.mapping.kind_path)
        words = f"its {name} is '{said}'" if said else f"it has no {name}"
        if table is None:
            return said, f"{words}; {self.mapping.otherwise}"
        own = table.schema.object_type
        return said, f"it makes a {own}, the source holds {self.schema.object_type} records"

    def map(
        self, objects: list[dict[str, Any]], *, keep_unknown: bool
    ) -> tuple[Cells, dict[str, bool]]:
        """Give the values of events to their fields, as `map_objects` does."""
        import pyarrow as pa

        records: list[dict[str, Json]] = []
        findings: list[Located] = []
        unknown: dict[str, bool] = {}
        for row, event in enumerate(objects):
            mapped = MappedEvent({}, unknown=unknown)
            self.table.rules.map(event, mapped, "", keep_rest=keep_unknown)
            records.append(mapped.record)
            findings.extend(Located(row, *each) for each in mapped.complaints)
        cells, others = map_objects(self.schema, records, keep_unknown=keep_unknown)
        cells.findings = [*findings, *cells.findings]
        for path in self.table.required:
            # An empty group would else be passed over, and nobody would miss what it lacks.
            cells.fields.setdefault(path, pa.array([""] * len(objects), pa.string()))
        return cells, {**unknown, **others}
