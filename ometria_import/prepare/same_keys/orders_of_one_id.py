"""Telling an order that was exported again from another order that has the same id."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from typing import NamedTuple

import msgspec

from ometria_import.problems import shorten
from ometria_import.schema.field_types.moments import moment_of

_MOMENT = "timestamp"
IDENTITY = (_MOMENT, "currency", "customer.id", "customer.email")
"""What does not change from one export of an order to the next. A blank contradicts nothing."""


class _Customer(msgspec.Struct):
    id: str | None = None
    email: str | None = None


class _Order(msgspec.Struct):
    id: str
    timestamp: str
    currency: str
    customer: _Customer | None = None


_ORDER = msgspec.json.Decoder(_Order)


def comparable(path: str, value: str) -> str:
    """The same text for values in normal form that mean the same."""
    if path == _MOMENT:
        moment = moment_of(value)
        return value if moment is None else moment.astimezone(UTC).isoformat()
    return value.lower() if path == "customer.email" else value


class Conflict(NamedTuple):
    """Two orders of one id that cannot be one order, counted from the first of the id."""

    place: int
    other: int
    words: str
    """What they say differently."""


@dataclass(slots=True)
class OrdersOfOneId:
    """Orders that have one id, which are added in their order."""

    id: str = ""
    conflict: Conflict | None = None
    """The first; None as long as all can be one order."""
    _said: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By path: what was said first, and by which order."""

    def add(self, body: bytes, place: int, *, is_event: bool) -> None:
        """Take the next order, as JSON; the time of an event is not that of its order."""
        order = _ORDER.decode(body)
        self.id, customer = order.id, order.customer or _Customer()
        values = (order.timestamp, order.currency, customer.id, customer.email)
        for path, given in zip(IDENTITY, values, strict=True):
            if given is None or (is_event and path == _MOMENT):
                continue
            value = comparable(path, given)
            said, other = self._said.setdefault(path, (value, place))
            if said != value and self.conflict is None:
                words = f"{path} '{shorten(value)}' is not '{shorten(said)}'"
                self.conflict = Conflict(place, other, words)
