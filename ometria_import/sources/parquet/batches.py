"""The rows of a Parquet file in pieces of bounded bytes, whatever they unpack to.

Parquet can say "this text of a megabyte, two billion times" in a few bytes. So texts that stand
in a dictionary stay in it, pieces are cut by the bytes that their rows would take as text, and a
file that grows as no export does is refused: by what it says of itself before it is read, by
what it is while it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ometria_import.errors import SourceError
from ometria_import.problems import Finding, Reject, shorten
from ometria_import.problems.catalogue import ROW_TOO_LARGE
from ometria_import.sources.file.compression import check_ratio
from ometria_import.sources.file.raw_file import RawFile
from ometria_import.sources.model import MAX_ROW_BYTES
from ometria_import.sources.parquet.values import sizes_of

PIECE_BYTES = 16 * 1024 * 1024
_BATCH_BYTES = 64 * 1024 * 1024
"""What is read at once, by what its row group says of itself: texts in a dictionary count there
as often as they differ, and stay in it."""
_BATCH_ROWS = 8_192
_DELTA_BATCH_ROWS = 64
"""Read at once where texts are said by what they have in common: these have no dictionary, and
no bound but the rows."""
_ROW_BYTES = 32
"""What a row counts beside its values: even one without any becomes an object or a record."""
_BUFFER_BYTES = 1024 * 1024
_WAY_OUT = "write it as CSV"
_TOO_LARGE = Finding(ROW_TOO_LARGE, f"it has over {MAX_ROW_BYTES:,} bytes")


class Piece(NamedTuple):
    """Some consecutive rows, without those that are too large to keep."""

    rows: pa.RecordBatch
    lines: npt.NDArray[np.int64]
    """The 1-based index of each."""
    rejects: tuple[Reject, ...]
    bytes: int
    """About what they take as text."""

    def split(self, rows: int) -> tuple[Piece, Piece | None]:
        """The first rows, and the others if there are more."""
        if len(self.lines) <= rows:
            return self, None
        size = self.bytes * rows // len(self.lines)
        first = Piece(self.rows.slice(0, rows), self.lines[:rows], self.rejects, size)
        return first, Piece(self.rows.slice(rows), self.lines[rows:], (), self.bytes - size)


@contextmanager
def damage_told(raw: RawFile) -> Iterator[None]:
    """Turn what pyarrow raises into an error of the source."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"{raw.shown} cannot be read as Parquet: {shorten(str(error))}",
            hint="Copy or export the file again; nothing in it can be trusted.",
        ) from error


def check_sizes(raw: RawFile, metadata: Any) -> None:
    """Refuse a file that says itself that it unpacks as no export does.

    Raises:
        SourceError: it says so.
    """
    unpacked = metadata.num_rows * (_ROW_BYTES + metadata.num_columns)
    check_ratio(raw.shown, unpacked, raw.size_bytes, _WAY_OUT)
    unpacked = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        columns = range(group.num_columns)
        said = sum(group.column(each).total_uncompressed_size for each in columns)
        unpacked += max(said, group.total_byte_size)
    check_ratio(raw.shown, unpacked, raw.size_bytes, _WAY_OUT)


def read_pieces(raw: RawFile, file: BinaryIO) -> Iterator[Piece]:
    """All rows in the file's order.

    Raises:
        SourceError: the file is damaged, or grows as no export does.
    """
    unpacked, first = 0, 1
    with damage_told(raw):
        for batch in _batches(file):
            sizes = np.full(batch.num_rows, _ROW_BYTES, np.int64)
            for column in batch.columns:
                sizes += sizes_of(column)
            unpacked += int(sizes.sum())
            check_ratio(raw.shown, unpacked, raw.size_bytes, _WAY_OUT)
            yield from _cut(batch, sizes, first)
            first += batch.num_rows


def _batches(file: BinaryIO) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(file) as opened:
        metadata = opened.metadata
    encodings: dict[str, set[str]] = {}
    texts: set[str] = set()
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for each in map(group.column, range(group.num_columns)):
            encodings.setdefault(each.path_in_schema, set()).update(each.encodings)
            if each.physical_type == "BYTE_ARRAY":
                texts.add(each.path_in_schema)
    is_delta = any("DELTA_BYTE_ARRAY" in said for said in encodings.values())
    in_dictionaries = [
        path
        for path in texts
        if "DELTA_BYTE_ARRAY" not in encodings[path]
        and any("DICTIONARY" in each for each in encodings[path])
    ]
    file.seek(0)
    opened = pq.ParquetFile(
        file,
        read_dictionary=in_dictionaries,
        pre_buffer=False,
        buffer_size=_BUFFER_BYTES,
        arrow_extensions_enabled=True,
    )
    most = _DELTA_BATCH_ROWS if is_delta else _BATCH_ROWS
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        by_bytes = _BATCH_BYTES * group.num_rows // max(1, group.total_byte_size)
        # One by one: lists whose texts have the dictionaries of two groups cannot be read.
        yield from opened.iter_batches(batch_size=max(1, min(most, by_bytes)), row_groups=[number])


def _cut(batch: pa.RecordBatch, sizes: npt.NDArray[np.int64], first: int) -> Iterator[Piece]:
    lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
    is_large = sizes > MAX_ROW_BYTES
    rejects = tuple(Reject.of(line, "", _TOO_LARGE) for line in lines[is_large].tolist())
    if rejects:
        batch, lines, sizes = batch.filter(pa.array(~is_large)), lines[~is_large], sizes[~is_large]
    total = np.cumsum(sizes)
    if not len(total) or total[-1] <= PIECE_BYTES:
        yield Piece(batch, lines, rejects, int(sizes.sum()))
        return
    cuts = np.flatnonzero(np.diff(total // PIECE_BYTES, prepend=0)).tolist()
    for start, end in zip([0, *cuts], [*cuts, batch.num_rows], strict=True):
        if end > start:
            part = slice(start, end)
            rows = batch.slice(start, end - start)
            yield Piece(rows, lines[part], rejects, int(sizes[part].sum()))
            rejects = ()
