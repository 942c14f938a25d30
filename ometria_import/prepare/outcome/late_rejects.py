"""Rows of records that are rejected only when all sources were read: found in the files again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ometria_import.mapping.recognition.secret_columns import without_secrets
from ometria_import.prepare.chunks.chunks import RejectedRow
from ometria_import.prepare.chunks.objects import encoded
from ometria_import.prepare.inputs.inputs import Input, ObjectInput
from ometria_import.prepare.outcome.mended import RunsByLine, mended_objects
from ometria_import.prepare.same_keys.same_keys import SharedKeys

Lines = npt.NDArray[np.int64]

_NUMBER_BYTES = 8


class Reason(NamedTuple):
    """Why a row is rejected."""

    codes: str
    words: str


class RowLines:
    """The lines of all rows of the records of one object type, in a temporary file."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- closed by `close`

    def add(self, lines: Lines) -> None:
        """Take those of the next records, record by record."""
        self._file.write(lines.astype(np.int64).tobytes())

    def of(self, record: Any) -> list[int]:
        """The lines of one of `Records`; none of a member, whose rows are its group's."""
        self._file.seek(int(record["first_row"]) * _NUMBER_BYTES)
        data = self._file.read(int(record["rows"]) * _NUMBER_BYTES)
        lines: list[int] = np.frombuffer(data, np.int64).tolist()
        return lines

    def close(self) -> None:
        """Remove the file."""
        self._file.close()


def reasons_of(found: SharedKeys, rows: RowLines) -> Iterator[tuple[int, int, Reason]]:
    """The source, the line and the reason of each row of records that are rejected.

    Args:
        found: What became of the records that share their key.
        rows: The lines of all records.
    """
    for index, problem in found.reasons.items():
        record = found.records[index]
        words = f"{problem.field}: {problem.message}" if problem.field else problem.message
        source, first = int(record["source"]), int(record["line"])
        belongs = f"belongs to the {problem.object_type} of line {first}"
        for line in rows.of(record):
            yield source, line, Reason(problem.code, words if line == first else belongs)


def rejected_again(each: Input, reasons: Mapping[int, Reason]) -> Iterator[list[RejectedRow]]:
    """The rows of a source that are rejected, by their lines, as the file has them."""
    lines = np.array(sorted(reasons), np.int64)
    for own_lines, cells in _rows(each, lines):
        yield [
            RejectedRow(line, own, "", reasons[line].codes, reasons[line].words)
            for line, own in zip(own_lines, cells, strict=True)
        ]


def _rows(each: Input, lines: Lines) -> Iterator[tuple[list[int], list[tuple[str, ...]]]]:
    if isinstance(each, ObjectInput):
        runs = RunsByLine()
        for objects in each.source.chunks():
            chunk = mended_objects(objects, runs)
            found = np.flatnonzero(np.isin(chunk.lines, lines)).tolist()
            records = [chunk.objects[index] for index in found]
            for record in records:
                without_secrets(record, set())
            yield chunk.lines[found].tolist(), [(encoded(record),) for record in records]
        return
    for rows in each.source.chunks():
        is_wanted = np.isin(rows.lines, lines)
        if is_wanted.any():
            table = rows.table.filter(pa.array(is_wanted))
            columns = [column.to_pylist() for column in table.columns]
            yield rows.lines[is_wanted].tolist(), list(zip(*columns, strict=True))
