"""Mapping rows of records and rows of their items that were put into one table.

The table has the records' own columns, those of each item file under names of their own, and
`FILE_COLUMN`, which says where a row comes from. The cells of all other files are blank in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.binding.joined_options import with_options
from ometria_import.mapping.binding.merging import merged_items
from ometria_import.mapping.cells import Cells, ItemCells, MappedRows, OptionCells
from ometria_import.mapping.items.item_columns import ItemMapping
from ometria_import.mapping.items.option_columns import OptionMapping
from ometria_import.mapping.model import TableMapping
from ometria_import.mapping.record_keys import as_keys
from ometria_import.schema import Field, ObjectSchema
from ometria_import.schema.field_types import Conventions

FILE_COLUMN = "\x1ffile"
"""Blank for a row of the records' file, else the number of the item file. No name of a source's
column holds such a character."""

Rows = npt.NDArray[np.int64]
_NO_ITEMS = ItemCells(np.empty(0, np.int64), np.empty(0, np.int64), Cells(0))


def item_column(number: int, name: str) -> str:
    """The name that a column of an item file has among all others."""
    return f"{number}\x1f{name}"


def record_keys(mapping: TableMapping, table: Any) -> Any:
    """What items name their records by: what the records' own rows are grouped by, or their id."""
    keys = mapping.group_keys(table)
    return as_keys(mapping.texts(table)["id"]) if keys is None else keys


