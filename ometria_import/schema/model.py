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
    """Mandatory within its parent: a record or an item without it is rejected."""
    example: str = ""
    """Overrides the field type's own example."""
    only_with: str = ""
    """A field that must be present for this one to be sent; it must be listed before."""
    since: str = ""
    """For a time in the past: the earliest possible day. Empty: any time, also in the future."""
    dated_by: str = ""
    """For a currency: the time field at which it must be valid, listed before. Empty: today."""
    of_country: str = ""
    """For a phone number: the field with the country in which it is dialled as it is written."""


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
    """Fields at least one of which an item must have."""
    not_if: str = ""
    """A boolean field, listed before, that is true if the record has no such items."""


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


@dataclass(frozen=True, slots=True, eq=False)
class ObjectSchema:
    """The definition of one object type in Ometria; each exists once and is only equal to itself.

    So what is known about its names can be cached by it, without hashing its many fields.
    """

    object_type: ObjectType
    members: tuple[Member, ...]
    key: tuple[str, ...]
    """Names of the fields that form the key; a later record replaces an earlier one."""
    grouped_by: str = ""
    """Items that a table spreads over several rows of one record; empty where it cannot."""
    one_of: tuple[str, ...] = ()
    """Fields at least one of which a record must have."""

    def fields(self) -> Iterator[tuple[str, Field]]:
        """Every plain field with its dotted path, parents before their children."""
        return _fields(self.members, "")

    def mandatory(self) -> list[str]:
        """The paths of the record's own fields that no record can do without."""
        return [path for path, each in self.fields() if each.required and "." not in path]

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
