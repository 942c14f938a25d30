"""Charts as numbers for SVG: places and lengths, which the template writes down.

The template gives each chart its role, title and description, and a table with the same numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from ometria_import.reporting.model import Amount, Period, Problem
from ometria_import.reporting.page.words import compact, number, short

WIDTH, HEIGHT = 720, 230
_LEFT, _BOTTOM, _TOP = 74, 34, 18
SERIES = (
    ("file", "in the files"),
    ("sent", "sent"),
    ("accepted", "accepted"),
    ("found", "found"),
)
"""The amounts of a period by name, and in words."""
_LABELS = 12
_THICKEST = 56
_NARROW = 24
"""A place for all bars of a period that is too small for more than two of them."""
_CHARTS = 3
_BARS = 10
_BAR_HEIGHT = 24
_BAR_LEFT, _BAR_RIGHT = 250, 70


@dataclass(frozen=True, slots=True)
class Text:
    """A text at a place."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one kind, as one path."""

    name: str
    words: str
    path: str


@dataclass(frozen=True, slots=True)
class MoneyChart:
    """Revenue by period in one currency."""

    currency: str
    series: list[Series]
    lines: list[Text]
    """Horizontal lines with the amount that they stand for."""
    labels: list[Text]
    description: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT


@dataclass(frozen=True, slots=True)
class Bar:
    """One horizontal bar."""

    code: str
    title: str
    value: str
    y: float
    length: float
    is_error: bool


@dataclass(frozen=True, slots=True)
class BarChart:
    """Counts by cause."""

    bars: list[Bar]
    height: int
    description: str
    width: int = WIDTH
    left: int = _BAR_LEFT


def money_charts(periods: Sequence[Period]) -> list[MoneyChart]:
    """A chart for each of the currencies with most orders, of those with several periods."""
    by_currency: dict[str, list[Period]] = {}
    for each in periods:
        if each.period:
            by_currency.setdefault(each.currency, []).append(each)
    orders = Counter(
        {currency: sum(map(_orders, own)) for currency, own in by_currency.items() if len(own) > 1}
    )
    return [_chart(currency, by_currency[currency]) for currency, _ in orders.most_common(_CHARTS)]


def _orders(period: Period) -> int:
    return max((each.orders for each in _amounts(period)), default=0)


def _amounts(period: Period) -> Iterable[Amount]:
    return (each for name, _ in SERIES if (each := getattr(period, name)) is not None)


def _chart(currency: str, periods: list[Period]) -> MoneyChart:
    periods = sorted(periods, key=lambda each: each.period)
    highest = max((_revenue(amount) for each in periods for amount in _amounts(each)), default=0.0)
    top = _round_up(highest)
    shown = [
        (name, words)
        for name, words in SERIES
        if any(getattr(each, name) is not None for each in periods)
    ]
    step = (WIDTH - _LEFT) / len(periods)
    if step < _NARROW and len(shown) > 1:
        # Four bars to a month would be lines of a pixel each.
        shown = [shown[0], shown[-1]]
    thickness = min(max(step * 0.8 / max(len(shown), 1), 0.5), _THICKEST)
    margin = (step - thickness * len(shown)) / 2
    floor = HEIGHT - _BOTTOM
    scale = (floor - _TOP) / top
    series = []
    for place, (name, words) in enumerate(shown):
        bars = []
        for column, each in enumerate(periods):
            amount = getattr(each, name)
            height = 0.0 if amount is None else max(_revenue(amount), 0.0) * scale
            if height > 0:
                left = _LEFT + step * column + margin + thickness * place
                bars.append(f"M{left:.1f} {floor}v-{height:.1f}h{thickness:.1f}V{floor}z")
        series.append(Series(name, words, "".join(bars)))
    lines = [
        Text(_LEFT, round(floor - top * part * scale, 1), compact(top * part))
        for part in (0.0, 0.5, 1.0)
    ]
    every = -(-len(periods) // _LABELS)
    labels = [
        Text(round(_LEFT + step * (column + 0.5), 1), HEIGHT - 10, short(each.period, 10))
        for column, each in enumerate(periods)
        if column % every == 0
    ]
    description = (
        f"Revenue in {short(currency, 10)} for {len(periods)} periods from "
        f"{short(periods[0].period, 10)} to {short(periods[-1].period, 10)}; the highest is "
        f"{compact(highest)}. The table that follows has the numbers."
    )
    return MoneyChart(short(currency, 10), series, lines, labels, description)


def _revenue(amount: Amount) -> float:
    return float(Decimal(amount.revenue))


def _round_up(highest: float) -> float:
    """The next number that is easy to read: a digit and zeros, whose half is short as well."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** (len(str(int(highest))) - 1)
    return next(power * each for each in (1, 2, 3, 4, 5, 6, 8, 10) if power * each >= highest)


def problem_chart(problems: Sequence[Problem]) -> BarChart | None:
    """The most frequent codes, all fields together; None where there are none."""
    counts: Counter[str] = Counter()
    titles: dict[str, str] = {}
    for each in problems:
        counts[each.code] += each.count
        titles.setdefault(each.code, each.title)
    most = counts.most_common(_BARS)
    if not most:
        return None
    scale = (WIDTH - _BAR_LEFT - _BAR_RIGHT) / max(most[0][1], 1)
    bars = [
        Bar(
            short(code, 12),
            short(titles[code], 28),
            number(count),
            round(4 + row * _BAR_HEIGHT, 1),
            round(max(count * scale, 1), 1),
            code.startswith("E"),
        )
        for row, (code, count) in enumerate(most)
    ]
    first = f"{short(most[0][0], 12)} with {number(most[0][1])}"
    description = f"The most frequent of {len(counts)} codes is {first}. The table has the numbers."
    return BarChart(bars, len(bars) * _BAR_HEIGHT + 8, description)


def by_year(periods: Sequence[Period]) -> list[Period]:
    """The same by year, where months would be too many rows."""
    years: dict[tuple[str, str], list[Period]] = {}
    for each in periods:
        years.setdefault((each.period[:4], each.currency), []).append(each)
    return [_sum_of(year, currency, own) for (year, currency), own in sorted(years.items())]


def by_currency(periods: Sequence[Period], limit: int) -> list[tuple[str, list[Period], Period]]:
    """The periods of each currency with their sum; those beyond a limit are in the sums only."""
    found = []
    ordered = sorted(periods, key=lambda each: (not each.currency, each.currency, each.period))
    for currency, each in groupby(ordered, key=lambda each: each.currency):
        own = list(each)
        if limit > 0:
            found.append((currency, own[:limit], _sum_of("all", currency, own)))
        limit -= len(own)
    return found


def _sum_of(name: str, currency: str, periods: Sequence[Period]) -> Period:
    sums = {kind: _total([getattr(each, kind) for each in periods]) for kind, _ in SERIES}
    return Period(period=name, currency=currency, **sums)


def _total(amounts: Sequence[Amount | None]) -> Amount | None:
    known = [each for each in amounts if each is not None]
    if not known or len(known) < len(amounts):
        return None
    revenue = sum((Decimal(each.revenue) for each in known), Decimal(0))
    return Amount(orders=sum(each.orders for each in known), revenue=f"{revenue:f}")
