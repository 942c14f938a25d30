"""Which of several totals was paid, by what the amounts add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ometria_import.drafting.columns.evidence import is_private
from ometria_import.drafting.columns.matching import Fit, Level
from ometria_import.drafting.tables.sums import Lines, Series, is_any, is_sum, parts_of, series_of
from ometria_import.drafting.tables.tables import Reading, Table

GRAND_TOTAL = "grand_total"
_LIKE_A_TOTAL = frozenset({"undiscounted", "discounted"})
_OF_TOTALS = frozenset(
    {"total", "amount", "gross", "price", "order", "sale", "receipt", "minor", *_LIKE_A_TOTAL}
)
_NO_TOTAL = frozenset({"amount", "filler", "order", "sale", "receipt", "price", "minor"})
_BASES = frozenset({"sub", "net"})
_FEWEST = 2


def settle_total(reading: Reading, table: Table, level: Level, lines: Lines | None = None) -> None:
    """Leave the total open if several columns may be it and no sum tells which.

    Args:
        reading: What the table was found to be: orders.
        table: The table.
        level: The columns that may feed fields of orders.
        lines: The line items of the orders, where they are known.
    """
    if reading.kind != "order":
        return
    found = _told_by_names(_candidates(reading, table, level))
    parts = parts_of(reading.fields)
    bases = {
        column.name: series_of(column)
        for column in table.columns
        if column.words & _BASES
        and column.are_numbers
        and not column.is_blank
        and "[]." not in column.name
    }
    unnamed = _sums_without_a_name(found, reading, table, parts, bases)
    found += unnamed
    if len(found) < _FEWEST:
        return
    series = {fit.column.name: series_of(fit.column) for fit in found}
    found = _different(found, series)
    above = [fit for fit in found if not is_any(series[fit.column.name], bases.values())]
    if above[:1] == found[:1]:  # otherwise what is called the total may be without tax, too
        found = above
    others = [*bases.values(), *(lines.sums(lines.reading.items) if lines else [])]
    summed = [fit for fit in found if _adds_up(fit, found, series, others, parts)]
    if any(fit in unnamed for fit in summed):
        summed = []  # a sum alone makes no total of a column whose name does not say so
    if len(summed) == 1 or len(found) == 1:
        fit = (summed or found)[0]
        reading.fields[GRAND_TOTAL], reading.totals = Fit(GRAND_TOTAL, fit.column, fit.rank), []
    elif found:
        reading.fields.pop(GRAND_TOTAL, None)
        reading.totals = [fit.column for fit in found]


def _sums_without_a_name(
    found: Sequence[Fit],
    reading: Reading,
    table: Table,
    parts: Sequence[Series],
    bases: Mapping[str, Series],
) -> list[Fit]:
    """Unknown columns that equal a total plus tax or shipping, less a discount."""
    fits = (*reading.fields.values(), *reading.items.values(), *found)
    used = {*bases, *reading.of_lines, *(fit.column.name for fit in fits)}
    totals = [series_of(fit.column) for fit in found]
    sums = []
    for column in table.columns if parts and totals else ():
        if column.name in used or column.is_blank or "[]." in column.name:
            continue
        if not column.are_numbers or "base" in column.words or is_private(column):
            continue
        mine = series_of(column)
        if not is_any(mine, totals) and any(is_sum(mine, each, parts) for each in totals):
            sums.append(Fit(GRAND_TOTAL, column, len(totals)))
    return sums


def _candidates(reading: Reading, table: Table, level: Level) -> list[Fit]:
    """The columns that may be the total, the one that its name speaks for most first."""
    used = {fit.column.name for path, fit in reading.fields.items() if path != GRAND_TOTAL}
    used |= {fit.column.name for fit in reading.items.values()} | reading.of_lines
    fits = {fit.column.name: fit for fit in level.fits.get(GRAND_TOTAL, ())}
    for column in table.columns:
        meanings = column.meanings
        if (
            column.words & _LIKE_A_TOTAL
            and "[]." not in column.name
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
        if not is_any(series[fit.column.name], [series[each.column.name] for each in kept]):
            kept.append(fit)
    return kept


def _adds_up(
    fit: Fit,
    found: Sequence[Fit],
    series: dict[str, Series],
    bases: Iterable[Series],
    parts: Sequence[Series],
) -> bool:
    """Whether an amount is another one with tax and shipping, less discounts.

    What is itself a part of such a sum is not the last word, so that it does not add up here.
    """
    mine = series[fit.column.name]
    others = [series[each.column.name] for each in found if each is not fit]
    is_sum_itself = any(is_sum(mine, base, parts) for base in [*bases, *others])
    return is_sum_itself and not any(is_sum(other, mine, parts) for other in others)
