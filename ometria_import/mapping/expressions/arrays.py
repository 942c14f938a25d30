"""Origins in arrays of JSON: one of the elements, all of them, the sum of their numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.model import (
    ELEMENTS,
    STRUCTURE,
    Elements,
    Expression,
    Origin,
    SourceRows,
)
from ometria_import.mapping.expressions.origins import Column, Lookup, Template, Word
from ometria_import.options.choices import DecimalSign
from ometria_import.schema.field_types import Conventions
from ometria_import.schema.field_types.money import money_type

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PARSE = money_type(Conventions(decimal_sign=DecimalSign.POINT)).parse
_OPEN_DIGITS = 3
"""After a mark, so many digits may be thousands as well."""


def array_of(name: str) -> str:
    """The array in which the innermost element of a name stands; blank where it names none.

    `refunds[].lines[].id` is in `refunds[].lines`. `tags[]`, an element that is a value itself,
    is in `tags[]`: the mark at the end tells that the elements are no objects.
    """
    if name.endswith(ELEMENTS):
        return name
    array, mark, _ = name.rpartition(f"{ELEMENTS}.")
    return array if mark else ""


@dataclass(frozen=True, slots=True)
class ArrayOrigin(Origin):
    """A source in the elements of an array, or in those for which a condition holds."""

    name: str
    """Of the value in each element: `shipping_lines[].title`."""
    where: Condition | None = None

    def columns(self) -> Iterator[str]:
        """The value, and what the condition looks at."""
        yield self.name
        if self.where is not None:
            yield from self.where.columns()

    def value_columns(self) -> Iterator[str]:
        """The value alone."""
        yield self.name

    def _found(self, rows: SourceRows) -> Elements | None:
        found = rows.elements(array_of(self.name), self.where)
        return found if found is not None and found.length else None


class ValuedElements(Elements, Protocol):
    """Elements that know their values as JSON has them."""

    def values(self, name: str) -> list[Any]:
        """The values of a name; None where there is none."""
        ...


class ValuedRows(Protocol):
    """Rows of such elements."""

    @property
    def length(self) -> int:
        """How many there are."""
        ...

    def elements(self, array: str, where: Condition | None = None) -> ValuedElements:
        """The elements of an array."""
        ...


@dataclass(frozen=True, slots=True)
class OneElement(ArrayOrigin):
    """The value of one element."""

    at: int = 0
    """Which of them, from 0; the last is -1."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """Blank where there are not so many elements."""
        import pyarrow as pa
        import pyarrow.compute as pc

        found = self._found(rows)
        texts = None if found is None else found.column(self.name)
        if found is None or texts is None:
            return None
        places = self._places(found, rows.length)
        return pc.fill_null(texts.take(pa.array(places, mask=places < 0)), "")

    def values(self, rows: ValuedRows) -> list[Any]:
        """The same as JSON has them; None where there are not so many elements."""
        found = rows.elements(array_of(self.name), self.where)
        if not found.length:
            return [None] * rows.length
        values = found.values(self.name)
        places = self._places(found, rows.length)
        return [None if place < 0 else values[place] for place in places.tolist()]

    def _places(self, found: Elements, length: int) -> npt.NDArray[np.int64]:
        """Which of the elements each entry takes; -1 for none."""
        import numpy as np

        entries, starts, counts = np.unique(found.row_of, return_index=True, return_counts=True)
        position = counts + self.at if self.at < 0 else np.full(len(counts), self.at)
        is_there = position < counts
        places = np.full(length, -1, np.int64)
        places[entries[is_there]] = (starts + position)[is_there]
        return places


@dataclass(frozen=True, slots=True)
class AllElements(ArrayOrigin):
    """The values of all elements as a JSON list, each changed by the steps of the source.

    An object or a list among them is handed on instead, so that the field reports it.
    """

    source: Expression = field(kw_only=True)

    def texts(self, rows: SourceRows) -> Texts | None:
        """Blank where no element says anything."""
        import pyarrow as pa

        found = self._found(rows)
        texts = None if found is None else self.source.texts(found)
        if found is None or texts is None:
            return None
        lists: list[list[str]] = [[] for _ in range(rows.length)]
        odd: dict[int, str] = {}
        for entry, text in zip(found.row_of.tolist(), texts.to_pylist(), strict=True):
            if text.startswith(STRUCTURE):
                odd[entry] = text
            elif text.strip():
                lists[entry].append(text)
        written = [_ENCODER.encode(each) if each else "" for each in lists]
        for entry, text in odd.items():
            written[entry] = text
        return pa.array(written, pa.string())


@dataclass(frozen=True, slots=True)
class Sum(ArrayOrigin):
    """The exact sum of the numbers in all elements.

    A text that is no number is handed on instead, so that the field reports it.
    """

    def texts(self, rows: SourceRows) -> Texts | None:
        """Blank where no element has a number."""
        import pyarrow as pa

        found = self._found(rows)
        texts = None if found is None else found.column(self.name)
        if found is None or texts is None:
            return None
        sums: dict[int, Decimal] = {}
        odd: dict[int, str] = {}
        numbers: dict[str, Decimal | None] = {"": None}
        for entry, said in zip(found.row_of.tolist(), texts.to_pylist(), strict=True):
            text = said.strip()
            if text not in numbers:
                parsed = _PARSE(text)
                numbers[text] = Decimal(parsed) if isinstance(parsed, str) else None
            number = numbers[text]
            if number is not None:
                sums[entry] = sums.get(entry, Decimal()) + number
            elif text:
                odd.setdefault(entry, text)
        written = {entry: _written(number) for entry, number in sums.items()} | odd
        return pa.array([written.get(entry, "") for entry in range(rows.length)], pa.string())


def _written(number: Decimal) -> str:
    """The number so that no convention can take its decimal point for anything else."""
    exponent = number.as_tuple().exponent
    return f"{number:f}0" if exponent == -_OPEN_DIGITS else f"{number:f}"


def array_origins(what: Any) -> Iterator[ArrayOrigin]:
    """All origins in arrays within an expression."""
    if isinstance(what, ArrayOrigin):
        yield what
    yield from (found for each in _within(what) for found in array_origins(each))


def asks_for_null(what: Any) -> bool:
    """Whether a condition within it asks for null, which only JSON has."""
    return (isinstance(what, Condition) and bool(what.null)) or any(
        asks_for_null(each) for each in _within(what)
    )


def _within(what: Any) -> Iterator[Any]:
    """The parts of an expression."""
    if isinstance(what, tuple):
        yield from what
    elif is_dataclass(what) and not isinstance(what, type):
        yield from (getattr(what, each.name) for each in fields(what))


def loose_names(what: Any) -> Iterator[str]:
    """The names that an expression or a condition looks at outside of array origins."""
    match what:
        case ArrayOrigin():
            return
        case Template(_, names, sources):
            yield from names
            yield from loose_names(sources)
        case Column() | Word() | Lookup() | Condition():
            yield from what.columns()
        case _:
            for each in _within(what):
                yield from loose_names(each)
