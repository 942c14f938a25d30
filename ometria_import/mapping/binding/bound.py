"""A mapping file bound to the header of a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ometria_import.mapping.binding.cells import cells_of
from ometria_import.mapping.binding.conventions import conventions_of
from ometria_import.mapping.binding.filling import filled_in_groups
from ometria_import.mapping.binding.items import items_of
from ometria_import.mapping.binding.left_out import blanked, without_rows
from ometria_import.mapping.binding.rows import HeaderNames, ItemRows, Lookups, TableRows
from ometria_import.mapping.cells import ItemCells, MappedRows
from ometria_import.mapping.expressions.model import FILE_NAME, SourceRows
from ometria_import.mapping.expressions.origins import value_columns
from ometria_import.mapping.model import FieldSource, ItemSource, MappingFile
from ometria_import.mapping.record_keys import as_keys
from ometria_import.mapping.targets import TargetKind
from ometria_import.schema import SCHEMAS, Field, ObjectSchema
from ometria_import.schema.field_types import Conventions, DecimalSign

_GROUP_SEPARATOR = "\x1f"


@dataclass(frozen=True, eq=False)
class BoundMapping:
    """Which column of a table feeds which field: the seam between sources and preparing.

    Tables are `pyarrow.Table`s of text columns without nulls, with the header that the mapping
    was bound to. Methods may be called from several threads.
    """

    file: MappingFile
    header: tuple[str, ...]
    settings: Mapping[str, str]
    unmapped: tuple[str, ...]
    """Columns that it does not know what to do with."""
    keeps_unmapped: bool
    """Whether those go into `properties`."""
    names: HeaderNames
    lookups: Lookups

    @property
    def name(self) -> str:
        """Name of the preset or file; empty where the columns bear Ometria's own names."""
        return self.file.name

    @property
    def schema(self) -> ObjectSchema:
        """What its records are."""
        return SCHEMAS[self.file.object_type]

    @property
    def files(self) -> tuple[MappingFile, ...]:
        """What the mapping file says, and those of items that stand behind its rows."""
        return (self.file,)

    @property
    def sums(self) -> dict[str, str]:
        """The fields of records that may be sums of fields of their items."""
        return self.files[0].sums

    def is_like(self, other: BoundMapping) -> bool:
        """Whether a row becomes the same record by either mapping, whatever file it is in."""
        file, of_other = self.file, other.file
        is_same_file = bool(file.text) and (file.text, file.place) == (
            of_other.text,
            of_other.place,
        )
        # Without a mapping file, the names of the columns say it all.
        is_own = not (file.text or of_other.text or file.name or of_other.name)
        return (
            (is_same_file or (is_own and file.type_column == of_other.type_column))
            and file.object_type is of_other.object_type
            and file.conventions == of_other.conventions
            and (self.header, self.unmapped, self.keeps_unmapped)
            == (other.header, other.unmapped, other.keeps_unmapped)
            and not (file.lookups or file.asks_for_name)
            and self._own_settings == other._own_settings
        )

    @property
    def _own_settings(self) -> dict[str, str]:
        return {name: each for name, each in self.settings.items() if name != FILE_NAME}

    def fields(self) -> dict[str, Field]:
        """The fields that something feeds, by full path."""
        return self._fed

    @cached_property
    def _fed(self) -> dict[str, Field]:
        import pyarrow as pa

        fed = self.texts(pa.table({name: pa.array([], pa.string()) for name in self.header}))
        return {path: each for path, each in self.schema.fields() if path in fed}

    def column_of(self, path: str) -> str:
        """The file's column that feeds a field, for messages; the path itself where none does."""
        return next(iter(self.columns_of(path)), path)

    def columns_of(self, path: str) -> tuple[str, ...]:
        """All of the file's columns that may feed a field, in the order in which they are tried."""
        # Of a record and its members the record's own: theirs come last among all fields.
        for each in self.file.all_fields:
            if each.target.path == path:
                return tuple(dict.fromkeys(self._value_columns(each)))
        return ()

    def _value_columns(self, each: FieldSource) -> Iterator[str]:
        for name in value_columns(each.source):
            yield from self.names.all_of(name)

    def conventions(self, path: str, given: Conventions) -> Conventions:
        """What stands at the field's source, else what the user said, else the mapping."""
        return conventions_of(self.file, self.settings, path, given)

    def texts(self, table: Any) -> dict[str, Any]:
        """The texts of every field that something feeds, by full path."""
        import pyarrow as pa

        rows = self._rows(table)
        left_out = self.left_out(table)
        levels: list[tuple[SourceRows | None, tuple[FieldSource, ...]]] = [
            (rows, self.file.fields),
            *((items_of(each, rows, left_out), each.fields) for each in self.file.items),
        ]
        if self.file.members is not None:
            levels.append((self._member_rows(rows, left_out), self.file.members.fields))
        found: dict[str, Any] = {}
        for of_level, fields in levels:
            if of_level is None:
                continue
            for each in fields:
                texts = each.source.texts(of_level)
                if of_level is rows and texts is not None:
                    texts = self._given(texts, left_out)
                if texts is not None and each.target.kind is TargetKind.FIELD:
                    path = each.target.path
                    found[path] = pa.concat_arrays([found[path], texts]) if path in found else texts
        return found

    @property
    def filled_down(self) -> tuple[str, ...]:
        """The columns of a row's key that, where all are blank, take those of the row above."""
        if not self.file.fills_down:
            return ()
        if self.file.record is not None:
            return tuple(dict.fromkeys(self._value_columns(self.file.record)))
        return tuple(column for name in self.file.group_by for column in self.names.find(name))

    def group_keys(self, table: Any) -> Any | None:
        """What rows of one record have in common, a `pyarrow.StringArray`.

        None where every row is a record of its own. Rows with a blank key stay on their own.
        """
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
        if self.file.ignores_case:
            parts = [pc.utf8_lower(each) for each in parts]
        if len(parts) == 1:
            return parts[0]
        joined = pc.binary_join_element_wise(*parts, _GROUP_SEPARATOR)
        nothing = _GROUP_SEPARATOR * (len(parts) - 1)
        return pc.if_else(pc.equal(joined, nothing), "", joined)

    def record_keys(self, table: Any) -> Any:
        """By what rows of records find those of their items in other files, and these them."""
        if self.file.record is not None:
            return as_keys(self.file.record.source.texts(self._rows(table)))
        if (keys := self.group_keys(table)) is not None:
            return keys
        of_id = next(each for each in self.file.fields if each.target.path == "id")
        return as_keys(of_id.source.texts(self._rows(table)))

    @property
    def key_column(self) -> str:
        """The column that names the record of an item; empty where the rows are no items."""
        if self.file.record is None:
            return ""
        return next(self._value_columns(self.file.record), "")

    def own_rows(self, table: Any) -> tuple[Any, str] | None:
        """Which rows a record needs one of, a mask, and why it is none without.

        None where any row makes a record.
        """
        if self.file.own_row is None:
            return None
        holds = self.file.own_row.where.holds(self._rows(table))
        return holds.to_numpy(zero_copy_only=False), self.file.own_row.reason

    def learn(self, tables: Iterable[Any]) -> None:
        """Read a whole file for what its rows say of others, if anything wants to know that."""
        if self.file.lookups:
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
        if self.keeps_unmapped and self.file.record is None:
            for column in self.unmapped:
                record.properties.setdefault(column, rows.own(column))
        left_out = self.left_out(table)
        if left_out is not None and self.file.left_out_give_nothing:
            without_rows(record, left_out)
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
        return MappedRows(record, items, members)

    def _given(self, texts: Any, left_out: Any | None) -> Any:
        """The texts of a record's field, blank in rows that give it nothing."""
        if left_out is None or not self.file.left_out_give_nothing:
            return texts
        return blanked(texts, left_out)

    def _rows(self, table: Any) -> TableRows:
        nulls = self.file.columns.nulls
        return TableRows(table, self.names, self.settings, nulls, self.lookups)

    def _member_rows(self, rows: TableRows, left_out: Any | None) -> ItemRows | None:
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
        return ItemRows(own, np.flatnonzero(present))

    def _members(self, rows: TableRows, left_out: Any | None) -> ItemCells | None:
        members, kept = self.file.members, self._member_rows(rows, left_out)
        if members is None or kept is None:
            return None
        cells = cells_of(members.fields, members.named_values, self.names, kept, kept.row_of)
        return ItemCells(kept.row_of, kept.row_of, cells)

    def _items(self, item: ItemSource, rows: TableRows, left_out: Any | None) -> ItemCells | None:
        import pyarrow as pa

        kept = items_of(item, rows, left_out)
        if kept is None:
            return None
        cells = cells_of(item.fields, item.named_values, self.names, kept, kept.row_of)
        if self.keeps_unmapped and self.file.record is not None:
            for column in self.unmapped:
                cells.properties.setdefault(column, rows.own(column).take(pa.array(kept.row_of)))
        cells.may_be_out_of_place = item.drops_out_of_place
        return ItemCells(kept.row_of, kept.row_of, cells)


def bound_to(
    file: MappingFile,
    header: tuple[str, ...],
    settings: Mapping[str, str] | None = None,
    *,
    unmapped: Iterable[str] = (),
    keeps_unmapped: bool = False,
) -> BoundMapping:
    """Bind a mapping to a header that is known to fit it."""
    return BoundMapping(
        file,
        header,
        settings or {},
        tuple(unmapped),
        keeps_unmapped,
        HeaderNames(header, file.columns.aliases, is_exact=file.columns.is_exact),
        Lookups(file.lookups, file.ignores_case),
    )


def with_decimal_points(mapping: BoundMapping) -> BoundMapping:
    """The same for numbers that were JSON: it has a decimal point in every country (RFC 8259)."""
    said = {"decimal_sign": str(DecimalSign.POINT), **mapping.file.conventions}
    return replace(mapping, file=replace(mapping.file, conventions=said))


def generation_of(file: MappingFile, header: Iterable[str]) -> str:
    """Which of the headers that the platform had this is: the first that is all there, or empty."""
    names = HeaderNames(header, file.columns.aliases)
    for generation in file.generations:
        if all(names.has_like(name) for name in generation.has):
            return generation.name
    return ""
