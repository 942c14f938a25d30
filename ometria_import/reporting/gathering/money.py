"""Orders and revenue by month and currency, and which references of orders hold."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import msgspec

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
    """The proof of load, else what preparing summed up; None where there are no orders."""
    load = material.load
    if load is not None:
        is_checked = material.verification is not None and material.verification.load is load
        return _followed(load, is_checked=is_checked)
    across = material.told("across", dict[str, object]) or {}
    sales = read_as(across.get("sales"), list[_SalesTold]) or []
    periods = [
        Period(period=each.period, currency=each.currency, sent=_amount(each.orders, each.revenue))
        for each in sales
    ]
    return Money(periods=periods) if periods else None


def _followed(load: LoadSummary, *, is_checked: bool) -> Money:
    periods = [
        Period(
            period=each.month,
            currency=each.currency,
            file=_sum(each.file),
            sent=_sum(each.sent),
            accepted=_sum(each.accepted),
            found=_sum(each.found) if is_checked else None,
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
    return Money(
        periods=periods,
        losses=losses,
        unread_orders=sum(load.uncounted.values()),
        read_orders=load.read_orders if is_checked and not load.is_whole else None,
    )


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


def _sum(told: Sum | None) -> Amount | None:
    return None if told is None else _amount(told.orders, told.revenue)
