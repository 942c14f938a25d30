"""Columns that mark single records: orders that were cancelled, tests, people who were deleted."""

from __future__ import annotations

from collections.abc import Mapping

from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.tables import Table

CANCELLED, TEST, DELETED = "cancel", "test", "deleted"
MARKS: Mapping[str, Mapping[str, str]] = {
    "order": {CANCELLED: "the order was cancelled", TEST: "the order is a test"},
    "contact": {DELETED: "the contact was deleted"},
    "product": {DELETED: "the product is no longer sold"},
}
"""What a yes in such a column says, by kind of record."""
_OWN: Mapping[str, frozenset[str]] = {
    "order": frozenset({"order", "sale", "customer"}),
    "contact": frozenset({"contact", "customer"}),
    "product": frozenset({"product", "item"}),
}


def marked_by(table: Table, kind: str, mark: str) -> Column | None:
    """The column whose name says nothing but a mark, and perhaps whose it is."""
    own = _OWN.get(kind, frozenset())
    for column in table.columns:
        words = [each for each in column.meanings if not each & own]
        if len(words) == 1 and mark in words[0] and column.distinct:
            return column
    return None
