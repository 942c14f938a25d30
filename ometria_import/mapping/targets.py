"""Finding the field that a column's name means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ometria_import.options.did_you_mean import nearest, plain
from ometria_import.schema import (
    Field,
    Group,
    Items,
    Member,
    ObjectSchema,
    ObjectType,
    Options,
    Properties,
)

TYPE_COLUMN = "@type"
REJECT_COLUMNS = ("reject_line", "reject_codes", "reject_reasons", "reject_raw", "reject_run")
"""Added to a reject file behind the source's own columns; left out when it is pushed again."""
JOINS_FIELD = "@joins"
"""Not sent: filled for contacts without an id of their own, which join the one with their email."""
REJECT_KEY = "reject"
"""The same for a reject file of JSON objects."""
_REMEMBERED = 4_096
"""How many names are remembered with their meaning: the files of a folder share their names."""


class TargetKind(StrEnum):
    """What a column feeds."""

    FIELD = "field"
    PROPERTY = "property"
    OPTION_ID = "option id"
    OPTION_LABEL = "option label"
    OBJECT_TYPE = "object type"
    WHOLE = "whole object"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column's cells go."""

    kind: TargetKind
    path: str
    """Full dotted path in API names: `lineitems.variant_options.size`."""
    items: str = ""
    """Name of the items that it belongs to, or empty for the record itself."""
    name: str = ""
    """Path within its owner, the property's name, or the option's type."""
    options: str = ""
    """Name of the options member, for option columns."""


def plain_key(name: str) -> str:
    """A key of a JSON object as keys are compared: as columns are, but an `@` stays."""
    return f"@{plain(name)}" if name.startswith("@") else plain(name)


def type_of(record: Mapping[str, object]) -> object:
    """What a JSON object says under `@type`, however that is written; None where it does not."""
    if TYPE_COLUMN in record:
        return record[TYPE_COLUMN]
    return next((record[key] for key in record if plain_key(key) == TYPE_COLUMN), None)


@lru_cache(_REMEMBERED)
def find_target(schema: ObjectSchema, column: str) -> Target | None:
    """The field that a column's name means, or None where it is no field of the schema."""
    if plain(column) == "type" and column.strip().startswith("@"):
        return Target(TargetKind.OBJECT_TYPE, TYPE_COLUMN)
    return _find(schema.members, column.strip().split("."), "", "", "")


def find_key(schema: ObjectSchema, key: str) -> Target | None:
    """The field that a key of JSON means, dotted where it is nested: an `@` is part of its name."""
    target = find_target(schema, key)
    is_same = target is not None and target.path.startswith("@") == key.startswith("@")
    return target if is_same else None


def _find(  # noqa: PLR0911 -- one way out per kind of member
    members: tuple[Member, ...], segments: list[str], path: str, items: str, within: str
) -> Target | None:
    first, rest = plain(segments[0]), segments[1:]
    member = next((each for each in members if plain(each.name) == first), None)
    if member is None:
        return None
    full = f"{path}{member.name}"
    match member:
        case Field() if not rest:
            return Target(TargetKind.FIELD, full, items, f"{within}{member.name}")
        case Group() if rest:
            return _find(member.members, rest, f"{full}.", items, f"{within}{member.name}.")
        case Items() if rest:
            return _find(member.members, rest, f"{full}.", member.name, "")
        case Properties() if rest and all(rest):
            name = ".".join(rest).strip()
            return Target(TargetKind.PROPERTY, f"{full}.{name}", items, name)
        case Options() if rest and rest[0].strip():
            return _option(member, rest, full, items)
    return None


def _option(member: Options, rest: list[str], path: str, items: str) -> Target | None:
    kind = TargetKind.OPTION_LABEL
    if len(rest) > 1 and plain(rest[-1]) in {"id", "label"}:
        kind = TargetKind.OPTION_ID if plain(rest[-1]) == "id" else kind
        rest = rest[:-1]
    name = ".".join(rest).strip()
    return Target(kind, f"{path}.{name}", items, name, member.name)


def same_type(said: object, object_type: ObjectType) -> bool:
    """Whether a record's own `@type` is that of its source; without one it is."""
    return said is None or str(said).strip().lower() in {"", object_type}


def suggest_field(schema: ObjectSchema, column: str) -> str:
    """The field whose name is nearest to a column's, or empty where none is near."""
    return nearest(column, (path for path, _ in schema.fields()))


def suggest_key(schema: ObjectSchema, key: str) -> str:
    """The key whose name is nearest to that of a JSON object's, dotted; empty where none is."""
    *owners, last = key.split(".")
    members = schema.members
    for owner in owners:
        member = next((each for each in members if each.name == owner), None)
        members = member.members if isinstance(member, Group | Items) else ()
    if near := nearest(last, (each.name for each in members)):
        return ".".join((*owners, near))
    return "" if owners else suggest_field(schema, key)
