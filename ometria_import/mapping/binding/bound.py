"""A mapping file bound to the header of a source."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ometria_import.errors import UsageError
from ometria_import.mapping.binding.cells import cells_of
from ometria_import.mapping.binding.filled_groups import filled_in_groups
from ometria_import.mapping.binding.lookups import Lookups
from ometria_import.mapping.binding.packed import Unpacker
from ometria_import.mapping.binding.rows import NUMBER, HeaderNames, ItemRows, TableRows
from ometria_import.mapping.cells import ItemCells, MappedRows
from ometria_import.mapping.expressions.model import is_blank
from ometria_import.mapping.expressions.origins import cut_braces
from ometria_import.mapping.expressions.values import value_columns
from ometria_import.mapping.model import ItemSource, MappingFile
from ometria_import.mapping.record_keys import as_keys
from ometria_import.mapping.targets import TargetKind
from ometria_import.schema import SCHEMAS, Field, ObjectSchema
from ometria_import.schema.field_types import Conventions, DateOrder, DecimalSign

_GROUP_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class BoundMapping:
    """A mapping file bound to a header; implements `TableMapping`."""

    file: MappingFile
    header: tuple[str, ...]
    settings: Mapping[str, str]
    unmapped: tuple[str, ...]
    keeps_unmapped: bool
    names: HeaderNames
    unpackers: Mapping[str, Unpacker]
    lookups: Lookups

    @property
    def name(self) -> str:
        """Name of the preset or file."""
        return self.file.name

    @property
    def schema(self) -> ObjectSchema:
        """What its records are."""
        return SCHEMAS[self.file.object_type]

    @property
    def type_column(self) -> str:
        """A mapping file is for one object type, so no column says it."""
        return ""

    @property
    def generation(self) -> str:
        """Which of the headers that the platform had this is, or empty."""
        return generation_of(self.file, self.header)

    def fields(self) -> dict[str, Field]:
        """The fields that something feeds, by full path."""
        fed = self.texts(_no_rows(self.header))
        return {path: each for path, each in self.schema.fields() if path in fed}

    def column_of(self, path: str) -> str:
        """The file's column that feeds a field, for messages; the path itself where none does."""
        return next(iter(self.columns_of(path)), path)

    def columns_of(self, path: str) -> tuple[str, ...]:
        """All of the file's columns that may feed a field, in the order in which they are tried."""
        # Of a record and its members the record's own: theirs come last among all fields.
        found = [each for each in self.file.all_fields if each.target.path == path]
        sources = (each.source for each in found[:1])
        names = (name for source in sources for name in value_columns(source))
        return tuple(dict.fromkeys(each for name in names for each in self.names.all_of(name)))

    def conventions(self, path: str, given: Conventions) -> Conventions:
        """What stands at the field's source, else what the user said, else the mapping."""
        own = next(
            (each.conventions for each in self.file.all_fields if each.target.path == path), {}
        )
        return dataclasses.replace(
            given,
            **{
                name: read
                for name, text in self.file.conventions.items()
                if getattr(given, name) is None and (read := self._convention(name, text))
            },
            **{name: read for name, text in own.items() if (read := self._convention(name, text))},
        )

    def _convention(self, name: str, text: str) -> Any:
        filled = cut_braces(text).filled(self.settings)
        kinds = {"date_order": DateOrder, "decimal_sign": DecimalSign}
        if not filled or name not in kinds:
            return filled or None
        try:
            return kinds[name](filled)
        except ValueError:
            raise UsageError(
                f"the mapping '{self.name}' needs a {name}, and '{filled}' is none",
                hint=f"One of {', '.join(kinds[name])}.",
            ) from None

    def texts(self, table: Any) -> dict[str, Any]:
        """The texts of every field that something feeds, by full path."""
        import pyarrow as pa

        mapped = self.apply(table)
        by_name = {"": mapped.record, **{name: each.cells for name, each in mapped.items.items()}}
        found = {
            each.target.path: by_name[each.target.items].fields[each.target.name]
            for each in (*self.file.fields, *self.file.item_fields)
            if each.target.kind is TargetKind.FIELD
            and each.target.items in by_name
            and each.target.name in by_name[each.target.items].fields
        }
        if mapped.members is not None:
            for path, texts in mapped.members.cells.fields.items():
                found[path] = pa.concat_arrays([found[path], texts]) if path in found else texts
        return found

    @property
    def filled_down(self) -> tuple[str, ...]:
        """The columns of `group_by`, where rows without them belong to the row above."""
        if not self.file.fills_down:
            return ()
        return tuple(column for name in self.file.group_by for column in self.names.find(name))

    def group_keys(self, table: Any) -> Any | None:
        """The values of `group_by` as keys; blank where all of them are."""
        if not self.file.group_by:
            return None
        import pyarrow.compute as pc

        rows = self._rows(table)
        parts = [
            as_keys(texts)
            for name in self.file.group_by
            if (texts := rows.column(name)) is not None
        ]
        if not parts:
            return None
        if self.ignores_case:
            parts = [pc.utf8_lower(each) for each in parts]
        if len(parts) == 1:
            return parts[0]
        joined = pc.binary_join_element_wise(*parts, _GROUP_SEPARATOR)
        nothing = _GROUP_SEPARATOR * (len(parts) - 1)
        return pc.if_else(pc.equal(joined, nothing), "", joined)

    @property
    def ignores_case(self) -> bool:
        """Whether keys that differ by case only are one."""
        return self.file.ignores_case

    def own_rows(self, table: Any) -> tuple[Any, str] | None:
        """Which rows a record needs one of, a mask, and why it is none without."""
        if self.file.own_row is None:
            return None
        holds = self.file.own_row.where.holds(self._rows(table))
        return holds.to_numpy(zero_copy_only=False), self.file.own_row.reason

    def learn(self, tables: Iterable[Any]) -> None:
        """Read a whole file for what its rows say of others."""
        self.lookups.learn(map(self._rows, tables))

    def left_out(self, table: Any) -> Any | None:
        """Which rows are no record and no item of their own, a mask; None where none is."""
        if not self.file.leave_out:
            return None
        import pyarrow.compute as pc

        rows = self._rows(table)
        mask = None
        for condition in self.file.leave_out:
            holds = condition.holds(rows)
            mask = holds if mask is None else pc.or_(mask, holds)
        as_numpy = pc.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False)
        return as_numpy if as_numpy.any() else None

    def apply(self, table: Any) -> MappedRows:
        """Give the cells of a table, a `pyarrow.Table` of text columns, to their fields."""
        import numpy as np

        rows = self._rows(table)
        every = np.arange(rows.length)
        record = cells_of(self.file.fields, self.file.named_values, self.names, rows, every)
        if self.keeps_unmapped:
            for column in self.unmapped:
                record.properties.setdefault(column, rows.own(column))
        left_out = self.left_out(table)
        # Options that are no columns belong to rows that may be put together, like line items.
        options, record.items = record.items, {}
        items = options | {
            item.name: made
            for item in self.file.items
            if (made := self._items(item, rows, left_out)) is not None
        }
        members = self._members(rows, left_out)
        for each in (*items.values(), *([members] if members else [])):
            record.findings.extend(each.cells.findings)
        return MappedRows(record, items, left_out, members)

    def _rows(self, table: Any) -> TableRows:
        nulls = self.file.columns.nulls
        return TableRows(table, self.names, self.settings, nulls, self.lookups)

    def _members(self, rows: TableRows, left_out: Any | None) -> ItemCells | None:
        """The rows that make a record of their own beside that of their group."""
        import numpy as np

        members = self.file.members
        if members is None:
            return None
        keys = self.group_keys(rows.table)
        columns = [column for name in members.fill_down for column in self.names.all_of(name)]
        filled = rows.table if keys is None else filled_in_groups(rows.table, keys, columns)
        own = self._rows(filled)
        present = np.ones(rows.length, bool) if left_out is None else ~left_out
        if members.where is not None:
            present = present & members.where.holds(own).to_numpy(zero_copy_only=False)
        kept = ItemRows(own, np.flatnonzero(present))
        cells = cells_of(members.fields, members.named_values, self.names, kept, kept.row_of)
        return ItemCells(kept.row_of, kept.row_of, cells)

    def _items(self, item: ItemSource, rows: TableRows, left_out: Any | None) -> ItemCells | None:
        import numpy as np

        numbers: tuple[str, ...] = ()
        if item.packing is not None:
            found = self.unpackers[item.name].items_of(rows)
            if found is None:
                return None
            present = np.ones(found.length, bool)
        else:
            numbers = self._numbers(item)
            found = _unfolded(rows, numbers)
            present = self._present(item, found, bool(numbers))
        if item.where is not None:
            holds = item.where.holds(found).to_numpy(zero_copy_only=False)
            present = present & holds if item.packing is not None or numbers else holds
        if left_out is not None:
            present = present & ~left_out[found.row_of]
        kept = found.kept(present)
        cells = cells_of(item.fields, item.named_values, self.names, kept, kept.row_of)
        cells.may_be_out_of_place = item.drops_out_of_place
        return ItemCells(kept.row_of, kept.row_of, cells)

    def _numbers(self, item: ItemSource) -> tuple[str, ...]:
        named = {name for name in _item_columns(item) if NUMBER in name}
        found = {number for name in named for number in self.names.numbers(name)}
        return tuple(sorted(found, key=lambda number: (int(number), number)))

    @staticmethod
    def _present(item: ItemSource, found: ItemRows, is_numbered: bool) -> Any:  # noqa: FBT001
        """Which entries have a cell for an item."""
        import numpy as np

        present = np.zeros(found.length, bool)
        for name in dict.fromkeys(_item_columns(item)):
            if (NUMBER in name) == is_numbered and (texts := found.column(name)) is not None:
                present |= ~is_blank(texts).to_numpy(zero_copy_only=False)
        return present


def _unfolded(rows: TableRows, numbers: tuple[str, ...]) -> ItemRows:
    """One entry per row, or one per row and number."""
    import numpy as np

    every = np.arange(rows.length)
    if not numbers:
        return ItemRows(rows, every)
    row_of = np.repeat(every, len(numbers))
    return ItemRows(rows, row_of, numbers, np.tile(np.arange(len(numbers)), rows.length))


def _item_columns(item: ItemSource) -> Iterator[str]:
    for source in item.fields:
        yield from source.source.columns()


def _no_rows(header: tuple[str, ...]) -> Any:
    import pyarrow as pa

    return pa.table({name: pa.array([], pa.string()) for name in header})


def generation_of(file: MappingFile, header: Iterable[str]) -> str:
    """The first generation whose columns are all there, or empty."""
    names = HeaderNames(header, file.columns.aliases)
    for generation in file.generations:
        if all(names.has_like(name) for name in generation.has):
            return generation.name
    return ""
