"""What `--json-lines` prints: its JSON Schema, and its page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import reduce
from inspect import cleandoc
from operator import or_
from types import ModuleType
from typing import Any

import msgspec

from docs.building.settings import cleaned
from docs.building.text import filled, plain
from ometria_import.cli.lines.fields import LINES
from ometria_import.cli.lines.shapes import preparing, promoting, sending, verifying
from ometria_import.cli.lines.shapes.line import Ended, Line
from ometria_import.cli.lines.stream import SCHEMA

_GROUPS = {
    "Reading and checking": preparing,
    "Sending": sending,
    "Promoting": promoting,
    "Verifying": verifying,
}
_SHARED = {"schema", "event", "at"}


def json_lines_schema() -> str:
    """The JSON Schema of one line."""
    shapes = [*(shape for module in _GROUPS.values() for shape in _shapes(module)), Ended]
    schema = cleaned(msgspec.json.schema(reduce(or_, shapes)))
    # It tells OpenAPI which shape is meant, and is no part of JSON Schema.
    del schema["discriminator"]
    for each in schema["$defs"].values():
        if "description" in each:
            each["description"] = " ".join(cleandoc(each["description"]).split())
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of ometria-import --json-lines, schema {SCHEMA}",
    }
    return json.dumps({**head, **schema}, indent=2)


def json_lines_page(page: str) -> str:
    """The page, with a list of all events."""
    return filled(page, {"events": _events()})


def _shapes(module: ModuleType) -> list[type[Line]]:
    """The lines of a group, as they stand in its module."""
    known = {shape for shape, _ in LINES.values()}
    return [each for each in vars(module).values() if isinstance(each, type) and each in known]


def _events() -> Iterator[str]:
    known: dict[str, Any] = json.loads(json_lines_schema())["$defs"]
    for title, module in _GROUPS.items():
        yield from ("", f"### {title}", "")
        yield from (_event(known[shape.__name__]) for shape in _shapes(module))
    yield ""


def _event(about: dict[str, Any]) -> str:
    (word,) = about["properties"]["event"]["enum"]
    names = [f"`{name}`" for name in about["properties"] if name not in _SHARED]
    fields = f" ({', '.join(names)})" if names else ""
    return f"- `{word}`{fields}: {plain(about['description'])}"
