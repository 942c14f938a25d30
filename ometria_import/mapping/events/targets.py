"""Finding what a field's path in a mapping of events means."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from ometria_import.mapping.events.model import Rules
from ometria_import.schema import Field, Group, Items, Member, ObjectSchema, Options, Properties


def member_at(members: tuple[Member, ...], path: str) -> Member | None:
    """The member of a record or a part that a dotted path names exactly."""
    name, _, rest = path.partition(".")
    member = next((each for each in members if each.name == name), None)
    if not rest or member is None:
        return member
    if isinstance(member, Group):
        return member_at(member.members, rest)
    return member if isinstance(member, Properties) else None


def members_within(member: Member) -> tuple[Member, ...]:
    """What an object, or each object of a list, has inside; nothing where it is neither."""
    if isinstance(member, Group | Items):
        return member.members
    if isinstance(member, Options):
        from ometria_import.schema.field_types import FieldTypeName

        return tuple(Field(name, FieldTypeName.TEXT, "") for name in ("type", "id", "label"))
    return ()


def paths_of(members: tuple[Member, ...], prefix: str = "") -> Iterator[str]:
    """Every path that may stand on the left of a field, for suggestions."""
    for member in members:
        yield f"{prefix}{member.name}"
        if isinstance(member, Group):
            yield from paths_of(member.members, f"{prefix}{member.name}.")


def fed_paths(rules: Rules) -> frozenset[str]:
    """The paths of a record that something feeds."""
    return frozenset((*(path for path, _ in rules.fields), *(part.name for part in rules.parts)))


def requiring(schema: ObjectSchema, paths: frozenset[str]) -> ObjectSchema:
    """The schema, with these fields mandatory, too."""
    return dataclasses.replace(schema, members=_requiring(schema.members, paths, ""))


def _requiring(
    members: tuple[Member, ...], paths: frozenset[str], prefix: str
) -> tuple[Member, ...]:
    return tuple(_required(member, paths, f"{prefix}{member.name}") for member in members)


def _required(member: Member, paths: frozenset[str], path: str) -> Member:
    if isinstance(member, Field) and path in paths:
        return dataclasses.replace(member, required=True)
    if isinstance(member, Group):
        inner = _requiring(member.members, paths, f"{path}.")
        return dataclasses.replace(member, members=inner)
    return member
