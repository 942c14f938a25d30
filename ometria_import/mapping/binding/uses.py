"""All that a mapping says of columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.model import Expression, Has
from ometria_import.mapping.expressions.origins import Column
from ometria_import.mapping.model import ItemSource, MappingFile, NamedValues
from ometria_import.options.did_you_mean import plain
from ometria_import.toml import Keys


class Use(NamedTuple):
    """Something in a mapping that names columns."""

    what: Expression | Condition
    keys: Keys
    """Where in the file it stands."""
    has: Has
    """Whether what it is asked of has a column: the file, or the items of a packed cell."""


def uses(file: MappingFile, names: HeaderNames) -> Iterator[Use]:
    """All that a mapping says of columns, in the order in which it is checked."""
    for each in file.fields:
        yield Use(each.source, each.keys, names.has)
    if file.record:
        yield Use(file.record.source, file.record.keys, names.has)
    yield from _uses_of_rows(file, names.has)
    yield from _uses_of_values(file.named_values, ("named_values",), names.has)
    for item in file.items:
        yield from uses_of_items(item, names)
    if file.members:
        if file.members.each:
            yield Use(Column(file.members.each), ("members", "each"), names.has)
        for each in file.members.fields:
            yield Use(each.source, each.keys, names.has)
        if file.members.where:
            yield Use(file.members.where, ("members", "where"), names.has)
        yield from _uses_of_values(
            file.members.named_values, ("members", "named_values"), names.has
        )


def _uses_of_rows(file: MappingFile, has: Has) -> Iterator[Use]:
    for name in file.group_by:
        yield Use(Column(name), ("rows", "group_by"), has)
    if file.own_row:
        yield Use(file.own_row.where, ("rows", "own_row"), has)
    for key, lookup in file.lookups.items():
        for origin in (lookup.names, Column(lookup.gives)):
            yield Use(origin, ("lookups", key), has)
    for number, condition in enumerate(file.leave_out):
        yield Use(condition, ("rows", "leave_out", str(number)), has)


def uses_of_items(item: ItemSource, names: HeaderNames) -> Iterator[Use]:
    """All that a mapping says of columns in one kind of its items."""
    keys = ("items", item.name)
    parts = set(map(plain, item.packing.names)) if item.packing else set[str]()

    def has(name: str) -> bool:
        return plain(name) in parts or names.has(name)

    if item.packing:
        yield Use(Column(item.packing.column), (*keys, "packed", "column"), names.has)
    if item.each:
        yield Use(Column(item.each), (*keys, "each"), names.has)
    for each in item.fields:
        yield Use(each.source, each.keys, has)
    if item.where:
        yield Use(item.where, keys, has)
    # Which names a packed cell's own pairs have is not known before it is cut.
    has_value: Has = (lambda _: True) if item.packing else has
    yield from _uses_of_values(item.named_values, (*keys, "named_values"), has_value)


def _uses_of_values(values: tuple[NamedValues, ...], keys: Keys, has: Has) -> Iterator[Use]:
    for number, each in enumerate(values):
        for name in each.named_columns:
            yield Use(Column(name), (*keys, str(number)), has)
