"""A Parquet file whose columns hold objects or lists of them: its rows as JSON would have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ometria_import.errors import SourceError
from ometria_import.problems import shorten
from ometria_import.sources.file.raw_file import RawFile
from ometria_import.sources.model import MAX_HEAD_ROWS, Format, ObjectChunk, Progress
from ometria_import.sources.object_file import ObjectFile
from ometria_import.sources.parquet.batches import Piece, damage_told, read_pieces
from ometria_import.sources.parquet.values import json_of

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
            yield ObjectChunk(self._objects(piece), piece.lines, piece.rejects)

    def _objects(self, piece: Piece) -> list[dict[str, Any]]:
        members = [
            self._values(name, column)
            for name, column in zip(self._names, piece.rows.columns, strict=True)
        ]
        return [
            _with_groups(dict(zip(self._names, values, strict=True)))
            for values in zip(*members, strict=True)
        ]

    def _values(self, name: str, column: Any) -> list[Any]:
        try:
            return json_of(column)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as error:
            raise unreadable_column(self._raw, name, column.type, error) from error


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
    """What to say of a column whose values are no text."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return SourceError(
        f"{raw.shown} column {shorten(name)!r}, of type {shorten(str(kind))}, cannot be read as "
        f"text: {shorten(str(error))}",
        hint="Leave the column out of the export, or write it as text.",
    )
