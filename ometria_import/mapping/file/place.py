"""Reading the tables of a mapping file so that every complaint names file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ometria_import.errors import MappingError
from ometria_import.toml import Keys, Table, TomlError, read_value, refuse_unknown
from ometria_import.toml.text import parse_text, read_text

_NAME = "the mapping"


@contextmanager
def _told() -> Iterator[None]:
    """Say what is wrong with a file as that of a mapping."""
    try:
        yield
    except TomlError as error:
        raise MappingError(str(error), hint=error.hint) from None


def load_text(path: Path) -> str:
    """The text of a mapping file.

    Raises:
        MappingError: it cannot be read.
    """
    with _told():
        return read_text(path, _NAME)


def load_values(path: Path, text: str) -> dict[str, Any]:
    """What the text of a mapping file says.

    Raises:
        MappingError: it is no TOML.
    """
    with _told():
        return parse_text(text, str(path), _NAME)


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a mapping file."""

    place: Path
    text: str
    values: dict[str, Any]
    keys: Keys = ()

    @property
    def _table(self) -> Table:
        return Table(str(self.place), self.values, self.text, self.keys)

    def error(self, message: str, key: str = "", *, near: str = "", hint: str = "") -> MappingError:
        """An error at a key of this table."""
        return MappingError(str(self._table.error(message, key, near=near)), hint=hint)

    def only(self, *known: str) -> None:
        """Refuse every other key."""
        with _told():
            refuse_unknown(self._table, known)

    def value(self, key: str, kind: Any) -> Any:
        """A value that must be there, as something that Structs can have as well."""
        with _told():
            return read_value(self._table, key, kind)

    def text_of(self, key: str, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        is_left_out = default is not None and key not in self.values
        return str(default if is_left_out else self.value(key, str))

    def chosen(self, key: str, choices: Iterable[str], default: str) -> str:
        """One of some words."""
        words: Any = Literal[tuple(map(str, choices))]
        return str(self.value(key, words) if key in self.values else default)

    def texts_of(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the key is not there."""
        return tuple(self.value(key, tuple[str, ...]) if key in self.values else ())

    def flag(self, key: str) -> bool:
        """True or false, false where the key is not there."""
        return key in self.values and bool(self.value(key, bool))

    def section(self, key: str) -> Section:
        """A table, empty where the key is not there."""
        value = self.value(key, dict[str, Any]) if key in self.values else {}
        return Section(self.place, self.text, value, (*self.keys, key))

    def sections(self, key: str) -> tuple[Section, ...]:
        """A list of tables, empty where the key is not there."""
        value = self.value(key, tuple[dict[str, Any], ...]) if key in self.values else ()
        return tuple(
            Section(self.place, self.text, each, (*self.keys, key, str(number)))
            for number, each in enumerate(value)
        )

    def tables(self) -> tuple[Section, ...]:
        """Every value of this table, each a table itself."""
        return tuple(self.section(key) for key in self.values)
