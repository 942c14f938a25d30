"""Distinguishing a re-exported order from a different order with the same id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC
from typing import NamedTuple

import msgspec

from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.rows.grouping import Difference, Grouped
from ometria_import.problems import Finding, Located, Severity, catalogue, shorten
from ometria_import.schema.field_types.moments import moment_of
from ometria_import.sources.arrays import Rows

_MOMENT = "timestamp"
IDENTITY = (_MOMENT, "currency", "customer.id", "customer.email")
"""Fields that stay the same in every export of an order; blanks are compatible with anything."""


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
    """A canonical text, equal for values in normal form with the same meaning."""
    if path == _MOMENT:
        moment = moment_of(value)
        return value if moment is None else moment.astimezone(UTC).isoformat()
    return value.lower() if path == "customer.email" else value


class Conflict(NamedTuple):
    """Two orders with one id that must be different orders, numbered within the id."""

    place: int
    other: int
    words: str
    """The part of the message that says how they differ."""


@dataclass(slots=True)
class OrdersOfOneId:
    """Orders with the same id, which must be added in their original order."""

    id: str = ""
    conflict: Conflict | None = None
    """The first conflict; None as long as all can be the same order."""
    _said: dict[str, tuple[str, int]] = field(default_factory=dict)
    """By path: the first value, and the number of the order that has it."""

    def add(self, body: bytes, place: int, *, is_event: bool) -> None:
        """Add the next order as JSON; an event's time is not compared, as it is not the order's."""
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


Read = Callable[[str, str], str | Finding]
"""Normalises a text of a field, which is given by its path."""


def reject_mixed_orders(assembled: Assembled, grouped: Grouped, lines: Rows, read: Read) -> None:
    """Reject the orders whose rows differ in a field that never changes within an order.

    Args:
        assembled: The orders, which are changed in place.
        grouped: Which rows make up each order; other differences between the rows of a
            rejected order are removed from it and not reported.
        lines: The line of each row.
        read: Normalises the texts of rows.
    """
    mixed = {}
    for each in grouped.differences:
        record = int(grouped.record_of_row[each.row])
        if record not in mixed and _is_another(each, read):
            mixed[record] = each
    if not mixed:
        return
    for record, each in mixed.items():
        assembled.is_rejected[record] = True
        message = (
            f"it is another order than that of line {lines[each.taken_row]}, which has its id "
            f"and says '{shorten(each.taken)}'; give each shop an order_prefix, or each order an id"
        )
        finding = Finding(catalogue.ID_REUSED, message)
        found = Located(each.row, each.path, each.value, finding, Severity.ERROR)
        assembled.level.found.add(found)
    grouped.differences = [
        each for each in grouped.differences if int(grouped.record_of_row[each.row]) not in mixed
    ]


def _is_another(difference: Difference, read: Read) -> bool:
    path = difference.path
    if path not in IDENTITY:
        return False
    value, taken = (read(path, text) for text in (difference.value, difference.taken))
    if isinstance(value, Finding) or isinstance(taken, Finding):
        return False
    return comparable(path, value) != comparable(path, taken)
