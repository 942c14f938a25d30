"""One file of records of several object types as several sources, one for each type.

Each record is seen through one of them only, so that rows are counted once. The first one also
sees what is no record of any type, and lines that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ometria_import.mapping.targets import type_of
from ometria_import.prepare.inputs.object_shapes import SeveralTypes
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.sources import ObjectChunk, ObjectFile
from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.model import Progress


class TypeView(OfFile):
    """The records of one object type of a file that holds several."""

    def __init__(self, source: ObjectFile, object_type: ObjectType, *, is_first: bool) -> None:
        """Choose from a file's objects; the first view also shows those that are of no type."""
        super().__init__(source, source.format)
        self.shape = SeveralTypes(SCHEMAS[object_type])
        self._source = source
        self._is_first = is_first

    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read the file; each chunk holds only what this view shows of it, and is never empty.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        for chunk in self._source.chunks(progress=progress):
            is_shown = [self._shows(record) for record in chunk.objects]
            objects = [each for each, own in zip(chunk.objects, is_shown, strict=True) if own]
            rejects = chunk.rejects if self._is_first else ()
            if objects or rejects:
                yield ObjectChunk(objects, chunk.lines[np.array(is_shown, bool)], rejects)

    def _shows(self, record: dict[str, Any]) -> bool:
        said = own_type(record)
        return said is self.shape.schema.object_type or (self._is_first and said is None)


def own_type(record: dict[str, Any]) -> ObjectType | None:
    """The object type that a record says it is; None where it says none, or one there is not."""
    return _TYPES.get(str(type_of(record)).strip().lower())


_TYPES: dict[str, ObjectType] = {str(each): each for each in ObjectType}


def type_views(source: ObjectFile) -> list[TypeView]:
    """The views of a file whose records say that they are of several types; else none.

    Their words are looked for in the text first, as decoding all of a file takes much longer.

    Raises:
        SourceError: the file cannot be read.
    """
    said = {
        _TYPES[name] for each in source.said_types() if (name := each.strip().lower()) in _TYPES
    }
    if len(said) < 2:  # noqa: PLR2004 - several
        return []
    found: set[ObjectType] = set()
    for chunk in source.chunks():
        found.update(own for record in chunk.objects if (own := own_type(record)))
        if found == said:
            break
    types = [each for each in ObjectType if each in found]
    if len(types) < 2:  # noqa: PLR2004 - several
        return []
    return [TypeView(source, each, is_first=not number) for number, each in enumerate(types)]
