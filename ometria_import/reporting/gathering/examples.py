"""Three values of each field as they were sent, with every letter and digit masked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from ometria_import.errors import PackageError
from ometria_import.options.choices import ObjectType
from ometria_import.package import Batch, Package
from ometria_import.package.bodies import decoded
from ometria_import.reporting.model import Column

_EXAMPLES = 3
_CHARS = 40
_BATCHES = 200
"""How many batches of each object type are looked at."""
_RECORDS = msgspec.json.Decoder(list[dict[str, Any]], float_hook=Decimal)
_OPTION_LISTS = frozenset({"attributes", "variant_options"})

_Found = dict[tuple[str, str], list[str]]


def with_examples(columns: Sequence[Column], package: Package) -> list[Column]:
    """The columns with examples of their fields, as far as the package can be read."""
    wanted: dict[str, set[str]] = {}
    for each in columns:
        if each.field:
            wanted.setdefault(each.source, set()).add(each.field)
    found: _Found = {}
    try:
        sources = {source.number: source.path for source in package.sources()}
        for object_type in ObjectType:
            _look_through(object_type, package, sources, wanted, found)
    except PackageError:
        return list(columns)
    return [replace(each, examples=found.get((each.source, each.field), [])) for each in columns]


def _look_through(
    object_type: ObjectType,
    package: Package,
    sources: dict[int, str],
    wanted: dict[str, set[str]],
    found: _Found,
) -> None:
    looked_at = 0
    for number, of_type, _ in package.sizes():
        if of_type is not object_type:
            continue
        if looked_at >= _BATCHES:
            return
        looked_at += 1
        _look_at(package.batch(number), package.origins(number), sources, wanted, found)


def _look_at(
    batch: Batch,
    origins: list[tuple[int, int]],
    sources: dict[int, str],
    wanted: dict[str, set[str]],
    found: _Found,
) -> None:
    for record, (source, _) in zip(decoded(batch, _RECORDS), origins, strict=True):
        path = sources.get(source, "")
        for field in wanted.get(path, ()):
            known = found.setdefault((path, field), [])
            if len(known) >= _EXAMPLES:
                continue
            for value in _values(record, field):
                shape = masked(value)
                if shape not in known and len(known) < _EXAMPLES:
                    known.append(shape)


def _values(value: Any, path: str) -> Iterator[Any]:
    """What a record holds at a path; lists are gone through."""
    if isinstance(value, list):
        for each in value:
            yield from _values(each, path)
        return
    if not path:
        if value is not None and not isinstance(value, dict):
            yield value
        return
    if not isinstance(value, dict):
        return
    name, _, rest = path.partition(".")
    inner = value.get(name)
    if name in _OPTION_LISTS and isinstance(inner, list) and rest not in {"type", "id", "label"}:
        yield from (each.get("label") for each in inner if each.get("type") == rest)
    elif name == "properties" and isinstance(inner, dict):
        # The name of a custom field may have a dot.
        yield from _values(inner.get(rest), "")
    else:
        yield from _values(inner, rest)


def masked(value: Any) -> str:
    """A value with `x` for each letter and `9` for each digit; truth values stay what they are."""
    if isinstance(value, bool):
        return str(value).lower()
    return "".join(map(_masked, str(value)[:_CHARS]))


def _masked(char: str) -> str:
    if char.isdigit():
        return "9"
    if not char.isascii() or char.isalpha():
        return "X" if char.isupper() else "x"
    return char
