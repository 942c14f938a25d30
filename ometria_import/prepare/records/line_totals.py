"""Comparing line items with their order's grand total, in integers and without rounding."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.records.assembled import AssembledItems
from ometria_import.sources.arrays import Column, Mask, Texts, mask_of

Amounts = npt.NDArray[np.int64]

EXACT_PLACES = 18
EXACT = pa.decimal128(38, EXACT_PLACES)
"""Holds any amount exactly: amounts have at most 18 digits, wherever the point is."""
_PLACES = 4
_ROUNDED = pa.decimal128(38, _PLACES)
"""Amounts rounded to ten-thousandths, because no currency has smaller units."""
_UNIT = 10**_PLACES
_CENT = _UNIT // 100
_PERCENT = 100
_LARGEST = 9 * 10**14
"""The sum of 10,000 such amounts fits into 64 bits; orders with larger ones are not checked."""


class Fit(IntEnum):
    """Whether an order's line items come near its grand total."""

    UNKNOWN = 0
    """Unknown: the order has no line items, or one of them was dropped."""
    NEAR = 1
    OFF = 2


class _Column(NamedTuple):
    amounts: Amounts
    """The amounts in ten-thousandths, zero for missing ones."""
    is_given: Mask
    is_too_large: Mask


class _Lines(NamedTuple):
    """The sums over the line items of each order."""

    bases: tuple[Amounts, Amounts]
    """The sums of line items in both readings: discounts already subtracted, or not."""
    tax: Amounts
    counts: Amounts
    is_unknown: Mask


def words_of(decimals: Column) -> Amounts:
    """The two 64-bit words of each value of a `pyarrow.Decimal128Array`, low before high."""
    if not len(decimals):
        return np.empty((0, 2), np.int64)
    words = np.frombuffer(decimals.buffers()[1], np.int64).reshape(-1, 2)
    return words[decimals.offset : decimals.offset + len(decimals)]


def fits_of_orders(
    values: Mapping[str, Texts], lines: AssembledItems, length: int
) -> npt.NDArray[np.int8]:
    """Check for each order whether its line items roughly add up to its grand total.

    Shops disagree on what amounts include, so an order is off only if no combination with or
    without tax, shipping and discount fits. A cent per line item or one percent is near enough.

    Args:
        values: The normalised columns by full path.
        lines: The line items.
        length: The number of orders.
    """
    grand, shipping, tax, discount = (
        _column(values.get(name), length) for name in ("grand_total", "shipping", "tax", "discount")
    )
    of_lines = _line_sums(values, lines, length)
    unknown = of_lines.is_unknown | ~grand.is_given
    for column in (grand, shipping, tax, discount):
        unknown |= column.is_too_large
    near = np.maximum(_CENT * np.maximum(of_lines.counts, 1), np.abs(grand.amounts) // _PERCENT)
    off = np.flatnonzero(~unknown)
    nothing = np.zeros_like(grand.amounts)
    # The sums to compare with the grand total, the most common first.
    for meant in product(
        of_lines.bases,
        (shipping.amounts, nothing),
        (nothing, tax.amounts, of_lines.tax),
        (nothing, -discount.amounts),
    ):
        if not len(off):
            break
        total = sum(amounts[off] for amounts in meant[1:]) + meant[0][off]
        off = off[np.abs(total - grand.amounts[off]) > near[off]]
    fits = np.where(unknown, Fit.UNKNOWN, Fit.NEAR).astype(np.int8)
    fits[off] = Fit.OFF
    return fits


def _line_sums(values: Mapping[str, Texts], lines: AssembledItems, length: int) -> _Lines:
    count = len(lines.parents)
    total, tax = (_column(values.get(f"lineitems.{name}"), count) for name in ("total", "tax"))
    bases, bad = (total.amounts, total.amounts), lines.is_dropped | total.is_too_large
    if not total.is_given.all():
        bases, is_unknown = _without_totals(values, total)
        bad |= is_unknown
    ends = np.cumsum(np.bincount(lines.parents, minlength=length))
    counts = np.diff(ends, prepend=0)
    is_unknown = (counts == 0) | (_sums((bad | tax.is_too_large).astype(np.int64), ends) > 0)
    first, second = (_sums(each, ends) for each in bases)
    return _Lines((first, second), _sums(tax.amounts, ends), counts, is_unknown)


def _without_totals(
    values: Mapping[str, Texts], total: _Column
) -> tuple[tuple[Amounts, Amounts], Mask]:
    """The totals of line items without one, in both readings, and a mask of overflows."""
    subtotal, price, quantity, discount = (
        _column(values.get(f"lineitems.{name}"), len(total.amounts))
        for name in ("subtotal", "unit_price", "quantity", "discount")
    )
    bought, is_overflow = _times(price.amounts, quantity.amounts)
    gross = np.where(subtotal.is_given, subtotal.amounts, bought)
    net = gross - discount.amounts
    usual = np.where(subtotal.is_given, gross, net)
    unusual = np.where(subtotal.is_given, net, gross)
    is_unknown = is_overflow & ~total.is_given & ~subtotal.is_given
    for column in (subtotal, price, quantity, discount):
        is_unknown |= column.is_too_large
    first, second = (np.where(total.is_given, total.amounts, each) for each in (usual, unusual))
    return (first, second), is_unknown


def _sums(amounts: Amounts, ends: Amounts) -> Amounts:
    """The sum of each parent's entries, which are adjacent and end at `ends`."""
    # The running sum at the end of a parent, minus the one at the end of its predecessor.
    running = np.concatenate(([0], np.cumsum(amounts)))
    sums: Amounts = np.diff(running[ends], prepend=0)
    return sums


def _times(price: Amounts, quantity: Amounts) -> tuple[Amounts, Mask]:
    """Price times quantity, both in ten-thousandths, and a mask of overflows."""
    whole, part = np.divmod(np.abs(quantity), _UNIT)
    size = np.abs(price)
    is_overflow = (whole + 1) > _LARGEST // np.maximum(size, 1)
    whole, size = np.where(is_overflow, 0, whole), np.where(is_overflow, 0, size)
    # If the price is too large to be multiplied, the fraction below one is divided first.
    high, low = np.divmod(size, _UNIT)
    product_ = size * whole + high * part + low * part // _UNIT
    return np.sign(price) * np.sign(quantity) * product_, is_overflow


def _column(values: Texts | None, length: int) -> _Column:
    if values is None:
        none = np.zeros(length, bool)
        return _Column(np.zeros(length, np.int64), none, none)
    is_given = mask_of(values.is_valid())
    given = pc.fill_null(values, "0")
    try:
        rounded = given.cast(_ROUNDED)
    except pa.ArrowInvalid:  # an amount has more than four places
        rounded = given.cast(EXACT).cast(_ROUNDED, safe=False)
    words = words_of(rounded)
    low, high = words[:, 0], words[:, 1]
    is_too_large = (high != low >> 63) | (low > _LARGEST) | (low < -_LARGEST)
    return _Column(np.where(is_too_large, 0, low), is_given, is_too_large)
