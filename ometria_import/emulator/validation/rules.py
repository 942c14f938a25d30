"""Judges one record by the schema of its object type, as the API does after its `OK`.

The written forms that the schemas name under `format` apply to texts only. Each is checked over
the whole text: a trailing line break is not overlooked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

OBJECT_TYPES = ("product", "contact", "order", "custom_event")
DEFAULT_COLLECTION = "default"
"""Assumption: where a contact goes that names no collection."""


MAX_PROPERTIES_CHARS = 999
"""Source: "under 1,000 characters as JSON, keys included"."""

FORMATS = FormatChecker(formats=())

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d(:\d\d)?)", re.ASCII
)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


def _text_format(name: str) -> Callable[[Callable[[str], bool]], Callable[[str], bool]]:
    def register(is_valid: Callable[[str], bool]) -> Callable[[str], bool]:
        def check(value: object) -> bool:
            return not isinstance(value, str) or is_valid(value)

        FORMATS.checks(name, raises=ValueError)(check)
        return is_valid

    return register


@_text_format("date")
def _is_date(text: str) -> bool:
    """A day of the calendar, YYYY-MM-DD."""
    return bool(_DATE.fullmatch(text) and date.fromisoformat(text))


@_text_format("date-time")
def _is_timestamp(text: str) -> bool:
    """ISO 8601 to the second. Assumption: a zone is required, in the extended form.

    Source: official examples have `2018-04-19T09:00:00+00` and `2017-02-02 10:18:12.833949+00`.
    """
    return bool(_TIMESTAMP.fullmatch(text) and datetime.fromisoformat(text))


@_text_format("date-or-date-time")
def _is_date_or_timestamp(text: str) -> bool:
    """Assumption: as the CSV template allows both for a contact's timestamps, so does the API."""
    return _is_date(text) if len(text) == len("2024-01-31") else _is_timestamp(text)


@_text_format("e164")
def _is_phone(text: str) -> bool:
    """Stricter than the API, which drops another form to null without a word."""
    return bool(_E164.fullmatch(text))


@_text_format("number")
def _is_number(text: str) -> bool:
    """A number as a text."""
    return bool(_NUMBER.fullmatch(text))


@_text_format("boolean")
def _is_boolean(text: str) -> bool:
    """A yes or no as a text."""
    return text in ("true", "false")


@_text_format("currency")
def _is_currency(text: str) -> bool:
    """Assumption: only the shape of ISO 4217 is checked, not the list."""
    return bool(_CURRENCY.fullmatch(text))


@_text_format("country")
def _is_country(text: str) -> bool:
    """Assumption: only the shape of ISO 3166-1 alpha-2 is checked, not the list."""
    return bool(_COUNTRY.fullmatch(text))


@_text_format("email")
def _is_email(text: str) -> bool:
    """Assumption: one @ with something on both sides; the documentation says "string"."""
    return bool(_EMAIL.fullmatch(text))


