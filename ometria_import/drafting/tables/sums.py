"""Amounts of tables as series of numbers, and whether one is the sum of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from typing import NamedTuple

from ometria_import.drafting.columns.matching import Fit
from ometria_import.drafting.columns.profile import Column, number_of
from ometria_import.drafting.tables.tables import Reading, Table

Series = Sequence[float | None]
PARTS = ("tax", "shipping", "discount")
_SIGN = {"tax": 1, "shipping": 1, "discount": -1}
_OF_LINES = frozenset({"total", "subtotal", "unit_price", "quantity", "discount", "tax"})
_NEARLY_ALL = 0.95
_CENT = 0.011
_CENTS = 100


class Lines(NamedTuple):
    """The line items of a table's orders, wherever they stand."""

    reading: Reading
    """The reading whose `items` they are."""
    columns: Sequence[Column]
    owners: Sequence[str]
    """For each line item the key of its order."""
    orders: Sequence[str]
    """The keys of the orders, in the order of their table's rows."""

    def sums(self, items: Mapping[str, Fit]) -> list[Series]:
        """For each order what its line items add up to, in every way to read them."""
        return [self._sum(amounts) for amounts in _amounts(items)]

    def _sum(self, amounts: Series) -> Series:
        sums: dict[str, float | None] = {}
        for key, amount in zip(self.owners, amounts, strict=True):
            before = sums.get(key, 0.0)
            sums[key] = None if amount is None or before is None else before + amount
        return [sums.get(key) for key in self.orders]


def lines_within(reading: Reading, table: Table) -> Lines | None:
    """The line items that the rows or objects of a table hold themselves; None without any."""
    if reading.each:
        elements = table.arrays[reading.each]
        rows = [str(number) for number in range(len(table.columns[0].texts))]
        return Lines(reading, elements.columns, elements.owners, rows)
    key = table.column(reading.group_by)
    if key is None or not reading.items:
        return None
    keys, last = list[str](), ""
    for text in key.texts:
        last = text.strip() or (last if reading.fills_down else "")
        keys.append(last)
    return Lines(reading, table.columns, keys, keys)


def series_of(column: Column) -> Series:
    """The amounts of a column in whole units."""
    scale = _CENTS if "minor" in column.words else 1
    found = (number_of(text) if text.strip() else None for text in column.texts)
    return [None if each is None else each / scale for each in found]


def parts_of(fields: Mapping[str, Fit]) -> list[Series]:
    """Tax, shipping and discounts, as they are added to a total."""
    found: list[Series] = []
    for path in PARTS:
        if path in fields:
            sign = _SIGN[path]
            series = series_of(fields[path].column)
            amounts = [(abs(each) if sign < 0 else each) * sign if each else 0.0 for each in series]
            if any(amounts):
                found.append(amounts)
    return found


def is_sum(mine: Series, base: Series, parts: Sequence[Series]) -> bool:
    """Whether amounts are the others plus or minus some of the parts."""
    choices = chain.from_iterable(combinations(parts, n) for n in range(1, len(parts) + 1))
    return any(
        are_same(
            mine,
            [
                None if first is None else first + sum(each or 0 for each in others)
                for first, *others in zip(base, *chosen, strict=True)
            ],
        )
        for chosen in choices
    )


def are_same(mine: Series, other: Series) -> bool:
    """Whether nearly all rows say the same, and some say anything."""
    pairs = [(a, b) for a, b in zip(mine, other, strict=True) if a is not None and b is not None]
    return bool(pairs) and sum(abs(a - b) < _CENT for a, b in pairs) >= _NEARLY_ALL * len(pairs)


def is_any(mine: Series, others: Iterable[Series]) -> bool:
    """Whether amounts are the same as some others."""
    return any(are_same(mine, other) for other in others)


def _amounts(items: Mapping[str, Fit]) -> Iterator[Series]:
    """What each line costs: by each of its amounts, with and without its discount and its tax."""
    series = {path: series_of(fit.column) for path, fit in items.items() if path in _OF_LINES}
    bases = [series[path] for path in ("total", "subtotal") if path in series]
    if "unit_price" in series and "quantity" in series:
        bases.append(_joined(series["unit_price"], series["quantity"], lambda a, b: a * b))
    for base in bases:
        yield base
        if "discount" in series:
            yield _joined(base, series["discount"], lambda a, b: a - abs(b))
        if "tax" in series:
            yield _joined(base, series["tax"], lambda a, b: a + b)


def _joined(first: Series, second: Series, join: Callable[[float, float], float]) -> Series:
    pairs = zip(first, second, strict=True)
    return [None if a is None or b is None else join(a, b) for a, b in pairs]
