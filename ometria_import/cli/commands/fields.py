"""`ometria-import fields`: every field of an object type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from ometria_import.cli.asking.flags import TellingScreen, with_flags
from ometria_import.cli.showing.screen import FAINT, STRONG, Screen, table_of
from ometria_import.schema import (
    SCHEMAS,
    Field,
    Group,
    Items,
    Member,
    ObjectSchema,
    ObjectType,
    Options,
    Properties,
)
from ometria_import.schema.field_types import Conventions, FieldTypeName, field_type

_INDENT = 4


@dataclass(frozen=True, slots=True)
class FieldLine:
    """The description of one field."""

    field: str
    type: str
    required: str
    """`yes`, empty, or what it needs beside it."""
    example: str
    about: str
    rule: str


@with_flags
def fields(
    object_type: Annotated[
        ObjectType | None, typer.Argument(help="One object type; default: all of them.")
    ] = None,
    *,
    screen: TellingScreen,
) -> None:
    """List every field: its column name, type, whether it is mandatory, example and rule."""
    wanted = [object_type] if object_type else list(ObjectType)
    lines = {each: list(field_lines(SCHEMAS[each])) for each in wanted}
    for each, of_type in lines.items():
        _show_type(screen, SCHEMAS[each], of_type)
    used = {line.type for of_type in lines.values() for line in of_type}
    screen.say(("types", STRONG))
    screen.show(
        table_of(
            ("type", "rule"),
            [
                (name, field_type(name, Conventions()).rule)
                for name in FieldTypeName
                if name in used
            ],
        )
    )
    screen.result({str(each): list(map(asdict, of_type)) for each, of_type in lines.items()})


def field_lines(schema: ObjectSchema) -> Iterator[FieldLine]:
    """Every field as a column would be named, in the schema's order."""
    yield from _lines(schema.members, "", schema.one_of)


def _show_type(screen: Screen, schema: ObjectSchema, lines: list[FieldLine]) -> None:
    key = " + ".join(schema.key)
    screen.prose((str(schema.object_type), STRONG), (f"  told apart by {key}", FAINT))
    screen.say("")
    for line in lines:
        needed = {"": "", "yes": ", required"}.get(line.required, f", {line.required}")
        screen.prose((line.field, STRONG), f"  {line.type}", needed, f"  {line.example}")
        screen.prose((line.about, FAINT), indent=_INDENT)
    screen.say("")


def _lines(
    members: tuple[Member, ...], prefix: str, one_of: tuple[str, ...]
) -> Iterator[FieldLine]:
    for member in members:
        path = f"{prefix}{member.name}"
        match member:
            case Field():
                kind = field_type(member.type, Conventions())
                required = "yes" if member.required else ""
                if member.name in one_of:
                    required = "one of " + " or ".join(one_of)
                example = member.example or kind.example
                yield FieldLine(path, member.type, required, example, member.about, kind.rule)
            case Group():
                yield from _lines(member.members, f"{path}.", ())
            case Items():
                yield from _lines(member.members, f"{path}.", member.one_of)
            case Options():
                about = f"{member.about}; one column per type, with .id and .label if they differ"
                yield FieldLine(f"{path}.<type>", "text", "", "Blue", about, "Any type name.")
            case Properties():
                about = f"{member.about}; one column per name"
                yield FieldLine(f"{path}.<name>", "text", "", "gold", about, "Any name you like.")
