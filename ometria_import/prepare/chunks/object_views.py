"""One JSON file as several sources, one for each object type that its objects become.

Each object appears in exactly one view, so that rows are counted once. The first view also
contains what no other view has: objects that become no record, and lines that cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from ometria_import.errors import MappingError
from ometria_import.mapping.objects.bind import refuse_misspelt
from ometria_import.mapping.objects.mapped import ObjectMapping
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
            source: The source with all objects of the file.
            shape: How the objects in this view become records.
            is_first: Whether this view also contains the objects that become no record.
        """
        super().__init__(source, source.format)
        self.source = source
        self.shape = shape
        self.is_first = is_first

    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read the file; each chunk holds only the objects in this view, and is never empty.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        for chunk in self.source.chunks(progress=progress):
            is_shown = self.shape.shown(chunk.objects, with_strays=self.is_first)
            objects = [each for each, own in zip(chunk.objects, is_shown, strict=True) if own]
            rejects = chunk.rejects if self.is_first else ()
            notices = chunk.notices if self.is_first else ()
            if objects or rejects or notices:
                lines = chunk.lines[np.array(is_shown, bool)]
                yield ObjectChunk(objects, lines, rejects, notices)


class InnerObjects(OfFile):
    """A JSON source whose objects wrap the actual ones under one key, as event logs do.

    An object without that key is passed on unchanged.
    """

    def __init__(self, source: ObjectFile, key: str) -> None:
        """Unwrap the objects of a source; `key` is the one that holds the inner objects."""
        super().__init__(source, source.format)
        self._source = source
        self.key = key

    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read all objects in the file's order.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        for chunk in self._source.chunks(progress=progress):
            yield replace(chunk, objects=self.within(chunk.objects))

    def within(self, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The inner objects of some wrapped objects."""
        inner = (each.get(self.key) for each in objects)
        return [
            own if isinstance(own, dict) else each for own, each in zip(inner, objects, strict=True)
        ]


def mapped_views(
    source: ObjectSource, mapping: ObjectMapping, wanted: ObjectType | None
) -> list[ObjectView]:
    """The views of a file that a mapping reads, in sending order; there is always one.

    The file is read until an object of each type has turned up, as only those get a view.

    Args:
        source: The file.
        mapping: The mapping that turns its objects into records.
        wanted: The only object type that the user expects; objects of other types are rejected.

    Raises:
        SourceError: the file cannot be read.
        MappingError: the mapping makes no such records, or names what is probably misspelt.
    """
    file = mapping.file
    if wanted is not None and wanted not in file.object_types:
        raise MappingError(
            f"{source.path}: the mapping {file.name} makes no {wanted} records",
            hint=f"It makes {', '.join(file.object_types)}.",
        )
    types = [wanted] if wanted else _types_in(source, mapping) or [file.object_types[0]]
    refuse_misspelt(source.path, mapping, types, (chunk.objects for chunk in source.chunks()))
    shapes = mapping.shapes(types, is_alone=wanted is not None)
    return [ObjectView(source, each, is_first=not number) for number, each in enumerate(shapes)]


def _types_in(source: ObjectSource, mapping: ObjectMapping) -> list[ObjectType]:
    missing = set(mapping.file.object_types)
    if len(missing) == 1:
        return [*missing]
    for objects in _pieces(source, mapping):
        numbers = set(mapping.chosen(objects)) - {-1}
        missing -= {mapping.records[number].object_type for number in numbers}
        if not missing:
            break
    return [each for each in mapping.file.object_types if each not in missing]


def _pieces(source: ObjectSource, mapping: ObjectMapping) -> Iterator[list[dict[str, Any]]]:
    """All objects, as far as they are needed to tell what they are, which is quicker."""
    if isinstance(source, ObjectFile):
        asked = {re.split(r"[.[]", name)[0] for each in mapping.records for name in each.asked_of}
        first = next(source.records(), [])
        if asked <= {key for each in first for key in each}:
            yield from source.records()
            return
    yield from (chunk.objects for chunk in source.chunks())


def type_views(source: ObjectFile) -> list[ObjectView]:
    """The views of a file whose records name several `@type`s; empty for any other file.

    The names of the types are searched for in the raw text first, because decoding the whole file
    takes much longer.

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
