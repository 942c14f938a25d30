"""One JSON file as several sources, one for each object type that its objects become.

Each object is seen through one of them only, so that rows are counted once. The first one also
sees what no other does: objects that become no record, and lines that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from ometria_import.errors import MappingError
from ometria_import.mapping.events import EventMapping, EventRecords, InnerEvents
from ometria_import.prepare.chunks.object_shapes import ObjectShape, SeveralTypes, own_type
from ometria_import.schema import SCHEMAS, ObjectType
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


class ObjectView(OfFile):
    """The objects of one file that become records of one object type."""

    def __init__(self, source: ObjectSource, shape: ObjectShape, *, is_first: bool) -> None:
        """Choose from a file's objects.

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
            is_shown = self.shape.shown(chunk.objects, with_strays=self.is_first)
            objects = [each for each, own in zip(chunk.objects, is_shown, strict=True) if own]
            rejects = chunk.rejects if self.is_first else ()
            if objects or rejects:
                yield ObjectChunk(objects, chunk.lines[np.array(is_shown, bool)], rejects)


def event_views(
    source: ObjectFile | InnerEvents, mapping: EventMapping, wanted: ObjectType | None
) -> list[ObjectView]:
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
        return [ObjectView(source, shape, is_first=True)]
    types = _types_in(source, mapping) or mapping.object_types()[:1]
    return [
        ObjectView(source, EventRecords(mapping, tables[each]), is_first=number == 0)
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


def type_views(source: ObjectFile) -> list[ObjectView]:
    """The views of a file whose records say that they are of several types; else none.

    Their words are looked for in the text first, as decoding all of a file takes much longer.

    Raises:
        SourceError: the file cannot be read.
    """
    said = {own for each in source.said_types() if (own := own_type({"@type": each}))}
    if len(said) < 2:  # noqa: PLR2004 - several
        return []
    found: set[ObjectType] = set()
    for chunk in source.chunks():
        found.update(each for record in chunk.objects if (each := own_type(record)))
        if found == said:
            break
    types = [each for each in ObjectType if each in found]
    if len(types) < 2:  # noqa: PLR2004 - several
        return []
    shapes = [SeveralTypes(SCHEMAS[each]) for each in types]
    return [ObjectView(source, each, is_first=not number) for number, each in enumerate(shapes)]
