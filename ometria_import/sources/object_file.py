"""What JSON and nested Parquet have in common: files of objects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.model import ObjectChunk, Progress


class ObjectFile(OfFile, ABC):
    """A file that yields objects; reading it again starts from its start."""

    @abstractmethod
    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read all objects in the file's order; no chunk is empty of objects and rejects alike.

        Raises:
            SourceError: reading fails on the way; then no chunk of the file can be trusted.
        """

    @abstractmethod
    def head(self) -> ObjectChunk:
        """The first objects, a thousand at most, with the rejects that stand among them."""

    @abstractmethod
    def said_types(self) -> set[str]:
        """Every `@type` that stands anywhere in the file, also deep in an object; found quickly.

        Raises:
            SourceError: the file cannot be read.
        """
