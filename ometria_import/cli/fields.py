"""`ometria-import fields`: every field of an object type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.text import Text

from ometria_import.cli.options import JsonOption
from ometria_import.cli.screen import FAINT, GOOD, STRONG, Screen, table_of
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
from ometria_import.schema.field_types import Conventions, field_type


@dataclass(frozen=True, slots=True)
class FieldLine:
    """What is said of one field."""

    field: str
    type: str
    required: str
    """`yes`, empty, or what it needs beside it."""
    example: str
    about: str
    rule: str


def fields(
    object_type: Annotated[
        ObjectType | None, typer.Argument(help="One object type; without it, all of them.")
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """List every field: its name as a column, type, whether it is mandatory, example and rule."""
    screen = Screen(is_json=json)
    wanted = [object_type] if object_type else list(ObjectType)
    for each in wanted:
        schema = SCHEMAS[each]
        screen.say((str(each), STRONG), (f"  told apart by {' + '.join(schema.key)}", FAINT))
        if schema.one_of:
            screen.say((f"  needs one of {', '.join(schema.one_of)}", FAINT))
        screen.show(
            table_of(
                ("field", "type", "must", "example", "about"),
                [
                    (
                        line.field,
                        line.type,
                        Text(line.required, GOOD),
                        line.example,
                        Text.assemble(line.about, "\n", (line.rule, FAINT)),
                    )
                    for line in field_lines(schema)
                ],
            )
        )
        screen.say("")
    screen.result(
        {str(each): [asdict(line) for line in field_lines(SCHEMAS[each])] for each in wanted}
    )


def field_lines(schema: ObjectSchema) -> Iterator[FieldLine]:
    """Every field as a column would be named, in the schema's order."""
    yield from _lines(schema.members, "", ())


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
                    required = "one of " + "/".join(one_of)
                example = member.example or kind.example
                yield FieldLine(path, member.type, required, example, member.about, kind.rule)
            case Group():
                yield from _lines(member.members, f"{path}.", ())
            case Items():
                yield from _lines(member.members, f"{path}.", member.one_of)
            case Options():
                yield FieldLine(
                    f"{path}.<type>",
                    "text",
                    "",
                    "Blue",
                    member.about,
                    "One column per type; add .id and .label where they differ.",
                )
            case Properties():
                yield FieldLine(
                    f"{path}.<name>", "text", "", "gold", member.about, "Any name of your own."
                )
