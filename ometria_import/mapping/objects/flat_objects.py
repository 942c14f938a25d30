"""JSON objects as the rows of a table: items in a file of their own, and records that have such.

Keys of objects within objects become dotted names, options (`[{type, id, label}]`) a column for
each half of each type, lists that a mapping takes names and values of numbered columns, and other
lists JSON as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from ometria_import.errors import SourceError
from ometria_import.mapping.expressions.model import ELEMENTS, NUMBER
from ometria_import.mapping.model import ItemSource, MappingFile, NamedValues
from ometria_import.sources import ObjectChunk, ObjectFile, RowChunk
from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.header import MAX_COLUMNS
from ometria_import.sources.model import Progress

if TYPE_CHECKING:
    import pyarrow as pa

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_ID = re.compile(r"(?:.*[._-])?(?:id|sku)|.*Id", re.IGNORECASE)
"""Names of keys whose numbers keep their exponent, which tells that they are ruined."""


class FlatObjects(OfFile):
    """A JSON source as a table. It is read once to learn its columns."""

    def __init__(self, source: ObjectFile, numbered: Iterable[str] = ()) -> None:
        """Learn the columns.

        Args:
            source: The objects.
            numbered: Names of lists whose elements become columns with their numbers.

        Raises:
            SourceError: the source cannot be read, or such a list is too long.
        """
        super().__init__(source, source.format)
        self._source = source
        self._numbered = frozenset(numbered)
        self.lists: set[str] = set()
        """Keys that hold lists of objects and are no options."""
        names: dict[str, None] = {}
        for chunk in source.chunks():
            for record in chunk.objects:
                names.update(dict.fromkeys(self._flat(record)))
            if self._numbered and len(names) > MAX_COLUMNS:
                quoted = ", ".join(f"'{name}'" for name in sorted(self._numbered))
                raise SourceError(
                    f"{source.path}: the lists {quoted} in its objects are too long",
                    hint=f"They and all other keys can be {MAX_COLUMNS:,} columns at most.",
                )
        self._header = tuple(names)

    @property
    def header(self) -> tuple[str, ...]:
        """All keys, in the order of their first occurrence."""
        return self._header

    def chunks(self, *, progress: Progress | None = None) -> Iterator[RowChunk]:
        """Read all objects in the file's order.

        Raises:
            SourceError: reading fails on the way; then no chunk can be trusted.
        """
        for chunk in self._source.chunks(progress=progress):
            yield self._as_rows(chunk)

    def head(self) -> RowChunk:
        """The first objects."""
        return self._as_rows(self._source.head())

    def _as_rows(self, chunk: ObjectChunk) -> RowChunk:
        import pyarrow as pa

        rows = [self._flat(record) for record in chunk.objects]
        columns = [
            pa.array([row.get(name, "") for row in rows], pa.string()) for name in self._header
        ]
        table: pa.Table = pa.table(columns, names=list(self._header))
        return RowChunk(table, chunk.lines, chunk.rejects)

    def _flat(self, record: dict[str, Any], prefix: str = "") -> dict[str, str]:
        flat: dict[str, str] = {}
        for key, value in record.items():
            name = f"{prefix}{key}"
            if isinstance(value, dict):
                flat |= self._flat(value, f"{name}.")
            elif isinstance(value, list):
                flat |= self._flat_list(name, value)
            elif value is not None and value != "":
                flat[name] = _text(value, name)
        return flat

    def _flat_list(self, name: str, values: list[Any]) -> dict[str, str]:
        if not values:
            return {}
        if name in self._numbered:
            self.lists.add(name)
            return {name: _ENCODER.encode(values).decode()} | {
                inner: text
                for number, each in enumerate(values)
                if isinstance(each, dict)
                for inner, text in self._flat(each, f"{name}.{number}.").items()
            }
        if all(isinstance(each, dict) and each.get("type") for each in values):
            return {
                f"{name}.{each['type']}.{half}": str(each[half])
                for each in values
                for half in ("id", "label")
                if each.get(half) not in (None, "")
            }
        if any(isinstance(each, dict) for each in values):
            self.lists.add(name)
        return {name: _ENCODER.encode(values).decode()}


def as_columns(file: MappingFile) -> tuple[MappingFile, frozenset[str]]:
    """A mapping by the names of such columns, and the lists in which it finds names and values."""
    levels: list[MappingFile | ItemSource] = [file, *file.items]
    lists = frozenset(each.each for level in levels for each in level.named_values if each.each)
    items = tuple(
        replace(each, named_values=tuple(map(_numbered, each.named_values))) for each in file.items
    )
    named = tuple(map(_numbered, file.named_values))
    columns = replace(file.columns, drop=(*file.columns.drop, *lists))
    return replace(file, items=items, named_values=named, columns=columns), lists


def _numbered(named: NamedValues) -> NamedValues:
    """Names and values of the elements of a list, as a family of columns has them."""
    if not named.each or named.pair:
        return named
    array, family = f"{named.each}{ELEMENTS}.", f"{named.each}.{NUMBER}."
    name, value = (f"{family}{each.removeprefix(array)}" for each in (named.name, named.value))
    return replace(named, each="", name=name, value=value)


def _text(value: object, name: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and not _ID.fullmatch(name):
        return format(value, "f") if abs(value.adjusted()) < 60 else str(value)  # noqa: PLR2004
    return str(value)
