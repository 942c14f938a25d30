"""The items of rows: one in each, one for each number of a family, or several in a cell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ometria_import.mapping.binding.rows import ItemRows, TableRows
from ometria_import.mapping.expressions.model import NUMBER, is_blank
from ometria_import.mapping.model import ItemSource, Packing
from ometria_import.options.did_you_mean import plain

Parts = dict[str, str]


def items_of(item: ItemSource, rows: TableRows, left_out: Any | None) -> ItemRows | None:
    """The items of one kind.

    Args:
        item: The definition of the items.
        rows: The rows that they stand in.
        left_out: Which of these have none, a mask; None where all may have some.

    Returns:
        The items in the order of their rows; None where the file has no column to unpack.
    """
    import numpy as np

    every = np.arange(rows.length)
    names = dict.fromkeys(name for each in item.fields for name in each.source.columns())
    families = [name for name in names if rows.names.is_family(name)]
    found_numbers = {each for name in families for each in rows.numbers(name)}
    numbers = sorted(found_numbers, key=lambda number: (int(number), number))
    if item.packing is not None:
        unpacked = _unpacked(item.packing, rows)
        if unpacked is None:
            return None
        found, present = unpacked, np.ones(unpacked.length, bool)
    elif numbers:
        number_of = np.tile(np.arange(len(numbers)), rows.length)
        found = ItemRows(rows, np.repeat(every, len(numbers)), tuple(numbers), number_of)
        present = _says_something(found, families)
    else:
        found = ItemRows(rows, every)
        present = _says_something(found, (name for name in names if name not in families))
    if item.where is not None:
        holds = item.where.holds(found).to_numpy(zero_copy_only=False)
        # A row is an item where the condition says so, even if it holds nothing; of the numbers
        # of a family most say nothing, and these are none whatever the condition says.
        present = present & holds if item.packing is not None or numbers else holds
    if left_out is not None:
        present = present & ~left_out[found.row_of]
    return found.kept(present)


def _says_something(found: ItemRows, names: Iterable[str]) -> Any:
    """Which entries have a cell that is not blank in any of some columns."""
    import numpy as np

    present = np.zeros(found.length, bool)
    for name in names:
        if (texts := found.column(name)) is not None:
            present |= ~is_blank(texts).to_numpy(zero_copy_only=False)
    return present


def _unpacked(packing: Packing, rows: TableRows) -> ItemRows | None:
    """All items in the packed cells of some rows; None where the file has no such column."""
    import numpy as np
    import pyarrow as pa

    column = packing.column
    numbers = rows.numbers(column) if NUMBER in column else ("",)
    start = _start_of_part(packing)
    known: dict[str, list[Parts]] = {}
    row_of, number_of, parts = [], [], []
    is_there = False
    for index, number in enumerate(numbers):
        texts = rows.column(column.replace(NUMBER, number))
        if texts is None:
            continue
        is_there = True
        for row, text in enumerate(texts.to_pylist()):
            if text not in known:
                known[text] = _cut(packing, start, text)
            items = known[text]
            row_of.extend([row] * len(items))
            number_of.extend([index] * len(items))
            parts.extend(items)
    if not is_there:
        return None
    order = np.argsort(np.asarray(row_of, np.int64), kind="stable")
    columns = {
        plain(name): pa.array([parts[each].get(plain(name), "") for each in order], pa.string())
        for name in packing.names
    }
    return ItemRows(
        rows,
        np.asarray(row_of, np.int64)[order],
        numbers if NUMBER in column else (),
        np.asarray(number_of, np.int64)[order],
        columns,
    )


def _cut(packing: Packing, start: re.Pattern[str], text: str) -> list[Parts]:
    """The items of a cell, each with its parts by plain name.

    A cell that is not blank and has no part that is known is one item without parts, so that it
    is reported and not lost.
    """
    if not text.strip():
        return []
    if packing.by_position:
        return _cut_by_position(packing, text)
    found = list(start.finditer(text))
    ends = [*(each.start() for each in found[1:]), len(text)]
    items: list[Parts] = [{}]
    for each, end in zip(found, ends, strict=False):
        name = plain(each.group("name"))
        if items[-1] and (each.group("item") is not None or name in items[-1]):
            items.append({})
        items[-1][name] = text[each.end() : end].strip()
    last = packing.items_between.strip()
    if last and found:
        name = plain(found[-1].group("name"))
        items[-1][name] = items[-1][name].removesuffix(last).strip()
    return items


def _cut_by_position(packing: Packing, text: str) -> list[Parts]:
    cells = text.split(packing.items_between) if packing.items_between else [text]
    count = len(packing.names) - 1
    return [
        {
            plain(name): part.strip()
            for name, part in zip(
                packing.names, cell.split(packing.parts_between, count), strict=False
            )
        }
        for cell in cells
        if cell.strip()
    ]


def _start_of_part(packing: Packing) -> re.Pattern[str]:
    """Where a known name stands at the cell's beginning or behind a separator."""
    longest_first = sorted(packing.names, key=len, reverse=True)
    names = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in longest_first)
    item, part = _separator(packing.items_between), _separator(packing.parts_between)
    before = rf"\A|(?P<item>{item})|{part}" if item else rf"\A(?P<item>(?!))?|{part}"
    within = re.escape(packing.within.strip() or packing.within)
    return re.compile(rf"(?:{before})\s*(?P<name>{names})\s*{within}", re.IGNORECASE)


def _separator(text: str) -> str:
    stripped = text.strip()
    return rf"\s*{re.escape(stripped)}" if stripped else re.escape(text)
