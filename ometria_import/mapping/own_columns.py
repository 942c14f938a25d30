"""Mapping files that nobody writes: of columns that bear Ometria's own names."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ometria_import.errors import MappingError
from ometria_import.mapping.binding.bound import BoundMapping, bound_to
from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.origins import Column, First
from ometria_import.mapping.model import ColumnPolicy, FieldSource, ItemSource, MappingFile
from ometria_import.mapping.recognition.recognition import missing_mandatory
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import (
    REJECT_COLUMNS,
    TYPE_COLUMN,
    Target,
    TargetKind,
    find_target,
    suggest_field,
)
from ometria_import.options.choices import Unmapped
from ometria_import.options.did_you_mean import did_you_mean_each, plain
from ometria_import.schema import Field, Items, ObjectSchema, Properties

OPTION_PARTS = ("type", "id", "label")
_ITEM_KEYS = ("product_id", "variant_id", "sku")
"""By any of these an option may say which line items it means."""


def own_columns(
    path: Path, schema: ObjectSchema, header: Iterable[str], unmapped: Unmapped
) -> BoundMapping:
    """The mapping of a table of records.

    Raises:
        MappingError: two columns feed one field, a mandatory field has no column, or a column
            is not known and `unmapped` is `error`.
    """
    columns = [name for name in header if name not in REJECT_COLUMNS and not is_secret(name)]
    targets, unknown = _targets(
        path, columns, lambda name: find_target(schema, name), "", keeps=unmapped.keeps
    )
    near = [(column, suggest_field(schema, column)) for column in unknown]
    if unknown and unmapped is Unmapped.ERROR:
        raise MappingError(
            f"{path}: no field of {schema.object_type} is called {_quoted(unknown)}"
            f"{did_you_mean_each(near)}",
            hint=f"`ometria-import fields {schema.object_type}` lists the fields; --unmapped "
            "properties keeps such columns, --unmapped ignore leaves them out.",
        )
    if missing := missing_mandatory(schema, columns):
        raise MappingError(
            f"{path}: no column feeds {_quoted(missing)}, which every {schema.object_type} "
            f"needs{did_you_mean_each(near)}",
            hint=f"{_about_emails(missing, targets)}Name the column after the field; "
            "`ometria-import fields "
            f"{schema.object_type}` lists them, and `"
            f"{shlex.join(['ometria-import', 'mapping', 'suggest', str(path)])} > my.toml` drafts "
            "a mapping.",
        )
    columns_of = {each.path: name for name, each in targets.items()}
    type_column = columns_of.get(TYPE_COLUMN, "")
    fields = _sources({name: each for name, each in targets.items() if name != type_column})
    items = dict.fromkeys(each.target.items for each in fields if each.target.items)
    file = MappingFile(
        path,
        "",
        schema.object_type,
        columns=ColumnPolicy(is_exact=True),
        group_by=(columns_of["id"],) if schema.grouped_by in items else (),
        fields=tuple(each for each in fields if not each.target.items),
        items=tuple(
            ItemSource(name, tuple(each for each in fields if each.target.items == name))
            for name in items
        ),
        type_column=type_column,
    )
    return bound_to(file, tuple(columns), unmapped=unknown, keeps_unmapped=unmapped.keeps)


def own_item_columns(
    path: Path, schema: ObjectSchema, items: str, header: Iterable[str], unmapped: Unmapped
) -> BoundMapping:
    """The mapping of a table of items, each of which says by a column whose item it is.

    Fields may bear the item's own names or their full ones: `sku` or `lineitems.sku`.

    Raises:
        MappingError: two columns feed one field, a column that every item needs is missing, or
            a column is not known and `unmapped` is `error`.
    """
    member = next(each for each in schema.items() if each.name == items)
    columns = [name for name in header if name not in REJECT_COLUMNS]
    owner = str(schema.object_type)
    key = _bearing(columns, f"{owner}id", f"{owner}.id", "id")
    if not key:
        raise MappingError(
            f"{path}: no column says which {owner} a row belongs to", hint=f"Name it {owner}_id."
        )
    own = [name for name in columns if name != key and plain(name) != plain(TYPE_COLUMN)]
    keeps = unmapped.keeps and any(isinstance(each, Properties) for each in member.members)
    targets, unknown = _targets(
        path, own, lambda name: _item_target(schema, items, name), items, keeps=keeps
    )
    _refuse_missing(path, member, {each.path for each in targets.values()})
    if unknown and unmapped is Unmapped.ERROR:
        raise MappingError(
            f"{path}: no field of a {member.singular} is called {_quoted(unknown)}",
            hint="--unmapped properties keeps such columns, --unmapped ignore leaves them out.",
        )
    file = _item_file(path, schema, key, ItemSource(items, _sources(targets)))
    return bound_to(file, tuple(columns), unmapped=unknown, keeps_unmapped=keeps)


def own_option_columns(
    path: Path, schema: ObjectSchema, items: str, options: str, header: Iterable[str]
) -> BoundMapping:
    """The mapping of a table of options, each of which says by columns whose and of what it is.

    Raises:
        MappingError: no column says whose it is, of which item, or what.
    """
    columns = [name for name in header if name not in REJECT_COLUMNS]
    owner = str(schema.object_type)
    key = _bearing(columns, f"{owner}id", f"{owner}.id")
    item_keys = {
        name: _bearing(columns, f"{items}.{plain(name)}", plain(name)) for name in _ITEM_KEYS
    }
    parts = {
        part: _bearing(
            columns, part, plain(f"{options}.{part}"), plain(f"{items}.{options}.{part}")
        )
        for part in OPTION_PARTS
    }
    needs = {
        f"{owner}_id": key,
        " or ".join(_ITEM_KEYS): any(item_keys.values()),
        "type": parts["type"],
        "id or label": parts["id"] or parts["label"],
    }
    if missing := [name for name, is_there in needs.items() if not is_there]:
        raise MappingError(
            f"{path}: no column is called {', '.join(missing)}, which every option needs",
            hint=f"A file of {options.replace('_', ' ')} has {owner}_id, one of "
            f"{', '.join(_ITEM_KEYS)}, type, id and label.",
        )
    # As in columns, a missing half repeats the other.
    tried = {"type": ("type",), "id": ("id", "label"), "label": ("label", "id")}
    fed: dict[str, tuple[str, ...]] = {
        name: (column,) for name, column in item_keys.items() if column
    }
    fed |= {
        f"{options}.{part}": tuple(parts[each] for each in names if parts[each])
        for part, names in tried.items()
    }
    fields = tuple(
        FieldSource(
            Target(TargetKind.FIELD, f"{items}.{name}", items, name),
            First(tuple(map(Column, names))),
        )
        for name, names in fed.items()
    )
    # A condition that says nothing holds for every row: all of them are options.
    file = _item_file(path, schema, key, ItemSource(items, fields, Condition()))
    used = {key, *item_keys.values(), *parts.values()}
    unused = [name for name in columns if name not in used]
    return bound_to(replace(file, options=options), tuple(columns), unmapped=unused)


def _targets(
    path: Path,
    columns: Iterable[str],
    find: Callable[[str], Target | None],
    items: str,
    *,
    keeps: bool,
) -> tuple[dict[str, Target], list[str]]:
    """What each column feeds, and the columns that no field knows; these feed `properties`.

    Args:
        path: The source, for messages.
        columns: The column names of the table.
        find: Finds the field of a name.
        items: Name of the items that they are of, or empty.
        keeps: Whether columns that no field knows feed anything.

    Raises:
        MappingError: two columns feed one field.
    """
    prefix = f"{items}." if items else ""
    targets: dict[str, Target] = {}
    fed: dict[tuple[TargetKind, str], str] = {}
    unknown = []
    for column in columns:
        target = find(column)
        if target is None:
            unknown.append(column)
            if not keeps:
                continue
            target = Target(TargetKind.PROPERTY, f"{prefix}properties.{column}", items, column)
        earlier = fed.setdefault((target.kind, target.path), column)
        if earlier != column:
            raise MappingError(
                f"{path}: the columns '{earlier}' and '{column}' both feed {target.path}",
                hint="Rename or remove one of them.",
            )
        targets[column] = target
    return targets, unknown


def _sources(targets: Mapping[str, Target]) -> tuple[FieldSource, ...]:
    return tuple(FieldSource(target, Column(name)) for name, target in targets.items())


def _item_file(path: Path, schema: ObjectSchema, key: str, items: ItemSource) -> MappingFile:
    """The mapping of rows that belong to records in other files."""
    record = FieldSource(Target(TargetKind.FIELD, "id", name="id"), Column(key))
    return MappingFile(
        path,
        "",
        schema.object_type,
        columns=ColumnPolicy(is_exact=True),
        items=(items,),
        record=record,
    )


def _bearing(columns: Iterable[str], *names: str) -> str:
    """The first column that bears the first of some names that any bears, or empty."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(plain(column), column)
    return next((by_name[name] for name in names if name in by_name), "")


def _item_target(schema: ObjectSchema, items: str, column: str) -> Target | None:
    for name in (f"{items}.{column.strip()}", column):
        target = find_target(schema, name)
        if target is not None and target.items == items:
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


def _about_emails(missing: list[str], targets: Mapping[str, Target]) -> str:
    """What to say where contacts are known by something else than their email."""
    fed = {each.path for each in targets.values()}
    if missing != ["email"] or fed.isdisjoint(("customer_id", "phone_number")):
        return ""
    return "Use --without-email send for contacts identified by something other than an email. "


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
