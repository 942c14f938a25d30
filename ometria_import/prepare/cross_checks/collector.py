"""Collecting the data that the checks across files need, while the sources are read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.options.choices import Period
from ometria_import.prepare.chunks.chunks import NumberedSource, PreparedChunk
from ometria_import.prepare.cross_checks.consents import ContactConsents
from ometria_import.prepare.cross_checks.known import KnownKeys, Orphans
from ometria_import.prepare.cross_checks.model import CrossCheckReport, Join, LineTotals
from ometria_import.prepare.cross_checks.opposed import Settled
from ometria_import.prepare.cross_checks.overview import SalesTable
from ometria_import.prepare.records.line_totals import Fit
from ometria_import.prepare.records.shared_columns import (
    ContactColumns,
    OrderColumns,
    OrderTotals,
    ProductColumns,
)
from ometria_import.prepare.rows.key_hashes import is_among
from ometria_import.prepare.same_keys.outcomes import SharedKeys, Way
from ometria_import.prepare.spill.spill import EntrySpill
from ometria_import.problems import Origin
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Entries, Mask, Rows, Texts, mask_of

_TOTALS = [
    ("period", np.int32),
    ("currency", np.int32),
    ("is_valid", np.int8),
    ("low", np.int64),
    ("high", np.int64),
]
_ORDER = np.dtype(
    [
        *_TOTALS,
        ("fit", np.int8),
        ("refers", np.int8),
        ("joins", np.int8),
        ("items", np.int32),
        ("joined_items", np.int32),
        ("source", np.int64),
        ("line", np.int64),
    ]
)
_LEFT_OUT, _HELD_BACK = "left_out", "held_back"
_CAUSES = np.array([each.name.lower() for each in Way])
_PLACES = 3
_YEAR_CHARS = len("2024")
_MASKED = (r"^\s*([^@\s])[^@]*(@[^@]+)$", "\\1\u2026\\2")


class CrossChecks:
    """The cross-check data of one input; products and contacts must be added before orders."""

    def __init__(
        self,
        folder: Path,
        object_types: Collection[ObjectType],
        by: Period,
        superseded: Callable[[ObjectType], Rows],
        paths: Sequence[str],
    ) -> None:
        """Set up the collection.

        Args:
            folder: The folder for temporary files.
            object_types: The object types in the input.
            by: The period by which the table of orders is grouped.
            superseded: Returns the sorted numbers of the superseded records of an object type,
                once all its records were added.
            paths: The paths of the sources, in the order of their numbers.
        """
        self._paths = paths
        self._has = frozenset(object_types)
        self._by = by
        self._superseded = superseded
        self._stack = ExitStack()
        self._products, self._ids, self._emails = (KnownKeys(folder) for _ in range(3))
        self._lost_products, self._lost_contacts = Orphans(folder), Orphans(folder)
        self._orders = EntrySpill(folder, _ORDER)
        self._counts: Counter[ObjectType] = Counter()
        self._unsent: defaultdict[str, SalesTable] = defaultdict(SalesTable)
        self._settled_orders: SharedKeys | None = None
        self._numbers: dict[str, dict[str, int]] = {"period": {}, "currency": {}}
        self._consents = ContactConsents(folder, paths)
        for each in (
            self._orders,
            self._consents,
            self._products,
            self._ids,
            self._emails,
            self._lost_products,
            self._lost_contacts,
        ):
            self._stack.callback(each.close)

    def close(self) -> None:
        """Remove the temporary files."""
        self._stack.close()

    def add(self, chunk: PreparedChunk, source: NumberedSource) -> None:
        """Add the next records of an object type."""
        columns, lines = chunk.shared, chunk.lines
        if (unsent := chunk.unsent_orders) is not None:
            orders = np.zeros(len(unsent.is_left_out), _TOTALS)
            self._fill_in(orders, unsent.totals)
            self._count_unsent(orders, np.where(unsent.is_left_out, _LEFT_OUT, "rejected"))
        match columns:
            case ProductColumns():
                if ObjectType.ORDER in self._has:
                    self._products.add(columns.ids, self._counts[ObjectType.PRODUCT])
                self._counts[ObjectType.PRODUCT] += len(lines)
            case ContactColumns():
                self._add_contacts(columns, len(lines))
                self._consents.add(chunk, columns, source)
            case OrderColumns():
                self._add_orders(columns, source.number, lines)

    def settle(self, object_type: ObjectType, found: SharedKeys) -> None:
        """Update contacts with their values after other contacts were merged into them."""
        if object_type is ObjectType.ORDER:
            self._settled_orders = found
        if object_type is not ObjectType.CONTACT:
            return
        customer_ids = found.customer_ids
        if customer_ids and ObjectType.ORDER in self._has:
            numbers, ids = zip(*customer_ids, strict=True)
            self._ids.add_of(pa.array(ids, pa.string()), np.array(numbers, np.int64))
        self._consents.settle(found)

    def settle_opposed(self, settled: Settled) -> None:
        """Take what became of an address that opts in and out."""
        self._consents.settle_opposed(settled)

    def finish(self) -> CrossCheckReport:
        """Compute the results of the checks from the collected data."""
        superseded = self._superseded(ObjectType.ORDER)
        table, sums, places = SalesTable(), Counter[str](), list[Origin]()
        for numbers, entries in _numbered(self._orders):
            is_unsent = is_among(numbers, superseded)
            if is_unsent.any():
                self._count_unsent(entries[is_unsent], self._causes_of(numbers[is_unsent]))
            orders = entries[~is_unsent]
            table.add(orders)
            for name in ("refers", "joins", "items", "joined_items"):
                sums[name] += int(orders[name].sum(dtype=np.int64))
            sums["checked"] += int((orders["fit"] != Fit.UNKNOWN).sum())
            off = orders[orders["fit"] == Fit.OFF]
            sums["off"] += len(off)
            for each in off[: _PLACES - len(places)]:
                places.append(Origin(self._paths[int(each["source"]) - 1], int(each["line"])))
        months, currencies = (list(each) for each in self._numbers.values())
        periods = [each[:_YEAR_CHARS] for each in months] if self._by is Period.YEAR else months
        optins, consents = self._consents.finish(self._superseded(ObjectType.CONTACT))
        return CrossCheckReport(
            Join(
                sums["items"],
                sums["joined_items"],
                ObjectType.PRODUCT in self._has,
                self._lost_products.most_frequent(superseded),
            ),
            Join(
                sums["refers"],
                sums["joins"],
                ObjectType.CONTACT in self._has,
                self._lost_contacts.most_frequent(superseded),
            ),
            LineTotals(sums["checked"], sums["off"], tuple(places)),
            table.rows(periods, currencies),
            {cause: each.rows(months, currencies) for cause, each in sorted(self._unsent.items())},
            optins,
            consents,
        )

    def _add_contacts(self, columns: ContactColumns, count: int) -> None:
        number = self._counts[ObjectType.CONTACT]
        self._counts[ObjectType.CONTACT] += count
        if ObjectType.ORDER in self._has:
            if columns.customer_ids is not None:
                self._ids.add(columns.customer_ids, number)
            if columns.emails is not None:
                self._emails.add(pc.utf8_lower(columns.emails), number)

    def _add_orders(self, columns: OrderColumns, source: int, lines: Rows) -> None:
        first = self._counts[ObjectType.ORDER]
        self._counts[ObjectType.ORDER] += len(lines)
        orders = np.zeros(len(lines), _ORDER)
        self._fill_in(orders, columns.totals)
        orders["fit"] = columns.fits
        orders["source"], orders["line"] = source, lines
        orders["items"] = np.bincount(columns.item_orders, minlength=len(lines))
        self._join_contacts(columns, orders, first)
        self._join_products(columns, orders, first)
        self._orders.add(orders)

    def _fill_in(self, orders: Entries, totals: OrderTotals) -> None:
        """Give entries what their orders add to revenue."""
        orders["period"] = self._numbers_of(totals.months, self._numbers["period"])
        orders["currency"] = self._numbers_of(totals.currencies, self._numbers["currency"])
        orders["is_valid"] = totals.is_valid
        orders["low"], orders["high"] = totals.amounts[:, 0], totals.amounts[:, 1]

    def _count_unsent(self, orders: Entries, causes: npt.NDArray[np.str_]) -> None:
        for cause in np.unique(causes).tolist():
            self._unsent[cause].add(orders[causes == cause])

    def _causes_of(self, numbers: Rows) -> npt.NDArray[np.str_]:
        """Why orders that were accepted are not sent: their key, or else their age."""
        ways = np.full(len(numbers), -1, np.int8)
        if (found := self._settled_orders) is not None and len(found.ways):
            order = np.argsort(found.records["number"])
            known = found.records["number"][order]
            is_known = is_among(numbers, known)
            ways[is_known] = found.ways[order][np.searchsorted(known, numbers[is_known])]
        return np.where(ways > 0, _CAUSES[ways], _HELD_BACK)

    def _join_contacts(self, columns: OrderColumns, orders: Entries, first: int) -> None:
        """Orders refer to a contact by its customer id, else by its email address."""
        has_contacts = ObjectType.CONTACT in self._has
        if has_contacts:
            for known in (self._ids, self._emails):
                known.seal(self._superseded(ObjectType.CONTACT))
        refers, joins = np.zeros(len(orders), bool), np.zeros(len(orders), bool)
        shown = []
        emails = columns.customer_emails
        for keys, known in (
            (columns.customer_ids, self._ids),
            (None if emails is None else pc.utf8_lower(emails), self._emails),
        ):
            if keys is None:
                continue
            given = mask_of(keys.is_valid())
            shown.append((keys, given & ~refers))
            refers |= given
            if has_contacts:
                rows = np.flatnonzero(given)
                joins[rows] |= known.contains(keys.filter(given))
        orders["refers"], orders["joins"] = refers, joins
        if has_contacts:
            for keys, is_shown in shown:
                lost = np.flatnonzero(is_shown & ~joins)
                masked = pc.replace_substring_regex(keys.take(lost), *_MASKED)
                self._lost_contacts.add(masked, lost + first)

    def _join_products(self, columns: OrderColumns, orders: Entries, first: int) -> None:
        if ObjectType.PRODUCT not in self._has or columns.product_ids is None:
            return
        self._products.seal(self._superseded(ObjectType.PRODUCT))
        joins = _is_known(columns.product_ids, self._products)
        if columns.variant_ids is not None:
            joins |= _is_known(columns.variant_ids, self._products)
        of_orders = columns.item_orders
        orders["joined_items"] = np.bincount(of_orders[joins], minlength=len(orders))
        lost = np.flatnonzero(~joins)
        self._lost_products.add(columns.product_ids.take(lost), of_orders[lost] + first)

    @staticmethod
    def _numbers_of(texts: Texts, numbers: dict[str, int]) -> Rows:
        """Number distinct texts in order of first appearance; null counts as an empty text."""
        encoded = pc.fill_null(texts, "").dictionary_encode()
        words = encoded.dictionary.to_pylist()
        of_words = np.array([numbers.setdefault(word, len(numbers)) for word in words], np.int64)
        found: Rows = of_words[encoded.indices.to_numpy()]
        return found


def _numbered(spill: EntrySpill) -> Iterator[tuple[Rows, Any]]:
    """The entries of one part, in slices, with their numbers."""
    number = 0
    for entries in spill.blocks():
        yield np.arange(number, number + len(entries)), entries
        number += len(entries)


def _is_known(ids: Texts, known: KnownKeys) -> Mask:
    """A mask of the known ids; each distinct id is looked up once."""
    encoded = ids.dictionary_encode()
    is_known = np.append(known.contains(encoded.dictionary), False)
    found: Mask = is_known[pc.fill_null(encoded.indices, -1).to_numpy()]
    return found
