"""Orders and revenue of a package by currency, as its bodies have them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from ometria_import.options.choices import ObjectType
from ometria_import.package.bodies import decoded
from ometria_import.package.model import Batch
from ometria_import.package.reader import Package

_MONTH_CHARS = len("2024-01")


@dataclass(slots=True)
class Revenue:
    """Of one currency."""

    orders: int = 0
    revenue: Decimal = Decimal(0)
    invalid_orders: int = 0
    """Those that `is_valid` takes out of revenue; not among `orders`."""
    invalid_revenue: Decimal = Decimal(0)

    def add(self, total: Decimal, orders: int = 1, *, is_valid: bool) -> None:
        """Count orders and what was paid for them."""
        if is_valid:
            self.orders += orders
            self.revenue += total
        else:
            self.invalid_orders += orders
            self.invalid_revenue += total

    def minus(self, other: Revenue) -> Revenue:
        """What is left without the orders of another one."""
        return Revenue(
            self.orders - other.orders,
            self.revenue - other.revenue,
            self.invalid_orders - other.invalid_orders,
            self.invalid_revenue - other.invalid_revenue,
        )

    def as_json(self) -> dict[str, Any]:
        """For `--json`; amounts are texts, because JSON readers round numbers."""
        return {
            "orders": self.orders,
            "revenue": f"{self.revenue:f}",
            "invalid_orders": self.invalid_orders,
            "invalid_revenue": f"{self.invalid_revenue:f}",
        }


Sales: TypeAlias = defaultdict[tuple[str, str], Revenue]
"""Revenue by month and currency."""


class OrderMoney(msgspec.Struct):
    """The few fields of an order that make up revenue."""

    grand_total: Decimal = Decimal(0)
    currency: str = ""
    is_valid: bool = True
    timestamp: str = ""

    @property
    def month(self) -> str:
        """Such as `2024-01`, in the time zone of the timestamp."""
        return self.timestamp[:_MONTH_CHARS]


_ORDERS = msgspec.json.Decoder(list[OrderMoney])


def money_of(batch: Batch) -> list[OrderMoney]:
    """What each order of a batch adds to revenue.

    Raises:
        PackageError: the batch is damaged.
    """
    return decoded(batch, _ORDERS)


def revenue_of(package: Package) -> dict[str, Revenue]:
    """Add up every order of a package, by currency.

    Raises:
        PackageError: the package is damaged.
    """
    found: defaultdict[str, Revenue] = defaultdict(Revenue)
    for batch in package.batches(ObjectType.ORDER):
        for order in money_of(batch):
            found[order.currency].add(order.grand_total, is_valid=order.is_valid)
    return dict(sorted(found.items()))


def sales_of(package: Package) -> Sales:
    """Add up every order of a package, by month and currency.

    Raises:
        PackageError: the package is damaged.
    """
    found: Sales = defaultdict(Revenue)
    for batch in package.batches(ObjectType.ORDER):
        add_sales(found, batch)
    return found


def add_sales(sales: Sales, batch: Batch) -> None:
    """Add the orders of a batch to those of their months and currencies.

    Raises:
        PackageError: the batch is damaged.
    """
    for order in money_of(batch):
        sales[order.month, order.currency].add(order.grand_total, is_valid=order.is_valid)


def revenue_of_sums(sums: dict[str, Any]) -> dict[str, Revenue] | None:
    """The same from what preparing added up; None where it did not."""
    sales = sums.get("across", {}).get("sales")
    if sales is None:
        return None
    found: defaultdict[str, Revenue] = defaultdict(Revenue)
    for each in sales:
        own = found[each["currency"]]
        own.add(Decimal(each["revenue"]), each["orders"], is_valid=True)
        own.add(Decimal(each["invalid_revenue"]), each["invalid_orders"], is_valid=False)
    return dict(sorted(found.items()))
