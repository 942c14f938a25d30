"""A file as a table, and what it was found to be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ometria_import.drafting.columns.matching import Fit
from ometria_import.drafting.columns.names import words_in
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.objects import Elements

LINES = "lineitem"
"""Rows that are line items of the orders in another file."""
_FOLDER = re.compile(r"[/\\]|\.zip!", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A file as a table: its name, and its columns with their first values."""

    name: str
    """The file's path or name; no other table that is read with it has the same."""
    columns: Sequence[Column]
    arrays: Mapping[str, Elements] = field(default_factory=dict)
    """The elements of the arrays of objects, where the file is JSON."""

    @property
    def file_name(self) -> str:
        """The file's own name: what its folder or archive is called says nothing of its rows."""
        return _FOLDER.split(self.name)[-1]

    @property
    def stem(self) -> str:
        """The file's own name without what stands behind its last dot."""
        return self.file_name.rpartition(".")[0] or self.file_name

    @property
    def words(self) -> frozenset[str]:
        """What the words of the file's name mean."""
        return words_in(self.stem)

    def column(self, name: str) -> Column | None:
        """The column of a name."""
        return next((each for each in self.columns if each.name == name), None)


@dataclass
class Reading:
    """What a table was found to be."""

    kind: str
    """An object type, `lineitem`, or empty where its rows are nothing of Ometria's."""
    fields: dict[str, Fit] = field(default_factory=dict)
    """The columns that say fields; `name` and `customer.name` are whole names, to be cut."""
    items: dict[str, Fit] = field(default_factory=dict)
    group_by: str = ""
    fills_down: bool = False
    """Whether a row without the key belongs to the record of the row above."""
    of_lines: frozenset[str] = frozenset()
    """Columns that differ within an order, in a table that has its lines, too."""
    each: str = ""
    """The array whose elements are the items, where the file is JSON."""
    in_doubt: dict[str, Fit] = field(default_factory=dict)
    """Amounts that may be in cents or in whole units, and nothing tells which; those of line items
    by their full path."""
    totals: list[Column] = field(default_factory=list)
    """Columns of which each may be the total that was paid, and nothing tells which."""
    answers: dict[str, str] = field(default_factory=dict)
    """What a person said, by the keys of the questions."""
    clock: Column | None = None
    """The time of the day that belongs to the date of an order or event."""
