"""Attributes that rows of one record repeat."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.cells import Cells, ItemCells
from ometria_import.schema import ObjectSchema, Options


def name_options_once(cells: Cells, schema: ObjectSchema) -> None:
    """Keep each of a record's own options once, where its rows name the same one again."""
    for member in schema.members:
        if isinstance(member, Options) and member.name in cells.items:
            cells.items[member.name] = _once(cells.items[member.name])


def _once(items: ItemCells) -> ItemCells:
    if len(items.parents) < 2:  # noqa: PLR2004 -- one cannot repeat another
        return items
    parts = [pc.utf8_trim_whitespace(texts) for texts in items.cells.fields.values()]
    owners = pa.array(items.parents).cast(pa.string())
    whole = pc.binary_join_element_wise(owners, *parts, "\x1f").dictionary_encode()
    _, first = np.unique(whole.indices.to_numpy(), return_index=True)
    if len(first) == len(items.parents):
        return items
    kept = np.sort(first)
    return ItemCells(items.parents[kept], items.rows[kept], items.cells.take(pa.array(kept)))
