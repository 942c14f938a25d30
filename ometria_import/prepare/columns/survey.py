"""Surveying whole columns of a source for evidence of their conventions.

The source is read a second time for it, all columns at once, and only when the first ambiguous
text turns up that the texts around it do not settle.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ometria_import.prepare.columns.computing import operands_in
from ometria_import.schema.field_types import DateOrder, DecimalSign, FieldType, GenderLetters

if TYPE_CHECKING:  # pyarrow is slow to import, and only names of types are needed
    from ometria_import.sources.arrays import Texts

Convention = DateOrder | DecimalSign | GenderLetters
DATE_ORDER, DECIMAL_SIGN, ZONE = "date_order", "decimal_sign", "timezone"
GENDER_LETTERS = "gender_letters"
"""The conventions that can be ambiguous."""
_ALL = frozenset({DATE_ORDER, DECIMAL_SIGN, ZONE, GENDER_LETTERS})
CHOICES: dict[str, frozenset[Convention]] = {
    DATE_ORDER: frozenset(DateOrder),
    DECIMAL_SIGN: frozenset(DecimalSign),
}
"""The possible values of each convention that the user can be asked for."""
TextsByPath = Mapping[str, "Texts"]
"""Some rows of a source's columns, by field path."""


class Survey:
    """One pass over a whole source, shared by the threads that prepare its chunks."""

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
        """The field paths of the columns that can be ambiguous."""
        return tuple(self._types)

    def conventions_of(self, path: str) -> set[Convention]:
        """The conventions that the texts of a column show, taken together."""
        with self._lock:
            if self._found is None:
                self._found = self._look()
        return self._found.get(path, set())

    def open_conventions(self) -> OpenConventions:
        """The conventions that all texts leave ambiguous; the source is read again for it."""
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
    """The place of a column, for messages and for surveying all of it."""

    source: str
    column: str
    """The column's name in the source's header."""
    path: str
    survey: Survey


def conventions_in(texts: Texts, kind: FieldType) -> set[Convention]:
    """The conventions that some texts show; texts of a common form are checked in bulk."""
    import pyarrow.compute as pc

    found: set[Convention] = set()
    texts = operands_in(texts)
    for pattern in kind.convention_patterns:
        matched = pc.match_substring_regex(texts, f"^(?:{pattern.pattern})$")
        if pc.any(matched).as_py():
            texts = texts.filter(pc.invert(matched))
            if pattern.says:
                found.add(pattern.says)
    if kind.evidence is not None:
        says_each = (kind.evidence(text.strip()) for text in texts.unique().to_pylist())
        found |= {each for each in says_each if each is not None}
    return found


class OpenConventions:
    """The conventions that some columns leave ambiguous, with the first ambiguous text."""

    def __init__(self, types: Mapping[str, FieldType]) -> None:
        """Start with the field types by path, without any conventions."""
        self._types = {path: kind for path, kind in types.items() if kind.open_in is not None}
        self.of: dict[str, dict[str, str]] = {path: {} for path in types}

    def take(self, texts: TextsByPath) -> None:
        """Check some rows of the columns."""
        for path, kind in self._types.items():
            found = self.of[path]
            if path not in texts or found.keys() >= _ALL or kind.open_in is None:
                continue
            for text in _not_canonical(texts[path], kind):
                for name in kind.open_in(text):
                    found.setdefault(name, text)


def _not_canonical(texts: Texts, kind: FieldType) -> Iterator[str]:
    """The distinct texts, and operands of formulas, that are not in normal form.

    Normal form is never ambiguous.
    """
    import pyarrow.compute as pc

    texts = operands_in(texts)
    known = pc.match_substring_regex(texts, f"^(?:{kind.canonical})$")
    for text in texts.filter(pc.invert(known)).unique().to_pylist():
        if stripped := text.strip():
            yield stripped
