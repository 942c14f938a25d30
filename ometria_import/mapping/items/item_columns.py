"""Mapping a table that holds items only: line items or listings in a file of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ometria_import.choices import Unmapped
from ometria_import.did_you_mean import plain
from ometria_import.errors import MappingError
from ometria_import.mapping.cells import ItemCells
from ometria_import.mapping.columns import ColumnMapping
from ometria_import.mapping.record_keys import as_keys
from ometria_import.mapping.targets import (
    REJECT_COLUMNS,
    TYPE_COLUMN,
    Target,
    TargetKind,
    find_target,
)
from ometria_import.schema import Field, Items, ObjectSchema, Properties


@dataclass(frozen=True, slots=True)
class ItemMapping:
    """Which column of a table feeds which field of an item, and which names its record."""

    member: Items
    key_column: str
    columns: ColumnMapping
    """Of the item's own fields."""

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Columns that no field knows."""
        return self.columns.unmapped

    @property
    def keeps_unmapped(self) -> bool:
        """Whether those go into the item's `properties`."""
        return any(column in self.columns.targets for column in self.unmapped)

    def keys(self, table: Any) -> Any:
        """The key of each row's record, a `pyarrow.StringArray`."""
        return as_keys(table.column(self.key_column).combine_chunks())

    def cells(self, table: Any) -> ItemCells:
        """The items of a table: one for each row that has a cell for an item."""
        return self.columns.apply(table).items[self.member.name]


def map_item_columns(
    path: Path, schema: ObjectSchema, items: str, header: Iterable[str], unmapped: Unmapped
) -> ItemMapping:
    """Match a header with the fields of an item and the id of its record.

    Fields may bear the item's own names or their full ones: `sku` or `lineitems.sku`.

    Raises:
        MappingError: two columns feed one field, a column that every item needs is missing, or
            a column is not known and `unmapped` is `error`.
    """
    member = next(each for each in schema.items() if each.name == items)
    columns = [column for column in header if column not in REJECT_COLUMNS]
    key_column = _key_column(path, schema, columns)
    targets: dict[str, Target] = {}
    fed: dict[str, str] = {}
    unknown = []
    for column in columns:
        if column == key_column or plain(column) == plain(TYPE_COLUMN):
            continue
        target = _target(schema, member, column)
        if target is None:
            unknown.append(column)
            if not (unmapped.keeps and any(isinstance(m, Properties) for m in member.members)):
                continue
            name = f"{items}.properties.{column}"
            target = Target(TargetKind.PROPERTY, name, items, column)
        of_kind = f"{target.kind} {target.path}"
        if of_kind in fed:
            raise MappingError(
                f"{path}: the columns '{fed[of_kind]}' and '{column}' both feed {target.path}",
                hint="Rename or remove one of them.",
            )
        fed[of_kind] = column
        targets[column] = target
    _refuse_missing(path, member, {target.path for target in targets.values()})
    if unknown and unmapped is Unmapped.ERROR:
        names = ", ".join(f"'{name}'" for name in unknown)
        raise MappingError(
            f"{path}: no field of a {member.singular} is called {names}",
            hint="--unmapped properties keeps such columns, --unmapped ignore leaves them out.",
        )
    return ItemMapping(member, key_column, ColumnMapping(schema, targets, tuple(unknown)))


def _key_column(path: Path, schema: ObjectSchema, columns: list[str]) -> str:
    owner = str(schema.object_type)
    for name in (f"{owner}id", f"{owner}.id", "id"):
        for column in columns:
            if plain(column) == name:
                return column
    raise MappingError(
        f"{path}: no column says which {owner} a row belongs to",
        hint=f"Name it {owner}_id.",
    )


def _target(schema: ObjectSchema, member: Items, column: str) -> Target | None:
    for name in (f"{member.name}.{column.strip()}", column):
        target = find_target(schema, name)
        if target is not None and target.items == member.name:
            return target
    return None


def _refuse_missing(path: Path, member: Items, fed: set[str]) -> None:
    required = [m.name for m in member.members if isinstance(m, Field) and m.required]
    missing = [name for name in required if f"{member.name}.{name}" not in fed]
    if member.one_of and not any(f"{member.name}.{name}" in fed for name in member.one_of):
        missing.append(" or ".join(member.one_of))
    if missing:
        raise MappingError(
            f"{path}: no column feeds {', '.join(missing)}, which every {member.singular} needs",
            hint="Name the column after the field; `ometria-import fields` lists them.",
        )
