"""Columns whose values never leave the file: passwords, tokens, card numbers.

They are taken out before any mapping, problem or reject could see them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from ometria_import.mapping.objects.values import Depth
from ometria_import.mapping.secret_names import REMEMBERED, is_secret
from ometria_import.problems import Reject
from ometria_import.sources import RowChunk, TableSource
from ometria_import.sources.file.source_file import OfFile
from ometria_import.sources.model import Progress

WITHHELD = "(not shown: the file has columns with secrets)"
"""Stands for the text of a row that could not be cut into its columns."""

_BEFORE_A_VALUE = re.compile(r"[:=]")
_NOT_IN_A_NAME = re.compile(r"[^\w .@-]+")
_LONGEST_NAME = 100

_NAMES_AND_VALUES = (
    ("name", ("value", "display_value")),
    ("key", ("value", "display_value")),
    ("attribute_code", ("value",)),
    ("type", ("label", "id")),
)
"""Keys of objects that are a name and a value: `{"key": "_order_key", "value": "wc_order_…"}`."""
_VALUE_KEYS = frozenset({"value", "label"})
"""One of them is in every such object."""
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_NESTED = frozenset({dict, list})
"""What decoding makes of objects and arrays, and nothing derived from these."""
_HARMLESS: set[str] = set()
"""Names that were found to be no secrets: the same few keys come again in every object."""


def may_hold_secrets(depths: Iterable[Depth]) -> bool:
    """Whether it is worthwhile to look for secrets in each of the objects."""
    for depth in depths:
        keys = set[str]().union(*depth.objects)
        if not keys <= _HARMLESS or not keys.isdisjoint(_VALUE_KEYS):
            return True
    return False


def without_secrets(value: Any, withheld: set[str]) -> Any:
    """A JSON value without the keys that hold secrets, at any depth; changed in place.

    Args:
        value: The value.
        withheld: Takes the names of these keys.
    """
    if isinstance(value, dict):
        if not value.keys() <= _HARMLESS:
            _take_out_secrets(value, withheld)
        if not _VALUE_KEYS.isdisjoint(value):
            _take_out_named_secrets(value, withheld)
        for inner in value.values():
            if type(inner) in _NESTED:
                without_secrets(inner, withheld)
    elif isinstance(value, list):
        for inner in value:
            if type(inner) in _NESTED:
                without_secrets(inner, withheld)
    return value


def _take_out_secrets(value: dict[str, Any], withheld: set[str]) -> None:
    if len(_HARMLESS) > REMEMBERED:
        _HARMLESS.clear()
    for key in value.keys() - _HARMLESS:
        if is_secret(key):
            del value[key]
            withheld.add(key)
        else:
            _HARMLESS.add(key)


def _take_out_named_secrets(value: dict[str, Any], withheld: set[str]) -> None:
    """Of an object that is a name and a value, take out the value if the name is a secret's."""
    for name_key, value_keys in _NAMES_AND_VALUES:
        name = value.get(name_key)
        if isinstance(name, str) and value_keys[0] in value and is_secret(name):
            withheld.add(name)
            for key in value_keys:
                value.pop(key, None)


def withheld_if_secret(reject: Reject) -> Reject:
    """An element that could not be read, without its text where that may hold a secret."""
    if any(map(is_secret, _names_in(reject.raw))):
        return dataclasses.replace(reject, raw=WITHHELD)
    return reject


def _names_in(text: str) -> Iterator[str]:
    """What may be the names of values in a text that is no whole JSON object."""
    *before_values, _ = _BEFORE_A_VALUE.split(text)
    for before in before_values:
        parts = _NOT_IN_A_NAME.split(before[-_LONGEST_NAME:].rstrip(" \t\r\n\"'\\"))
        yield parts[-1]


class WithoutSecrets(OfFile):
    """A source of rows with the secrets removed."""

    def __init__(self, source: TableSource) -> None:
        super().__init__(source, source.format)
        self._source = source
        self.withheld = tuple(name for name in source.header if is_secret(name))
        """Its columns with secrets."""

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns that are left."""
        return tuple(name for name in self._source.header if not is_secret(name))

    def chunks(self, *, progress: Progress | None = None) -> Iterator[RowChunk]:
        """All rows, without the cells of those columns and without secrets in JSON cells."""
        return map(self._without, self._source.chunks(progress=progress))

    def head(self) -> RowChunk:
        """The first rows, in the same way."""
        return self._without(self._source.head())

    def _without(self, chunk: RowChunk) -> RowChunk:
        table = chunk.table.select(list(self.header)) if self.withheld else chunk.table
        rejects = tuple(
            dataclasses.replace(each, raw=WITHHELD) if self.withheld else withheld_if_secret(each)
            for each in chunk.rejects
        )
        return dataclasses.replace(chunk, table=_without_inner_secrets(table), rejects=rejects)


def _without_inner_secrets(table: Any) -> Any:
    """The table with its cells of JSON read, and the secrets in them taken out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for number, name in enumerate(table.column_names):
        texts = table.column(number)
        if not _may_hold_json(texts):
            continue
        may_be_json = pc.or_(pc.starts_with(texts, "{"), pc.starts_with(texts, "["))
        if pc.any(may_be_json).as_py():
            found = texts.filter(may_be_json).to_pylist()
            without = {text: _without_in_text(text) for text in dict.fromkeys(found)}
            changed = [without[text] for text in found]
            whole = pc.replace_with_mask(
                texts.combine_chunks(), may_be_json.combine_chunks(), pa.array(changed, pa.string())
            )
            table = table.set_column(number, name, whole)
    return table


def _may_hold_json(texts: Any) -> bool:
    """Whether any byte of a column may begin JSON; far cheaper than a look at each cell."""
    from ometria_import.sources.arrays import bytes_of

    written = [bytes(bytes_of(chunk)) for chunk in texts.chunks]
    return any(b"{" in each or b"[" in each for each in written)


def _without_in_text(text: str) -> str:
    """The text itself, unless it is JSON with secrets in it."""
    try:
        value = _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    withheld: set[str] = set()
    without_secrets(value, withheld)
    return _ENCODER.encode(value).decode() if withheld else text
