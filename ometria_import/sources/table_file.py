"""What workbooks and Parquet files have in common: tables that are not read byte by byte."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import BinaryIO

from ometria_import.sources.file.raw_file import RawFile
from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.model import MAX_HEAD_ROWS, Format, Progress, RowChunk

CHUNK_ROWS = 8_192


class TableFile(OfFile, ABC):
    """One such file whose header is known; reading it again starts from its start."""

    def __init__(self, raw: RawFile, file_format: Format, header: tuple[str, ...]) -> None:
        super().__init__(raw, file_format)
        self._raw = raw
        self._header = header

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns, each one different."""
        return self._header

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
        return chunk if chunk is not None else self._no_rows()

    def _no_rows(self) -> RowChunk:
        import numpy as np
        import pyarrow as pa

        schema = pa.schema([(name, pa.string()) for name in self._header])
        return RowChunk(schema.empty_table(), np.empty(0, np.int64), ())

    @abstractmethod
    def _read(self, file: BinaryIO, chunk_rows: int) -> Iterator[RowChunk]:
        """The rows of the opened file, `chunk_rows` at a time at most."""
