"""What every source tells of the file behind it, and what files of tables and of objects share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ometria_import.sources.file.raw_file import RawFile
from ometria_import.sources.model import (
    MAX_HEAD_ROWS,
    FileFacts,
    Format,
    ObjectChunk,
    Progress,
    RowChunk,
)


class OfFile:
    """A source that tells of its file what the layer below it, which reads it, knows."""

    def __init__(self, file: FileFacts, file_format: Format) -> None:
        """Take both as they were found.

        Args:
            file: The file itself, or the source whose rows this one changes.
            file_format: The format of the file.
        """
        self._file = file
        self.format: Format = file_format

    @property
    def path(self) -> Path:
        """As the user gave it."""
        return self._file.path

    @property
    def size_bytes(self) -> int:
        """On disk, compressed if it is."""
        return self._file.size_bytes

    @property
    def sha256(self) -> str:
        """Of the bytes on disk, hexadecimal; empty until they were read to the end once."""
        return self._file.sha256


class ObjectFile(OfFile, ABC):
    """A file that yields objects; reading it again starts from its start."""

    @abstractmethod
    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read all objects in the file's order; no chunk is empty of objects and rejects alike.

        Raises:
            SourceError: reading fails on the way; then no chunk of the file can be trusted.
        """

    def records(self) -> Iterator[list[dict[str, Any]]]:
        """The same objects in pieces, without what other objects of the file may add to them.

        Raises:
            SourceError: as above.
        """
        for chunk in self.chunks():
            yield chunk.objects

    @abstractmethod
    def head(self) -> ObjectChunk:
        """The first objects, a thousand at most, with the rejects that stand among them."""

    @abstractmethod
    def said_types(self) -> set[str]:
        """Every `@type` that stands anywhere in the file, also deep in an object; found quickly.

        Raises:
            SourceError: the file cannot be read.
        """


CHUNK_ROWS = 8_192


class TableFile(OfFile, ABC):
    """One such file whose header is known; reading it again starts from its start."""

    def __init__(self, raw: RawFile, file_format: Format, header: tuple[str, ...]) -> None:
        super().__init__(raw, file_format)
        self._raw = raw
        self.header = header
        """The names of the columns, each one different."""

    def chunks(
        self, *, progress: Progress | None = None, chunk_rows: int = CHUNK_ROWS
    ) -> Iterator[RowChunk]:
        """Read all rows in the file's order; no chunk is empty of rows and rejects alike.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        done = 0
        with self._raw.open() as file:
            for chunk in self._read(file, chunk_rows):
                done = max(done, file.tell())
                if progress is not None:
                    progress(done)
                if len(chunk) or chunk.rejects or chunk.notices:
                    yield chunk
        self._raw.hash()
        if progress is not None:
            progress(self.size_bytes)

    def head(self) -> RowChunk:
        """The first rows, a thousand at most, with the rejects that stand among them."""
        with self._raw.open() as file:
            chunks = self._read(file, MAX_HEAD_ROWS)
            chunk = next((each for each in chunks if len(each)), None)
        if chunk is not None:
            return chunk
        import numpy as np
        import pyarrow as pa

        schema = pa.schema([(name, pa.string()) for name in self.header])
        return RowChunk(schema.empty_table(), np.empty(0, np.int64), ())

    @abstractmethod
    def _read(self, file: BinaryIO, chunk_rows: int) -> Iterator[RowChunk]:
        """The rows of the opened file, `chunk_rows` at a time at most."""
