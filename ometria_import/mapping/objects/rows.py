"""JSON objects as rows: each value is a cell, named by the keys that lead to it.

`billing_address.city` is the city within an object, `line_items[].sku` that of each element of an
array. Only what a mapping asks for is looked up, a whole column at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Protocol

import msgspec

from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.cells import Texts
from ometria_import.mapping.expressions.model import ELEMENTS, STRUCTURE, repeated
from ometria_import.mapping.model import ColumnPolicy
from ometria_import.mapping.objects.values import Json, text_of
from ometria_import.problems import shorten

Objects = list[dict[str, Json]]
ITSELF = ""
"""The key under which an element that is no object stands."""

_NOTHING: dict[str, Json] = {}


class ObjectValues:
    """The values of some objects, a column for each name that is asked for."""

    def __init__(
        self,
        objects: list[dict[str, Json]],
        settings: Mapping[str, str],
        policy: ColumnPolicy | None = None,
        ids: Collection[str] = (),
    ) -> None:
        """Take the objects as they are.

        Args:
            objects: As msgspec decodes them, numbers exact.
            settings: The values of the user's settings.
            policy: The rules for all cells: their aliases and null words.
            ids: The names of cells that are ids. Numbers keep their exponent there, which tells
                that they are ruined.
        """
        self.objects = objects
        self.settings = settings
        self._has_structures = False
        self.ids = ids
        self.policy = policy or ColumnPolicy()
        self._columns: dict[str, Texts | None] = {}
        self._owners: dict[str, list[dict[str, Json]]] = {"": objects}
        # Most objects lack most of what a mapping knows, so what is not there must cost little.
        self._nobody: list[dict[str, Json]] = [_NOTHING] * len(objects)
        self._none: list[Json] = [None] * len(objects)

    @property
    def length(self) -> int:
        """Objects."""
        return len(self.objects)

    @property
    def has_structures(self) -> bool:
        """Whether a cell that was read so far is an object or a list."""
        return self._has_structures

    def column(self, name: str) -> Texts | None:
        """The values of a name as texts; None where no object has one."""
        if name not in self._columns:
            self._columns[name] = self._as_texts(name, self.values(name))
        return self._columns[name]

    def plain_texts(self, name: str) -> Texts | None:
        """The same without what is no text in JSON."""
        values = self.values(name)
        return self._as_texts(name, [each if isinstance(each, str) else None for each in values])

    def numbers(self, name: str) -> tuple[str, ...]:
        """The numbers of a family of names."""
        return HeaderNames(names_of(self.objects), {}).numbers(name)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The names of cells that fit one with * in it."""
        names = HeaderNames(names_of(self.objects), {}, is_exact=True)
        return tuple(name for name, _ in names.matching(pattern))

    def is_null(self, name: str) -> list[bool]:
        """Which objects have a key under this name that holds null."""
        owner, _, key = name.rpartition(".")
        return [key in each and each[key] is None for each in self.owners(owner)]

    def looked_up(self, name: str, texts: Texts) -> Texts:  # noqa: ARG002 -- seam
        """Nothing: objects name no others."""
        return repeated("", len(texts))

    def values(self, name: str) -> list[Json]:
        """The values of a name as JSON has them; None where an object has none."""
        names = self.policy.aliases.get(name)
        if names is None:
            return self._values(name)
        taken = self._values(name)
        for other in names:
            taken = _filled_up(taken, self._values(other))
        return taken

    def _values(self, name: str) -> list[Json]:
        owner, _, key = name.rpartition(".")
        owners = self.owners(owner)
        values = self._none if owners is self._nobody else [each.get(key) for each in owners]
        if owner and self._has_dotted_keys and all(each is None for each in values):
            return [each.get(name) for each in self.objects]
        return values

    @cached_property
    def _has_dotted_keys(self) -> bool:
        """Whether a key has a dot in it itself."""
        return any("." in key for each in self.objects for key in each)

    def owners(self, name: str) -> list[dict[str, Json]]:
        """The objects that stand under a name, an empty one where there is none."""
        if name not in self._owners:
            values = self.values(name)
            has_some = any(isinstance(each, dict) for each in values)
            self._owners[name] = (
                [each if isinstance(each, dict) else _NOTHING for each in values]
                if has_some
                else self._nobody
            )
        return self._owners[name]

    def _as_texts(self, name: str, values: list[Json]) -> Texts | None:
        import pyarrow as pa

        if values is self._none:
            return None
        is_id = name in self.ids
        texts = [each if type(each) is str else self.text_of(each, is_id=is_id) for each in values]
        if self.policy.nulls:
            texts = ["" if each.strip() in self.policy.nulls else each for each in texts]
        return pa.array(texts, pa.string()) if any(texts) else None

    def text_of(self, value: Json, *, is_id: bool = False) -> str:
        """A value as a cell holds it."""
        if value is None:
            return ""
        if isinstance(value, dict | list):
            if not value:
                return ""
            self._has_structures = True
            return f"{STRUCTURE}{msgspec.json.encode(value).decode()}"
        return text_of(value, is_id=is_id)


def names_of(objects: Iterable[dict[str, Json]]) -> list[str]:
    """The names of all cells of some objects, in the order of their first occurrence."""
    seen: dict[str, None] = {}
    for each in objects:
        _add_names(each, "", seen)
    return list(seen)


def _add_names(record: dict[str, Json], prefix: str, seen: dict[str, None]) -> None:
    for key, value in record.items():
        name = f"{prefix}{key}"
        seen[name] = None
        if isinstance(value, dict):
            _add_names(value, f"{name}.", seen)
        elif isinstance(value, list):
            for element in value:
                if isinstance(element, dict):
                    _add_names(element, f"{name}{ELEMENTS}.", seen)
                else:
                    seen[f"{name}{ELEMENTS}"] = None


class _ValueRows(Protocol):
    """Rows that know their values as JSON has them."""

    @property
    def length(self) -> int: ...

    def values(self, name: str) -> list[Json]: ...


def first_values(rows: _ValueRows, names: Iterable[str]) -> list[Json]:
    """For each row the first value under some names that is not blank, else None."""
    taken: list[Json] = [None] * rows.length
    for name in names:
        taken = _filled_up(taken, rows.values(name))
    return taken


def _filled_up(values: list[Json], others: list[Json]) -> list[Json]:
    """The values, and where one is blank the other, if that is not blank."""
    return [
        (None if is_blank(other) else other) if is_blank(own) else own
        for own, other in zip(values, others, strict=True)
    ]


def shown(value: Json) -> str:
    """A value for messages."""
    return shorten(value if isinstance(value, str) else msgspec.json.encode(value).decode())


def is_blank(value: Json) -> bool:
    """Whether a value says nothing; false and 0 do."""
    return value is None or (isinstance(value, str) and not value.strip())
