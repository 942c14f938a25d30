"""What the columns of a source say, as a whole, about their conventions.

The source is read once more for it, all its columns at a time, and only when a first text
turns up that one of them leaves open and the texts around it do not tell.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ometria_import.schema.field_types import DateOrder, DecimalSign, FieldType, Telling

Said = DateOrder | DecimalSign
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

    def said_of(self, path: str) -> set[Said]:
        """What the texts of a column say, taken together."""
        with self._lock:
            if self._said is None:
                self._said = self._look()
        return self._said.get(path, set())

    def first_open(self, path: str, need: str) -> str:
        """The first text of a column that leaves a convention open, for a message."""
        needs = self._types[path].needs
        for columns in self._read_again():
            for text in columns[path].unique().to_pylist() if path in columns else ():
                if needs is not None and text.strip() and need in needs(text.strip()):
                    return str(text.strip())
        return ""

    def _look(self) -> dict[str, set[Said]]:
        said: dict[str, set[Said]] = {path: set() for path in self._types}
        for columns in self._read_again():
            for path, kind in self._types.items():
                if path in columns:
                    said[path] |= said_by(columns[path], kind)
        return said


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
