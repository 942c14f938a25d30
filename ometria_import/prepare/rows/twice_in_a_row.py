"""Adjacent rows of one order that are equal in every cell.

They are either several pieces of one product with one row each, or rows that were written twice,
for example by concatenating two overlapping exports. The order's total tells which. If it does
not, a single repeated row counts, and a repeated block of several rows does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.records.line_totals import Fit, fits_of_orders
from ometria_import.prepare.rows.grouping import Grouped
from ometria_import.prepare.rows.repeated_rows import row_hashes
from ometria_import.problems import Finding, Located, catalogue
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Mask, Rows

_PRODUCT = "lineitems.product_id"
_PRODUCT_BITS = 32


class Made(NamedTuple):
    """The records made from the rows of a chunk."""

    table: pa.Table
    grouped: Grouped
    assembled: Assembled


@dataclass(frozen=True, slots=True)
class _Order:
    """An order with equal rows."""

    record: int
    first: Rows
    """The rows that do not equal any earlier row."""
    again: Rows
    """The rows that repeat an earlier row."""
    is_block: bool
    """Whether its rows are one block of rows, repeated several times."""


class Repeats(NamedTuple):
    """The decision about equal rows."""

    is_dropped: Mask
    notices: list[Located]


def repeats_in(made: Made, chunk: RowChunk, make: Callable[[Mask], Made]) -> Repeats | None:
    """Find rows that were written twice; None if no rows are equal.

    Args:
        made: The records made from all rows of the chunk.
        chunk: The rows of the chunk.
        make: Makes records from only some of the rows.
    """
    orders = list(_orders(made))
    if not orders:
        return None
    fits = _fits(made)
    doubtful = [each for each in orders if fits[each.record] != Fit.NEAR]
    if not doubtful:
        return None
    is_dropped = np.zeros(len(made.table), bool)
    is_tried = np.zeros(len(made.table), bool)
    for each in doubtful:
        is_tried[each.first] = True
    fits_once = _fits(make(is_tried))
    notices = []
    # The trial's records are the doubtful orders in the same order, as each keeps its first row.
    for each, fit in zip(doubtful, fits_once.tolist(), strict=True):
        is_twice = fit == Fit.NEAR or each.is_block
        row, other = each.again[0], chunk.lines[each.first[0]]
        if is_twice:
            is_dropped[each.again] = True
            words = f"{len(each.again)} rows of the order of line {other} stand twice; counted once"
            notices.append(chunk.located(row, Finding(catalogue.REPEATED, words)))
        else:
            words = f"a row of the order of line {other} is the same as this one; both were kept"
            notices.append(chunk.located(row, Finding(catalogue.REPEATED_ITEM, words)))
    return Repeats(is_dropped, notices)


def _orders(made: Made) -> Iterator[_Order]:
    products, items = made.assembled.values.get(_PRODUCT), made.assembled.items.get("lineitems")
    if products is None or items is None:
        return
    grouped = made.grouped
    counts = grouped.row_counts
    several = np.flatnonzero(counts[items.parents] > 1)
    if not len(several):
        return
    parents = items.parents[several]
    texts = products.take(pa.array(several)).fill_null("").dictionary_encode()
    # A unique number for each product of each order: chunks have fewer products than that.
    pairs = (parents << _PRODUCT_BITS) + texts.indices.to_numpy()
    ranked = np.sort(pairs)
    same = ranked[1:][ranked[1:] == ranked[:-1]]
    records = np.unique(same >> _PRODUCT_BITS)
    if not len(records):
        return
    rows_of = [np.arange(counts[each]) + grouped.starts[each] for each in records.tolist()]
    # All records at once: a call for one costs as much as a call for thousands of rows.
    hashes = iter(row_hashes(made.table.take(pa.array(np.concatenate(rows_of)))))
    for record, rows in zip(records.tolist(), rows_of, strict=True):
        yield from _with_same_rows(record, rows, list(islice(hashes, len(rows))))


def _with_same_rows(
    record: int, rows: npt.NDArray[np.int64], hashes: Sequence[int]
) -> Iterator[_Order]:
    seen: set[int] = set()
    is_again = np.zeros(len(rows), bool)
    for place, each in enumerate(hashes):
        is_again[place] = each in seen
        seen.add(each)
    if is_again.any():
        own = list(hashes)
        block = own[: len(seen)]
        times = len(own) // len(block)
        is_block = len(block) > 1 and own == block * times
        yield _Order(record, rows[~is_again], rows[is_again], is_block)


def _fits(made: Made) -> npt.NDArray[np.int8]:
    items = made.assembled.items.get("lineitems")
    count = len(made.grouped.starts)
    if items is None:
        return np.full(count, Fit.UNKNOWN, np.int8)
    return fits_of_orders(made.assembled.values, items, count)
