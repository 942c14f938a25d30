"""Refusing groups of rows that are two orders with one id, and not one order."""

from __future__ import annotations

from collections.abc import Callable

from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.rows.grouping import Difference, Grouped
from ometria_import.prepare.same_keys.orders_of_one_id import IDENTITY, comparable
from ometria_import.problems import Finding, Located, Severity, catalogue, shorten
from ometria_import.sources.arrays import Rows

Read = Callable[[str, str], str | Finding]
"""Reads a text of a field, given by its path."""


def reject_mixed_orders(assembled: Assembled, grouped: Grouped, lines: Rows, read: Read) -> None:
    """Reject the orders whose rows say different things of what no order changes.

    Args:
        assembled: The orders, which are changed.
        grouped: Which rows make them up; what rejected ones differ in is told no more.
        lines: The line of each row.
        read: Brings the texts of rows into normal form.
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
        assembled.level.found.append(found)
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
