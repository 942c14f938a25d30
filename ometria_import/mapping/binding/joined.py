"""Mapping rows of records and rows of their items that were put into one table.

The table has the records' own columns, those of each item file under names of their own, and
`FILE_COLUMN`, which says where a row comes from. The cells of all other files are blank in it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.mapping.binding.joined_options import with_options
from ometria_import.mapping.binding.merging import merged_items
from ometria_import.mapping.cells import Cells, ItemCells, MappedRows, OptionCells
from ometria_import.mapping.model import MappingFile
from ometria_import.problems import Located
from ometria_import.schema import Field
from ometria_import.schema.field_types import Conventions

FILE_COLUMN = "\x1ffile"
"""Blank for a row of the records' file, else the number of the item file. No name of a source's
column holds such a character."""

Rows = npt.NDArray[np.int64]
_NO_ITEMS = ItemCells(np.empty(0, np.int64), np.empty(0, np.int64), Cells(0))


def item_column(number: int, name: str) -> str:
    """The name that a column of an item file has among all others."""
    return f"{number}\x1f{name}"


@dataclass(frozen=True, eq=False)
class JoinedMapping(BoundMapping):
    """The mapping of such a table: that of the records, whose rows are not all rows."""

    records: BoundMapping
    items: tuple[BoundMapping, ...]

    @property
    def files(self) -> tuple[MappingFile, ...]:
        """What the mapping files of the records and of their items say."""
        return (self.records.file, *(each.file for each in self.items))

    @property
    def _feeding(self) -> tuple[BoundMapping, ...]:
        """The mappings that feed fields; options are given to items that others make."""
        return (self.records, *(each for each in self.items if not each.file.options))

    def fields(self) -> dict[str, Field]:
        """The fields that some column of some file feeds, by path."""
        fed: dict[str, Field] = {}
        for each in self._feeding:
            fed |= each.fields()
        return fed

    def columns_of(self, path: str) -> tuple[str, ...]:
        """The columns that may feed a field, of the first file that has any."""
        found = (each.columns_of(path) for each in self._feeding)
        return next(filter(None, found), ())

    def conventions(self, path: str, given: Conventions) -> Conventions:
        """How the texts of a field are to be read, in the first file that has it."""
        for each in self._feeding:
            if path in each.fields():
                return each.conventions(path, given)
        return given

    def own_rows(self, table: Any) -> tuple[Any, str] | None:
        """Which of the records' rows each of them needs one of; no row of items is such."""
        (_, rows, own), *_ = self._by_file(table)
        if (needed := self.records.own_rows(own)) is None:
            return None
        is_own = np.zeros(len(table), bool)
        is_own[rows] = needed[0]
        return is_own, needed[1]

    def left_out(self, table: Any) -> Any | None:
        """The rows that are no record or item of their own."""
        left_out = np.zeros(len(table), bool)
        for mapping, rows, own in self._by_file(table):
            if (mask := mapping.left_out(own)) is not None:
                left_out[rows] = mask
        return left_out if left_out.any() else None

    def texts(self, table: Any) -> dict[str, Any]:
        """The cells of every field that some column feeds, of all files one after the other."""
        parts: dict[str, list[Any]] = {}
        for mapping, _, own in self._by_file(table):
            for path, texts in mapping.texts(own).items() if not mapping.file.options else ():
                parts.setdefault(path, []).append(texts)
        return {path: pa.concat_arrays(texts) for path, texts in parts.items()}

    def group_keys(self, table: Any) -> Any:
        """The key of each row's record; blank for records without one."""
        by_file = self._by_file(table)
        keys = pa.concat_arrays([mapping.record_keys(own) for mapping, _, own in by_file])
        if self.ignores_case:
            keys = pc.utf8_lower(keys)
        return keys.take(pa.array(np.argsort(np.concatenate([rows for _, rows, _ in by_file]))))

    def apply(self, table: Any) -> MappedRows:
        """Give the cells of a table to their fields; the rows of items have none of a record."""
        (_, own_rows, own), *of_items = self._by_file(table)
        mapped = self.records.apply(own)
        record = _spread(mapped.record, own_rows, len(table))
        pieces = {name: [_moved(cells, own_rows)] for name, cells in mapped.items.items()}
        options = []
        for mapping, rows, item_table in of_items:
            made = mapping.apply(item_table)
            record.findings += _with_own_rows(made.record.findings, rows)
            for name, cells in made.items.items():
                moved = _moved(cells, rows)
                if mapping.file.options:
                    options.append((name, mapping.file.options, moved))
                else:
                    pieces.setdefault(name, []).append(moved)
        items = {name: merged_items(parts) for name, parts in pieces.items()}
        for name, kind, found in options:
            if len(found.rows):
                keys = self.group_keys(table).to_pylist()
                member = next(each for each in self.schema.items() if each.name == name)
                with_own = with_options(items.get(name, _NO_ITEMS), found, keys, member, kind)
                items[name], findings = with_own
                record.findings += findings
        members = mapped.members and _moved(mapped.members, own_rows)
        return MappedRows(record, items, members)

    def _by_file(self, table: Any) -> list[tuple[BoundMapping, Rows, Any]]:
        """Of each file its mapping, the numbers of its rows, and these under their own names."""
        files = table.column(FILE_COLUMN).combine_chunks()
        found: list[tuple[BoundMapping, Rows, Any]] = []
        for number, mapping in enumerate((self.records, *self.items)):
            mask = pc.equal(files, str(number) if number else "")
            names = mapping.header
            columns = [item_column(number, name) if number else name for name in names]
            own = table.select(columns).filter(mask).rename_columns(list(names))
            found.append((mapping, np.flatnonzero(mask.to_numpy(zero_copy_only=False)), own))
        return found


def join_mappings(records: BoundMapping, items: Iterable[BoundMapping]) -> JoinedMapping:
    """The mapping of a table of records and of their items, by the number of each file."""
    own = {each.name: getattr(records, each.name) for each in dataclasses.fields(records)}
    return JoinedMapping(**own, records=records, items=tuple(items))


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
    spread.findings = _with_own_rows(cells.findings, rows)
    return spread


def _with_own_rows(findings: Iterable[Located], rows: Rows) -> list[Located]:
    """Findings under the numbers that their rows have among all."""
    return [each._replace(row=int(rows[each.row])) for each in findings]
