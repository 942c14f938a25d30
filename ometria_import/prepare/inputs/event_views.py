"""One file of events as several sources, one for each object type that it makes.

Each event is seen through one of them only, so that rows are counted once. The first one also
sees what no other does: events that become no record, and lines that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from ometria_import.errors import MappingError
from ometria_import.mapping.events import EventMapping, EventRecords, InnerEvents
from ometria_import.schema import ObjectType
from ometria_import.sources import Format, ObjectChunk, ObjectFile
from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.model import FileFacts, Progress


class ObjectSource(FileFacts, Protocol):
    """A source of JSON objects that can be read more than once."""

    format: Format

    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read all objects in the file's order.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        ...


class EventView(OfFile):
    """The events of one file that become records of one object type."""

    def __init__(
        self, source: ObjectFile | InnerEvents, shape: EventRecords, *, is_first: bool
    ) -> None:
        """Choose from a file's events.

        Args:
            source: All of them.
            shape: What becomes of those that this view shows.
            is_first: Whether it shows what becomes of no record, too.
        """
        super().__init__(source, source.format)
        self.source = source
        self.shape = shape
        self.is_first = is_first

    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read the file; each chunk holds only what this view shows of it, and is never empty.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        for chunk in self.source.chunks(progress=progress):
            is_shown = [self._shows(event) for event in chunk.objects]
            objects = [each for each, own in zip(chunk.objects, is_shown, strict=True) if own]
            rejects = chunk.rejects if self.is_first else ()
            if objects or rejects:
                yield ObjectChunk(objects, chunk.lines[np.array(is_shown, bool)], rejects)

    def _shows(self, event: dict[str, Any]) -> bool:
        table = self.shape.mapping.table_of(event)
        return table is self.shape.table or (
            self.is_first and (table is None or self.shape.is_alone)
        )


def event_views(
    source: ObjectFile | InnerEvents, mapping: EventMapping, wanted: ObjectType | None
) -> list[EventView]:
    """The views of a file of events, in sending order; there is always one.

    The file is read until an event of each object type has turned up, as only those get a view.

    Args:
        source: The file.
        mapping: What its events become.
        wanted: The one object type that the user says it holds; all others are then rejects.

    Raises:
        SourceError: the file cannot be read.
        MappingError: the mapping makes no such records.
        UsageError: a required setting of the mapping is not given.
    """
    mapping.check_settings()
    tables = {table.schema.object_type: table for table in mapping.records}
    if wanted is not None:
        if wanted not in tables:
            raise MappingError(
                f"{source.path}: the mapping {mapping.name} makes no {wanted} records",
                hint=f"It makes {', '.join(mapping.object_types())}.",
            )
        shape = EventRecords(mapping, tables[wanted], is_alone=True)
        return [EventView(source, shape, is_first=True)]
    types = _types_in(source, mapping) or mapping.object_types()[:1]
    return [
        EventView(source, EventRecords(mapping, tables[each]), is_first=number == 0)
        for number, each in enumerate(types)
    ]


def _types_in(source: ObjectFile | InnerEvents, mapping: EventMapping) -> list[ObjectType]:
    missing = {table.schema.object_type for table in mapping.records}
    for chunk in source.chunks():
        for event in chunk.objects:
            table = mapping.table_of(event)
            if table is not None:
                missing.discard(table.schema.object_type)
        if not missing:
            break
    return [each for each in mapping.object_types() if each not in missing]
