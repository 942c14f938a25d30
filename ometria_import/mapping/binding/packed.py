"""Cells that hold several items, whose values may hold the separators."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ometria_import.did_you_mean import plain
from ometria_import.mapping.binding.rows import NUMBER, ItemRows, TableRows
from ometria_import.mapping.cells import Texts
from ometria_import.mapping.model import Packing

Parts = dict[str, str]


@dataclass(slots=True)
class Unpacker:
    """Cuts packed cells into items."""

    packing: Packing
    _start: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self._start = _start_of_part(self.packing)

    def cut(self, text: str) -> list[Parts]:
        """The items of a cell, each with its parts by plain name.

        A cell that is not blank and has no part that is known is one item without parts, so that
        it is reported and not lost.
        """
        if not text.strip():
            return []
        return self._by_position(text) if self.packing.by_position else self._by_name(text)

    def _by_name(self, text: str) -> list[Parts]:
        found = list(self._start.finditer(text))
        ends = [*(each.start() for each in found[1:]), len(text)]
        items: list[Parts] = [{}]
        for each, end in zip(found, ends, strict=False):
            name = plain(each.group("name"))
            if items[-1] and (each.group("item") is not None or name in items[-1]):
                items.append({})
            items[-1][name] = text[each.end() : end].strip()
        last = self.packing.items_between.strip()
        if last and found:
            name = plain(found[-1].group("name"))
            items[-1][name] = items[-1][name].removesuffix(last).strip()
        return items

    def _by_position(self, text: str) -> list[Parts]:
        packing = self.packing
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

    def items_of(self, rows: TableRows) -> ItemRows | None:
        """All items of some rows; None where the file has no such column."""
        import numpy as np
        import pyarrow as pa

        column = self.packing.column
        numbers = rows.numbers(column) if NUMBER in column else ("",)
        row_of, number_of, parts = [], [], []
        is_there = False
        for index, number in enumerate(numbers):
            texts = rows.column(column.replace(NUMBER, number))
            if texts is None:
                continue
            is_there = True
            for row, items in enumerate(self._cut_all(texts)):
                row_of.extend([row] * len(items))
                number_of.extend([index] * len(items))
                parts.extend(items)
        if not is_there:
            return None
        order = np.argsort(np.asarray(row_of, np.int64), kind="stable")
        columns = {
            plain(name): pa.array([parts[each].get(plain(name), "") for each in order], pa.string())
            for name in self.packing.names
        }
        return ItemRows(
            rows,
            np.asarray(row_of, np.int64)[order],
            numbers if NUMBER in column else (),
            np.asarray(number_of, np.int64)[order],
            columns,
        )

    def _cut_all(self, texts: Texts) -> list[list[Parts]]:
        known: dict[str, list[Parts]] = {}
        cut = []
        for text in texts.to_pylist():
            if text not in known:
                known[text] = self.cut(text)
            cut.append(known[text])
        return cut


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
