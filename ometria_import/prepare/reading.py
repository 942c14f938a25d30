"""Reading one source to its end: its chunks, prepared side by side, in a fixed order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ometria_import.prepare.chunks import PreparedChunk
from ometria_import.prepare.inputs import Input, TableInput
from ometria_import.prepare.scatter import (
    PARTITIONS,
    Scatter,
    endless_keys,
    even,
    is_scattered,
    read_partition,
    together,
)
from ometria_import.sources import ObjectChunk, RowChunk

Unit = TypeVar("Unit")

WORKERS = 2
_CHUNKS_AHEAD = WORKERS + 1


@dataclass(slots=True)
class RowCounter:
    """Rows as they are read, before anything is made of them: one side of the sum."""

    tell: Callable[[], None]
    """Called when rows were read of which nothing is made for a while."""
    count: int = 0
    bytes_read: int = 0

    def tables(self, chunks: Iterator[RowChunk]) -> Iterator[RowChunk]:
        """Count the rows that pass."""
        for chunk in chunks:
            self.count += chunk.table.num_rows + len(chunk.rejects)
            yield chunk

    def objects(self, chunks: Iterator[ObjectChunk]) -> Iterator[ObjectChunk]:
        """Count the objects that pass."""
        for chunk in chunks:
            self.count += len(chunk.objects) + len(chunk.rejects)
            yield chunk

    def progress(self, bytes_read: int) -> None:
        """Take note of how far the file was read."""
        self.bytes_read = bytes_read


def prepared_chunks(
    each: Input, rows: RowCounter, pool: ThreadPoolExecutor, folder: Path
) -> Iterator[PreparedChunk]:
    """Read a source to its end.

    Args:
        each: The source.
        rows: Counts what is read.
        pool: Prepares.
        folder: Takes temporary files.
    """
    if isinstance(each, TableInput):
        tables = each.preparer.units(_tables(each, rows, folder))
        return _in_order(pool, each.preparer.prepare, tables)
    objects = each.preparer.units(rows.objects(each.source.chunks(progress=rows.progress)))
    return _in_order(pool, each.preparer.prepare, objects)


def _tables(each: TableInput, rows: RowCounter, folder: Path) -> Iterator[RowChunk]:
    """The rows of a table, those of one record together.

    In the order of the file, if they stand together there; else by partition.
    """
    keys_of = each.mapping.group_keys
    chunks = rows.tables(each.source.chunks(progress=rows.progress))
    if not is_scattered(each.source.chunks(), keys_of, folder):
        yield from chunks
        return
    with Scatter(folder) as scatter:
        for chunk in chunks:
            scatter.add(chunk, keys_of(chunk.table))
            if chunk.rejects:
                yield RowChunk(chunk.table.slice(0, 0), chunk.lines[:0], chunk.rejects)
            rows.tell()
        scatter.write()
        yield from even(_partitions(scatter, each))


def _partitions(scatter: Scatter, each: TableInput) -> Iterator[RowChunk]:
    for number in range(PARTITIONS):
        for chunk in read_partition(scatter, number, endless_keys([scatter], number)):
            yield together(chunk, each.mapping.group_keys(chunk.table))


def _in_order(
    pool: ThreadPoolExecutor, prepare_one: Callable[[Unit], PreparedChunk], units: Iterator[Unit]
) -> Iterator[PreparedChunk]:
    """Prepare a few units ahead and hand on their outcomes in order."""
    waiting: deque[Future[PreparedChunk]] = deque()
    try:
        for unit in units:
            waiting.append(pool.submit(prepare_one, unit))
            if len(waiting) > _CHUNKS_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
