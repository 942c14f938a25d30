"""Mapping JSON in the API's own shape: each object's values go under their fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Any, assert_never

import msgspec

from ometria_import.mapping.cells import Cells, ItemCells
from ometria_import.mapping.objects.values import (
    Json,
    damage_in,
    holds_nothing,
    is_empty,
    text_of,
    tidied,
)
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

_EMBEDDED = "product"
_OPTION_PARTS = tuple(Field(name, FieldTypeName.TEXT, "") for name in ("type", "id", "label"))
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_MAY_BE_DAMAGED = re.compile(r"[\x80-\x9f]|\\[ufb]")
"""Control characters, of which JSON writes some as escapes."""
LISTS = frozenset({FieldTypeName.TEXT_LIST, FieldTypeName.WHOLE_NUMBER_LIST})


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
    rows = [*range(len(objects))]
    collector.collect(rows, rows, objects)
    return collector.cells(), collector.unknown


@dataclass(slots=True)
class ObjectCollector:
    """The values of one level in columns.

    Each key is looked up in all objects at once. Findings are put in the order of the objects
    at the end: first everything that is wrong with the first one, then with the second one.
    """

    members: tuple[Member, ...]
    keep_unknown: bool
    prefix: str = ""
    unknown: dict[str, bool] = field(default_factory=dict)
    parents: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    _fields: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    """By path, the first object that has a value, and the texts of all."""
    _items: dict[str, tuple[int, ObjectCollector]] = field(default_factory=dict)
    """The same of lists of objects."""
    _properties: dict[int, dict[str, Json]] = field(default_factory=dict)
    """The tidied custom fields of each object."""
    _property_kinds: dict[str, str] = field(default_factory=dict)
    _findings: list[tuple[int, Located]] = field(default_factory=list)
    _damaged: list[Located] = field(default_factory=list)
    _unknown: dict[str, tuple[int, bool]] = field(default_factory=dict)
    """Keys that no field knows: the first object that has one, and whether its values are kept."""

    def collect(self, rows: list[int], parents: list[int], records: list[dict[str, Json]]) -> None:
        """Take all objects of the level.

        Args:
            rows: The numbers of the records that they belong to.
            parents: The indexes of their owners.
            records: The objects.
        """
        self.rows, self.parents = rows, parents
        indexes = [*range(len(records))]
        records = self._named(indexes, records, self.members, "")
        if self._embeds_products():
            records = [
                self._with_product_id(index, each)
                if isinstance(each.get(_EMBEDDED), dict)
                else each
                for index, each in enumerate(records)
            ]
        extras: dict[int, dict[str, Json]] = {}
        self._take(indexes, records, self.members, "", extras)
        kinds = self._property_kinds
        if self._keeps_unknown():
            own_names = {index: [*self._properties.get(index, ())] for index in extras}
            for index, extra in extras.items():
                own = records[index].get("properties")
                own = tidied(own) if isinstance(own, dict) else {}
                for key in (each for each in extra if each in own):
                    message = "properties also has a value with this name"
                    self._complain(index, key, extra[key], message)
                self._properties[index] = tidied({**extra, **own})
        else:
            own_names = {}
        for index in sorted(self._properties):
            tidy = self._properties[index]
            if not tidy.keys() <= kinds.keys():
                for name in (*own_names.get(index, ()), *tidy):
                    if name not in kinds:
                        kinds[name] = kind_of(tidy[name])
        for name, (_, is_kept) in sorted(self._unknown.items(), key=_first):
            self.unknown[name] = is_kept

    def _embeds_products(self) -> bool:
        """Whether these are line items, in which a whole product may stand for its id."""
        names = {member.name for member in self.members}
        return "product_id" in names and _EMBEDDED not in names

    def _with_product_id(self, index: int, record: dict[str, Json]) -> dict[str, Json]:
        """A line item with the id of its product, and its sku where it has none of its own."""
        product = record.get(_EMBEDDED)
        if not isinstance(product, dict):
            return record
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
                self._unknown.setdefault(f"{_EMBEDDED}.{name}", (index, False))
        return record

    def _take(
        self,
        indexes: list[int],
        records: list[dict[str, Json]],
        members: tuple[Member, ...],
        path: str,
        extras: dict[int, dict[str, Json]],
    ) -> None:
        """Take the values of some objects, or of a group in each of them."""
        keys = set[str]().union(*records)
        for member in members:
            if member.name in keys:
                values = [each.get(member.name) for each in records]
                self._take_member(indexes, member, values, f"{path}{member.name}", extras)
        others = keys.difference((member.name for member in members), _own_keys(path, self.prefix))
        if not others:
            return
        is_kept = self._keeps_unknown()
        for index, record in zip(indexes, records, strict=True):
            for key, value in record.items():
                if key in others and value is not None and value != "":
                    name = f"{path}{key}"
                    self._unknown.setdefault(name, (index, is_kept))
                    extras.setdefault(index, {})[name] = value

    def _named(
        self,
        indexes: list[int],
        records: list[dict[str, Json]],
        members: tuple[Member, ...],
        path: str,
    ) -> list[dict[str, Json]]:
        """The objects, with field names for keys that differ from them in spelling only."""
        names = [TYPE_COLUMN, *(member.name for member in members)]
        keys = set[str]().union(*records).difference(names, _own_keys(path, self.prefix))
        folded = {plain_key(name): name for name in names} if keys else {}
        name_of = {key: name for key in keys if (name := folded.get(plain_key(key)))}
        if not name_of:
            return records
        return [
            record
            if name_of.keys().isdisjoint(record)
            else self._renamed(index, record, name_of, path)
            for index, record in zip(indexes, records, strict=True)
        ]

    def _renamed(
        self, index: int, record: dict[str, Json], name_of: dict[str, str], path: str
    ) -> dict[str, Json]:
        named = {key: value for key, value in record.items() if key not in name_of}
        taken = {name: name for name in named}
        for key, value in record.items():
            if (name := name_of.get(key)) is None:
                continue
            own = named.get(name)
            if holds_nothing(own):
                named[name], taken[name] = value, key
            elif not holds_nothing(value) and value != own:
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
        self,
        indexes: list[int],
        member: Member,
        values: list[Json],
        path: str,
        extras: dict[int, dict[str, Json]],
    ) -> None:
        first = next((place for place, each in enumerate(values) if not is_empty(each)), None)
        if first is None:
            return
        match member:
            case Field():
                self._take_field(indexes, member, values, path, indexes[first])
            case Group():
                found = self._objects(indexes, values, path)
                owners, inner = [*found], [*found.values()]
                inner = self._named(owners, inner, member.members, f"{path}.")
                self._take(owners, inner, member.members, f"{path}.", extras)
            case Items() | Options():
                self._take_items(indexes, member, values, path)
            case Properties():
                for index, own in self._objects(indexes, values, path).items():
                    self._properties[index] = tidied(own)
            case _:
                assert_never(member)

    def _objects(
        self, indexes: list[int], values: list[Json], path: str
    ) -> dict[int, dict[str, Json]]:
        """The values that are objects, by index; others do not belong here."""
        found: dict[int, dict[str, Json]] = {}
        for index, value in zip(indexes, values, strict=True):
            if isinstance(value, dict):
                found[index] = value
            elif not is_empty(value):
                self._complain(index, path, value, "an object belongs here")
        return found

    def _take_field(
        self, indexes: list[int], member: Field, values: list[Json], path: str, first: int
    ) -> None:
        texts = values
        if set(map(type, values)) != {str}:
            texts = [
                each if type(each) is str else self._text(index, member, each, path)
                for index, each in zip(indexes, values, strict=True)
            ]
        if len(texts) != len(self.rows):
            of_some, texts = texts, [""] * len(self.rows)
            for index, text in zip(indexes, of_some, strict=True):
                texts[index] = text
        self._fields[path] = first, texts

    def _text(self, index: int, member: Field, value: Json, path: str) -> str:
        if value is None:
            return ""
        if isinstance(value, list) and member.type in LISTS:
            return msgspec.json.encode(value).decode()
        if isinstance(value, list | dict):
            self._complain(index, path, value, "a plain value belongs here")
            return ""
        return text_of(value, is_id=member.type is FieldTypeName.ID)

    def _take_items(
        self, indexes: list[int], member: Items | Options, values: list[Json], path: str
    ) -> None:
        owners: list[int] = []
        elements: list[dict[str, Json]] = []
        first = None
        for index, value in zip(indexes, values, strict=True):
            if is_empty(value):
                continue
            if not isinstance(value, list):
                self._complain(index, path, value, "a list of objects belongs here")
                continue
            first = index if first is None else first
            for element in value:
                if isinstance(element, dict):
                    owners.append(index)
                    elements.append(element)
                else:
                    self._complain(index, path, element, "an object belongs in this list")
        if first is not None:
            parts = member.members if isinstance(member, Items) else _OPTION_PARTS
            inner = ObjectCollector(parts, self.keep_unknown, f"{self.prefix}{path}.")
            inner.collect([self.rows[index] for index in owners], owners, elements)
            self._items[member.name] = first, inner

    def _complain(
        self,
        index: int,
        path: str,
        value: Json,
        message: str,
        cause: str = catalogue.BAD_STRUCTURE,
    ) -> None:
        shown = shorten(msgspec.json.encode(value).decode())
        found = Located(self.rows[index], f"{self.prefix}{path}", shown, Finding(cause, message))
        self._findings.append((index, found))

    def _property_texts(self) -> list[str]:
        """The custom fields as JSON, without those that have control characters, as in columns."""
        properties = self._properties.values()
        texts = [_ENCODER.encode(each).decode() if each else "" for each in properties]
        found = dict(zip(self._properties, texts, strict=True))
        if _MAY_BE_DAMAGED.search("\n".join(texts)):
            for index in sorted(found):
                if _MAY_BE_DAMAGED.search(found[index]):
                    found[index] = self._without_damaged(index, found[index])
        return [found.get(index, "") for index in range(len(self.rows))]

    def _without_damaged(self, index: int, text: str) -> str:
        properties = _DECODER.decode(text)
        for name, value in list(properties.items()):
            damage = damage_in(value)
            if damage is not None:
                path = f"{self.prefix}properties.{name}"
                shown = shorten(_ENCODER.encode(value).decode())
                self._damaged.append(Located(self.rows[index], path, shown, damage))
                del properties[name]
        return _ENCODER.encode(properties).decode() if properties else ""

    def cells(self) -> Cells:
        """The columns of this level and below it."""
        import numpy as np
        import pyarrow as pa

        cells = Cells(len(self.rows))
        for path, (_, texts) in sorted(self._fields.items(), key=_first):
            cells.fields[path] = pa.array(texts, pa.string())
        cells.findings = [each for _, each in sorted(self._findings, key=itemgetter(0))]
        if self._properties:
            cells.raw_properties = pa.array(self._property_texts(), pa.string())
            cells.raw_property_kinds = self._property_kinds
            cells.findings += self._damaged
        for name, (_, inner) in sorted(self._items.items(), key=_first):
            parents, rows = (np.asarray(each, np.int64) for each in (inner.parents, inner.rows))
            cells.items[name] = ItemCells(parents, rows, inner.cells())
            cells.findings.extend(cells.items[name].cells.findings)
            for key, is_kept in inner.unknown.items():
                self.unknown[f"{inner.prefix.removeprefix(self.prefix)}{key}"] = is_kept
        return cells


def _first(named: tuple[str, tuple[int, Any]]) -> int:
    """The first object that has something of a name."""
    return named[1][0]


def _own_keys(path: str, prefix: str) -> tuple[str, ...]:
    """The keys of a level that are the tool's own."""
    return (TYPE_COLUMN,) if path or prefix else (TYPE_COLUMN, REJECT_KEY)
