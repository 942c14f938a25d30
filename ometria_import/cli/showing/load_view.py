"""The proof of load in a few lines: orders and revenue by currency; the report has each month."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from ometria_import.actions.calling.words import counted
from ometria_import.cli.showing.screen import FAINT, WARNING, Screen, table_of
from ometria_import.verification.summary import LoadMonth, LoadSummary, Sum

_CURRENCIES_SHOWN = 8
_STEPS = {
    "file→sent": "files → sent",
    "sent→accepted": "sent → accepted",
    "accepted→found": "accepted → found",
}
_CAUSES = {
    "superseded": "superseded by a later state",
    "repeated": "repeated unchanged",
    "unchanged": "unchanged since they were given, and left out",
}
_UNCOUNTED = {
    "rejected": ("rejected order", "whose time or total cannot be read"),
    "superseded": ("earlier state of an order", "in the same file"),
}
_PLURALS = {"earlier state of an order": "earlier states of orders"}
_UNREADABLE = "?"


class _Currency(NamedTuple):
    name: str
    months: list[LoadMonth]

    def sums(self) -> list[Sum | None]:
        """In the files, sent, accepted and found; None where that is not known."""
        return [
            _added(each.file for each in self.months),
            _added(each.sent for each in self.months),
            _added(each.accepted for each in self.months),
            _added(each.found for each in self.months),
        ]


def show_load(screen: Screen, load: LoadSummary) -> None:
    """Print how many orders, and of which revenue, got how far, and why the others did not."""
    currencies = _by_currency(load)
    shown = currencies[:_CURRENCIES_SHOWN]
    rows = []
    for each in shown:
        name, sums = each.name or _UNREADABLE, each.sums()
        rows.append((f"{name} orders", *(_orders(sum_) for sum_ in sums)))
        rows.append((f"{name} revenue", *(_revenue(sum_) for sum_ in sums)))
    screen.say("")
    columns = ("orders that count", ">in the files", ">sent", ">accepted", ">found")
    screen.show(table_of(columns, rows))
    for each in shown:
        for (step, cause), lost in _losses(each.months).items():
            screen.prose(
                (f"{_STEPS[step]}, {each.name or 'currency unknown'}: ", FAINT),
                _lost(cause, lost),
                indent=2,
            )
    if len(currencies) > len(shown):
        rest = counted(len(currencies) - len(shown), "more currency", "more currencies")
        screen.prose((f"And {rest}, which summary.json has.", FAINT), indent=2)
    for cause, orders in load.uncounted.items():
        one, which = _UNCOUNTED[cause]
        what = counted(orders, one, _PLURALS.get(one, ""))
        screen.prose((f"Not in these sums: {what} {which}.", FAINT), indent=2)
    if not load.is_whole:
        words = f"Not all orders have been read and are settled ({load.read_orders:,} so far), so "
        screen.prose((f"{words}what was found is left open.", WARNING), indent=2)


def _lost(cause: str, lost: Sum) -> str:
    if cause != "differs":
        return f"{counted(lost.orders, 'order')} {_CAUSES.get(cause, cause)}, {_revenue(lost)}"
    parts = []
    if lost.orders:
        more = "fewer" if lost.orders > 0 else "more"
        parts.append(f"{counted(abs(lost.orders), f'order {more}', f'orders {more}')}")
    if lost.revenue:
        parts.append(f"{abs(lost.revenue):,f} {'less' if lost.revenue > 0 else 'more'}")
    words = " and ".join(parts) or "as much in sum"
    return f"{words}, by orders with another total, currency or month there"


def _by_currency(load: LoadSummary) -> list[_Currency]:
    names = sorted({each.currency for each in load.months}, key=lambda name: (not name, name))
    return [
        _Currency(name, [each for each in load.months if each.currency == name]) for name in names
    ]


def _added(sums: Iterable[Sum | None]) -> Sum | None:
    orders, revenue = 0, Decimal(0)
    for each in sums:
        if each is None:
            return None
        orders, revenue = orders + each.orders, revenue + each.revenue
    return Sum(orders, revenue)


def _losses(months: list[LoadMonth]) -> dict[tuple[str, str], Sum]:
    """What was lost in all months, by step and cause."""
    losses: dict[tuple[str, str], Sum] = {}
    for month in months:
        for each in month.steps:
            key = (each.step, each.cause)
            before = losses.get(key, Sum(0, Decimal(0)))
            losses[key] = Sum(before.orders + each.orders, before.revenue + each.revenue)
    return dict(sorted(losses.items(), key=lambda item: [*_STEPS].index(item[0][0])))


def _orders(sum_: Sum | None) -> str:
    return "-" if sum_ is None else f"{sum_.orders:,}"


def _revenue(sum_: Sum | None) -> str:
    return "-" if sum_ is None else f"{sum_.revenue:,f}"
