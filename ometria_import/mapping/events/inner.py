"""Events that stand inside other objects, under one key, as logs and test cases keep them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ometria_import.sources import Format, JsonSource, ObjectChunk
from ometria_import.sources.model import Progress


@dataclass(frozen=True, slots=True)
class InnerEvents:
    """A JSON source whose objects hold the events; an object that holds none stays as it is."""

    source: JsonSource
    key: str
    """Under which the events stand."""

    @property
    def path(self) -> Path:
        """As the user gave it."""
        return self.source.path

    @property
    def format(self) -> Format:
        """How the file is written."""
        return self.source.format

    @property
    def size_bytes(self) -> int:
        """Of the whole file, on disk."""
        return self.source.size_bytes

    @property
    def sha256(self) -> str:
        """Of the whole file."""
        return self.source.sha256

    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read all events in the file's order.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        for chunk in self.source.chunks(progress=progress):
            yield replace(chunk, objects=self.within(chunk.objects))

    def within(self, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What stands in some of its objects."""
        inner = (each.get(self.key) for each in objects)
        return [
            own if isinstance(own, dict) else each for own, each in zip(inner, objects, strict=True)
        ]
