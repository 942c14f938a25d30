"""Reading the tables of a mapping file so that every complaint names file and line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ometria_import.did_you_mean import did_you_mean
from ometria_import.errors import MappingError
from ometria_import.toml import Keys, TomlError, line_of
from ometria_import.toml.text import parse_text, read_text

_NAME = "the mapping"


def load_text(path: Path) -> str:
    """The text of a mapping file.

    Raises:
        MappingError: it cannot be read.
    """
    try:
        return read_text(path, _NAME)
    except TomlError as error:
        raise MappingError(str(error)) from None


def load_values(path: Path, text: str) -> dict[str, Any]:
    """What the text of a mapping file says.

    Raises:
        MappingError: it is no TOML.
    """
    try:
        return parse_text(text, str(path), _NAME)
    except TomlError as error:
        raise MappingError(str(error)) from None


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a mapping file."""

    place: Path
    text: str
    values: dict[str, Any]
    keys: Keys = ()

    def error(self, message: str, key: str = "", *, near: str = "", hint: str = "") -> MappingError:
        """An error at a key of this table."""
        keys = (*self.keys, key) if key else self.keys
        line = line_of(self.text, keys, near)
        return MappingError(f"{self.place}:{line}: {message}", hint=hint)

    def only(self, *known: str) -> None:
        """Refuse every other key."""
        for key in self.values:
            if key not in known:
                where = f" in [{'.'.join(self.keys)}]" if self.keys else ""
                raise self.error(
                    f"'{key}' is not a key of a mapping{where}{did_you_mean(key, known)}",
                    key,
                    hint=f"Known here: {', '.join(known)}.",
                )

    def text_of(self, key: str, default: str | None = None) -> str:
        """A text; without a default it must be there."""
        value = self.values.get(key, default)
        if value is None:
            raise self.error(f"'{key}' is missing")
        if not isinstance(value, str):
            raise self.error(f"'{key}' must be a text in quotes", key)
        return value

    def chosen(self, key: str, choices: Iterable[str], default: str) -> str:
        """One of some words."""
        value, choices = self.text_of(key, default), tuple(choices)
        if value not in choices and value != default:
            raise self.error(
                f"'{key}' cannot be '{value}'{did_you_mean(value, choices)}",
                key,
                hint=f"One of {', '.join(choices)}.",
            )
        return value

    def texts_of(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the key is not there."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.error(f"'{key}' must be a list of texts", key)
        return tuple(value)

    def flag(self, key: str) -> bool:
        """True or false, false where the key is not there."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.error(f"'{key}' must be true or false", key)
        return value

    def section(self, key: str) -> Section:
        """A table, empty where the key is not there."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.error(f"'{key}' must be a table", key)
        return Section(self.place, self.text, value, (*self.keys, key))

    def sections(self, key: str) -> tuple[Section, ...]:
        """A list of tables, empty where the key is not there."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.error(f"'{key}' must be a list of tables", key)
        return tuple(
            Section(self.place, self.text, each, (*self.keys, key, str(number)))
            for number, each in enumerate(value)
        )

    def tables(self) -> tuple[Section, ...]:
        """Every value of this table, each a table itself."""
        return tuple(self.section(key) for key in self.values)