@_text_format("absolute-url")
def _is_absolute_url(text: str) -> bool:
    """Assumption: absolute means http or https and a host."""
    parts = urlsplit(text)
    has_blank = any(character.isspace() for character in text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not has_blank


@_text_format("timezone")
def _is_timezone(text: str) -> bool:
    """A name in the IANA database."""
    return text in _timezones()


@FORMATS.checks("id")
def _is_id(value: object) -> bool:
    """A text or an integer; JSON Schema takes 1.0 for one."""
    return isinstance(value, str) or type(value) is int


@FORMATS.checks("custom-fields")
def _are_custom_fields(value: object) -> bool:
    """Short enough, and nothing empty at any depth."""
    if not isinstance(value, dict):
        return True
    if any(leaf is None or leaf == "" for leaf in _leaves(value)):
        return False
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(compact) <= MAX_PROPERTIES_CHARS


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        yield value
        return
    for part in value:
        yield from _leaves(part)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a record is not stored."""

    message: str
    path: str
    """Such as `root > lineitems > 0 > quantity`."""


@dataclass(frozen=True, slots=True)
class Key:
    """What makes a record the same as one that is stored.

    Assumption: for contacts that is collection and id. The documentation adds the email, but
    its read endpoint finds a contact by those two alone.
    """

    object_type: str
    collection: str
    """Empty for everything but contacts."""
    id: str | None
    """None where the record has no id; then it is not valid either."""


def key_of(record: Mapping[str, Any]) -> Key:
    """Where a record belongs; it need not be valid."""
    object_type = record["@type"]
    collection = ""
    if object_type == "contact":
        named = record.get("@collection", DEFAULT_COLLECTION)
        collection = named if isinstance(named, str) else DEFAULT_COLLECTION
    record_id = record.get("id")
    if type(record_id) is int:
        record_id = str(record_id)
    return Key(object_type, collection, record_id if isinstance(record_id, str) else None)


def judge(record: Mapping[str, Any], *, email_required: bool = False) -> tuple[Finding, ...]:
    """Every reason why a record is not valid, each part of it named once.

    Assumption: a record with several faults makes several entries.
    """
    errors = _validator(record["@type"]).iter_errors(record)
    findings = [finding for error in errors for finding in _findings(error)]
    if email_required and record["@type"] == "contact" and "email" not in record:
        findings.append(Finding("this field is required", "root > email"))
    return tuple(dict.fromkeys(findings))


@cache
def schema_of(object_type: str) -> dict[str, Any]:
    """The JSON Schema of an object type, with every definition in its place."""
    definitions = _load("definitions")["$defs"]
    schema: dict[str, Any] = _with_definitions(_load(object_type), definitions)
    return schema


def _findings(error: ValidationError) -> Iterator[Finding]:
    place = ["root", *map(str, error.absolute_path)]
    # The library types these loosely; the two keywords below always have all.
    wanted: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    if error.validator == "required":
        for name in wanted:
            if name not in instance:
                yield Finding("this field is required", " > ".join([*place, name]))
    elif error.validator == "additionalProperties":
        for name in instance:
            if name not in schema["properties"]:
                yield Finding("this field is not known", " > ".join([*place, name]))
    else:
        yield Finding("not a valid value", " > ".join(place))


@cache
def _validator(object_type: str) -> Validator:
    return _Validator(schema_of(object_type), format_checker=FORMATS)


def _properties(
    validator: Any, properties: Mapping[str, Any], instance: Any, _: Any
) -> Iterator[ValidationError]:
    """The keyword `properties`, without the library's machinery for the leaves that are fine.

    Nearly all values of nearly all records are such leaves: it halves the time.
    """
    if not isinstance(instance, dict):
        return
    for name, schema in properties.items():
        if name in instance and not _is_plainly_valid(schema, instance[name]):
            yield from validator.descend(instance[name], schema, path=name, schema_path=name)


def _is_plainly_valid(schema: Mapping[str, Any], value: object) -> bool:
    """Whether the value is a valid leaf; False where only the library can tell."""
    if schema.keys() == {"const"} or schema.keys() == {"enum"}:
        return isinstance(value, str) and value in schema.get("enum", (schema.get("const"),))
    if not schema.keys() <= {"type", "minLength", "format"}:
        return False
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if isinstance(value, str):
        is_long_enough = len(value) >= schema.get("minLength", 0)
        is_text = "string" in kinds and is_long_enough
        return is_text and FORMATS.conforms(value, schema.get("format", ""))
    if isinstance(value, bool):
        return "boolean" in kinds
    return ("number" in kinds and type(value) in (int, float)) or (
        "integer" in kinds and type(value) is int
    )


_Validator: type[Validator] = extend(  # type: ignore[no-untyped-call]  # so are its stubs
    Draft202012Validator, {"properties": _properties}
)


def _load(name: str) -> dict[str, Any]:
    file = resources.files("ometria_import.emulator.validation") / "schemas" / f"{name}.json"
    schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return schema


def _with_definitions(part: Any, definitions: Mapping[str, Any]) -> Any:
    """Put every definition where it is referred to: following references doubles the time."""
    if isinstance(part, list):
        return [_with_definitions(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return _with_definitions(definitions[name], definitions)
    return {name: _with_definitions(item, definitions) for name, item in part.items()}
