"""Lists in one cell: JSON, or parts with one separator between them."""

from __future__ import annotations

import json
from collections.abc import Callable

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_LIST
from ometria_import.schema.field_types.model import Conventions, FieldType, JsonKind
from ometria_import.schema.field_types.money import whole_number_type
from ometria_import.schema.field_types.text import STABLE_NON_ASCII, parse_text, shown

_SEPARATORS = ("\n", "|", ";", ",")
"""The first one that a text holds separates it, so that `Red, dark|Green` has two parts."""

# A part that JSON writes as it is: no quote, no backslash, no apostrophe to take off.
_PLAIN = f"!#-\\[\\]-~{STABLE_NON_ASCII}"
_FIRST = f"!#-&(-\\[\\]-~{STABLE_NON_ASCII}"
_PART = f'"[{_FIRST}](?:[{_PLAIN} ]*[{_PLAIN}])?"'
_WHOLE = "(?:0|-?[1-9][0-9]{0,17})"


def text_list_type() -> FieldType:
    """A list of texts."""
    return FieldType(
        name="text_list",
        parse=parse_text_list,
        canonical=rf"\[(?:{_PART}(?:,{_PART})*)?\]",
        json=JsonKind.JSON,
        rule="A JSON list, or parts separated by line breaks, |, ; or commas.",
        example='["example.com","example.com/uk"]',
        keeps_invisible=True,
    )


def whole_number_list_type() -> FieldType:
    """A list of whole numbers."""
    return FieldType(
        name="whole_number_list",
        parse=parse_whole_number_list,
        canonical=rf"\[(?:{_WHOLE}(?:,{_WHOLE})*)?\]",
        json=JsonKind.JSON,
        rule="A JSON list of whole numbers, or whole numbers separated by |, ; or commas.",
        example="[12,15]",
    )


def parse_text_list(text: str) -> str | Finding:
    """Write a list of texts as compact JSON; blank parts are left out."""
    parts = _parse_parts(text, parse_text)
    if isinstance(parts, Finding):
        return parts
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def parse_whole_number_list(text: str) -> str | Finding:
    """Write a list of whole numbers as compact JSON; blank parts are left out."""
    # A comma separates the parts here, so no part may need a convention to be read.
    parts = _parse_parts(text, whole_number_type(Conventions()).parse)
    return parts if isinstance(parts, Finding) else f"[{','.join(parts)}]"


def _parse_parts(text: str, parse: Callable[[str], str | Finding]) -> list[str] | Finding:
    if text.startswith("["):
        parts = _from_json(text)
    else:
        separator = next((char for char in _SEPARATORS if char in text), None)
        parts = text.split(separator) if separator else [text]
    if parts is None:
        return Finding(BAD_LIST, f"{shown(text)} is not a JSON list of plain values")
    parsed = []
    for part in parts:
        if not part.strip():
            continue
        value = parse(part.strip())
        if isinstance(value, Finding):
            return Finding(BAD_LIST, value.message)
        parsed.append(value)
    if not parsed and parts:
        return Finding(BAD_LIST, f"{shown(text)} is a list of blanks")
    return parsed


def _from_json(text: str) -> list[str] | None:
    """Read a JSON list whose numbers stay as they are written, or None."""
    try:
        parts = json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
        return parts
    return None


def _refuse(constant: str) -> None:
    raise ValueError(constant)
