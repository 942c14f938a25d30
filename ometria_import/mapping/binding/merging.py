"""Cells from several places as one: items of several files, records of groups and their members."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.cells import Cells, ItemCells, OptionCells, is_filled

Order = npt.NDArray[np.int64]
Name = TypeVar("Name")


def merged_items(parts: Sequence[ItemCells]) -> ItemCells:
    """The items of all parts; those of one parent in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    parents = np.concatenate([part.parents for part in parts])
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(parents, kind="stable")
    cells = merged_cells([part.cells for part in parts], [part.rows for part in parts], order)
    return ItemCells(parents[order], rows[order], cells)


def merged_cells(parts: Sequence[Cells], rows: Sequence[Order], order: Order) -> Cells:
    """The entries of all parts, one after the other, and then in another order.

    Args:
        parts: The cells to merge; a field that one part has no column for is blank in its entries.
        rows: The source row of each entry, by part.
        order: The number of each entry of the outcome among those of all parts.
    """
    as_items = {
        name for part in parts for name in part.items if any(name in p.options for p in parts)
    }
    whole = [
        without_option_columns(part, of_part, as_items) if as_items else part
        for part, of_part in zip(parts, rows, strict=True)
    ]
    return _reordered(_concatenated(whole), order)


def without_option_columns(cells: Cells, rows: Order, names: set[str]) -> Cells:
    """The same cells with options of some kinds as lists, because other entries have lists."""
    items = dict(cells.items)
    for name in names & set(cells.options):
        lists = [_option_list(option, rows) for option in cells.options[name]]
        items[name] = merged_items([*lists, *([items[name]] if name in items else [])])
    options = {name: each for name, each in cells.options.items() if name not in names}
    return dataclasses.replace(cells, options=options, items=items)


def _option_list(option: OptionCells, rows: Order) -> ItemCells:
    """The options of one column; a blank half repeats the other."""
    halves = [half for half in (option.id, option.label) if half is not None]
    ids, labels = halves[0], halves[-1]
    if len(halves) > 1:
        ids, labels = (
            pc.if_else(pc.invert(pa.array(is_filled(own))), other, own)
            for own, other in ((ids, labels), (labels, ids))
        )
    kept = np.flatnonzero(is_filled(ids))
    places = pa.array(kept)
    columns = {
        "type": pa.repeat(pa.scalar(option.type), len(kept)),
        "id": ids.take(places),
        "label": labels.take(places),
    }
    return ItemCells(kept, rows[kept], Cells(len(kept), columns))


def _concatenated(parts: Sequence[Cells]) -> Cells:
    """The entries of all parts; what one of them has no column for is blank."""
    lengths = [part.length for part in parts]
    cells = Cells(sum(lengths))
    cells.may_be_out_of_place = all(part.may_be_out_of_place for part in parts)
    columns = [dict(part.columns()) for part in parts]
    blank = pa.scalar("", pa.string())
    for place in _names(columns):
        texts = [
            each[place] if place in each else pa.repeat(blank, length)
            for each, length in zip(columns, lengths, strict=True)
        ]
        cells.put(place, pa.concat_arrays(texts))
    if any(part.raw_properties is not None for part in parts):
        raw = [
            pa.repeat(blank, part.length) if part.raw_properties is None else part.raw_properties
            for part in parts
        ]
        cells.raw_properties = pa.concat_arrays(raw)
        cells.raw_property_kinds = {
            name: kind for part in reversed(parts) for name, kind in part.raw_property_kinds.items()
        }
    starts = np.cumsum([0, *lengths[:-1]])
    for name in _names(part.items for part in parts):
        inner = [
            ItemCells(items.parents + start, items.rows, items.cells)
            for part, start in zip(parts, starts.tolist(), strict=True)
            if (items := part.items.get(name)) is not None
        ]
        cells.items[name] = merged_items(inner)
    return cells


def _names(parts: Iterable[Iterable[Name]]) -> list[Name]:
    return list(dict.fromkeys(name for part in parts for name in part))


def _reordered(cells: Cells, order: Order) -> Cells:
    """The entries in another order, their own items with them."""
    places = pa.array(order)
    taken = cells.take(places)
    if cells.raw_properties is not None:
        taken.raw_properties = cells.raw_properties.take(places)
        taken.raw_property_kinds = cells.raw_property_kinds
    place_of = np.empty(len(order), np.int64)
    place_of[order] = np.arange(len(order))
    for name, items in cells.items.items():
        parents = place_of[items.parents]
        inner = np.argsort(parents, kind="stable")
        taken.items[name] = ItemCells(
            parents[inner], items.rows[inner], _reordered(items.cells, inner)
        )
    return taken
