"""Which row of a table is its header, and what it calls the columns."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ometria_import.errors import SourceError
from ometria_import.problems import shorten
from ometria_import.problems.invisible_text import has_invisible, without_invisible

MAX_COLUMNS = 2_000

_IN_LINES = (",", ";", "\t", "|")
"""What separates the cells of a line that stands in one cell."""

_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_MIN_COLUMNS = 3
"""In narrower tables a title cannot be told from a row."""
_LIKE_VALUE = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*|\d.*T\d.*|.*@.*", re.DOTALL)
"""Numbers, dates and email addresses: what a table has in its rows, and never as a name."""

Cells = Sequence[str]


def find_header(rows: Sequence[Cells]) -> int:
    """Which of the first rows is the header, where there are titles above it; 0 if in doubt.

    A title fills less than half of the columns. What follows the titles is the header only if
    it looks like names, one of its columns looks like values all the way down, and nine of ten
    rows under it are as wide.
    """
    widths = Counter(map(len, rows))
    columns = max(widths, key=lambda width: (widths[width], width), default=0)
    if columns < _MIN_COLUMNS:
        return 0
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    found = next((at for at, count in enumerate(filled) if count * 2 >= columns), 0)
    return found if found and _is_header(rows[found], rows[found + 1 :], columns) else 0


def _is_header(row: Cells, below: Sequence[Cells], columns: int) -> bool:
    names = [cell.strip() for cell in row if cell.strip()]
    fitting = [other for other in below if len(other) == columns]
    is_wide_enough = len(row) == columns and bool(fitting)
    if not is_wide_enough or len(fitting) * 10 < len(below) * 9:
        return False
    has_names = len(set(names)) == len(names) and not any(map(_LIKE_VALUE.fullmatch, names))
    return has_names and any(_holds_values(column) for column in zip(*fitting, strict=True))


def _holds_values(column: Cells) -> bool:
    texts = [cell for cell in column if cell.strip()]
    return bool(texts) and all(map(_LIKE_VALUE.fullmatch, texts))


def count_columns(header: Cells, below: Sequence[Cells]) -> int:
    """How many columns a table has once those are gone that end it and are empty throughout."""
    used = [len(row) - _blank_at_end(row) for row in (header, *below)]
    return min(max(used), len(header)) or len(header)


def _blank_at_end(row: Cells) -> int:
    return next((at for at, cell in enumerate(reversed(row)) if cell.strip()), len(row))


def name_of(cell: str, number: int) -> str:
    """The name of the column with this number, in one line and of what can be seen only."""
    seen = " ".join(without_invisible(cell).split())
    formula = _TEXT_FORMULA.fullmatch(seen)
    name = formula.group(1).replace('""', '"').strip() if formula else seen
    return name or f"column {number}"


def names_with_invisible(cells: Cells) -> tuple[str, ...]:
    """The names of the columns whose header cells hold characters that nobody sees."""
    return tuple(
        name_of(cell, number) for number, cell in enumerate(cells, start=1) if has_invisible(cell)
    )


def refuse_lines_in_cells(path: Path, header: str, below: Sequence[str]) -> None:
    """Refuse a table of one column in which each cell is a whole line of another table.

    Raises:
        SourceError: it is one.
    """
    for delimiter in _IN_LINES:
        if delimiter in header and below and all(delimiter in text for text in below):
            raise SourceError(
                f"{path}: each line is a single quoted cell, starting with the header "
                f"{shorten(header)!r}: it is a CSV file inside a CSV file",
                hint="Export it again as plain CSV. Or open it in a spreadsheet, which shows "
                "one column, save that column as text, and give the text file a name that "
                "ends in .csv.",
            )


class RepeatedName(NamedTuple):
    """A column whose name another one has already."""

    name: str
    first: int
    """The number of the first column of this name."""
    number: int
    """Its own."""
    called: str
    """What it is called to be told from the others: `Delivery country (2)`."""


def repeated_names(cells: Cells) -> tuple[RepeatedName, ...]:
    """The columns of a header whose names others have already."""
    names = [name_of(cell, number) for number, cell in enumerate(cells, start=1)]
    taken = set(names)
    first_at: dict[str, int] = {}
    found = []
    for number, name in enumerate(names, start=1):
        first = first_at.setdefault(name, number)
        if first == number:
            continue
        tries = (f"{name} ({count})" for count in itertools.count(2))
        called = next(each for each in tries if each not in taken)
        taken.add(called)
        found.append(RepeatedName(name, first, number, called))
    return tuple(found)


def name_columns(path: Path, cells: Cells) -> tuple[str, ...]:
    """The names of the columns; one without a name is called by its place.

    The second of two with one name has a number behind it, as `repeated_names` says.

    Raises:
        SourceError: there are too many of them.
    """
    if len(cells) > MAX_COLUMNS:
        raise SourceError(
            f"{path} has {len(cells):,} columns, but at most {MAX_COLUMNS:,} can be read",
            hint="Is it the right file, and is --delimiter right?",
        )
    names = [name_of(cell, number) for number, cell in enumerate(cells, start=1)]
    for each in repeated_names(cells):
        names[each.number - 1] = each.called
    return tuple(names)


def refuse_repeated_names(path: Path, cells: Cells) -> None:
    """Refuse two columns of one name, where whoever wrote them can as well name them.

    Raises:
        SourceError: there are two.
    """
    if found := repeated_names(cells):
        raise SourceError(two_of_one_name(path, found[0]), hint=WHICH_IS_MEANT)


def two_of_one_name(path: Path, found: RepeatedName) -> str:
    """What messages say of two columns of one name."""
    return f"{path} has two columns named {shorten(found.name)!r}: {found.first} and {found.number}"


WHICH_IS_MEANT = "Rename or remove one of them: it is impossible to tell which one is meant."
