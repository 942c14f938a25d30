"""What happened to the values of a column without any being lost: counts and first examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ometria_import.problems import Finding, Located
from ometria_import.sources.arrays import Rows


@dataclass(slots=True)
class ColumnNotes:
    """Notes on one column, each under a key: its cause, or the decimal sign that was seen."""

    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, Located] = field(default_factory=dict)
    """The value that stands first, whose own count is not the column's."""

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
            count: How many values.
            row: Where the first of them stands.
            value: What stands there.
            message: About the first of them, or what makes it where that takes time: it is
                wanted of the column's first value only. None where the counts are to be in it.
            key: In place of the cause, where several notes have one.
        """
        key = key or cause
        self.counts[key] += count
        known = self.first.get(key)
        if known is None or row < known.row:
            words = message if isinstance(message, str) else message()
            self.first[key] = Located(row, "", value, Finding(cause, words))

    def on_rows(self, rows: Rows, files: Rows | None = None) -> ColumnNotes:
        """The same notes with other numbers for their rows: `rows[i]` in place of `i`."""
        moved = {
            key: each._replace(
                row=int(rows[each.row]), file=0 if files is None else int(files[each.row])
            )
            for key, each in self.first.items()
        }
        return ColumnNotes(self.counts.copy(), moved)

    def merge(self, other: ColumnNotes) -> None:
        """Take in what another chunk's notes say."""
        self.counts.update(other.counts)
        for key, each in other.first.items():
            known = self.first.get(key)
            if known is None or (each.file, each.row) < (known.file, known.row):
                self.first[key] = each
