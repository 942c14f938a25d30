"""A Parquet file as chunks of text, or of objects where its columns hold objects or lists.

Texts are in the form in which a CSV file would have them, and objects as JSON would have them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ometria_import.errors import SourceError
from ometria_import.problems import shorten
from ometria_import.sources.file.raw_file import RawFile
from ometria_import.sources.file.source_file import ObjectFile, TableFile
from ometria_import.sources.header import name_columns, names_with_invisible, refuse_repeated_names
from ometria_import.sources.model import (
    MAX_HEAD_ROWS,
    Format,
    ObjectChunk,
    Progress,
    RowChunk,
    SourceKind,
)
from ometria_import.sources.parquet.batches import (
    PIECE_BYTES,
    Piece,
    check_sizes,
    damage_told,
    read_pieces,
)
from ometria_import.sources.parquet.values import is_nested, json_of, text_of

_TYPE = "@type"


class ParquetObjects(ObjectFile):
    """The rows of one Parquet file, each an object; reading it again starts from its start."""

    def __init__(self, raw: RawFile, file_format: Format, names: tuple[str, ...]) -> None:
        """Take a file as it was found to be, with the names of its columns."""
        super().__init__(raw, file_format)
        self._raw = raw
        self._names = names

    def chunks(self, *, progress: Progress | None = None) -> Iterator[ObjectChunk]:
        """Read all rows in the file's order; no chunk is empty of objects and rejects alike.

        Raises:
            SourceError: reading fails on the way; then no chunk of the file can be trusted.
        """
        done = 0
        with self._raw.open() as file:
            for chunk in self._read(file):
                done = max(done, file.tell())
                if progress is not None:
                    progress(done)
                if len(chunk) or chunk.rejects:
                    yield chunk
        self._raw.hash()
        if progress is not None:
            progress(self.size_bytes)

    def head(self) -> ObjectChunk:
        """The first objects, a thousand at most, with the rejects that stand among them."""
        objects: list[dict[str, Any]] = []
        lines: list[int] = []
        rejects: list[Any] = []
        with self._raw.open() as file:
            for chunk in self._read(file):
                objects.extend(chunk.objects)
                lines.extend(chunk.lines.tolist())
                rejects.extend(chunk.rejects)
                if len(objects) >= MAX_HEAD_ROWS:
                    break
        kept = np.array(lines[:MAX_HEAD_ROWS], np.int64)
        return ObjectChunk(objects[:MAX_HEAD_ROWS], kept, tuple(rejects))

    def said_types(self) -> set[str]:
        """Every `@type` that a row says.

        Raises:
            SourceError: the file cannot be read.
        """
        if _TYPE not in self._names:
            return set()
        with self._raw.open() as file, damage_told(self._raw):
            said = pq.read_table(file, columns=[_TYPE]).column(_TYPE)
            return {str(each) for each in said.unique().to_pylist() if each is not None}

    def _read(self, file: BinaryIO) -> Iterator[ObjectChunk]:
        for piece in read_pieces(self._raw, file):
            # A call of its own, so that nothing of a piece is held while the next one is read.
            yield ObjectChunk(self._objects(piece), piece.lines, piece.rejects)

    def _objects(self, piece: Piece) -> list[dict[str, Any]]:
        members = []
        for name, column in zip(self._names, piece.rows.columns, strict=True):
            try:
                members.append(json_of(column))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as error:
                raise unreadable_column(self._raw, name, column.type, error) from error
        return [
            _with_groups(dict(zip(self._names, values, strict=True)))
            for values in zip(*members, strict=True)
        ]


def _with_groups(row: dict[str, Any]) -> dict[str, Any]:
    """The row with objects made of columns like `customer.email`, where it has no such column."""
    dotted = [name for name in row if "." in name]
    for name in dotted:
        *groups, last = name.split(".")
        owner: Any = row
        for group in groups:
            owner = owner.setdefault(group, {}) if isinstance(owner, dict) else None
        if isinstance(owner, dict) and all(groups) and last not in owner:
            owner[last] = row.pop(name)
    return row


def unreadable_column(raw: RawFile, name: str, kind: Any, error: Exception) -> SourceError:
    """The message for a column whose values are not text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return SourceError(
        f"{raw.shown} column {shorten(name)!r}, of type {shorten(str(kind))}, cannot be read as "
        f"text: {shorten(str(error))}",
        hint="Leave the column out of the export, or write it as text.",
    )


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
    refuse_repeated_names(raw.shown, schema.names)
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
        kind = parts[0].type
        try:
            if pa.types.is_dictionary(kind):  # each part may have a dictionary of its own
                parts = [part.dictionary_decode() for part in parts]
            elif pa.types.is_nested(kind):
                parts = [text_of(part) for part in parts]
            text = text_of(pa.concat_arrays(parts))
            text.validate(full=True)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as error:
            raise unreadable_column(self._raw, self.header[number], kind, error) from error
        return pc.fill_null(text, "")
