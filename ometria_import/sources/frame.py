"""A pandas DataFrame as a table of text: every cell in the form in which a file would have it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.errors import SourceError
from ometria_import.problems import shorten
from ometria_import.problems.model import place_text
from ometria_import.sources.header import name_columns, names_with_invisible, refuse_repeated_names
from ometria_import.sources.model import MAX_HEAD_ROWS, Format, Progress, RowChunk, SourceKind
from ometria_import.sources.parquet.values import text_of

if TYPE_CHECKING:
    import pandas as pd

CHUNK_ROWS = 8_192


class FrameSource:
    """One DataFrame; it is read like a Parquet file of its columns, and never changed.

    A blank is whatever pandas takes for one: None, NaN, NaT, pd.NA. The index is no column; its
    labels say where a row stands.
    """

    def __init__(self, frame: pd.DataFrame, name: str) -> None:
        """Look at the names of the columns.

        Args:
            frame: Must not change while it is read.
            name: The name of the data frame in messages.

        Raises:
            SourceError: it has no columns, two of one name, or names on several levels.
        """
        self.path = Path(name)
        if frame.columns.nlevels > 1:
            raise SourceError(
                f"{name} has column names on {frame.columns.nlevels} levels",
                hint="Give each column one name, such as with frame.columns.to_flat_index().",
            )
        names = [str(each) for each in frame.columns]
        if not names:
            raise SourceError(f"{name} has no columns", hint="Is it the right DataFrame?")
        refuse_repeated_names(self.path, names)
        self.header = name_columns(self.path, names)
        self.format = Format(SourceKind.FRAME, names_with_invisible=names_with_invisible(names))
        self.size_bytes = int(frame.memory_usage(index=False).sum())
        self.sha256 = ""
        """Of the cells as they are read; empty until they were read to the end once."""
        self._frame = frame

    def chunks(self, *, progress: Progress | None = None) -> Iterator[RowChunk]:
        """Read all rows in their order; a row's line is its 1-based position.

        Raises:
            SourceError: a cell holds what has no text.
        """
        digest = hashlib.sha256(json.dumps(self.header).encode())
        count = len(self._frame)
        for start in range(0, count, CHUNK_ROWS):
            chunk = self._chunk(start, CHUNK_ROWS)
            for name in self.header:
                # The lengths tell where a text ends: whole columns are hashed, not cells.
                texts = chunk.table.column(name).to_pylist()
                digest.update(np.fromiter(map(len, texts), np.int64, len(texts)).tobytes())
                digest.update("".join(texts).encode())
            if progress is not None:
                progress(self.size_bytes * (start + len(chunk)) // count)
            yield chunk
        self.sha256 = digest.hexdigest()

    def head(self) -> RowChunk:
        """The first rows, a thousand at most."""
        return self._chunk(0, MAX_HEAD_ROWS)

    def _chunk(self, start: int, rows: int) -> RowChunk:
        part = self._frame.iloc[start : start + rows]
        columns = [
            self._texts(part.iloc[:, number], name, start)
            for number, name in enumerate(self.header)
        ]
        table = pa.table(columns, names=list(self.header))
        return RowChunk(table, np.arange(start + 1, start + len(part) + 1, dtype=np.int64), ())

    def _texts(self, column: pd.Series[Any], name: str, start: int) -> Any:
        """A column as strings without nulls."""
        from pandas.api.types import infer_dtype

        if column.dtype != object:
            try:
                array = pa.array(column, from_pandas=True)
                if isinstance(array, pa.ChunkedArray):
                    array = array.combine_chunks()
                return pc.fill_null(text_of(array), "").cast(pa.string())
            except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
                pass  # a type of pandas alone, such as an interval: cell by cell, in its words
        elif infer_dtype(column, skipna=True) in {"string", "empty"}:
            try:
                return pc.fill_null(pa.array(column, pa.string(), from_pandas=True), "")
            except (UnicodeEncodeError, pa.ArrowInvalid):
                pass  # half a character, of which is told with its row
        texts = []
        for position, value in enumerate(column, start):
            try:
                text = cell_text(value)
                text.encode()
            except (ValueError, TypeError) as error:
                label = shorten(str(self._frame.index[position]))
                raise SourceError(
                    f"{self.path}: column {shorten(name)!r} holds a {type(value).__name__} that "
                    f"cannot be written as text, in row {place_text(position + 1, label)}",
                    hint="Turn the column into text, numbers, times, or lists and dicts of these.",
                ) from error
            texts.append(text)
        return pa.array(texts, pa.string())


def cell_text(value: object) -> str:
    """One value as a file would have it; empty for a blank.

    Raises:
        TypeError: it has no text.
        ValueError: it is bytes that are no text.
    """
    known = _json_of(value)
    if isinstance(known, str):
        return known
    if isinstance(known, Decimal):
        return format(known, "f")
    return "" if known is None else _ENCODE(known).decode()


def _json_of(value: Any) -> Any:
    """A value as JSON has it: numbers exact, blanks null, all others texts."""
    if isinstance(value, dict):
        return {str(key): _json_of(each) for key, each in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_json_of(each) for each in value]
    from pandas import isna

    if isna(value):
        return None
    for kinds, read in _KINDS:
        if isinstance(value, kinds):
            return read(value)
    raise TypeError


def _number_of(value: float) -> int | Decimal | str:
    """A float as a whole number if it is one: 5.0 is 5, as in a column of whole numbers."""
    if not math.isfinite(value):
        return str(float(value))
    return int(value) if float(value).is_integer() else Decimal(str(value))


_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
_KINDS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (str, str),
    ((bool, np.bool_), bool),
    ((int, np.integer), int),
    ((float, np.floating), _number_of),
    (Decimal, lambda value: value if value.is_finite() else str(value)),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    (bytes, bytes.decode),
    (UUID, str),
)
"""What can stand in a column of objects, and how it is read; the first that fits counts."""
