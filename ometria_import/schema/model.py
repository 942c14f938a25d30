"""The language in which the schema of an object type is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ometria_import.options.choices import ObjectType
from ometria_import.schema.field_types import FieldTypeName

_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a record."""

    name: str
    type: FieldTypeName
    about: str
    required: bool = False
    """Mandatory within its parent: a record or an item without it is no record or item."""
    example: str = ""
    """Overrides the field type's own example."""
    only_with: str = ""
    """Another field of the record, listed before, without which this one is not sent."""
    since: str = ""
    """Of a time that has been: the first day that it can be of. Empty: any, even one to come."""
    dated_by: str = ""
    """Of a currency: a time of the record, listed before, at which it was valid. Empty: today."""


@dataclass(frozen=True, slots=True)
class Group:
    """A JSON object inside a record, like an address; absent when all its members are."""

    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of JSON objects inside a record, like line items."""

    name: str
    singular: str
    members: tuple[Member, ...]
    one_of: tuple[str, ...] = ()
    """Fields of which an item needs at least one."""
    not_if: str = ""
    """A boolean field of the record, listed before; where it is true there are no such items."""


@dataclass(frozen=True, slots=True)
class Options:
    """A list of `{type, id, label}` objects, like attributes and variant options.

    As columns there is one for each type: `attributes.brand`, with `attributes.brand.id` and
    `attributes.brand.label` where id and label differ.
    """

    name: str
    singular: str
    about: str


@dataclass(frozen=True, slots=True)
class Properties:
    """An object of custom fields, `properties.<name>` as columns."""

    about: str = "custom fields, under 1,000 characters as JSON, at most 100 of them"
    name: str = "properties"


Member = Field | Group | Items | Options | Properties


@dataclass(frozen=True, slots=True)
class ObjectSchema:
    """Everything that Ometria knows of one object type."""

    object_type: ObjectType
    members: tuple[Member, ...]
    key: tuple[str, ...]
    """Names of the fields that tell records apart; a later record replaces an earlier one."""
    grouped_by: str = ""
    """Items that a table spreads over several rows of one record; empty where it cannot."""
    one_of: tuple[str, ...] = ()
    """Fields of which a record needs at least one."""

    def fields(self) -> Iterator[tuple[str, Field]]:
        """Every plain field with its dotted path, parents before their children."""
        return _fields(self.members, "")

    def items(self) -> tuple[Items, ...]:
        """The lists of objects at the record's top level."""
        return tuple(member for member in self.members if isinstance(member, Items))


def _fields(members: tuple[Member, ...], prefix: str) -> Iterator[tuple[str, Field]]:
    for member in members:
        path = f"{prefix}{member.name}"
        if isinstance(member, Field):
            yield path, member
        elif isinstance(member, Group | Items):
            yield from _fields(member.members, f"{path}.")


def kind_of(value: object) -> str:
    """The field type that a value of a custom field wants, in words, for several of them."""
    match value:
        case bool():
            return "yes/no values"
        case str():
            return "dates" if _DATE.fullmatch(value) else "texts"
        case list():
            return "lists"
        case dict():
            return "objects"
    return "numbers"
