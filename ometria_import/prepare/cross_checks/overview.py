"""The table of orders and revenue by year or month and currency, exact to the last digit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ometria_import.prepare.cross_checks.model import Sales
from ometria_import.prepare.records.line_totals import EXACT_PLACES

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ["period", "currency", "is_valid"]
_LIMBS = ["limb0", "limb1", "limb2", "limb3"]
"""The 32-bit digits of amounts, low before high: their sums fit into 64 bits."""
_LIMB_BITS = 32
_LIMB = np.int64((1 << _LIMB_BITS) - 1)
_EXACT = Context(prec=80)
_CENTS = Decimal("0.01")


class SalesTable:
    """Sums of orders, part by part."""

    def __init__(self) -> None:
        self._sums: list[pd.DataFrame] = []

    def add(self, orders: npt.NDArray[Any]) -> None:
        """Take orders: fields `period`, `currency`, `is_valid`, `low` and `high`."""
        import pandas as pd

        low, high = orders["low"], orders["high"]
        frame = pd.DataFrame(
            {
                **{name: orders[name] for name in _KEYS},
                "orders": np.ones(len(orders), np.int64),
                "limb0": low & _LIMB,
                "limb1": (low >> _LIMB_BITS) & _LIMB,
                "limb2": high & _LIMB,
                "limb3": high >> _LIMB_BITS,
            }
        )
        self._sums.append(frame.groupby(_KEYS, as_index=False).sum())

    def rows(self, periods: Sequence[str], currencies: Sequence[str]) -> tuple[Sales, ...]:
        """The table, sorted.

        Args:
            periods: The name of each period by its number.
            currencies: The code of each currency by its number.
        """
        found: dict[tuple[str, str], dict[bool, tuple[int, Decimal]]] = {}
        for period, currency, is_valid, count, amount in self._summed():
            key = periods[period], currencies[currency]
            found.setdefault(key, {})[bool(is_valid)] = count, amount
        none = 0, Decimal(0)
        return tuple(
            Sales(*key, *sums.get(True, none), *sums.get(False, none))
            for key, sums in sorted(found.items())
        )

    def _summed(self) -> Iterator[tuple[int, int, int, int, Decimal]]:
        import pandas as pd

        if not self._sums:
            return
        summed = pd.concat(self._sums).groupby(_KEYS, as_index=False).sum()
        columns = [summed[name].tolist() for name in (*_KEYS, "orders", *_LIMBS)]
        for period, currency, is_valid, count, *limbs in zip(*columns, strict=True):
            units = sum(limb << (_LIMB_BITS * place) for place, limb in enumerate(limbs))
            yield period, currency, is_valid, count, _amount(units)


def _amount(units: int) -> Decimal:
    """An amount with two places, or with all that it has."""
    exact = Decimal(units).scaleb(-EXACT_PLACES, _EXACT)
    rounded = exact.quantize(_CENTS, context=_EXACT)
    return rounded if rounded == exact else exact.normalize(_EXACT)
