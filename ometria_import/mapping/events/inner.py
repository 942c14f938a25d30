"""Events that stand inside other objects, under one key, as logs and test cases keep them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ometria_import.sources import ObjectChunk, ObjectFile
from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.model import Progress


class InnerEvents(OfFile):
    """A JSON source whose objects hold the events; an object that holds none stays as it is."""

    def __init__(self, source: ObjectFile, key: str) -> None:
        """Look into the objects of a source, under a key."""
        super().__init__(source, source.format)
        self._source = source
        self.key = key

    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read all events in the file's order.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        for chunk in self._source.chunks(progress=progress):
            yield replace(chunk, objects=self.within(chunk.objects))

    def within(self, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What stands in some of its objects."""
        inner = (each.get(self.key) for each in objects)
        return [
            own if isinstance(own, dict) else each for own, each in zip(inner, objects, strict=True)
        ]
