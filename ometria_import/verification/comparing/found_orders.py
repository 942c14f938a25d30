"""What orders that were read back add to revenue otherwise than was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any, NamedTuple, Self

import msgspec

from ometria_import.verification.comparing.values import moment_of, number_of
from ometria_import.verification.summary import Sum

MISSING, NOT_SETTLED, DIFFERS = "missing", "not settled", "differs"
"""Why an order does not add what was sent."""

Place = tuple[str, str]
"""Month and currency."""

_MONTH_CHARS = len("2024-01")
_MONEY = ("grand_total", "currency", "is_valid", "timestamp")
_EXACT = Context(prec=80)
_CENTS = Decimal("0.01")


class Amount(NamedTuple):
    """Orders and their revenue, or how many of them are lost."""

    orders: int = 0
    revenue: Decimal = Decimal(0)

    def plus(self, orders: int, revenue: Decimal) -> Amount:
        """With some more."""
        return Amount(self.orders + orders, _EXACT.add(self.revenue, revenue))

    def minus(self, other: Amount) -> Amount:
        """Without some."""
        return self.plus(-other.orders, -other.revenue)

    @property
    def sum(self) -> Sum:
        """With two decimals at least."""
        rounded = self.revenue.quantize(_CENTS, context=_EXACT)
        is_exact = rounded == self.revenue
        return Sum(self.orders, rounded if is_exact else self.revenue.normalize(_EXACT))


@dataclass(slots=True)
class FoundOrders:
    """What the orders that were read back do not add to revenue as they were sent.

    Its size depends on months and currencies, not on orders.
    """

    read: int = 0
    _lost: dict[tuple[str, str, str], Amount] = field(default_factory=dict)
    """By cause, month and currency."""

    def add(
        self, sent: Mapping[str, Any], found: Mapping[str, Any] | None, *, is_settled: bool = True
    ) -> None:
        """Add the outcome for one order; each order must be added once.

        Args:
            sent: As the package has it.
            found: As the account shows it; None where it has none.
            is_settled: Whether it is certain that the account has stored what was sent.
        """
        self.read += 1
        if found is not None and all(sent.get(name) == found.get(name) for name in _MONEY):
            return
        before = _money(sent, sent)
        after = None if found is None else _money(found, sent)
        if before == after:
            return
        cause = DIFFERS if is_settled else NOT_SETTLED
        if found is None and is_settled:
            cause = MISSING
        for money, sign in ((before, 1), (after, -1)):
            if money is not None:
                place, total = money
                key = (cause, *place)
                self._lost[key] = self._lost.get(key, Amount()).plus(sign, sign * total)

    def lost(self) -> Iterator[tuple[str, Place, Amount]]:
        """What is lost by cause and place; what is there in addition is negative."""
        for (cause, month, currency), amount in self._lost.items():
            yield cause, (month, currency), amount

    def encode(self) -> bytes:
        """All of it, for `decode`."""
        return msgspec.msgpack.encode((self.read, list(self._lost.items())))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Go on from what `encode` returned.

        Raises:
            msgspec.MsgspecError: the data are damaged.
        """
        lost = list[tuple[tuple[str, str, str], Amount]]
        read, items = msgspec.msgpack.decode(data, type=tuple[int, lost])
        return cls(read, dict(items))


def _money(order: Mapping[str, Any], sent: Mapping[str, Any]) -> tuple[Place, Decimal] | None:
    """Where and what an order adds to revenue; None where it does not count.

    The month is that of the offset that was sent, whichever offset an account shows.
    """
    if order.get("is_valid") in (False, "false"):
        return None
    written = str(order.get("timestamp") or "")
    month, own = written[:_MONTH_CHARS], moment_of(sent.get("timestamp"))
    if order is not sent and own is not None and own.tzinfo is not None:
        other = moment_of(written)
        if other is None:
            month = f"{own:%Y-%m}"
        elif other.tzinfo is not None:
            # The first and the last day of all time have no other offset.
            with suppress(OverflowError):
                month = f"{other.astimezone(own.tzinfo):%Y-%m}"
    total = number_of(order.get("grand_total"))
    return (month, str(order.get("currency") or "")), Decimal(0) if total is None else total
