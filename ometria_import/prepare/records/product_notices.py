"""Notices about what Ometria cannot do with a source's products, with counts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.records.assembled import Assembled
from ometria_import.problems import Finding, Located, catalogue
from ometria_import.sources.arrays import Mask, Rows, mask_of

_SHOWN = ("title", "url", "image_url", "price")
"""The fields that recommendations need. Source: reference/ometria-api.md, "Product"."""
_DESCRIBING = ("title", "url", "image_url")
_DESCRIBED = "described"
"""Products with any of these are counted: a source without any only holds prices or stock."""
_SPECIAL = "special_price"
_DATES = ("special_price_dt_from", "special_price_dt_to")


def note_products(assembled: Assembled, lines: Rows, notes: ColumnNotes) -> None:
    """Count products that Ometria stores but cannot use fully.

    Args:
        assembled: The products of a chunk; only accepted ones are counted.
        lines: The line of each product.
        notes: Receives the counts of products by cause, and of those lacking a field.
    """
    told = _is_absent(assembled, "@merge") & assembled.is_kept
    shown = told & ~_is(assembled, "is_variant", "true") & ~_is(assembled, "is_active", "false")
    incomplete = np.zeros(len(lines), bool)
    for name in _SHOWN:
        is_given = ~_is_absent(assembled, name) | _is_in_listings(assembled, name)
        if name in _DESCRIBING:
            notes.counts[_DESCRIBED] += int(is_given.sum())
        lacks = shown & ~is_given
        notes.counts[name] += int(lacks.sum())
        incomplete |= lacks
    dates = [_is_absent(assembled, name) for name in _DATES]
    undated = told & ~_is_absent(assembled, _SPECIAL) & np.logical_or(*dates)
    for cause, mask in (
        (catalogue.NOT_RECOMMENDED, incomplete),
        (catalogue.UNDATED_SPECIAL, undated),
    ):
        if mask.any():
            notes.add(cause, int(mask.sum()), int(lines[mask.argmax()]), "")


def product_notices(notes: ColumnNotes) -> Iterator[Located]:
    """At most one notice of each kind about a source's products."""
    incomplete = notes.first.get(catalogue.NOT_RECOMMENDED)
    if incomplete and notes.counts[_DESCRIBED]:
        count = notes.counts[catalogue.NOT_RECOMMENDED]
        parts = [f"{name} in {notes.counts[name]:,}" for name in _SHOWN if notes.counts[name]]
        first, *others = parts
        where = ", ".join([first.replace(" in ", " is missing in "), *others])
        message = f"{_products(count)} cannot be recommended: {where}"
        finding = Finding(catalogue.NOT_RECOMMENDED, message)
        yield incomplete._replace(finding=finding, times=count)
    if undated := notes.first.get(catalogue.UNDATED_SPECIAL):
        count = notes.counts[catalogue.UNDATED_SPECIAL]
        message = (
            f"{_products(count)} on special offer without {' and '.join(_DATES)}:"
            " Ometria does not count that as on sale"
        )
        finding = Finding(catalogue.UNDATED_SPECIAL, message)
        yield undated._replace(path=_SPECIAL, finding=finding, times=count)


def _products(count: int) -> str:
    return "1 product" if count == 1 else f"{count:,} products"


def _is_absent(assembled: Assembled, path: str) -> Mask:
    values = assembled.values.get(path)
    if values is None:
        return np.ones(len(assembled.is_rejected), bool)
    return mask_of(values.is_null())


def _is(assembled: Assembled, path: str, word: str) -> Mask:
    values = assembled.values.get(path)
    if values is None:
        return np.zeros(len(assembled.is_rejected), bool)
    return mask_of(pc.equal(values, word))


def _is_in_listings(assembled: Assembled, name: str) -> Mask:
    """A mask of the products with the field in a listing, which describes one store."""
    has = np.zeros(len(assembled.is_rejected), bool)
    values, listings = assembled.values.get(f"listings.{name}"), assembled.items.get("listings")
    if values is not None and listings is not None:
        has[listings.parents[mask_of(values.is_valid()) & ~listings.is_dropped]] = True
    return has
