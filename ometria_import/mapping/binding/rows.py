"""The columns of a table under the names that a mapping uses for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.model import (
    NUMBER,
    Criterion,
    SourceRows,
    is_blank,
    per_distinct,
    repeated,
    trimmed,
)
from ometria_import.mapping.model import LookupSource
from ometria_import.mapping.record_keys import as_key
from ometria_import.options.did_you_mean import plain

_A_NUMBER = "([0-9]{1,9})"
"""Python reads no number of thousands of digits, and no export counts so far."""


@dataclass(slots=True)
class Lookups:
    """What other rows of a file say of a row: a product names its variants, not they it.

    The file has to be read to its end before.
    """

    sources: dict[str, LookupSource]
    ignores_case: bool
    others: dict[str, dict[str, str]] = field(default_factory=dict)
    """What rows of other files of the same mapping say, where this file does not."""
    _known: dict[str, dict[str, str]] = field(default_factory=dict)

    @staticmethod
    def common(several: Iterable[Lookups]) -> dict[str, dict[str, str]]:
        """What the rows of several files say; of those that name the same row the first counts."""
        common: dict[str, dict[str, str]] = {}
        for each in several:
            for name, known in each._known.items():  # noqa: SLF001 -- its own class
                of_name = common.setdefault(name, {})
                for key, value in known.items():
                    of_name.setdefault(key, value)
        return common

    def learn(self, tables: Iterable[SourceRows]) -> None:
        """Read all rows; of several that name the same row the first counts."""
        for rows in tables:
            for name, source in self.sources.items():
                known = self._known.setdefault(name, {})
                names, given = source.names.texts(rows), rows.column(source.gives)
                if names is None or given is None:
                    continue
                for text, value in zip(names.to_pylist(), trimmed(given).to_pylist(), strict=True):
                    if text and value:
                        for each in json.loads(text) if source.is_list else [text]:
                            known.setdefault(self._key(each), value)

    def found(self, name: str, texts: Texts) -> Texts:
        """What the rows that name these ones gave; blank where no row does."""
        known, others = self._known.get(name, {}), self.others.get(name, {})

        def value(text: str) -> str:
            key = self._key(text)
            return known.get(key) or others.get(key, "")

        return per_distinct(texts, value)

    def _key(self, text: str) -> str:
        key = as_key(text.strip())
        return key.lower() if self.ignores_case else key


class HeaderNames:
    """Finds a file's columns by name, whatever their case, blanks, aliases and positions."""

    def __init__(
        self,
        header: Iterable[str],
        aliases: Mapping[str, tuple[str, ...]],
        *,
        is_exact: bool = False,
    ) -> None:
        """Take a file's columns.

        Args:
            header: Their names.
            aliases: Other names of each, in the order in which they are tried.
            is_exact: Whether the mapping was made of this very header, and calls each column as
                it is spelt there. Names that differ by case are then two columns.
        """
        self._is_exact = is_exact
        self._key = str if is_exact else plain
        self._found: dict[str, list[str]] = {}
        self.own: dict[str, str] = {}
        for column in header:
            key = self._key(column)
            self._found.setdefault(key, []).append(column)
            self.own[key] = column
        for name, others in aliases.items():
            for other in others:
                for number in self.numbers(other) if NUMBER in other else ("",):
                    key = plain(name.replace(NUMBER, number))
                    for column in self._found.get(plain(other.replace(NUMBER, number)), []):
                        known = self._found.setdefault(key, [])
                        if column not in known:
                            known.append(column)

    def find(self, name: str) -> tuple[str, ...]:
        """The columns that bear a name, the one that bears it exactly first."""
        found = self._found.get(self._key(name), [])
        return tuple(sorted(found, key=lambda column: column != name)) if found else ()

    def is_family(self, name: str) -> bool:
        """Whether a name stands for numbered columns."""
        return NUMBER in name and not self._is_exact

    def has(self, name: str) -> bool:
        """Whether some column bears it; for a family, whether one of its members is there."""
        return bool(self.numbers(name)) if self.is_family(name) else bool(self.find(name))

    def numbers(self, name: str) -> tuple[str, ...]:
        """The numbers with which a family's columns are there, in order."""
        pattern = re.compile(re.escape(plain(name)).replace(re.escape(NUMBER), _A_NUMBER, 1))
        found = {match.group(1) for key in self._found if (match := pattern.fullmatch(key))}
        return tuple(sorted(found, key=lambda number: (int(number), number)))

    def all_of(self, name: str) -> Iterator[str]:
        """Every column that a name stands for, those of a family or pattern included."""
        if "*" in name and not self._is_exact:
            yield from (column for column, _ in self.matching(name))
        for number in self.numbers(name) if self.is_family(name) else ("",):
            yield from self.find(name.replace(NUMBER, number))

    def matching(self, pattern: str) -> Iterator[tuple[str, str]]:
        """Columns that a name with * fits, each with the part that the first * stands for."""
        parts = (re.escape(part.strip()) for part in pattern.split("*"))
        fits = re.compile(r"\s*(.*?)\s*".join(parts), re.IGNORECASE | re.DOTALL)
        for column in self.own.values():
            if found := fits.fullmatch(column.strip()):
                yield column, found.group(1) if found.groups() else ""

    def has_like(self, name: str) -> bool:
        """Whether a column fits a name that may have a * in it."""
        return any(True for _ in self.matching(name)) if "*" in name else self.has(name)


