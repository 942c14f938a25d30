"""Rows that are left out and give the record of their group nothing."""

from __future__ import annotations

from typing import Any

from ometria_import.mapping.cells import Cells, ItemCells, Texts


def without_rows(record: Cells, left_out: Any) -> None:
    """Take what some rows say out of the cells of records, before rows are put together.

    Args:
        record: The cells, one entry for each row; changed in place.
        left_out: Which rows these are, a mask.
    """
    import pyarrow as pa

    for place, texts in list(record.columns()):
        record.put(place, blanked(texts, left_out))
    if record.raw_properties is not None:
        record.raw_properties = blanked(record.raw_properties, left_out)
    for name, items in record.items.items():
        kept = ~left_out[items.rows]
        cells = items.cells.take(pa.array(kept.nonzero()[0]))
        record.items[name] = ItemCells(items.parents[kept], items.rows[kept], cells)
    record.findings = [each for each in record.findings if not left_out[each.row]]


def blanked(texts: Texts, left_out: Any) -> Texts:
    """Texts that are blank in the rows of a mask."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(left_out), "", texts)
