"""Values of JSON objects by themselves: their texts, and what is blank or damaged in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from ometria_import.problems import Finding
from ometria_import.schema.field_types.text import compose

Json = Any
_MAX_ZEROS = 60
"""A number with more is not written out: `1e999999999` would take a gigabyte."""


def is_empty(value: Json) -> bool:
    """Whether a value is as good as missing."""
    return value is None or value == ""


class Depth(NamedTuple):
    """All that stands at one depth of some objects."""

    objects: list[dict[str, Json]]
    values: list[Json]
    """Those of all their members, and of the lists among these."""


def depths_of(objects: list[dict[str, Json]]) -> list[Depth]:
    """The objects, then those within them, and so on."""
    found = []
    while objects:
        values = [value for each in objects for value in each.values()]
        lists = [each for each in values if type(each) is list]
        while lists:
            elements = [element for each in lists for element in each]
            values += elements
            lists = [each for each in elements if type(each) is list]
        found.append(Depth(objects, values))
        objects = [each for each in values if type(each) is dict]
    return found


def text_of(value: Json, *, is_id: bool) -> str:
    """A value as a cell would hold it; an id keeps its exponent, which shows that it is ruined."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and not is_id and abs(value.adjusted()) <= _MAX_ZEROS:
        return format(value, "f")
    return str(value)


def tidied(value: Json) -> Json:
    """The value without nulls and empty texts, its texts trimmed and in NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.strip())
    if isinstance(value, dict):
        pairs = ((key, tidied(inner)) for key, inner in value.items())
        return {key: inner for key, inner in pairs if not holds_nothing(inner)}
    if isinstance(value, list):
        return [inner for inner in map(tidied, value) if not holds_nothing(inner)]
    return value


def damage_in(value: Json) -> Finding | None:
    """The finding about the first text in a value that has a character not allowed in texts."""
    if isinstance(value, str):
        composed = compose(value)
        return composed if isinstance(composed, Finding) else None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for each in inner if (found := damage_in(each)) is not None), None)


def holds_nothing(value: Json) -> bool:
    """Whether nothing is left of a value."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def keys_of(objects: Iterable[dict[str, Json]]) -> list[str]:
    """The keys of JSON objects, nested ones dotted, in the order of their first occurrence."""
    seen: dict[str, None] = {}
    for record in objects:
        _walk_keys(record, "", seen.setdefault)
    return list(seen)


def _walk_keys(record: dict[str, Json], prefix: str, add: Callable[[str, None], None]) -> None:
    for key, value in record.items():
        add(f"{prefix}{key}", None)
        if isinstance(value, dict):
            _walk_keys(value, f"{prefix}{key}.", add)
        elif isinstance(value, list):
            for element in value:
                if isinstance(element, dict):
                    _walk_keys(element, f"{prefix}{key}.", add)
