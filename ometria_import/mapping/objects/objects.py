"""Mapping JSON in the API's own shape: each object's values go under their fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, assert_never

import msgspec

from ometria_import.mapping.cells import Cells, ItemCells
from ometria_import.mapping.targets import REJECT_KEY, TYPE_COLUMN, plain_key
from ometria_import.problems import Finding, Located, catalogue, shorten
from ometria_import.schema import (
    Field,
    Group,
    Items,
    Member,
    ObjectSchema,
    Options,
    Properties,
    kind_of,
)
from ometria_import.schema.field_types import FieldTypeName
from ometria_import.schema.field_types.text import compose

Json = Any
_EMBEDDED = "product"
_OPTION_PARTS = tuple(Field(name, FieldTypeName.TEXT, "") for name in ("type", "id", "label"))
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_MAY_BE_DAMAGED = re.compile(r"[\x80-\x9f]|\\[ufb]")
"""Control characters, of which JSON writes some as escapes."""
LISTS = frozenset({FieldTypeName.TEXT_LIST, FieldTypeName.WHOLE_NUMBER_LIST})
_REMEMBERED = 4_096
_MAX_ZEROS = 60
"""A number with more is not written out: `1e999999999` would take a gigabyte."""


def map_objects(
    schema: ObjectSchema, objects: list[dict[str, Json]], *, keep_unknown: bool
) -> tuple[Cells, dict[str, bool]]:
    """Give the values of JSON objects to their fields.

    Args:
        schema: The object type's schema.
        objects: One for each record, as msgspec decodes them, numbers exact.
        keep_unknown: Whether keys that no field knows go into `properties`.

    Returns:
        The cells, and the keys that no field knows, each with whether its values are kept.
    """
    collector = ObjectCollector(schema.members, keep_unknown=keep_unknown)
    for row, record in enumerate(objects):
        collector.add(row, row, record)
    return collector.cells(), collector.unknown


@dataclass(frozen=True, slots=True)
class _Names:
    """The keys of one level that feed something, or that are the tool's own."""

    exact: frozenset[str]
    folded: dict[str, str]
    """Names of fields by how they are compared."""
    found: dict[str, str] = field(default_factory=dict)
    """By key that was looked up before; empty where it is no field."""

    @classmethod
    def of(cls, members: tuple[Member, ...], *, is_record: bool) -> _Names:
        names = [TYPE_COLUMN, *(member.name for member in members)]
        own = [REJECT_KEY] if is_record else []
        return cls(frozenset((*names, *own)), {plain_key(name): name for name in names})

    def find(self, key: str) -> str:
        """The field that a key means which is not written as its name is, or empty."""
        if key in self.exact:
            return ""
        name = self.found.get(key)
        if name is None:
            if len(self.found) >= _REMEMBERED:
                self.found.clear()
            name = self.found[key] = self.folded.get(plain_key(key), "")
        return name