@dataclass(frozen=True, slots=True)
class JoinedMapping:
    """The mapping of such a table."""

    records: TableMapping
    header: tuple[str, ...]
    """The records' own columns."""
    items: tuple[ItemMapping | OptionMapping, ...]
    item_headers: tuple[tuple[str, ...], ...]

    @property
    def schema(self) -> ObjectSchema:
        """What the records are."""
        return self.records.schema

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Columns of the records' file that no field knows."""
        return self.records.unmapped

    @property
    def type_column(self) -> str:
        """The records' column that holds `@type`, or empty; it is blank for items."""
        return self.records.type_column

    def fields(self) -> dict[str, Field]:
        """The fields that some column of some file feeds, by path."""
        fed = dict(self.records.fields())
        for each in self.items:
            fed |= each.columns.fields()
        return fed

    def column_of(self, path: str) -> str:
        """The column that feeds a field, or the path itself where none does."""
        if path not in self.records.fields():
            for each in self.items:
                if path in each.columns.fields():
                    return each.columns.column_of(path)
        return self.records.column_of(path)

    @property
    def name(self) -> str:
        """Of the mapping of the records."""
        return self.records.name

    @property
    def keeps_unmapped(self) -> bool:
        """Whether columns of the records' file that no field knows go into `properties`."""
        return self.records.keeps_unmapped

    def conventions(self, path: str, given: Conventions) -> Conventions:
        """How the texts of a field are to be read; `given` is what the user said."""
        if path in self.records.fields():
            return self.records.conventions(path, given)
        for each in self.items:
            if path in each.columns.fields():
                return each.columns.conventions(path, given)
        return given

    @property
    def ignores_case(self) -> bool:
        """As the records do."""
        return self.records.ignores_case

    def own_rows(self, table: Any) -> tuple[Any, str] | None:
        """Which of the records' rows each of them needs one of; no row of items is such."""
        (_, rows, own), *_ = self._by_file(table)
        if (needed := self.records.own_rows(own)) is None:
            return None
        mask, reason = needed
        is_own = np.zeros(len(table), bool)
        is_own[rows[mask]] = True
        return is_own, reason

    def left_out(self, table: Any) -> Any | None:
        """The records' rows that are no record of their own; every row of items is one."""
        (_, rows, own), *_ = self._by_file(table)
        mask = self.records.left_out(own)
        if mask is None:
            return None
        left_out = np.zeros(len(table), bool)
        left_out[rows] = mask
        return left_out

    def texts(self, table: Any) -> dict[str, Any]:
        """The cells of every field that some column feeds, of all files one after the other."""
        parts: dict[str, list[Any]] = {}
        for mapping, _, own in self._by_file(table):
            for path, texts in mapping.texts(own).items():
                parts.setdefault(path, []).append(texts)
        return {path: pa.concat_arrays(texts) for path, texts in parts.items()}

    def group_keys(self, table: Any) -> Any:
        """The key of each row's record; blank for records without one."""
        found = [
            (record_keys(self.records, own), rows) for _, rows, own in self._by_file(table)[:1]
        ]
        for each, (_, rows, own) in zip(self.items, self._by_file(table)[1:], strict=True):
            keys = each.keys(own)
            found.append((pc.utf8_lower(keys) if self.ignores_case else keys, rows))
        keys = pa.concat_arrays([keys for keys, _ in found])
        return keys.take(pa.array(np.argsort(np.concatenate([rows for _, rows in found]))))

    def apply(self, table: Any) -> MappedRows:
        """Give the cells of a table to their fields; the rows of items have none of a record."""
        (_, own_rows, own), *of_items = self._by_file(table)
        mapped = self.records.apply(own)
        pieces: dict[str, list[ItemCells]] = {}
        for name, cells in mapped.items.items():
            pieces.setdefault(name, []).append(_moved(cells, own_rows))
        for each, (_, rows, item_table) in zip(self.items, of_items, strict=True):
            if isinstance(each, ItemMapping):
                cells = _moved(each.cells(item_table), rows)
                pieces.setdefault(each.member.name, []).append(cells)
        record = _spread(mapped.record, own_rows, len(table))
        members = mapped.members and _moved(mapped.members, own_rows)
        items = {name: merged_items(parts) for name, parts in pieces.items()}
        for each, (_, rows, option_table) in zip(self.items, of_items, strict=True):
            if isinstance(each, OptionMapping) and len(rows):
                own_items = items.get(each.member.name, _NO_ITEMS)
                keys = self.group_keys(table).to_pylist()
                with_own = with_options(own_items, each, option_table, rows, keys)
                items[each.member.name], findings = with_own
                record.findings += findings
        return MappedRows(record, items, members=members)

    def _by_file(self, table: Any) -> list[tuple[Any, Rows, Any]]:
        """Of each file its mapping, the numbers of its rows, and these under their own names."""
        files = table.column(FILE_COLUMN).combine_chunks()
        names = [self.header, *self.item_headers]
        mappings = [self.records, *(each.columns for each in self.items)]
        found: list[tuple[Any, Rows, Any]] = []
        for number, (mapping, header) in enumerate(zip(mappings, names, strict=True)):
            mask = pc.equal(files, str(number) if number else "")
            columns = [item_column(number, name) if number else name for name in header]
            own = table.select(columns).filter(mask).rename_columns(list(header))
            found.append((mapping, np.flatnonzero(mask.to_numpy(zero_copy_only=False)), own))
        return found


def _moved(items: ItemCells, rows: Rows) -> ItemCells:
    """Items whose parents are rows, under the numbers that these rows have among all."""
    return ItemCells(rows[items.parents], rows[items.rows], _with_rows(items.cells, rows))


def _with_rows(cells: Cells, rows: Rows) -> Cells:
    cells.items = {
        name: ItemCells(each.parents, rows[each.rows], _with_rows(each.cells, rows))
        for name, each in cells.items.items()
    }
    return cells


def _spread(cells: Cells, rows: Rows, length: int) -> Cells:
    """The cells of some rows, blank for all others."""
    numbers = np.full(length, -1, np.int64)
    numbers[rows] = np.arange(len(rows))
    places = pa.array(numbers, mask=numbers < 0)
    spread = cells.take(places)
    for columns in (spread.fields, spread.properties):
        for name, texts in columns.items():
            columns[name] = texts.fill_null("")
    for name, options in spread.options.items():
        spread.options[name] = [
            OptionCells(
                option.type,
                *(
                    None if half is None else half.fill_null("")
                    for half in (option.id, option.label)
                ),
            )
            for option in options
        ]
    spread.findings = [found._replace(row=int(rows[found.row])) for found in cells.findings]
    return spread
