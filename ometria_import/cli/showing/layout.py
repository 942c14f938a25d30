"""Lines for a width: texts that break between words, and tables that fit or become lists.

Paths, commands and other words are never broken: what is too long stands whole on its own line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.text import Text

_PIECE = re.compile(
    r"`ometria-import [^`\n]*`\S*|(?:^|(?<=: ))ometria-import [^\n]*|\S+", re.MULTILINE
)
"""What stays in one piece: a command, so that it can be copied, or else a word."""
_GAP = 2
_INDENT = 2
_NARROWEST = 16
"""A column of texts is not made narrower: a list is easier to read than a word on each line."""


def wrapped(text: Text, width: int, hang: int = 0) -> list[Text]:
    """The lines of a text, none of which is padded.

    Args:
        text: The text.
        width: Columns that there are.
        hang: Columns before all lines but the first; fewer where a piece is too long for that.
    """
    if hang + _longest(text) > width:
        hang = min(hang, _INDENT)
    lines: list[Text] = []
    for paragraph in text.split("\n", allow_blank=True):
        used, breaks = hang if lines else 0, []
        end = 0
        for piece in _PIECE.finditer(paragraph.plain):
            long = _cells(paragraph, end, piece.end())
            if end and used + long > width:
                breaks.append(piece.start())
                used, long = hang, _cells(paragraph, piece.start(), piece.end())
            used, end = used + long, piece.end()
        for part in paragraph.divide(breaks):
            part.rstrip()
            lines.append(Text(" " * hang) + part if lines and part else part)
    return lines


def _cells(text: Text, start: int, end: int) -> int:
    return Text(text.plain[start:end]).cell_len


def _longest(*texts: Text) -> int:
    pieces = (piece[0] for text in texts for piece in _PIECE.finditer(text.plain))
    return max((Text(piece).cell_len for piece in pieces), default=0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: Text
    is_number: bool
    cells: Sequence[Text]

    @property
    def width(self) -> int:
        """As wide as its longest cell."""
        return max(cell.cell_len for cell in (self.title, *self.cells))

    @property
    def least(self) -> int:
        """How narrow it may be; numbers have no line breaks."""
        if self.is_number:
            return max(_longest(self.title), *(cell.cell_len for cell in self.cells), 0)
        return max(_longest(self.title, *self.cells), min(self.width, _NARROWEST))


@dataclass(frozen=True, slots=True)
class Table:
    """Columns that are laid out as they fit.

    Side by side; or with the texts of each row below its numbers; or each row as a list. Columns
    whose rows have nothing in common are one below the other instead.
    """

    columns: Sequence[Column]
    faint: str
    """The style of what stands below a row."""
    has_rows: bool = True
    """Whether the cells of a row belong together."""

    def lines(self, width: int) -> Iterator[Text]:
        """The lines; a column without any cell is left out."""
        columns = [each for each in self.columns if any(cell.plain for cell in each.cells)]
        if not columns:
            return
        if not (self.has_rows or _fits(columns, width)):
            yield from _one_below_the_other(columns, width)
            return
        first, *others = columns
        beside = [first, *(each for each in others if each.is_number)]
        below = [each for each in others if not each.is_number]
        if not _fits(columns, width):
            if len(beside) == 1 or not _fits(beside, width):
                beside, below = [first], others
        else:
            beside, below = columns, []
        widths = _widths(beside, width)
        yield from _row([each.title for each in beside], beside, widths, is_title=True)
        for number in range(len(first.cells)):
            yield from _row([each.cells[number] for each in beside], beside, widths)
            yield from self._below(below, number, width)

    def _below(self, columns: Sequence[Column], number: int, width: int) -> Iterator[Text]:
        named = [
            Text(" ").join(part for part in (each.title.copy(), each.cells[number]) if part)
            for each in columns
            if each.cells[number]
        ]
        if named:
            text = Text("; ").join(named)
            text.stylize_before(self.faint)
            for line in wrapped(text, width - _INDENT):
                yield Text(" " * _INDENT) + line


def _one_below_the_other(columns: Sequence[Column], width: int) -> Iterator[Text]:
    for column in columns:
        yield from wrapped(column.title, width)
        for cell in filter(None, column.cells):
            for line in wrapped(cell, width - _INDENT, _INDENT):
                yield Text(" " * _INDENT) + line


def _fits(columns: Sequence[Column], width: int) -> bool:
    return sum(each.least for each in columns) + _GAP * (len(columns) - 1) <= width


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """The widest columns give first, down to what they need."""
    widths, least = [each.width for each in columns], [each.least for each in columns]
    spare = width - _GAP * (len(columns) - 1)
    while sum(widths) > spare and widths != least:
        given = max(
            (place for place in range(len(widths)) if widths[place] > least[place]),
            key=widths.__getitem__,
        )
        widths[given] -= 1
    return widths


def _row(
    cells: Sequence[Text],
    columns: Sequence[Column],
    widths: Sequence[int],
    *,
    is_title: bool = False,
) -> Iterator[Text]:
    stacks = [wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    if is_title:
        # Titles stand on the row below them.
        height = max(map(len, stacks))
        stacks = [[Text()] * (height - len(stack)) + stack for stack in stacks]
    for parts in zip_longest(*stacks, fillvalue=Text()):
        line = Text()
        for part, column, width in zip(parts, columns, widths, strict=True):
            blank = " " * max(width - part.cell_len, 0)
            line.append_text(Text(blank) + part if column.is_number else part + Text(blank))
            line.append(" " * _GAP)
        line.rstrip()
        yield line
