"""The table of orders and revenue by year or month and currency, exact to the last digit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Context, Decimal

import numpy as np
import pyarrow as pa

from ometria_import.prepare.cross_checks.model import Sales
from ometria_import.prepare.records.line_totals import EXACT, EXACT_PLACES
from ometria_import.sources.arrays import Entries, Table

_KEYS = ["period", "currency", "is_valid"]
_SUMMED = ["orders", "amount"]
_WIDE = pa.decimal256(76, EXACT_PLACES)
"""Amounts may fill all 38 digits of a decimal, so their sums need a wider type."""
_EXACT = Context(prec=80)
_CENTS = Decimal("0.01")
_NOTHING = Decimal(0)


class SalesTable:
    """Sums of orders by period and currency, accumulated part by part."""

    def __init__(self) -> None:
        self._sums: list[Table] = []

    def add(self, orders: Entries) -> None:
        """Add orders with the fields `period`, `currency`, `is_valid`, `low` and `high`."""
        # Arrow stores a decimal as two 64-bit words, low word first; they were split that way.
        words = pa.py_buffer(np.column_stack((orders["low"], orders["high"])).tobytes())
        amounts = pa.Decimal128Array.from_buffers(EXACT, len(orders), [None, words])
        columns = {name: orders[name].copy() for name in _KEYS}
        counts = np.ones(len(orders), np.int64)
        table = pa.table({**columns, "orders": counts, "amount": amounts.cast(_WIDE)})
        self._sums.append(_summed(table))

    def rows(self, periods: Sequence[str], currencies: Sequence[str]) -> tuple[Sales, ...]:
        """The table, sorted.

        Args:
            periods: The name of the period of each number; several may be of one name.
            currencies: The code of each currency by its number.
        """
        orders: Counter[tuple[str, str, bool]] = Counter()
        amounts: dict[tuple[str, str, bool], Decimal] = {}
        for each in _summed(pa.concat_tables(self._sums)).to_pylist() if self._sums else ():
            # Several months are one year.
            key = periods[each["period"]], currencies[each["currency"]], bool(each["is_valid"])
            orders[key] += each["orders"]
            amounts[key] = _EXACT.add(amounts.get(key, _NOTHING), each["amount"])
        return tuple(
            Sales(
                period,
                currency,
                orders[period, currency, True],
                _rounded(amounts.get((period, currency, True), _NOTHING)),
                orders[period, currency, False],
                _rounded(amounts.get((period, currency, False), _NOTHING)),
            )
            for period, currency in sorted({key[:2] for key in amounts})
        )


def _summed(table: Table) -> Table:
    sums = table.group_by(_KEYS, use_threads=False).aggregate([(name, "sum") for name in _SUMMED])
    summed: Table = sums.select([*_KEYS, *(f"{name}_sum" for name in _SUMMED)])
    return summed.rename_columns([*_KEYS, *_SUMMED])


def _rounded(exact: Decimal) -> Decimal:
    """An amount with two decimal places, or more if it has more."""
    rounded = exact.quantize(_CENTS, context=_EXACT)
    return rounded if rounded == exact else exact.normalize(_EXACT)
