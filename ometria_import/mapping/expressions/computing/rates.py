"""Rates of exchange by currency and day, from a file of the user's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ometria_import.errors import MappingError
from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.computing.combined import Combined
from ometria_import.mapping.expressions.model import (
    SourceRows,
    is_blank,
    per_distinct,
    repeated,
    trimmed,
)
from ometria_import.mapping.expressions.origins import Braced
from ometria_import.options.choices import DateOrder
from ometria_import.problems import shorten
from ometria_import.schema.field_types.formulas import literal, unknown
from ometria_import.schema.field_types.moments import Clock, Day, read_written, resolve_day

_BETWEEN = "\x1f"

Moment = tuple[Day, Clock]
"""As it is written, without its zone."""


@dataclass(slots=True)
class Rates:
    """What one unit of each currency is worth, from some moments on."""

    since: dict[str, list[Moment]] = field(default_factory=dict)
    """For each currency in capitals, in order."""
    rates: dict[str, list[Decimal]] = field(default_factory=dict)
    """Those from these moments on."""

    def at(self, currency: str, moment: Moment) -> Decimal | None:
        """The last rate that is not later than a moment; None where there is none."""
        since = self.since.get(currency.upper(), [])
        place = bisect_right(since, moment)
        return self.rates[currency.upper()][place - 1] if place else None


@dataclass(frozen=True, slots=True)
class RateOf(Combined):
    """The rate of the currency in one source on the day in another."""

    name: str
    """Of the rates, for messages."""
    rates: Callable[[Mapping[str, str]], Rates]
    """Gives the rates for the user's settings."""
    order: Braced
    """How the days are written, where that is said."""
    ask: Callable[[str], MappingError]
    """The error for a day that may be two."""

    def texts(self, rows: SourceRows) -> Texts | None:
        """Formulas: the rate, or why it is not known. Blank where neither source says anything."""
        import pyarrow.compute as pc

        found = [each.texts(rows) for each in self.parts]
        if all(each is None for each in found):
            return None
        currency, moment = (
            repeated("", rows.length) if each is None else trimmed(each) for each in found
        )
        rates = self.rates(rows.settings)
        order = self.order.filled(rows.settings)

        def rate(pair: str) -> str:
            code, _, text = pair.partition(_BETWEEN)
            return self._formula(
                rates, code, text, DateOrder(order) if order in set(DateOrder) else None
            )

        formulas = per_distinct(pc.binary_join_element_wise(currency, moment, _BETWEEN), rate)
        return pc.if_else(pc.and_(is_blank(currency), is_blank(moment)), "", formulas)

    def _formula(self, rates: Rates, currency: str, text: str, order: DateOrder | None) -> str:
        if not (currency and text):
            what = "date" if currency else "currency"
            return unknown(f"its rate in {self.name} is not known, because its {what} is blank")
        moment = moment_of(text, order)
        if moment is None:
            raise self.ask(text)
        if isinstance(moment, str):
            return unknown(f"its rate in {self.name} is not known: '{shorten(text)}' {moment}")
        found = rates.at(currency, moment)
        if found is None:
            words = f"{self.name} has no rate of '{shorten(currency)}' on or before"
            return unknown(f"{words} '{shorten(text)}'")
        return literal(found)


def moment_of(text: str, order: DateOrder | None) -> Moment | str | None:
    """The moment that a text says, or why it says none; None where its order is open."""
    written = read_written(text.strip())
    if written is None:
        return "is not a date"
    if order is None and written.needs_order:
        return None
    day = resolve_day(written, order)
    return day if isinstance(day, str) else (day, written.clock._replace(zone=""))