@dataclass(slots=True)
class ObjectCollector:
    """Collects the values of one level, column by column."""

    members: tuple[Member, ...]
    keep_unknown: bool
    prefix: str = ""
    parents: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)
    properties: list[str] = field(default_factory=list)
    items: dict[str, ObjectCollector] = field(default_factory=dict)
    findings: list[Located] = field(default_factory=list)
    unknown: dict[str, bool] = field(default_factory=dict)
    property_kinds: dict[str, str] = field(default_factory=dict)
    known: dict[str, _Names] = field(default_factory=dict)
    """By path of a group."""

    def add(self, row: int, parent: int, record: dict[str, Json]) -> None:
        """Take one object; `row` is its record's number, `parent` its owner's index."""
        index = len(self.parents)
        self.parents.append(parent)
        self.rows.append(row)
        record = self._named(index, record, self.members, "")
        if isinstance(record.get(_EMBEDDED), dict) and self._embeds_products():
            record = self._with_product_id(index, record)
        extra: dict[str, Json] = {}
        self._take(index, record, self.members, "", extra)
        if extra and self._keeps_unknown():
            own = record.get("properties")
            own = _tidied(own) if isinstance(own, dict) else {}
            for key in (each for each in extra if each in own):
                self._complain(index, key, extra[key], "properties also has a value with this name")
            self._take_properties(index, {**extra, **own})

    def _embeds_products(self) -> bool:
        """Whether these are line items, in which a whole product may stand for its id."""
        names = {member.name for member in self.members}
        return "product_id" in names and _EMBEDDED not in names

    def _with_product_id(self, index: int, record: dict[str, Json]) -> dict[str, Json]:
        """A line item with the id of its product, and its sku where it has none of its own."""
        product = record[_EMBEDDED]
        record = {name: value for name, value in record.items() if name != _EMBEDDED}
        for own, theirs in (("product_id", "id"), ("sku", "sku")):
            value, of_product = record.get(own), product.get(theirs)
            if of_product in (None, ""):
                continue
            if value in (None, ""):
                record[own] = of_product
            elif own == "product_id" and str(value) != str(of_product):
                message = f"product_id is {shorten(str(value))}, which is sent"
                self._complain(index, f"{_EMBEDDED}.id", of_product, message)
        for name in product:
            if name not in (TYPE_COLUMN, "id", "sku"):
                self.unknown[f"{_EMBEDDED}.{name}"] = False
        return record

    def _take(
        self,
        index: int,
        record: dict[str, Json],
        members: tuple[Member, ...],
        path: str,
        extra: dict[str, Json],
    ) -> None:
        known = self.known[path].exact
        for member in members:
            value = record.get(member.name)
            if value is None or value == "":
                continue
            self._take_member(index, member, value, f"{path}{member.name}", extra)
        if record.keys() <= known:
            return
        for key, value in record.items():
            if key not in known and value is not None and value != "":
                name = f"{path}{key}"
                self.unknown[name] = self._keeps_unknown()
                extra[name] = value

    def _named(
        self, index: int, record: dict[str, Json], members: tuple[Member, ...], path: str
    ) -> dict[str, Json]:
        """The object with the names of fields for keys that differ from them in writing only."""
        names = self.known.get(path)
        if names is None:
            names = self.known[path] = _Names.of(members, is_record=not path and not self.prefix)
        if record.keys() <= names.exact:
            return record
        others = [
            (key, name) for key in record if key not in names.exact and (name := names.find(key))
        ]
        if not others:
            return record
        named = {key: value for key, value in record.items() if not names.find(key)}
        taken = {name: name for name in named}
        for key, name in others:
            value, own = record[key], named.get(name)
            if _is_blank(own):
                named[name], taken[name] = value, key
            elif not _is_blank(value) and value != own:
                self._complain(
                    index,
                    f"{path}{name}",
                    value,
                    f"the keys '{taken[name]}' and '{shorten(key)}' name the same field but "
                    "have different values",
                    catalogue.REPEATED_KEY,
                )
        return named

    def _keeps_unknown(self) -> bool:
        """Only what has properties has a place for keys that no field knows."""
        return self.keep_unknown and any(isinstance(each, Properties) for each in self.members)

    def _take_member(
        self, index: int, member: Member, value: Json, path: str, extra: dict[str, Json]
    ) -> None:
        match member:
            case Field():
                self._take_field(index, member, value, path)
            case Group():
                if isinstance(value, dict):
                    inner = self._named(index, value, member.members, f"{path}.")
                    self._take(index, inner, member.members, f"{path}.", extra)
                else:
                    self._complain(index, path, value, "an object belongs here")
            case Items() | Options():
                self._take_items(index, member, value, path)
            case Properties():
                if isinstance(value, dict):
                    self._take_properties(index, value)
                else:
                    self._complain(index, path, value, "an object belongs here")
            case _:
                assert_never(member)

    def _take_properties(self, index: int, properties: dict[str, Json]) -> None:
        tidy = _tidied(properties)
        for name, value in tidy.items():
            if name not in self.property_kinds:
                self.property_kinds[name] = kind_of(value)
        self._pad(self.properties, index)
        self.properties.append(_ENCODER.encode(tidy).decode() if tidy else "")

    def _take_field(self, index: int, member: Field, value: Json, path: str) -> None:
        column = self.fields.get(path)
        if column is None:
            column = self.fields[path] = []
        if len(column) != index:
            self._pad(column, index)
        if isinstance(value, str):
            column.append(value)
        elif isinstance(value, list) and member.type in LISTS:
            column.append(msgspec.json.encode(value).decode())
        elif isinstance(value, list | dict):
            self._complain(index, path, value, "a plain value belongs here")
        else:
            column.append(text_of(value, is_id=member.type is FieldTypeName.ID))

    def _take_items(self, index: int, member: Items | Options, value: Json, path: str) -> None:
        if not isinstance(value, list):
            self._complain(index, path, value, "a list of objects belongs here")
            return
        inner = self.items.get(member.name)
        if inner is None:
            parts = member.members if isinstance(member, Items) else _OPTION_PARTS
            inner = ObjectCollector(parts, self.keep_unknown, f"{self.prefix}{path}.")
            self.items[member.name] = inner
        for element in value:
            if isinstance(element, dict):
                inner.add(self.rows[index], index, element)
            else:
                self._complain(index, path, element, "an object belongs in this list")

    def _complain(
        self,
        index: int,
        path: str,
        value: Json,
        message: str,
        cause: str = catalogue.BAD_STRUCTURE,
    ) -> None:
        shown = shorten(msgspec.json.encode(value).decode())
        self.findings.append(
            Located(
                self.rows[index],
                f"{self.prefix}{path}",
                shown,
                Finding(cause, message),
            )
        )

    def _drop_damaged_properties(self) -> None:
        """Drop custom fields with control characters, as from columns; most objects have none."""
        for index, text in enumerate(self.properties):
            if not _MAY_BE_DAMAGED.search(text):
                continue
            properties = _DECODER.decode(text)
            for name, value in list(properties.items()):
                damage = _damage_in(value)
                if damage is not None:
                    path = f"{self.prefix}properties.{name}"
                    shown = shorten(_ENCODER.encode(value).decode())
                    self.findings.append(Located(self.rows[index], path, shown, damage))
                    del properties[name]
            self.properties[index] = _ENCODER.encode(properties).decode() if properties else ""

    @staticmethod
    def _pad(column: list[str], index: int) -> None:
        column.extend([""] * (index - len(column)))
        del column[index:]

    def cells(self) -> Cells:
        """The columns of this level and below it."""
        import numpy as np
        import pyarrow as pa

        self._drop_damaged_properties()
        length = len(self.parents)
        for column in (*self.fields.values(), *([self.properties] if self.properties else ())):
            column.extend([""] * (length - len(column)))
        cells = Cells(length)
        cells.fields = {path: pa.array(column, pa.string()) for path, column in self.fields.items()}
        if self.properties:
            cells.raw_properties = pa.array(self.properties, pa.string())
            cells.raw_property_kinds = self.property_kinds
        cells.findings = list(self.findings)
        for name, inner in self.items.items():
            parents, rows = (np.asarray(each, np.int64) for each in (inner.parents, inner.rows))
            cells.items[name] = ItemCells(parents, rows, inner.cells())
            cells.findings.extend(cells.items[name].cells.findings)
            for key, is_kept in inner.unknown.items():
                self.unknown[f"{inner.prefix.removeprefix(self.prefix)}{key}"] = is_kept
        return cells


def text_of(value: Json, *, is_id: bool) -> str:
    """A value as a cell would hold it; an id keeps its exponent, which tells that it is ruined."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and not is_id and abs(value.adjusted()) <= _MAX_ZEROS:
        return format(value, "f")
    return str(value)


def _tidied(value: Json) -> Json:
    """The value without nulls and empty texts, its texts trimmed and in NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.strip())
    if isinstance(value, dict):
        pairs = ((key, _tidied(inner)) for key, inner in value.items())
        return {key: inner for key, inner in pairs if not _is_blank(inner)}
    if isinstance(value, list):
        return [inner for inner in map(_tidied, value) if not _is_blank(inner)]
    return value


def _damage_in(value: Json) -> Finding | None:
    """What is wrong with the first text in a value that has a character which no text has."""
    if isinstance(value, str):
        composed = compose(value)
        return composed if isinstance(composed, Finding) else None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for each in inner if (found := _damage_in(each)) is not None), None)


def _is_blank(value: Json) -> bool:
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
