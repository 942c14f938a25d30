"""What the columns of a source say, as a whole, about their conventions.

The source is read once more for it, all its columns at a time, and only when a first text
turns up that one of them leaves open and the texts around it do not tell.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ometria_import.schema.field_types import ConventionPattern, DateOrder, DecimalSign, FieldType

if TYPE_CHECKING:  # pyarrow is slow to import, and only names of types are needed
    from ometria_import.sources.arrays import Texts

Convention = DateOrder | DecimalSign
DATE_ORDER, DECIMAL_SIGN, ZONE = "date_order", "decimal_sign", "timezone"
"""What texts can leave open."""
_ALL = frozenset({DATE_ORDER, DECIMAL_SIGN, ZONE})
CHOICES: dict[str, frozenset[Convention]] = {
    DATE_ORDER: frozenset(DateOrder),
    DECIMAL_SIGN: frozenset(DecimalSign),
}
"""What texts can say of those that are asked for."""
TextsByPath = Mapping[str, "Texts"]
"""Some rows of a source's columns."""


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
        self._found: dict[str, set[Convention]] | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Of the columns that can leave something open."""
        return tuple(self._types)

    def conventions_of(self, path: str) -> set[Convention]:
        """What the texts of a column say, taken together."""
        with self._lock:
            if self._found is None:
                self._found = self._look()
        return self._found.get(path, set())

    def open_conventions(self) -> OpenConventions:
        """What all texts of the columns leave open; the source is read once more for it."""
        found = OpenConventions(self._types)
        for columns in self._read_again():
            found.take(columns)
        return found

    def _look(self) -> dict[str, set[Convention]]:
        found: dict[str, set[Convention]] = {path: set() for path in self._types}
        for columns in self._read_again():
            for path, kind in self._types.items():
                if path in columns:
                    found[path] |= conventions_in(columns[path], kind)
        return found


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """Where a column stands, for messages and for looking at all of it."""

    source: str
    column: str
    """As the source's header says it."""
    path: str
    survey: Survey


def conventions_in(texts: Texts, kind: FieldType) -> set[Convention]:
    """What some texts of a column say; those of a usual form are asked all at once."""
    found: set[Convention] = set()
    for pattern in kind.convention_patterns:
        if len(texts):
            texts, says = _without(texts, pattern)
            found |= says
    if kind.evidence is not None:
        says_each = (kind.evidence(text.strip()) for text in texts.unique().to_pylist())
        found |= {each for each in says_each if each is not None}
    return found


def _without(texts: Texts, pattern: ConventionPattern) -> tuple[Texts, set[Convention]]:
    """The texts that are not of a form, and what those that are say."""
    import pyarrow.compute as pc

    matched = pc.match_substring_regex(texts, f"^(?:{pattern.pattern})$")
    if not pc.any(matched).as_py():
        return texts, set()
    return texts.filter(pc.invert(matched)), {pattern.says} if pattern.says else set()


class OpenConventions:
    """What the texts of some columns leave open, with the first text of each that does."""

    def __init__(self, types: Mapping[str, FieldType]) -> None:
        """Plan for field types by path, without any conventions."""
        self._types = {path: kind for path, kind in types.items() if kind.open_in is not None}
        self.of: dict[str, dict[str, str]] = {path: {} for path in types}

    def take(self, texts: TextsByPath) -> None:
        """Look at some rows of the columns."""
        for path, kind in self._types.items():
            found = self.of[path]
            if path not in texts or found.keys() >= _ALL or kind.open_in is None:
                continue
            for text in _not_canonical(texts[path], kind):
                for name in kind.open_in(text):
                    found.setdefault(name, text)


def _not_canonical(texts: Texts, kind: FieldType) -> Iterator[str]:
    """The distinct texts that are not in normal form, which leaves nothing open."""
    import pyarrow.compute as pc

    known = pc.match_substring_regex(texts, f"^(?:{kind.canonical})$")
    for text in texts.filter(pc.invert(known)).unique().to_pylist():
        if stripped := text.strip():
            yield stripped
