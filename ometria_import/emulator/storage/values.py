"""What becomes of a record's values between their arrival and their reading.

Assumption: values that came in another JSON type (an id as an integer, a number or a yes as a
text) or in another written form of ISO 8601 are kept in the field's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ometria_import.emulator.traits import Traits
from ometria_import.emulator.validation.rules import schema_of

MAX_EVENT_TYPE_CHARS = 31
"""Source: "under 32 characters: longer ones are truncated"."""

_SHORT_OFFSET = re.compile(r"[+-]\d\d$", re.ASCII)
_FRACTION = re.compile(r"\.\d+")
_TIMESTAMPS = ("date-time", "date-or-date-time")


def as_kept(record: Mapping[str, Any]) -> Any:
    """A valid record in its fields' own types; equal to what came where that has them."""
    return _kept(record, schema_of(record["@type"]))


def as_shown(body: str, object_type: str, traits: Traits) -> str:
    """A stored record as a server with these traits answers it."""
    if not traits.changes_values:
        return body
    shown = _shown(json.loads(body), schema_of(object_type), traits)
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def timestamp_as_shown(text: str, traits: Traits) -> str:
    """A timestamp as a server with these traits answers it."""
    if traits.timestamps == "days":
        return text[: len("2024-01-31")]
    if traits.timestamps == "seconds":
        text = _FRACTION.sub("", text)
    if traits.zone == "offset" and text.endswith("Z"):
        text = text.removesuffix("Z") + "+00:00"
    return text


def _kept(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        return {
            name: _kept(each, fields[name]) if name in fields else each
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_kept(each, schema["items"]) for each in value] if "items" in schema else value
    return _in_own_type(value, schema.get("format"))


def _in_own_type(value: Any, form: str | None) -> Any:
    if type(value) is int and form == "id":
        return str(value)
    if not isinstance(value, str):
        return value
    match form:
        case "number":
            return float(value) if "." in value else int(value)
        case "boolean":
            return value == "true"
        case "date-time" | "date-or-date-time":
            return _in_full(value)
    return value


def _in_full(text: str) -> str:
    if text[10:11] != " " and not (len(text) > len("2024-01-31") and _SHORT_OFFSET.search(text)):
        return text
    text = text.replace(" ", "T", 1)
    return f"{text}:00" if _SHORT_OFFSET.search(text) else text


def _shown(value: Any, schema: Mapping[str, Any], traits: Traits) -> Any:
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        shown = {
            name: _shown(each, fields[name], traits) if name in fields else each
            for name, each in value.items()
        }
        if traits.unset_nulls:
            # What begins with @ is said to the server; it is no value that a record has.
            unset = [name for name in fields if name[0] != "@" and name not in shown]
            shown |= dict.fromkeys(unset)
        return shown
    if isinstance(value, list):
        inner = schema.get("items", {})
        return [_shown(each, inner, traits) for each in value]
    if isinstance(value, str):
        form = schema.get("format")
        if form == "e164" and traits.drop_phones:
            return None
        if form in _TIMESTAMPS:
            return timestamp_as_shown(value, traits)
        if form == "email" and traits.lower_emails:
            return value.lower()
    return value
