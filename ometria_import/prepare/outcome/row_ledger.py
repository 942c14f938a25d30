"""What became of every row, kept beside the package: numbers of lines only, and no value of any."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ometria_import.config.storage import private_file
from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.chunks.reported import RejectRows
from ometria_import.prepare.outcome.holding_back import HeldBackOrders
from ometria_import.prepare.rows.fates import Fate, RowFates
from ometria_import.prepare.same_keys.outcomes import SharedKeys, Way
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Rows, Table, Texts

if TYPE_CHECKING:
    import pyarrow.parquet as pq

_SCHEMA = pa.schema(
    [
        ("source", pa.int32()),
        ("line", pa.int64()),
        ("fate", pa.int8()),
        ("into_source", pa.int32()),
        ("into_line", pa.int64()),
        ("codes", pa.string()),
        ("is_record", pa.bool_()),
    ]
)
"""`into` is where the record of a row begins, or the row that counts in its place; 0 where there is
none. Where `is_record` is set, the line stands for all rows of the record that begins on it."""
_TOGETHER = 65_536
"""The number of entries that are written at a time."""
_OF_RECORDS = {
    Way.MERGED: Fate.MERGED,
    Way.REPEATED: Fate.REPEATED,
    Way.SUPERSEDED: Fate.SUPERSEDED,
}
"""Rows of records that are rejected because of their key come with the other rejects."""


class RowLedger:
    """Writes what became of every row; without a path, nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        """Begin.

        Args:
            path: The file, which is there once all is written; None for none.
        """
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._held: list[Table] = []
        self._count = 0
        if path is not None:
            # Here and not above: it takes a moment that no check needs to pay for.
            import pyarrow.parquet as pq

            # Lines mostly count upwards, so that the steps between them pack to next to nothing.
            self._writer = pq.ParquetWriter(
                private_file(_unfinished(path)),
                _SCHEMA,
                compression="zstd",
                use_dictionary=["codes"],
                column_encoding=dict.fromkeys(
                    ("source", "line", "into_source", "into_line"), "DELTA_BINARY_PACKED"
                ),
            )

    def close(self) -> None:
        """Close the file, and remove it where it is not finished."""
        if self._writer is not None and self._path is not None:
            # Closing it writes its end, for which a full disk has no room either.
            writer, self._writer = self._writer, None
            try:
                writer.close()
            finally:
                _unfinished(self._path).unlink(missing_ok=True)

    def finish(self) -> None:
        """Write the rest, and give the file its name."""
        if self._writer is not None and self._path is not None:
            self._write()
            self._writer.close()
            self._writer = None
            _unfinished(self._path).replace(self._path)

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Note the rows of a chunk but for its rejects."""
        self.add_fates(chunk.fates, source.files or source.together or [source.number])

    def add_fates(self, fates: Sequence[RowFates], files: Sequence[int]) -> None:
        """Note rows, given the numbers of the sources that hold them by file number."""
        numbers = np.array(files)
        for each in fates:
            if self._writer is not None and len(each.lines):
                into = numbers[each.into_files] * (each.into_lines > 0), each.into_lines
                self._put(each.fate, (numbers[each.files], each.lines), into)

    def add_rejects(self, number: int, parts: Sequence[RejectRows]) -> None:
        """Note rejected rows of a source."""
        for part in parts:
            self._put(Fate.REJECTED, (number, part.lines), codes=part.codes)

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:  # noqa: ARG002
        """Note the records that are not sent because they share their key with others."""
        for way, fate in _OF_RECORDS.items():
            gone, sent = found.gone(way), found.in_place_of(way)
            # A member has no rows: they are counted for its group.
            has_rows = gone["rows"] > 0
            places, into = gone[has_rows], sent[has_rows]
            self._put(
                fate,
                (places["source"], places["line"]),
                (into["source"], into["line"]),
                is_record=True,
            )

    def hold_back(self, orders: HeldBackOrders) -> None:
        """Note the orders that are too young."""
        places = [(each.source, each.line) for each in orders if each.rows]
        sources, lines = np.array(places, np.int64).reshape(-1, 2).T
        self._put(Fate.HELD_BACK, (sources, lines), is_record=True)

    def _put(
        self,
        fate: Fate,
        places: tuple[Rows | int, Rows],
        into: tuple[Rows | int, Rows | int] = (0, 0),
        codes: Texts | None = None,
        *,
        is_record: bool = False,
    ) -> None:
        """Note rows or records, given their sources and lines."""
        count = len(places[1])
        if self._writer is None or not count:
            return
        own = [*places, fate, *into]
        columns = [np.broadcast_to(np.asarray(each, np.int64), count) for each in own]
        # NumPy calls whole numbers as Arrow does, which before version 26 would ask pandas.
        arrays = [
            pa.array(column.astype(str(field.type)))
            for column, field in zip(columns, _SCHEMA, strict=False)
        ]
        codes = pa.repeat("", count) if codes is None else codes
        marks = pa.repeat(pa.scalar(is_record), count)
        self._held.append(pa.table([*arrays, codes, marks], names=_SCHEMA.names))
        self._count += count
        if self._count >= _TOGETHER:
            self._write()

    def _write(self) -> None:
        if self._writer is not None and self._held:
            self._writer.write_table(pa.concat_tables(self._held).combine_chunks())
        self._held, self._count = [], 0


class Noted(NamedTuple):
    """What was noted of some rows, in no order."""

    sources: Rows
    lines: Rows
    fates: npt.NDArray[np.int8]
    into_sources: Rows
    into_lines: Rows
    codes: Texts


class ReadLedger:
    """Reads what was noted, a part at a time.

    Raises:
        OSError: the file cannot be read; so does every call.
        ArrowException: it is damaged; likewise.
    """

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        self._path = path
        about = pq.read_metadata(path)
        groups = [about.row_group(number) for number in range(about.num_row_groups)]
        lines = [group.column(_SCHEMA.names.index("line")).statistics for group in groups]
        self.last_line = max((each.max for each in lines), default=0)
        """The highest line of any source."""

    def records(self) -> Noted:
        """The records that turned out not to be sent as they are."""
        return self._read([("is_record", "=", True)])

    def rows(self, sources: range, lines: range) -> Noted:
        """The rows of some sources on some lines."""
        return self._read(
            [
                ("is_record", "=", False),
                ("source", ">=", sources.start),
                ("source", "<", sources.stop),
                ("line", ">=", lines.start),
                ("line", "<", lines.stop),
            ]
        )

    def _read(self, wanted: list[tuple[str, str, int]]) -> Noted:
        import pyarrow.parquet as pq

        table = pq.read_table(self._path, filters=wanted, columns=_SCHEMA.names[:-1])
        *numbers, codes = (column.combine_chunks() for column in table.columns)
        sources, lines, fates, into_sources, into_lines = (each.to_numpy() for each in numbers)
        return Noted(sources, lines, fates, into_sources, into_lines, codes)


def _unfinished(path: Path) -> Path:
    return path.with_suffix(".unfinished")
