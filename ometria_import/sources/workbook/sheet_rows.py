"""Rows of a sheet, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.sources.arrays import Mask, Rows, Texts


@dataclass(frozen=True, slots=True)
class SheetRows:
    """Some rows of a sheet, in the order of their numbers, which may have gaps."""

    numbers: Rows
    """From 1."""
    columns: list[Texts]
    """From the first one on, without nulls."""

    @classmethod
    def of(cls, rows: Sequence[tuple[int, list[str]]]) -> SheetRows:
        """The same made from rows, which may have different lengths."""
        columns = zip_longest(*(cells for _, cells in rows), fillvalue="")
        # One cell far to the right makes thousands of blank columns.
        blank = pa.array([""] * len(rows), pa.string())
        return cls(
            np.array([number for number, _ in rows], np.int64),
            [pa.array(column, pa.string()) if any(column) else blank for column in columns],
        )

    def __len__(self) -> int:
        return len(self.numbers)

    def slice(self, start: int, stop: int | None = None) -> SheetRows:
        """The rows between two places."""
        count = len(self.numbers[start:stop])
        return SheetRows(
            self.numbers[start:stop], [column.slice(start, count) for column in self.columns]
        )

    def where(self, is_kept: Mask) -> SheetRows:
        """Some of the rows."""
        if is_kept.all():
            return self
        mask = pa.array(is_kept)
        return SheetRows(self.numbers[is_kept], [column.filter(mask) for column in self.columns])

    def filled(self) -> SheetRows:
        """The rows that hold anything, without the blank cells at their end."""
        widths = np.zeros(len(self), np.int64)
        blanks: list[tuple[int, Texts]] = []
        for place, column in enumerate(self.columns):
            if not _has_text(column):
                continue
            is_filled = pc.not_equal(column, "")
            is_blank = pc.utf8_is_space(column)  # false of what is empty
            if pc.any(is_blank).as_py():
                blanks.append((place, is_blank))
                is_filled = pc.and_not(is_filled, is_blank)
            widths[is_filled.to_numpy(zero_copy_only=False)] = place + 1
        columns = self.columns[: widths.max(initial=0)]
        for place, is_blank in blanks:
            if place < len(columns):
                at_end = pc.and_(is_blank, pa.array(widths <= place))
                columns[place] = pc.if_else(at_end, "", columns[place])
        return SheetRows(self.numbers, columns).where(widths > 0)

    def with_width(self, width: int) -> SheetRows:
        """The same with so many columns, of which the last ones may be blank."""
        return SheetRows(self.numbers, [self._column(number) for number in range(width)])

    @classmethod
    def joined(cls, parts: Sequence[SheetRows]) -> SheetRows:
        """The rows of several parts, one after the other."""
        if len(parts) == 1:
            return parts[0]
        width = max(len(part.columns) for part in parts)
        columns = [
            pa.concat_arrays([part._column(number) for part in parts])  # noqa: SLF001 -- own class
            for number in range(width)
        ]
        return cls(np.concatenate([part.numbers for part in parts]), columns)

    @classmethod
    def chunked(
        cls, parts: Iterable[SheetRows], most_rows: int, most_bytes: int
    ) -> Iterator[SheetRows]:
        """The rows of all parts, a given number at a time, or fewer if they are long."""
        held: list[SheetRows] = []
        rows = written = 0
        for part in parts:
            rest = part
            while len(rest):
                first = rest.slice(0, most_rows - rows)
                rest = rest.slice(len(first))
                held.append(first)
                rows += len(first)
                written += sum(column.nbytes for column in first.columns)
                if rows == most_rows or written > most_bytes:
                    yield cls.joined(held)
                    held, rows, written = [], 0, 0
        if held:
            yield cls.joined(held)

    def _column(self, number: int) -> Texts:
        if number < len(self.columns):
            return self.columns[number]
        return pa.array([""]).take(pa.array(np.zeros(len(self), np.int64)))

    def cells(self, row: int) -> list[str]:
        """The texts of one row up to the last one."""
        texts: list[str] = [column[row].as_py() for column in self.columns]
        while texts and not texts[-1]:
            texts.pop()
        return texts


def _has_text(column: Texts) -> bool:
    """Whether any text of a column has a character; much faster than comparing each."""
    ends = np.frombuffer(column.buffers()[1], np.int32)
    return bool(ends[column.offset] != ends[column.offset + len(column)])
