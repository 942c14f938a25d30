"""Harmless changes to the values of a column: how many of each kind, and the first example."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ometria_import.problems import Finding, Located
from ometria_import.sources.arrays import Rows


@dataclass(slots=True)
class ColumnNotes:
    """Notes on one column, keyed by cause or by the decimal sign that was seen."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, Located] = field(default_factory=dict)
    """The value in the first affected row; its own count is not that of the whole column."""
    cells: int = 0
    """The number of cells that were read for a field; 0 where the notes are not about a field."""
    filled: int = 0
    """How many of these are not blank."""
    dropped: int = 0
    """How many of those have no value in the end, as it could not be used."""
    by_file: dict[int, ColumnNotes] = field(default_factory=dict)
    """The same for each file, where a chunk holds the rows of several that are read alike."""

    def count(self, cells: int, blank: int, dropped: int) -> None:
        """Count cells that were read for a field, of which some end without a value."""
        self.cells += cells
        self.filled += cells - blank + dropped
        self.dropped += dropped

    def add(
        self,
        cause: str,
        count: int,
        row: int,
        value: str,
        message: str | Callable[[], str] = "",
        *,
        key: str = "",
    ) -> None:
        """Count some values.

        Args:
            cause: The number of the `catalogue.Cause`.
            count: The number of values.
            row: The row of the first of these values.
            value: The first of these values.
            message: The message about the first value, or a function that builds it if that is
                expensive: only the column's first value needs one. None if the message is
                built from the counts.
            key: The key to use instead of the cause, if several notes share one cause.
        """
        key = key or cause
        self.counts[key] += count
        known = self.first.get(key)
        if known is None or row < known.row:
            words = message if isinstance(message, str) else message()
            self.first[key] = Located(row, "", value, Finding(cause, words))

    def on_rows(self, rows: Rows, files: Rows | None = None) -> ColumnNotes:
        """The same notes with their rows renumbered: row `i` becomes `rows[i]`."""
        moved = {
            key: each._replace(
                row=int(rows[each.row]), file=0 if files is None else int(files[each.row])
            )
            for key, each in self.first.items()
        }
        by_file = {file: each.on_rows(rows) for file, each in self.by_file.items()}
        return replace(self, counts=self.counts.copy(), first=moved, by_file=by_file)

    def of_file(self, file: int) -> ColumnNotes:
        """The notes on the rows of one of several files; they may be added to."""
        return self.by_file.setdefault(file, ColumnNotes())

    @property
    def are_shared_out(self) -> bool:
        """Whether everything that was counted was also counted by file."""
        counts = Counter[str]()
        for each in self.by_file.values():
            if each.counts:
                counts.update(each.counts)
        return counts == self.counts

    def merge(self, other: ColumnNotes) -> None:
        """Merge another chunk's notes into these."""
        self.counts.update(other.counts)
        self.cells += other.cells
        self.filled += other.filled
        self.dropped += other.dropped
        for file, notes in other.by_file.items():
            self.of_file(file).merge(notes)
        for key, each in other.first.items():
            known = self.first.get(key)
            if known is None or (each.file, each.row) < (known.file, known.row):
                self.first[key] = each
