"""Mapping a table: each column's cells go under the field that its name means."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ometria_import.choices import Unmapped
from ometria_import.did_you_mean import did_you_mean_each
from ometria_import.errors import MappingError
from ometria_import.mapping.cells import Cells, ItemCells, MappedRows, OptionCells, is_filled
from ometria_import.mapping.recognition.recognition import missing_mandatory
from ometria_import.mapping.record_keys import as_keys
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import (
    REJECT_COLUMNS,
    Target,
    TargetKind,
    find_target,
    suggest_field,
)
from ometria_import.schema import Field, ObjectSchema
from ometria_import.schema.field_types import Conventions, DecimalSign


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column of a source feeds which field: the seam between sources and preparing."""

    schema: ObjectSchema
    targets: dict[str, Target]
    """By column name; columns that are left out are not in it."""
    unmapped: tuple[str, ...]
    """Columns that no field knows."""
    keeps_unmapped: bool = True
    name: str = ""
    """A preset has one; here the columns speak for themselves."""
    has_decimal_points: bool = False
    """Whether its numbers were JSON, which has a decimal point in every country (RFC 8259)."""

    @property
    def item_names(self) -> tuple[str, ...]:
        """The items that some column feeds."""
        return tuple(dict.fromkeys(t.items for t in self.targets.values() if t.items))

    @property
    def type_column(self) -> str:
        """The column that holds `@type`, or empty."""
        kinds = {target.kind: column for column, target in self.targets.items()}
        return kinds.get(TargetKind.OBJECT_TYPE, "")

    def fields(self) -> dict[str, Field]:
        """The fields that some column feeds, by path."""
        fed = {target.path for target in self.targets.values()}
        return {path: field for path, field in self.schema.fields() if path in fed}

    def column_of(self, path: str) -> str:
        """The column that feeds a field, or the path itself where none does."""
        for column, target in self.targets.items():
            if target.path == path:
                return column
        return path

    def group_keys(self, table: Any) -> Any | None:
        """What rows of one record have in common, a `pyarrow.StringArray`.

        None where every row is a record of its own. Rows with a blank key stay on their own.
        """
        grouped_by = self.schema.grouped_by
        if not grouped_by or grouped_by not in self.item_names:
            return None
        return as_keys(table.column(self.column_of("id")).combine_chunks())

    def conventions(self, path: str, given: Conventions) -> Conventions:  # noqa: ARG002 -- seam
        """What the user said; the column's name says nothing."""
        if self.has_decimal_points and given.decimal_sign is None:
            return dataclasses.replace(given, decimal_sign=DecimalSign.POINT)
        return given

    @property
    def ignores_case(self) -> bool:
        """Ids are told apart by case."""
        return False

    def left_out(self, table: Any) -> Any | None:  # noqa: ARG002 -- seam
        """No row is left out."""
        return None

    def own_rows(self, table: Any) -> tuple[Any, str] | None:  # noqa: ARG002 -- seam
        """Every row makes a record."""
        return None

    def texts(self, table: Any) -> dict[str, Any]:
        """The cells of every field that some column feeds, by full path."""
        return {
            target.path: table.column(column).combine_chunks()
            for column, target in self.targets.items()
            if target.kind is TargetKind.FIELD
        }

    def apply(self, table: Any) -> MappedRows:
        """Give the cells of a table, a `pyarrow.Table` of text columns, to their fields."""
        items = {name: _present(self._cells(table, name)) for name in self.item_names}
        return MappedRows(self._cells(table, ""), items)

    def _cells(self, table: Any, owner: str) -> Cells:
        """One entry per row for the record, or for the items of the given name."""
        cells = Cells(table.num_rows)
        halves: dict[tuple[str, str], dict[TargetKind, Any]] = {}
        for column, target in self.targets.items():
            if target.items != owner:
                continue
            texts = table.column(column).combine_chunks()
            match target.kind:
                case TargetKind.FIELD:
                    cells.fields[target.name] = texts
                case TargetKind.PROPERTY:
                    cells.properties[target.name] = texts
                case TargetKind.OPTION_ID | TargetKind.OPTION_LABEL:
                    halves.setdefault((target.options, target.name), {})[target.kind] = texts
                case TargetKind.OBJECT_TYPE:
                    pass
        for (options, name), half in halves.items():
            cells.options.setdefault(options, []).append(
                OptionCells(name, half.get(TargetKind.OPTION_ID), half.get(TargetKind.OPTION_LABEL))
            )
        return cells


def _present(cells: Cells) -> ItemCells:
    """The rows that have a cell for an item: each is one item."""
    import numpy as np
    import pyarrow as pa

    is_present = np.zeros(cells.length, bool)
    for texts in cells.texts():
        is_present |= is_filled(texts)
    rows = np.flatnonzero(is_present)
    return ItemCells(rows, rows, cells.take(pa.array(rows)))


def map_columns(
    path: Path, schema: ObjectSchema, header: Iterable[str], unmapped: Unmapped
) -> ColumnMapping:
    """Match a header with the fields of an object type.

    Raises:
        MappingError: two columns feed one field, a mandatory field has no column, or a column
            is not known and `unmapped` is `error`.
    """
    columns = [
        column for column in header if column not in REJECT_COLUMNS and not is_secret(column)
    ]
    targets: dict[str, Target] = {}
    fed: dict[tuple[TargetKind, str], str] = {}
    unknown = []
    for column in columns:
        target = find_target(schema, column)
        if target is None:
            unknown.append(column)
            if not unmapped.keeps:
                continue
            target = Target(TargetKind.PROPERTY, f"properties.{column}", name=column)
        earlier = fed.setdefault((target.kind, target.path), column)
        if earlier != column:
            raise MappingError(
                f"{path}: the columns '{earlier}' and '{column}' both feed {target.path}",
                hint="Rename or remove one of them.",
            )
        targets[column] = target
    near = ((column, suggest_field(schema, column)) for column in unknown)
    if unknown and unmapped is Unmapped.ERROR:
        raise MappingError(
            f"{path}: no field of {schema.object_type} is called {_quoted(unknown)}"
            f"{did_you_mean_each(near)}",
            hint=f"`ometria-import fields {schema.object_type}` lists the fields; --unmapped "
            "properties keeps such columns, --unmapped ignore leaves them out.",
        )
    if missing := missing_mandatory(schema, columns):
        raise MappingError(
            f"{path}: no column feeds {_quoted(missing)}, and no {schema.object_type} can do "
            f"without{did_you_mean_each(near)}",
            hint=f"{_about_emails(schema, missing, columns)}Name the column after the field; "
            "`ometria-import fields "
            f"{schema.object_type}` lists them, and `"
            f"{shlex.join(['ometria-import', 'mapping', 'suggest', str(path)])} > my.toml` drafts "
            "a mapping.",
        )
    return ColumnMapping(schema, targets, tuple(unknown), unmapped.keeps)


def _about_emails(schema: ObjectSchema, missing: list[str], columns: list[str]) -> str:
    """What to say where contacts are known by something else than their email."""
    fed = {target.path for column in columns if (target := find_target(schema, column))}
    if missing != ["email"] or fed.isdisjoint(("customer_id", "phone_number")):
        return ""
    return "Contacts known by something else than an email go with --without-email send. "


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
