"""What Ometria would not do with a source's products: one notice each, with counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow.compute as pc

from ometria_import.prepare.records.assembled import Assembled
from ometria_import.problems import Finding, Located, catalogue
from ometria_import.sources.arrays import Mask, Rows, mask_of

_SHOWN = ("title", "url", "image_url", "price")
"""What a recommendation needs. Source: reference/ometria-api.md, "Product"."""
_DESCRIBING = ("title", "url", "image_url")
_SPECIAL = "special_price"
_DATES = ("special_price_dt_from", "special_price_dt_to")


@dataclass(slots=True)
class ProductNotices:
    """Counts of products that Ometria stores and makes less of than their shop may expect."""

    lacking: Counter[str] = field(default_factory=Counter)
    """Of products that could be recommended, how many lack which field."""
    incomplete: int = 0
    """Of them, those that lack any."""
    first_incomplete: int = 0
    """Its line."""
    described: int = 0
    """Products with a title, url or image: a source without any is one of prices or stock."""
    undated: int = 0
    """Products with a special price that lacks one of its dates."""
    first_undated: int = 0

    def add(self, assembled: Assembled, lines: Rows) -> None:
        """Count the products of a chunk that get in; `lines` has the line of each record."""
        told = _is_absent(assembled, "@merge") & assembled.is_kept
        shown = told & ~_is(assembled, "is_variant", "true") & ~_is(assembled, "is_active", "false")
        incomplete = np.zeros(len(lines), bool)
        for name in _SHOWN:
            is_given = ~_is_absent(assembled, name) | _is_in_listings(assembled, name)
            if name in _DESCRIBING:
                self.described += int(is_given.sum())
            lacks = shown & ~is_given
            self.lacking[name] += int(lacks.sum())
            incomplete |= lacks
        self.first_incomplete = self.first_incomplete or _first(incomplete, lines)
        self.incomplete += int(incomplete.sum())
        dates = [_is_absent(assembled, name) for name in _DATES]
        undated = told & ~_is_absent(assembled, _SPECIAL) & np.logical_or(*dates)
        self.first_undated = self.first_undated or _first(undated, lines)
        self.undated += int(undated.sum())

    def merge(self, other: ProductNotices) -> None:
        """Add the counts of a later chunk."""
        self.lacking.update(other.lacking)
        self.first_incomplete = self.first_incomplete or other.first_incomplete
        self.incomplete += other.incomplete
        self.first_undated = self.first_undated or other.first_undated
        self.described += other.described
        self.undated += other.undated

    def notices(self) -> Iterator[Located]:
        """One notice for each of the two, where there is anything to tell."""
        if self.incomplete and self.described:
            parts = [f"{name} in {count:,}" for name, count in self.lacking.items() if count]
            first, *others = parts
            where = ", ".join([first.replace(" in ", " is missing in "), *others])
            message = f"{_products(self.incomplete)} cannot be recommended: {where}"
            finding = Finding(catalogue.NOT_RECOMMENDED, message)
            yield Located(self.first_incomplete, "", "", finding, times=self.incomplete)
        if self.undated:
            message = (
                f"{_products(self.undated)} on special offer without {' and '.join(_DATES)}:"
                " Ometria does not count that as on sale"
            )
            finding = Finding(catalogue.UNDATED_SPECIAL, message)
            yield Located(self.first_undated, _SPECIAL, "", finding, times=self.undated)


def _products(count: int) -> str:
    return "1 product" if count == 1 else f"{count:,} products"


def _first(mask: Mask, lines: Rows) -> int:
    return int(lines[mask.argmax()]) if mask.any() else 0


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
    """Which products have the field in a listing, which stands for the product in its store."""
    has = np.zeros(len(assembled.is_rejected), bool)
    values, listings = assembled.values.get(f"listings.{name}"), assembled.items.get("listings")
    if values is not None and listings is not None:
        has[listings.parents[mask_of(values.is_valid()) & ~listings.is_dropped]] = True
    return has