@dataclass(slots=True)
class TableRows:
    """The rows of a table."""

    table: Any
    names: HeaderNames
    settings: Mapping[str, str]
    nulls: tuple[str, ...] = ()
    lookups: Lookups | None = None
    _cache: dict[str, Texts | None] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Rows."""
        return int(self.table.num_rows)

    def column(self, name: str) -> Texts | None:
        """The first cells under this name that are not blank, words for null made blank."""
        if name not in self._cache:
            self._cache[name] = self._read(name)
        return self._cache[name]

    def plain_texts(self, name: str) -> Texts | None:
        """The same cells: all of them are texts."""
        return self.column(name)

    def elements(self, array: str, where: Criterion | None = None) -> None:
        """None: a table has no arrays."""

    def is_null(self, name: str) -> list[bool]:  # noqa: ARG002 -- seam
        """Nowhere: all cells of a table are texts."""
        return [False] * self.length

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The columns whose names fit one with * in it."""
        return tuple(column for column, _ in self.names.matching(pattern))

    def looked_up(self, name: str, texts: Texts) -> Texts:
        """What other rows of the file say of the rows that these texts name."""
        return repeated("", len(texts)) if self.lookups is None else self.lookups.found(name, texts)

    def numbers(self, name: str) -> tuple[str, ...]:
        """The numbers of a family's columns."""
        return self.names.numbers(name)

    def _read(self, name: str) -> Texts | None:
        import pyarrow.compute as pc

        taken = None
        for column in self.names.find(name):
            texts = self.own(column)
            taken = texts if taken is None else pc.if_else(is_blank(taken), texts, taken)
        return taken

    def own(self, column: str) -> Texts:
        """The cells of one of the file's own columns, words for null made blank."""
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = self.table.column(column).combine_chunks()
        if not self.nulls:
            return texts
        is_null = pc.is_in(trimmed(texts), value_set=pa.array(self.nulls, pa.string()))
        return pc.if_else(is_null, "", texts)


@dataclass(slots=True)
class ItemRows:
    """Items that stand in rows: one in each, or one for each number of a family, or packed ones."""

    base: TableRows
    row_of: Any
    """The row of each item, a numpy array; never decreasing."""
    numbers: tuple[str, ...] = ()
    number_of: Any = None
    """Which of the numbers each item has."""
    parts: dict[str, Texts] | None = None
    """The parts of packed items by plain name."""
    _cache: dict[str, Texts | None] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Items."""
        return len(self.row_of)

    @property
    def settings(self) -> Mapping[str, str]:
        """Those of the rows."""
        return self.base.settings

    def column(self, name: str) -> Texts | None:
        """The part of this name, or the cells of the item's row."""
        if name not in self._cache:
            self._cache[name] = self._read(name)
        return self._cache[name]

    def plain_texts(self, name: str) -> Texts | None:
        """The same cells: all of them are texts."""
        return self.column(name)

    def elements(self, array: str, where: Criterion | None = None) -> None:
        """None: a table has no arrays."""

    def is_null(self, name: str) -> list[bool]:  # noqa: ARG002 -- seam
        """Nowhere: all cells of a table are texts."""
        return [False] * self.length

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The same as of the rows."""
        return self.base.matching(pattern)

    def looked_up(self, name: str, texts: Texts) -> Texts:
        """The same as of the rows."""
        return self.base.looked_up(name, texts)

    def _read(self, name: str) -> Texts | None:
        import pyarrow as pa

        if self.parts is not None and plain(name) in self.parts:
            return self.parts[plain(name)]
        if NUMBER in name and self.numbers:
            return self._family(name)
        texts = self.base.column(name)
        # One item in every row? The rows are in order, so counting them is enough.
        has_every_row = self.number_of is None and self.parts is None
        if texts is None or (has_every_row and self.length == self.base.length):
            return texts
        return texts.take(pa.array(self.row_of))

    def _family(self, name: str) -> Texts | None:
        import pyarrow as pa

        length = self.base.length
        columns = [self.base.column(name.replace(NUMBER, number)) for number in self.numbers]
        if all(column is None for column in columns):
            return None
        whole = pa.concat_arrays(
            [repeated("", length) if column is None else column for column in columns]
        )
        return whole.take(pa.array(self.number_of * length + self.row_of))

    def kept(self, mask: Any) -> ItemRows:
        """The items of a mask, a numpy array."""
        import pyarrow as pa

        if mask.all():
            return self
        return ItemRows(
            self.base,
            self.row_of[mask],
            self.numbers,
            None if self.number_of is None else self.number_of[mask],
            None
            if self.parts is None
            else {name: texts.filter(pa.array(mask)) for name, texts in self.parts.items()},
        )
