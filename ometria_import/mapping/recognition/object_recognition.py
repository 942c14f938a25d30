"""Telling which object type JSON objects without `@type` are, without taking others for them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ometria_import.errors import MappingError
from ometria_import.mapping.objects.values import keys_of
from ometria_import.mapping.recognition.foreign_objects import find_foreign
from ometria_import.mapping.recognition.own_names import is_made_for_ometria
from ometria_import.mapping.recognition.recognition import (
    named_type,
    type_of_objects,
    types_by_file_name,
)
from ometria_import.mapping.targets import (
    REJECT_KEY,
    TYPE_COLUMN,
    plain_key,
    suggest_key,
)
from ometria_import.options.did_you_mean import did_you_mean_each
from ometria_import.problems import shorten
from ometria_import.schema import SCHEMAS, ObjectSchema, ObjectType

_MIN_OWN_KEYS = 3
"""`id` and `email`, or `id` and `title`, stand in the objects of every system."""
_SHOWN_KEYS = 5


def recognise_objects(path: Path, objects: list[dict[str, Any]], said: str = "") -> ObjectType:
    """The object type of JSON objects, from their `@type` or, if that is certain, from their keys.

    Args:
        path: Their file, for messages; its name tips the balance where the keys alone are few.
        objects: The first of them.
        said: The `@type` of objects that could not be read, where there are no others.

    Raises:
        MappingError: they are objects of another system, or it is not certain which they are.
    """
    if type_name := type_of_objects(objects) or said:
        return named_type(path, type_name)
    by_name = types_by_file_name(path)
    if not objects and len(by_name) == 1:
        return by_name[0]
    keys = keys_of(objects)
    top = _top_level(keys)
    if certain := _best(top, [name for name in SCHEMAS if _is_unmistakable(SCHEMAS[name], top)]):
        return certain
    if foreign := find_foreign(objects, keys):
        raise MappingError(
            f"{path}: this looks like {foreign}, not like Ometria's records",
            hint=_ways_out(path),
        )
    likely = [
        name
        for name, schema in SCHEMAS.items()
        if _is_likely(schema, keys, _MIN_OWN_KEYS - (name in by_name))
    ]
    if best := _best(top, likely):
        return best
    raise MappingError(
        f"{path}: it is not certain which object type this file holds"
        + (f"; its objects have {_quoted(top)}" if top else "")
        + _nearest(top, by_name),
        hint=_ways_out(path),
    )


def are_ometrias(objects: list[dict[str, Any]]) -> bool:
    """Whether objects have the keys of Ometria's own records."""
    keys = keys_of(objects)
    top = _top_level(keys)
    if any(_is_unmistakable(schema, top) for schema in SCHEMAS.values()):
        return True
    return not find_foreign(objects, keys) and any(
        _is_likely(schema, keys, _MIN_OWN_KEYS) for schema in SCHEMAS.values()
    )


def refuse_unfit_objects(
    path: Path, object_type: ObjectType, objects: list[dict[str, Any]]
) -> None:
    """Refuse objects of which none can be a record of the type that the user says they are.

    Raises:
        MappingError: none of them has a key for a mandatory field.
    """
    if not objects or type_of_objects(objects):
        return
    keys, schema = keys_of(objects), SCHEMAS[object_type]
    missing = _missing_keys(schema, _top_level(keys))
    if not keys or not missing:
        return
    foreign = find_foreign(objects, keys)
    looks = f"; this looks like {foreign}" if foreign else _near_words(schema, keys)
    raise MappingError(
        f"{path}: no key feeds {_quoted(missing)}, which every {object_type} needs{looks}",
        hint=f"`ometria-import fields {object_type}` lists the keys; {_MAPPING_HINT}",
    )


_MAPPING_HINT = (
    "for objects of another shape, write a mapping that says what their keys are and name it "
    "with --mapping, or save them as a table (CSV), for which `ometria-import mapping suggest` "
    "drafts one."
)


def _ways_out(path: Path) -> str:
    said = " or ".join(shlex.quote(f"{name}={path}") for name in ObjectType)
    return (
        "If they are Ometria's own records after all, put the object type before the path: "
        f"{said}. If not, {_MAPPING_HINT}"
    )


def _is_unmistakable(schema: ObjectSchema, keys: list[str]) -> bool:
    """Whether the mandatory fields alone tell such records: orders and events have enough."""
    if _missing_keys(schema, keys) or len(schema.mandatory()) < _MIN_OWN_KEYS:
        return False
    found = set(map(plain_key, keys))
    return not schema.one_of or any(plain_key(name) in found for name in schema.one_of)


def _is_likely(schema: ObjectSchema, keys: list[str], least: int) -> bool:
    """Whether objects have enough of Ometria's keys, and are not mainly of others."""
    top = _top_level(keys)
    if _missing_keys(schema, top) or schema.one_of or _own_keys(schema, top) < least:
        return False
    own = {plain_key(member.name) for member in schema.members}
    within = {key.partition(".")[0] for key in keys if "." in key}
    # As a table would have them: what stands in an object of Ometria's, and all else by its name.
    as_columns = [
        key
        for key in keys
        if (key not in within if plain_key(key.partition(".")[0]) in own else "." not in key)
    ]
    return is_made_for_ometria(schema, as_columns)


def _best(keys: list[str], names: list[ObjectType]) -> ObjectType | None:
    """The one of some types that knows the most of the keys."""
    counts = {name: _own_keys(SCHEMAS[name], keys) for name in names}
    best = [name for name in names if counts[name] == max(counts.values())]
    return best[0] if len(best) == 1 else None


def _own_keys(schema: ObjectSchema, keys: Iterable[str]) -> int:
    names = {plain_key(member.name) for member in schema.members}
    return len(names & set(map(plain_key, keys)))


def _missing_keys(schema: ObjectSchema, keys: Iterable[str]) -> list[str]:
    found = set(map(plain_key, keys))
    return [path for path in schema.mandatory() if plain_key(path) not in found]


def _top_level(keys: Iterable[str]) -> list[str]:
    return [key for key in keys if "." not in key and key not in {REJECT_KEY, TYPE_COLUMN}]


def _nearest(keys: list[str], by_name: list[ObjectType]) -> str:
    """What the type lacks that the file's name says."""
    if len(by_name) != 1:
        return ""
    (name,) = by_name
    missing = _missing_keys(SCHEMAS[name], keys)
    lacking = f", and every {name} needs {_quoted(missing)}" if missing else ""
    return f"{lacking}{_near_words(SCHEMAS[name], keys)}" if lacking else ""


def _near_words(schema: ObjectSchema, keys: Iterable[str]) -> str:
    known = {plain_key(member.name) for member in schema.members}
    pairs = (
        (shorten(key), suggest_key(schema, key))
        for key in _top_level(keys)
        if plain_key(key) not in known
    )
    return did_you_mean_each(pairs)


def _quoted(names: list[str]) -> str:
    shown = ", ".join(f"'{shorten(name)}'" for name in names[:_SHOWN_KEYS])
    return f"{shown} …" if len(names) > _SHOWN_KEYS else shown
