"""The columns of a chunk's accepted records that the checks across files need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.records.line_totals import EXACT, Fit, fits_of_orders, words_of
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Mask, Rows, Texts, mask_of

_MONTH_CHARS = len("2024-03")


@dataclass(frozen=True, slots=True)
class ProductColumns:
    """The columns of products."""

    ids: Texts


@dataclass(frozen=True, slots=True)
class ContactColumns:
    """The columns of contacts; None where no column feeds the field."""

    customer_ids: Texts | None
    emails: Texts | None
    optins: Texts | None
    collections: Texts | None


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """What orders add to revenue, and when."""

    months: Texts
    """The months such as `2024-03`, in the time zone of the timestamp."""
    currencies: Texts
    is_valid: Mask
    amounts: Rows
    """The grand totals in the form that `words_of` returns."""


@dataclass(frozen=True, slots=True)
class UnsentOrders:
    """Orders that were rejected or left out, as far as their time and total could be read."""

    totals: OrderTotals
    is_left_out: Mask


@dataclass(frozen=True, slots=True)
class OrderColumns:
    """The columns of orders and their line items; None where no column feeds the field."""

    timestamps: Texts
    """The timestamps in normal form."""
    totals: OrderTotals
    fits: npt.NDArray[np.int8]
    customer_ids: Texts | None
    customer_emails: Texts | None
    item_orders: Rows
    """The index of each line item's order."""
    product_ids: Texts | None
    variant_ids: Texts | None


SharedColumns = ProductColumns | ContactColumns | OrderColumns


def shared_columns(object_type: ObjectType, assembled: Assembled) -> SharedColumns | None:
    """The columns for comparison with other files; None if the chunk has none."""
    kept = assembled.is_kept
    values = _Values(assembled.values, kept)
    match object_type:
        case ObjectType.PRODUCT:
            return ProductColumns(values.mandatory("id"))
        case ObjectType.CONTACT:
            return ContactColumns(
                values.of("customer_id"),
                values.of("email"),
                values.of("marketing_optin"),
                values.of("@collection"),
            )
        case ObjectType.ORDER:
            return _orders(assembled, values, kept)
        case ObjectType.CUSTOM_EVENT:
            return None


@dataclass(frozen=True, slots=True)
class _Values:
    columns: dict[str, Texts]
    kept: Mask

    def of(self, path: str) -> Texts | None:
        """The column of the accepted entries, or None if no column feeds it."""
        column = self.columns.get(path)
        if column is None or self.kept.all():
            return column
        return column.filter(pa.array(self.kept))

    def mandatory(self, path: str) -> Texts:
        """The column of a field that every accepted record has."""
        column = self.of(path)
        return pa.array([], pa.string()) if column is None else column


def unsent_orders(assembled: Assembled) -> UnsentOrders | None:
    """The orders that did not get in; None if there are none."""
    is_known = ~assembled.is_kept
    for name in ("timestamp", "grand_total"):
        column = assembled.values.get(name)
        if column is None or not is_known.any():
            return None
        is_known &= mask_of(column.is_valid())
    if not is_known.any():
        return None
    totals = _totals(_Values(assembled.values, is_known))
    return UnsentOrders(totals, assembled.is_left_out[is_known])


def _totals(values: _Values) -> OrderTotals:
    months = pc.utf8_slice_codeunits(values.mandatory("timestamp"), 0, _MONTH_CHARS)
    currencies, valid = values.of("currency"), values.of("is_valid")
    return OrderTotals(
        months,
        pa.nulls(len(months), pa.string()) if currencies is None else currencies,
        np.ones(len(months), bool) if valid is None else ~mask_of(pc.equal(valid, "false")),
        words_of(values.mandatory("grand_total").cast(EXACT)),
    )


def _orders(assembled: Assembled, values: _Values, kept: Mask) -> OrderColumns:
    fits = np.full(len(kept), Fit.UNKNOWN, np.int8)
    item_orders, product_ids, variant_ids = np.empty(0, np.int64), None, None
    if lines := assembled.items.get("lineitems"):
        fits = fits_of_orders(assembled.values, lines, len(kept))
        used = ~lines.is_dropped & kept[lines.parents]
        # The orders that are kept are renumbered.
        item_orders = (np.cumsum(kept) - 1)[lines.parents[used]]
        items = _Values(assembled.values, used)
        product_ids, variant_ids = (
            items.of(f"lineitems.{name}") for name in ("product_id", "variant_id")
        )
    return OrderColumns(
        values.mandatory("timestamp"),
        _totals(values),
        fits[kept],
        values.of("customer.id"),
        values.of("customer.email"),
        item_orders,
        product_ids,
        variant_ids,
    )
