"""Giving line items the options that stand in a file of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ometria_import.mapping.binding.merging import merged_cells
from ometria_import.mapping.cells import Cells, ItemCells
from ometria_import.mapping.items.option_columns import HALVES, OptionMapping
from ometria_import.mapping.record_keys import as_keys
from ometria_import.problems import Finding, Located, catalogue, shorten

Rows = npt.NDArray[np.int64]
Matched = tuple[int, int, tuple[str, ...]]
"""An item's number, the row of an option, and the option."""


def with_options(
    items: ItemCells, mapping: OptionMapping, table: Any, rows: Rows, keys: list[str]
) -> tuple[ItemCells, list[Located]]:
    """Give items their options.

    Args:
        items: Of many records; their rows are among those of the joined table.
        mapping: Of the options.
        table: The rows of options.
        rows: Their numbers in the joined table.
        keys: What each row of the joined table has in common with those of its record.

    Returns:
        The items, and a finding for each option that fits none of them.
    """
    matched, findings = _match(items, mapping, table, rows, keys)
    if not matched:
        return items, findings
    matched.sort(key=lambda each: (each[0], each[1]))
    options = ItemCells(
        np.array([item for item, _, _ in matched], np.int64),
        np.array([row for _, row, _ in matched], np.int64),
        Cells(
            len(matched),
            {
                half: pa.array([option[place] for _, _, option in matched], pa.string())
                for place, half in enumerate(HALVES)
            },
        ),
    )
    length = items.cells.length
    # As entries without items of their own, so that those there are stay and these come behind.
    of_file = Cells(length, items={mapping.options: options})
    both = merged_cells([items.cells, of_file], [items.rows, items.rows], np.arange(2 * length))
    merged = both.items[mapping.options]
    merged = ItemCells(merged.parents % length, merged.rows, merged.cells)
    order = np.argsort(merged.parents, kind="stable")
    cells = _reordered_items(items.cells, mapping.options, merged, order)
    return ItemCells(items.parents, items.rows, cells), findings


def _reordered_items(cells: Cells, name: str, merged: ItemCells, order: Rows) -> Cells:
    import dataclasses

    taken = merged.cells.take(pa.array(order))
    own = ItemCells(merged.parents[order], merged.rows[order], taken)
    options = {kind: each for kind, each in cells.options.items() if kind != name}
    return dataclasses.replace(cells, options=options, items={**cells.items, name: own})


def _match(
    items: ItemCells, mapping: OptionMapping, table: Any, rows: Rows, keys: list[str]
) -> tuple[list[Matched], list[Located]]:
    by_record: dict[str, list[int]] = {}
    for number, row in enumerate(items.rows.tolist()):
        by_record.setdefault(keys[row], []).append(number)
    fields = {
        field: as_keys(items.cells.fields[field]).to_pylist()
        for field in mapping.item_columns
        if field in items.cells.fields
    }
    matched: list[Matched] = []
    findings = []
    for row, (said, option) in zip(rows.tolist(), mapping.rows(table), strict=True):
        fitting = list(_fitting(by_record.get(keys[row], ()), said, fields))
        matched.extend((number, row, option) for number in fitting)
        if not fitting:
            words = ", ".join(f"{field} '{shorten(text)}'" for field, text in said.items())
            message = f"no {mapping.member.singular} of it has {words or 'what it says'}"
            finding = Finding(catalogue.PART_DROPPED, f"{message}; the option was dropped")
            path = f"{mapping.member.name}.{mapping.options}"
            findings.append(Located(row, path, shorten(" ".join(option)), finding))
    return matched, findings


def _fitting(
    items: Iterable[int], said: dict[str, str], fields: dict[str, list[str]]
) -> Iterator[int]:
    for number in items:
        if said and all(
            field in fields and fields[field][number] == text for field, text in said.items()
        ):
            yield number
