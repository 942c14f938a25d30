"""Totals of records that the file does not have: the sums of a field of their items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.cells import is_filled
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.records.assembled import AssembledItems, Level
from ometria_import.prepare.records.line_totals import EXACT
from ometria_import.problems import catalogue
from ometria_import.schema import Member
from ometria_import.schema.field_types.formulas import literal
from ometria_import.sources.arrays import Mask, Texts, mask_of

_LARGEST = Decimal(10**15)
"""Even 10,000 such amounts can be added up exactly."""


class Sums(NamedTuple):
    """The cells of a field, with sums in some that are blank."""

    texts: Texts
    of: str
    """The field of items that was added up."""
    where: Mask
    """The cells that are sums."""

    def note(self, notes: ColumnNotes, level: Level) -> None:
        """Count the sums, so that they are told of."""
        found = np.flatnonzero(self.where)
        if len(found):
            message = f"it is the sum of {self.of}, because nothing else feeds it"
            notes.add(catalogue.SUMMED, len(found), int(level.rows[found[0]]), "", message)


def items_first(members: Iterable[Member], sums: Mapping[str, str]) -> list[Member]:
    """The members of a record, those last that can only be read when its items are known."""
    summed = {path.partition(".")[0] for path in sums}
    return sorted(members, key=lambda each: each.name in summed)


def sums_in(texts: Texts, of: str, amounts: Texts, items: AssembledItems) -> Sums:
    """Add up the items of the records that have nothing else.

    Where an item was dropped or has no amount, the sum is not known, and the cell stays blank.

    Args:
        texts: The cells of the field, one for each record.
        of: The path of the field that is added up.
        amounts: Its values in normal form, one for each item, null for none.
        items: The items.
    """
    parents = items.parents
    numbers = amounts.cast(EXACT)
    is_good = mask_of(pc.fill_null(pc.less(pc.abs(numbers), _LARGEST), False)) & ~items.is_dropped  # noqa: FBT003
    is_known = np.bincount(parents, minlength=len(texts)) > 0
    is_known[parents[~is_good]] = False
    where = is_known & ~is_filled(texts)
    if not where.any():
        return Sums(texts, of, where)
    kept = pa.array(where[parents])
    table = pa.table({"parent": pa.array(parents).filter(kept), "amount": numbers.filter(kept)})
    summed = table.group_by("parent").aggregate([("amount", "sum")]).sort_by("parent")
    found = [literal(_shortened(each)) for each in summed["amount_sum"].to_pylist()]
    filled = pc.replace_with_mask(texts, pa.array(where), pa.array(found, pa.string()))
    return Sums(filled, of, where)


def _shortened(number: Decimal) -> Decimal:
    """Without zeros at the end of the fraction."""
    return number.quantize(Decimal(1)) if number == number.to_integral() else number.normalize()
