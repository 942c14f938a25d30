"""Which of several totals was paid, by what the amounts add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, combinations

from ometria_import.drafting.columns.matching import Fit, Level
from ometria_import.drafting.columns.profile import Column, number_of
from ometria_import.drafting.tables.tables import Reading, Table

Series = Sequence[float | None]
GRAND_TOTAL = "grand_total"
_LIKE_A_TOTAL = frozenset({"undiscounted", "discounted"})
_OF_TOTALS = frozenset(
    {"total", "amount", "gross", "price", "order", "sale", "receipt", "minor", *_LIKE_A_TOTAL}
)
_NO_TOTAL = frozenset({"amount", "filler", "order", "sale", "receipt", "price", "minor"})
_BASES = frozenset({"sub", "net"})
_PARTS = ("tax", "shipping", "discount")
_SIGN = {"tax": 1, "shipping": 1, "discount": -1}
_NEARLY_ALL = 0.95
_CENT = 0.011
_FEWEST = 2


def settle_total(
    reading: Reading, table: Table, level: Level, of_lines: Series | None = None
) -> None:
    """Leave the total open where several columns may be it, and no sum tells which.

    Args:
        reading: What the table was found to be: orders.
        table: The table.
        level: The columns that may feed fields of orders.
        of_lines: For each row what its line items add up to, where it is known.
    """
    if reading.kind != "order" or reading.each:
        return
    found = _candidates(reading, table, level)
    if len(found) < _FEWEST:
        return
    series = {fit.column.name: _series(fit.column) for fit in found}
    bases = {
        column.name: _series(column)
        for column in table.columns
        if column.words & _BASES and column.are_numbers and not column.is_blank
    }
    found = _different(_told_by_names(found), series)
    above = [fit for fit in found if not _is_any(series[fit.column.name], bases.values())]
    if above[:1] == found[:1]:  # otherwise what is called the total may be without tax, too
        found = above
    others = [*bases.values(), *([of_lines] if of_lines else [])]
    summed = [fit for fit in found if _adds_up(fit, found, series, others, reading)]
    if len(summed) == 1 or len(found) == 1:
        fit = (summed or found)[0]
        reading.fields[GRAND_TOTAL], reading.totals = Fit(GRAND_TOTAL, fit.column, fit.rank), []
    elif found:
        reading.fields.pop(GRAND_TOTAL, None)
        reading.totals = [fit.column for fit in found]


def sums_of_lines(orders: Column, keys: Column, lines: Reading) -> Series | None:
    """For each order the sum of its line items; None where their amounts are not known."""
    amounts = _amounts(lines)
    if amounts is None:
        return None
    sums: dict[str, float | None] = {}
    for key, amount in zip(keys.texts, amounts, strict=True):
        before = sums.get(key.strip(), 0.0)
        sums[key.strip()] = None if amount is None or before is None else before + amount
    return [sums.get(text.strip()) for text in orders.texts]


def _amounts(lines: Reading) -> Series | None:
    """What each line costs."""
    of_line = lines.items.get("total") or lines.items.get("subtotal")
    if of_line is not None:
        return _series(of_line.column)
    price, quantity = (lines.items.get(each) for each in ("unit_price", "quantity"))
    if price is None or quantity is None:
        return None
    pairs = zip(_series(price.column), _series(quantity.column), strict=True)
    return [None if a is None or b is None else a * b for a, b in pairs]


def _candidates(reading: Reading, table: Table, level: Level) -> list[Fit]:
    """The columns that may be the total, the one that its name speaks for most first."""
    used = {fit.column.name for path, fit in reading.fields.items() if path != GRAND_TOTAL}
    used |= {fit.column.name for fit in reading.items.values()} | reading.of_lines
    fits = {fit.column.name: fit for fit in level.fits.get(GRAND_TOTAL, ())}
    for column in table.columns:
        meanings = column.meanings
        if (
            column.words & _LIKE_A_TOTAL
            and all(each & _OF_TOTALS for each in meanings)
            and column.are_numbers
        ):
            fits.setdefault(column.name, Fit(GRAND_TOTAL, column, len(fits)))
    return [
        fit
        for name, fit in fits.items()
        if name not in used and not fit.column.is_blank and "base" not in fit.column.words
    ]


def _told_by_names(found: Sequence[Fit]) -> list[Fit]:
    """Without an `Amount` beside an `Amount including VAT`, or beside a `Total`."""
    gross = [fit.column.words - {"gross"} for fit in found if "gross" in fit.column.words]
    kept = [fit for fit in found if fit.column.words not in gross]
    if any("total" in fit.column.words for fit in kept):
        kept = [fit for fit in kept if fit.column.words - _NO_TOTAL]
    return kept


def _different(found: Iterable[Fit], series: dict[str, Series]) -> list[Fit]:
    """Without those that say the same as another one."""
    kept: list[Fit] = []
    for fit in found:
        if not _is_any(series[fit.column.name], [series[each.column.name] for each in kept]):
            kept.append(fit)
    return kept


def _is_any(mine: Series, others: Iterable[Series]) -> bool:
    return any(_same(mine, other) for other in others)


def _adds_up(
    fit: Fit,
    found: Sequence[Fit],
    series: dict[str, Series],
    bases: Iterable[Series],
    reading: Reading,
) -> bool:
    """Whether an amount is another one with tax and shipping, less discounts.

    What is itself a part of such a sum is not the last word, so that it does not add up here.
    """
    mine = series[fit.column.name]
    others = [series[each.column.name] for each in found if each is not fit]
    parts = _parts(reading)
    is_sum = any(_is_sum(mine, base, parts) for base in [*bases, *others])
    return is_sum and not any(_is_sum(other, mine, parts) for other in others)


def _parts(reading: Reading) -> list[Series]:
    found: list[Series] = []
    for path in _PARTS:
        if path in reading.fields:
            sign = _SIGN[path]
            series = _series(reading.fields[path].column)
            amounts = [(abs(each) if sign < 0 else each) * sign if each else 0.0 for each in series]
            if any(amounts):
                found.append(amounts)
    return found


def _is_sum(mine: Series, base: Series, parts: Sequence[Series]) -> bool:
    choices = chain.from_iterable(combinations(parts, n) for n in range(1, len(parts) + 1))
    return any(
        _same(
            mine,
            [
                None if first is None else first + sum(each or 0 for each in others)
                for first, *others in zip(base, *chosen, strict=True)
            ],
        )
        for chosen in choices
    )


def _same(mine: Series, other: Series) -> bool:
    """Whether nearly all rows say the same, and some say anything."""
    pairs = [(a, b) for a, b in zip(mine, other, strict=True) if a is not None and b is not None]
    return bool(pairs) and sum(abs(a - b) < _CENT for a, b in pairs) >= _NEARLY_ALL * len(pairs)


def _series(column: Column) -> Series:
    return [number_of(text) if text.strip() else None for text in column.texts]
