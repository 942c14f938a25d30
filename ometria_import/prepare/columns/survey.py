"""What the columns of a source say, as a whole, about their conventions.

The source is read once more for it, all its columns at a time, and only when a first text
turns up that one of them leaves open and the texts around it do not tell.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ometria_import.schema.field_types import DateOrder, DecimalSign, FieldType, Telling

Said = DateOrder | DecimalSign
DATE_ORDER, DECIMAL_SIGN, ZONE = "date_order", "decimal_sign", "timezone"
"""What texts can leave open."""
_ALL_NEEDS = frozenset({DATE_ORDER, DECIMAL_SIGN, ZONE})
TextsByPath = Mapping[str, Any]
"""Some rows of a source's columns, each a `pyarrow.StringArray`."""


class Survey:
    """One look over a whole source; shared by the threads that prepare its chunks."""

    def __init__(
        self, types: Mapping[str, FieldType], read_again: Callable[[], Iterator[TextsByPath]]
    ) -> None:
        """Plan a survey.

        Args:
            types: Field types by path, without any conventions.
            read_again: Reads the columns of these paths anew, chunk by chunk.
        """
        self._types = {path: kind for path, kind in types.items() if kind.evidence is not None}
        self._read_again = read_again
        self._lock = threading.Lock()
        self._said: dict[str, set[Said]] | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Of the columns that can leave something open."""
        return tuple(self._types)

    def said_of(self, path: str) -> set[Said]:
        """What the texts of a column say, taken together."""
        with self._lock:
            if self._said is None:
                self._said = self._look()
        return self._said.get(path, set())

    def needs(self) -> Needs:
        """What all texts of the columns leave open; the source is read once more for it."""
        needs = Needs(self._types)
        for columns in self._read_again():
            needs.take(columns)
        return needs

    def _look(self) -> dict[str, set[Said]]:
        said: dict[str, set[Said]] = {path: set() for path in self._types}
        for columns in self._read_again():
            for path, kind in self._types.items():
                if path in columns:
                    said[path] |= said_by(columns[path], kind)
        return said


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """Where a column stands, for messages and for looking at all of it."""

    source: str
    column: str
    """As the source's header says it."""
    path: str
    survey: Survey


def said_by(texts: Any, kind: FieldType) -> set[Said]:
    """What some texts of a column say; those of a usual form are asked all at once."""
    said: set[Said] = set()
    for telling in kind.tellings:
        if len(texts):
            texts, says = _without(texts, telling)
            said |= says
    if kind.evidence is not None:
        says_each = (kind.evidence(text.strip()) for text in texts.unique().to_pylist())
        said |= {each for each in says_each if each is not None}
    return said


def _without(texts: Any, telling: Telling) -> tuple[Any, set[Said]]:
    """The texts that are not of a form, and what those that are say."""
    import pyarrow.compute as pc

    matched = pc.match_substring_regex(texts, f"^(?:{telling.pattern})$")
    if not pc.any(matched).as_py():
        return texts, set()
    return texts.filter(pc.invert(matched)), {telling.says} if telling.says else set()


class Needs:
    """What the texts of some columns leave open, with the first text of each that does."""

    def __init__(self, types: Mapping[str, FieldType]) -> None:
        """Plan for field types by path, without any conventions."""
        self._types = {path: kind for path, kind in types.items() if kind.needs is not None}
        self.of: dict[str, dict[str, str]] = {path: {} for path in types}

    def take(self, texts: TextsByPath) -> None:
        """Look at some rows of the columns."""
        for path, kind in self._types.items():
            found = self.of[path]
            if path not in texts or found.keys() >= _ALL_NEEDS or kind.needs is None:
                continue
            for text in _not_canonical(texts[path], kind):
                for need in kind.needs(text):
                    found.setdefault(need, text)


def _not_canonical(texts: Any, kind: FieldType) -> Iterator[str]:
    """The distinct texts that are not in normal form, which leaves nothing open."""
    import pyarrow.compute as pc

    known = pc.match_substring_regex(texts, f"^(?:{kind.canonical})$")
    for text in texts.filter(pc.invert(known)).unique().to_pylist():
        if stripped := text.strip():
            yield stripped
