"""A Parquet file as chunks of text: every value in the form in which a CSV file would have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ometria_import.errors import SourceError
from ometria_import.sources.file.raw_file import RawFile
from ometria_import.sources.header import name_columns, names_with_invisible
from ometria_import.sources.model import Format, RowChunk, SourceKind
from ometria_import.sources.parquet.batches import (
    PIECE_BYTES,
    Piece,
    check_sizes,
    damage_told,
    read_pieces,
)
from ometria_import.sources.parquet.objects import ParquetObjects, unreadable_column
from ometria_import.sources.parquet.values import is_nested, text_of
from ometria_import.sources.table_file import TableFile


def open_parquet(raw: RawFile) -> ParquetSource:
    """Read the names of the columns.

    Raises:
        SourceError: the file is damaged, two columns have one name, or it unpacks as no export
            does.
    """
    with raw.open() as file, damage_told(raw):
        opened = pq.ParquetFile(file)
        schema, metadata = opened.schema_arrow, opened.metadata
        check_sizes(raw, metadata)
    if not schema.names:
        raise SourceError(f"{raw.shown} has no columns", hint="Export the file again.")
    header = name_columns(raw.shown, schema.names)
    odd_names = names_with_invisible(schema.names)
    file_format = Format(SourceKind.PARQUET, names_with_invisible=odd_names)
    source = ParquetSource(raw, file_format, header)
    source.is_nested = any(is_nested(each.type) for each in schema)
    return source


class ParquetSource(TableFile):
    """One Parquet file; memory is bounded by the bytes of a chunk and of the file's pages."""

    is_nested = False
    """Whether a column holds objects."""

    def as_objects(self) -> ParquetObjects:
        """The same file with each row as an object."""
        return ParquetObjects(self._raw, self.format, self.header)

    def _read(self, file: BinaryIO, chunk_rows: int) -> Iterator[RowChunk]:
        waiting: list[Piece] = []
        rows = size = 0
        for whole in read_pieces(self._raw, file):
            rest: Piece | None = whole
            while rest is not None:
                if waiting and size + rest.bytes > PIECE_BYTES:
                    yield self._chunk(waiting)
                    waiting, rows, size = [], 0, 0
                piece, rest = rest.split(chunk_rows - rows)
                waiting.append(piece)
                rows, size = rows + len(piece.lines), size + piece.bytes
                if rows == chunk_rows:
                    yield self._chunk(waiting)
                    waiting, rows, size = [], 0, 0
        if waiting:
            yield self._chunk(waiting)

    def _chunk(self, pieces: Sequence[Piece]) -> RowChunk:
        columns = [
            self._as_text([piece.rows.column(number) for piece in pieces], number)
            for number in range(len(self.header))
        ]
        table = pa.table(columns, names=list(self.header))
        rejects = tuple(reject for piece in pieces for reject in piece.rejects)
        return RowChunk(table, np.concatenate([piece.lines for piece in pieces]), rejects)

    def _as_text(self, parts: Sequence[Any], number: int) -> Any:
        try:
            text = text_of(_joined(parts))
            text.validate(full=True)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as error:
            raise unreadable_column(self._raw, self.header[number], parts[0].type, error) from error
        return pc.fill_null(text, "")


def _joined(parts: Sequence[Any]) -> Any:
    """One array of several; each may have a dictionary of its own."""
    if pa.types.is_dictionary(parts[0].type):
        parts = [part.dictionary_decode() for part in parts]
    elif pa.types.is_nested(parts[0].type):
        parts = [text_of(part) for part in parts]
    return pa.concat_arrays(parts)
