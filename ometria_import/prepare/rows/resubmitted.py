"""Resubmitted reject files: the source's own cells, and added columns about their origin."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.cells import is_filled
from ometria_import.mapping.targets import REJECT_COLUMNS, REJECT_KEY
from ometria_import.problems import Finding, Reject, catalogue
from ometria_import.problems.spreadsheet_cells import unguarded, unguarded_name
from ometria_import.sources import ObjectChunk, RowChunk, TableSource
from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.model import Progress

_RAW, REJECT_RUN = "reject_raw", "reject_run"
_NOT_MENDED = Finding(
    catalogue.NOT_MENDED, "its own cells are still blank; only reject_raw says what it was"
)
_NOT_MENDED_OBJECT = Finding(
    catalogue.NOT_MENDED, "it is still no record; only its raw text says what it was"
)


class RunsByLine:
    """The runs in which the rows of a reject file were rejected, by line.

    A row that was rejected repeatedly has several run ids, oldest first, separated by blanks.
    """

    def __init__(self) -> None:
        self._begins: dict[int, str] = {}
        self._lock = threading.Lock()

    def note(self, lines: Iterable[int], runs: Iterable[str]) -> None:
        """Add some consecutive rows; adding the same rows again has no effect."""
        with self._lock:
            last = None
            for line, of_line in zip(lines, runs, strict=True):
                if of_line != last and (of_line or self._begins):
                    self._begins[line] = of_line
                last = of_line

    def of(self, lines: Iterable[int]) -> list[str]:
        """The run ids of each line; empty if none is known."""
        with self._lock:
            begins = sorted(self._begins.items())
        if not begins:
            return [""] * len(list(lines))
        firsts = np.array([line for line, _ in begins])
        places = np.searchsorted(firsts, np.fromiter(lines, np.int64), side="right") - 1
        return [begins[place][1] if place >= 0 else "" for place in places.tolist()]

    def count(self, lines: npt.NDArray[np.int64]) -> Counter[str]:
        """The number of the given lines that were rejected in each run."""
        if not self._begins:
            return Counter()
        return Counter(run for runs in self.of(lines.tolist()) for run in runs.split())


class ResubmittedTable(OfFile):
    """A reject file seen as the table its rows came from, with the reject file's line numbers."""

    def __init__(self, source: TableSource) -> None:
        super().__init__(source, source.format)
        self._source = source
        self.runs = RunsByLine()
        own = [name for name in source.header if name not in REJECT_COLUMNS]
        self._own = {name: unguarded_name(name) for name in own}

    @property
    def header(self) -> tuple[str, ...]:
        """The column names of the original source."""
        return tuple(self._own.values())

    def chunks(self, *, progress: Progress | None = None) -> Iterator[RowChunk]:
        """Read all rows in the file's order.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        for chunk in self._source.chunks(progress=progress):
            yield self._own_part(chunk)

    def head(self) -> RowChunk:
        """The first rows, at most a thousand, and the unreadable rows among them."""
        return self._own_part(self._source.head())

    def _own_part(self, chunk: RowChunk) -> RowChunk:
        if REJECT_RUN in self._source.header:
            self.runs.note(chunk.lines.tolist(), chunk.table.column(REJECT_RUN).to_pylist())
        columns = [
            _unguarded_column(chunk.table.column(name).combine_chunks()) for name in self._own
        ]
        table = pa.table(columns, names=list(self.header))
        own = RowChunk(table, chunk.lines, chunk.rejects, chunk.notices)
        if _RAW not in self._source.header:
            return own
        raw = chunk.table.column(_RAW).combine_chunks()
        is_left = is_filled(raw)
        for column in columns:
            is_left &= ~is_filled(column)
        if not is_left.any():
            return own
        rejects = [
            Reject.of(line, unguarded(text), _NOT_MENDED)
            for line, text in zip(
                chunk.lines[is_left].tolist(),
                raw.filter(pa.array(is_left)).to_pylist(),
                strict=True,
            )
        ]
        return replace(own, rejects=(*chunk.rejects, *rejects)).where(~is_left)


def _unguarded_column(cells: Any) -> Any:
    with_apostrophe = pc.match_substring(cells, "'")
    if not np.any(with_apostrophe.to_numpy(zero_copy_only=False)):
        return cells
    texts = [unguarded(cell) for cell in cells.filter(with_apostrophe).to_pylist()]
    return pc.replace_with_mask(cells, with_apostrophe, pa.array(texts, pa.string()))


def as_resubmitted(source: TableSource) -> TableSource:
    """Wrap a table that is a reject file; any other table is returned unchanged."""
    return ResubmittedTable(source) if set(source.header) & set(REJECT_COLUMNS) else source


def runs_of_table(source: TableSource) -> RunsByLine:
    """The runs in which a table's rows were rejected; empty if it is not a reject file."""
    return source.runs if isinstance(source, ResubmittedTable) else RunsByLine()


def resubmitted_objects(chunk: ObjectChunk, runs: RunsByLine) -> ObjectChunk:
    """Remove the keys that a reject file adds to objects; their run ids are added to `runs`."""
    if not any(REJECT_KEY in record for record in chunk.objects):
        runs.note(chunk.lines[:1].tolist(), [""] * len(chunk.lines[:1]))
        return chunk
    said = [record.pop(REJECT_KEY, None) for record in chunk.objects]
    about: list[dict[str, Any]] = [each if isinstance(each, dict) else {} for each in said]
    runs.note(chunk.lines.tolist(), [str(each.get("run", "")) for each in about])
    rejects = list(chunk.rejects)
    objects, lines = [], []
    for record, line, each in zip(chunk.objects, chunk.lines.tolist(), about, strict=True):
        if each.get("raw") and not record:
            rejects.append(Reject.of(line, str(each["raw"]), _NOT_MENDED_OBJECT))
        else:
            objects.append(record)
            lines.append(line)
    return ObjectChunk(objects, np.asarray(lines, np.int64), tuple(rejects))
