"""Orders and revenue by month and currency, and which references of orders hold."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import msgspec

from ometria_import.errors import PackageError
from ometria_import.package import revenue_of
from ometria_import.reporting.gathering.material import Material, read_as
from ometria_import.reporting.model import Amount, Join, Loss, Money, Period
from ometria_import.verification import LoadSummary, Sum


class _SalesTold(msgspec.Struct):
    period: str
    currency: str
    orders: int
    revenue: Decimal


class _JoinTold(msgspec.Struct):
    asked: int
    joined: int | None = None


class _TotalsTold(msgspec.Struct):
    checked: int
    off: int


_JOINS = (
    ("line_items_to_products", "line items that name a product of these files"),
    ("orders_to_contacts", "orders whose customer is a contact of these files"),
)


def money_of(material: Material) -> Money | None:
    """The proof of load where the run was verified, else what was sent; None without orders."""
    checked = material.verification
    if checked is not None and checked.load is not None:
        return _proven(checked.load)
    across = material.told("across", dict[str, object]) or {}
    sales = read_as(across.get("sales"), list[_SalesTold])
    if sales is None:
        return _of_package(material)
    periods = [
        Period(period=each.period, currency=each.currency, sent=_amount(each.orders, each.revenue))
        for each in sales
    ]
    return Money(periods=periods) if periods else None


def _of_package(material: Material) -> Money | None:
    """The package is asked where the run kept no sums of its own, such as one that retries."""
    if isinstance(material.package, PackageError):
        return None
    try:
        revenue = revenue_of(material.package)
    except PackageError:
        return None
    periods = [
        Period(period="", currency=currency, sent=_amount(each.orders, each.revenue))
        for currency, each in revenue.items()
    ]
    return Money(periods=periods) if periods else None


def _proven(load: LoadSummary) -> Money:
    periods = [
        Period(
            period=each.month,
            currency=each.currency,
            file=_sum(each.file),
            sent=_sum(each.sent),
            accepted=_sum(each.accepted),
            found=None if each.found is None else _sum(each.found),
        )
        for each in load.months
    ]
    orders: Counter[tuple[str, str, str]] = Counter()
    revenue: dict[tuple[str, str, str], Decimal] = {}
    for month in load.months:
        for step in month.steps:
            key = step.step, step.cause, month.currency
            orders[key] += step.orders
            revenue[key] = revenue.get(key, Decimal(0)) + step.revenue
    losses = [
        Loss(
            step=step,
            cause=cause,
            currency=currency,
            orders=orders[step, cause, currency],
            revenue=f"{amount:f}",
        )
        for (step, cause, currency), amount in revenue.items()
        if orders[step, cause, currency] or amount
    ]
    read_orders = None if load.is_whole else load.read_orders
    return Money(periods=periods, losses=losses, read_orders=read_orders)


def joins_of(material: Material) -> list[Join] | None:
    """What the checks across files found; None where the run kept nothing of them."""
    across = material.told("across", dict[str, object])
    if across is None:
        return None
    joins = []
    for name, words in _JOINS:
        told = read_as(across.get(name), _JoinTold)
        if told is not None and told.asked:
            joins.append(Join(what=words, asked=told.asked, joined=told.joined))
    totals = read_as(across.get("line_totals"), _TotalsTold)
    if totals is not None and totals.checked:
        what = "orders whose line items add up to their total"
        joins.append(Join(what=what, asked=totals.checked, joined=totals.checked - totals.off))
    return joins


def _amount(orders: int, revenue: Decimal) -> Amount:
    return Amount(orders=orders, revenue=f"{revenue:f}")


def _sum(told: Sum) -> Amount:
    return _amount(told.orders, told.revenue)
