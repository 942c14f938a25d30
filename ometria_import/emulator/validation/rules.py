"""Judges one record by the schema of its object type, as the API does after its `OK`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from ometria_import.emulator.validation.formats import FORMATS

OBJECT_TYPES = ("product", "contact", "order", "custom_event")
DEFAULT_COLLECTION = "default"
"""Assumption: where a contact goes that names no collection."""


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
