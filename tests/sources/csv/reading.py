"""CSV files that tests write and read."""

from __future__ import annotations

from pathlib import Path

from ometria_import.options.reading_options import ReadingOptions
from ometria_import.problems import Reject
from ometria_import.sources import CsvSource, open_any_source


def opened(path: Path, data: bytes, options: ReadingOptions | None = None) -> CsvSource:
    """A CSV file with these bytes."""
    path.write_bytes(data)
    source = open_any_source(path, options)
    assert isinstance(source, CsvSource)
    return source


def rows_of(source: CsvSource, block_bytes: int = 4 * 1024 * 1024) -> list[tuple[int, list[str]]]:
    """The line and the cells of each row."""
    found: list[tuple[int, list[str]]] = []
    for chunk in source.chunks(block_bytes=block_bytes):
        cells = zip(*(column.to_pylist() for column in chunk.table.columns), strict=True)
        found += [(line, list(row)) for line, row in zip(chunk.lines.tolist(), cells, strict=True)]
    return found


def rejects_of(source: CsvSource, block_bytes: int = 4 * 1024 * 1024) -> list[Reject]:
    """The rows that cannot be read."""
    return [one for chunk in source.chunks(block_bytes=block_bytes) for one in chunk.rejects]
