"""Rows to CSV text, as different systems would write it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sample_data.shop.dice import Dice

Row = Mapping[str, str] | str
"""Cells by column, or a line that no CSV writer would have written."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a CSV file looks like."""

    columns: Sequence[str]
    delimiter: str = ","

    def line(self, row: Row) -> str:
        """One row with its line break; a row given as text stays as it is."""
        if isinstance(row, str):
            return f"{row}\n"
        return self._encode([row.get(column, "") for column in self.columns])

    def text(self, rows: Iterable[Row]) -> str:
        """The whole file."""
        return self._encode(self.columns) + "".join(self.line(row) for row in rows)

    def _encode(self, cells: Sequence[str]) -> str:
        line = io.StringIO()
        csv.writer(line, delimiter=self.delimiter, lineterminator="\n").writerow(cells)
        return line.getvalue()


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which rows are wrong, and the rows that are wrong in it."""

    kind: str
    code: str
    """What `ometria-import check` calls it."""
    records: list[list[Row]] = field(default_factory=list)
    """The rows of each record stand together."""


def scatter(records: list[list[Row]], faults: Sequence[Fault], dice: Dice) -> list[Row]:
    """Put the wrong records between the others, never between the rows of one record.

    They come in the second half, so that a duplicate comes after what it duplicates.
    """
    wrong = [record for fault in faults for record in fault.records]
    places: dict[int, list[list[Row]]] = {}
    for record in wrong:
        places.setdefault(dice.between(len(records) // 2, len(records) - 1), []).append(record)
    return [
        row
        for position, record in enumerate(records)
        for rows in (*places.get(position, ()), record)
        for row in rows
    ]
