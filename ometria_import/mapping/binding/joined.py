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
from ometria_import.mapping.binding.merging import merged_items, without_option_columns
from ometria_import.mapping.cells import Cells, ItemCells, MappedRows
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.record_keys import as_keys
from ometria_import.problems import Finding, Located, catalogue, shorten
from ometria_import.schema import Field, Items
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
        """The rows that are no record or item of their own.

        Items are left out with their record, if that has rows and all of them are left out.
        """
        left_out = np.zeros(len(table), bool)
        by_file = self._by_file(table)
        for mapping, rows, own in by_file:
            if (mask := mapping.left_out(own)) is not None:
                left_out[rows] = mask
        is_of_record = np.zeros(len(table), bool)
        is_of_record[by_file[0][1]] = True
        if (left_out & is_of_record).any():
            keys = self.group_keys(table)
            kept = keys.filter(pa.array(is_of_record & ~left_out))
            gone = keys.filter(pa.array(is_of_record & left_out))
            named = pc.and_(pc.not_equal(keys, ""), pc.is_in(keys, gone))
            of_gone = pc.and_(named, pc.invert(pc.is_in(keys, kept)))
            left_out |= of_gone.to_numpy(zero_copy_only=False) & ~is_of_record
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
        if self.file.ignores_case:
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
                with_own = _with_options(items.get(name, _NO_ITEMS), found, keys, member, kind)
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
    spread = cells.changed(length, lambda _, texts: texts.take(places).fill_null(""))
    spread.findings = _with_own_rows(cells.findings, rows)
    return spread


def _with_own_rows(findings: Iterable[Located], rows: Rows) -> list[Located]:
    """Findings under the numbers that their rows have among all."""
    return [each._replace(row=int(rows[each.row])) for each in findings]


def _with_options(
    items: ItemCells, rows: ItemCells, keys: list[str], member: Items, kind: str
) -> tuple[ItemCells, list[Located]]:
    """Give items their options, behind those that they have.

    Args:
        items: Of many records; their rows are among those of the joined table.
        rows: The rows of options, as entries that say of which items they are, and what.
        keys: The key that each row of the joined table shares with those of its record.
        member: The schema of the items.
        kind: The name of their options: `variant_options`.

    Returns:
        The items, and a finding for each option that fits none of them.
    """
    parts = {part: rows.cells.fields[f"{kind}.{part}"] for part in ("type", "id", "label")}
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
        fitting = [
            number
            for number in (by_record.get(keys[row], ()) if said else ())
            if all(name in of_items and of_items[name][number] == said[name] for name in said)
        ]
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
