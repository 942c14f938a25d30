"""Giving line items the options that stand in a file of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from ometria_import.mapping.binding.merging import merged_items, without_option_columns
from ometria_import.mapping.cells import Cells, ItemCells
from ometria_import.mapping.record_keys import as_keys
from ometria_import.problems import Finding, Located, catalogue, shorten
from ometria_import.schema import Items

PARTS = ("type", "id", "label")


def with_options(
    items: ItemCells, rows: ItemCells, keys: list[str], member: Items, kind: str
) -> tuple[ItemCells, list[Located]]:
    """Give items their options, behind those that they have.

    Args:
        items: Of many records; their rows are among those of the joined table.
        rows: The rows of options, as entries that say of which items they are, and what.
        keys: What each row of the joined table has in common with those of its record.
        member: What the items are.
        kind: What their options are called: `variant_options`.

    Returns:
        The items, and a finding for each option that fits none of them.
    """
    parts = {part: rows.cells.fields[f"{kind}.{part}"] for part in PARTS}
    of_item = {
        name: as_keys(texts).to_pylist()
        for name, texts in rows.cells.fields.items()
        if not name.startswith(f"{kind}.")
    }
    of_items = {
        name: as_keys(items.cells.fields[name]).to_pylist()
        for name in of_item
        if name in items.cells.fields
    }
    by_record: dict[str, list[int]] = {}
    for number, row in enumerate(items.rows.tolist()):
        by_record.setdefault(keys[row], []).append(number)
    matched: list[tuple[int, int]] = []
    findings = []
    for place, row in enumerate(rows.rows.tolist()):
        said = {name: texts[place] for name, texts in of_item.items() if texts[place]}
        fitting = list(_fitting(by_record.get(keys[row], ()), said, of_items))
        matched.extend((number, place) for number in fitting)
        if not fitting:
            words = ", ".join(f"{name} '{shorten(text)}'" for name, text in said.items())
            message = f"no {member.singular} of it has {words or 'what it says'}"
            finding = Finding(catalogue.PART_DROPPED, f"{message}; the option was dropped")
            option = " ".join(texts[place].as_py().strip() for texts in parts.values())
            path = f"{member.name}.{kind}"
            findings.append(Located(row, path, shorten(option), finding))
    matched.sort()
    places = np.array([place for _, place in matched], np.int64)
    taken = pa.array(places)
    found = ItemCells(
        np.array([number for number, _ in matched], np.int64),
        rows.rows[places],
        Cells(len(places), {part: texts.take(taken) for part, texts in parts.items()}),
    )
    cells = without_option_columns(items.cells, items.rows, {kind})
    own = [cells.items[kind]] if kind in cells.items else []
    cells.items[kind] = merged_items([*own, found])
    return ItemCells(items.parents, items.rows, cells), findings


def _fitting(
    items: Iterable[int], said: dict[str, str], fields: dict[str, list[str]]
) -> Iterator[int]:
    for number in items:
        if said and all(
            field in fields and fields[field][number] == text for field, text in said.items()
        ):
            yield number
