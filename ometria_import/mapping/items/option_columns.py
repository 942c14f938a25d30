"""Mapping a table that holds variant options only, each for line items of an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ometria_import.did_you_mean import plain
from ometria_import.errors import MappingError
from ometria_import.mapping.columns import ColumnMapping
from ometria_import.mapping.record_keys import as_keys
from ometria_import.mapping.targets import (
    REJECT_COLUMNS,
)
from ometria_import.schema import Items, ObjectSchema

HALVES = ("type", "id", "label")
_ITEM_FIELDS = ("product_id", "variant_id", "sku")
"""By any of these a row may say which line items it means."""


@dataclass(frozen=True, slots=True)
class OptionMapping:
    """Which column names the record, which the item, and which hold the option."""

    member: Items
    """The items that the options belong to."""
    options: str
    """What the options are called: `variant_options`."""
    key_column: str
    item_columns: dict[str, str]
    """By field of the item; where several are filled all must fit."""
    halves: dict[str, str]
    """The columns of type, id and label."""
    columns: ColumnMapping
    """Feeds no field of its own."""

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Columns that say nothing of options."""
        return self.columns.unmapped

    @property
    def keeps_unmapped(self) -> bool:
        """Options have no custom fields."""
        return False

    def keys(self, table: Any) -> Any:
        """The key of each row's record, a `pyarrow.StringArray`."""
        return as_keys(table.column(self.key_column).combine_chunks())

    def rows(self, table: Any) -> Iterator[tuple[dict[str, str], tuple[str, ...]]]:
        """Of each row what it says of its item, by field, and the option's halves."""
        said = {
            field: as_keys(table.column(column).combine_chunks()).to_pylist()
            for field, column in self.item_columns.items()
        }
        halves = [
            table.column(self.halves[half]).to_pylist()
            if half in self.halves
            else [""] * len(table)
            for half in HALVES
        ]
        for number, (kind, option_id, label) in enumerate(zip(*halves, strict=True)):
            of_item = {field: texts[number] for field, texts in said.items() if texts[number]}
            # As in columns, a missing half repeats the other.
            yield of_item, (kind, option_id.strip() or label, label.strip() or option_id)


def map_option_columns(
    path: Path, schema: ObjectSchema, items: str, options: str, header: Iterable[str]
) -> OptionMapping:
    """Match a header with the parts of an option.

    Raises:
        MappingError: no column says whose it is, of which item, or what.
    """
    member = next(each for each in schema.items() if each.name == items)
    columns = [column for column in header if column not in REJECT_COLUMNS]
    owner = str(schema.object_type)
    by_name = {plain(column): column for column in reversed(columns)}
    key_column = next(
        (by_name[name] for name in (f"{owner}id", f"{owner}.id") if name in by_name), ""
    )
    item_columns = {
        field: by_name[name]
        for field in _ITEM_FIELDS
        for name in (f"{items}.{plain(field)}", plain(field))
        if name in by_name
    }
    halves = {
        half: by_name[name]
        for half in HALVES
        for name in (half, plain(f"{options}.{half}"), plain(f"{items}.{options}.{half}"))
        if name in by_name
    }
    needs = {
        f"{owner}_id": bool(key_column),
        " or ".join(_ITEM_FIELDS): bool(item_columns),
        "type": "type" in halves,
        "id or label": bool({"id", "label"} & set(halves)),
    }
    if missing := [name for name, is_there in needs.items() if not is_there]:
        raise MappingError(
            f"{path}: no column is called {', '.join(missing)}, which every option needs",
            hint=f"A file of {options.replace('_', ' ')} has {owner}_id, one of "
            f"{', '.join(_ITEM_FIELDS)}, type, id and label.",
        )
    used = {key_column, *item_columns.values(), *halves.values()}
    unmapped = tuple(column for column in columns if column not in used)
    nothing = ColumnMapping(schema, {}, unmapped, keeps_unmapped=False)
    return OptionMapping(member, options, key_column, item_columns, halves, nothing)
