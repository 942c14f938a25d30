"""A Parquet file as chunks of text: every value in the form in which a CSV file would have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, BinaryIO

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ometria_import.errors import SourceError
from ometria_import.problems import shorten
from ometria_import.sources.header import name_columns, names_with_invisible
from ometria_import.sources.model import Format, RowChunk, SourceKind
from ometria_import.sources.raw_file import RawFile
from ometria_import.sources.table_file import TableFile

_TO_JSON = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode


def open_parquet(raw: RawFile) -> ParquetSource:
    """Read the names of the columns.

    Raises:
        SourceError: the file is damaged, or two columns have one name.
    """
    with raw.open() as file:
        try:
            names = pq.ParquetFile(file).schema_arrow.names
        except (pa.ArrowException, OSError) as error:
            raise _damaged(raw, error) from error
    if not names:
        raise SourceError(f"{raw.shown} has no columns", hint="Export the file again.")
    header = name_columns(raw.shown, names)
    odd_names = names_with_invisible(names)
    return ParquetSource(raw, Format(SourceKind.PARQUET, names_with_invisible=odd_names), header)


class ParquetSource(TableFile):
    """One Parquet file; memory is bounded by its row groups, which its writer chose."""

    def _read(self, file: BinaryIO, chunk_rows: int) -> Iterator[RowChunk]:
        first = 1
        try:
            for batch in pq.ParquetFile(file).iter_batches(batch_size=chunk_rows):
                columns = [self._as_text(column, n) for n, column in enumerate(batch.columns)]
                table = pa.table(columns, names=list(self.header))
                lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
                first += batch.num_rows
                yield RowChunk(table, lines, ())
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self._raw, error) from error

    def _as_text(self, column: Any, number: int) -> Any:
        try:
            text = _text_of(column)
            text.validate(full=True)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as error:
            name = shorten(self.header[number])
            raise SourceError(
                f"{self._raw.shown} column {name!r}, of type {column.type}, cannot be read as "
                f"text: {shorten(str(error))}",
                hint="Leave the column out of the export, or write it as text.",
            ) from error
        return pc.fill_null(text, "")


def _text_of(column: Any) -> Any:
    """The column as strings; nulls stay."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text_of(column.cast(kind.value_type))
    if pa.types.is_nested(kind):
        return pa.array(map(_json_text, column.to_pylist()), pa.string())
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        return _time_text(column.cast(pa.string()))
    if pa.types.is_float16(kind):
        return _text_of(column.cast(pa.float32()))
    text = column.cast(pa.string())
    if pa.types.is_floating(kind):
        return _each_distinct(text, _number_text)
    return _each_distinct(text, _decimal_text) if pa.types.is_decimal(kind) else text


def _json_text(value: Any) -> str | None:
    return None if value is None else _TO_JSON(value).decode()


def _time_text(text: Any) -> Any:
    """Arrow's form made that of ISO 8601, without zeros at the end of the seconds."""
    text = pc.replace_substring(text, " ", "T")
    text = pc.replace_substring_regex(text, r"\.0+(\D|$)", r"\1")
    text = pc.replace_substring_regex(text, r"(\.\d*[1-9])0+", r"\1")
    return pc.replace_substring_regex(text, r"([+-]\d\d)(\d\d)$", r"\1:\2")


def _each_distinct(text: Any, rewrite: Callable[[str], str | None]) -> Any:
    encoded = text.dictionary_encode()
    rewritten = [rewrite(each) for each in encoded.dictionary.to_pylist()]
    return pa.array(rewritten, pa.string()).take(encoded.indices)


def _number_text(text: str) -> str | None:
    """All digits without an exponent; what is no number at all is how pandas writes blanks."""
    if text == "nan":
        return None
    return _decimal_text(text).removesuffix(".0") if "inf" not in text else text


def _decimal_text(text: str) -> str:
    return format(Decimal(text), "f")


def _damaged(raw: RawFile, error: Exception) -> SourceError:
    return SourceError(
        f"{raw.shown} cannot be read as Parquet: {shorten(str(error))}",
        hint="Copy or export the file again; nothing of it can be trusted.",
    )
