"""How far a source was read, and what was counted on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ometria_import.prepare.chunks.object_views import ObjectSource
from ometria_import.prepare.rows.repeated_rows import DroppedRows
from ometria_import.prepare.spill.joining import Join
from ometria_import.problems import Located
from ometria_import.problems.catalogue import REPEATED_HEADER
from ometria_import.sources import ObjectChunk, RowChunk, TableSource

_CHUNKS_AHEAD = 1
_SMALL_BYTES = 64 * 1024
"""Of these a thread costs more than it gains."""


@dataclass(slots=True)
class SourceReading:
    """Progress of reading a source, and the counts of its rows before they are processed."""

    folder: Path
    """The folder for temporary files."""
    tell: Callable[[], None]
    """Called to report progress."""
    join: Callable[[], Join]
    """Returns the join of all tables of the source's object type with their item tables."""
    looks_first: bool = False
    """Whether to find out before anything is prepared if the rows of all records stand together."""
    count: int = 0
    """The number of rows read."""
    bytes_read: int = 0
    rejected: int = 0
    unreadable: int = 0
    """The number of unreadable rows whose rejects are not written yet."""
    headers: int = 0
    """The number of rows that repeat the header."""
    notices: list[Located] = field(default_factory=list)
    """Notices about counted rows, waiting to be collected."""
    dropped: DroppedRows = field(default_factory=DroppedRows)
    """Rows that were counted and then dropped."""

    def tables(self, source: TableSource) -> Iterator[RowChunk]:
        """Read a table and count its rows."""
        chunks = source.chunks(progress=self._progress)
        for chunk in _ahead(chunks) if source.size_bytes > _SMALL_BYTES else chunks:
            headers = sum(each.finding.cause == REPEATED_HEADER for each in chunk.notices)
            self.count += len(chunk) + len(chunk.rejects) + headers
            self.headers += headers
            self.notices.extend(chunk.notices)
            yield chunk

    def start_over(self) -> None:
        """Forget what was read of a table, which is read again from its beginning."""
        self.count = self.bytes_read = self.headers = 0
        self.notices = []

    def objects(self, source: ObjectSource) -> Iterator[ObjectChunk]:
        """Read a source's objects and count them."""
        for chunk in source.chunks(progress=self._progress):
            self.count += len(chunk) + len(chunk.rejects)
            self.notices.extend(chunk.notices)
            yield chunk

    def _progress(self, bytes_read: int) -> None:
        self.bytes_read = bytes_read


def _ahead(chunks: Iterator[RowChunk]) -> Iterator[RowChunk]:
    """The same chunks, read by a thread of their own shortly before they are asked for."""
    waiting: deque[Future[RowChunk | None]] = deque()
    with ThreadPoolExecutor(1, "reading") as thread:
        try:
            waiting.extend(thread.submit(next, chunks, None) for _ in range(_CHUNKS_AHEAD))
            while (chunk := waiting.popleft().result()) is not None:
                waiting.append(thread.submit(next, chunks, None))
                yield chunk
        finally:
            for each in waiting:
                each.cancel()
