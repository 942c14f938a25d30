"""Reading the tables of a mapping file so that every complaint names file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ometria_import.did_you_mean import did_you_mean
from ometria_import.errors import MappingError
from ometria_import.toml import TomlError, parse_toml, read_toml_text

Keys = tuple[str, ...]
"""Where a value stands: the keys that lead to it; a table of a list by its number."""

_HEADER = re.compile(r"\s*\[(\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*="""
)
_PART = re.compile(r""""((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


def load_text(path: Path) -> str:
    """The text of a mapping file.

    Raises:
        MappingError: it cannot be read.
    """
    try:
        return read_toml_text(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path is like this"
        raise MappingError(f"{path}: the mapping cannot be read: {reason}") from None
    except TomlError as error:
        raise MappingError(f"{path}: the mapping cannot be read: {error.reason}") from None


def load_values(path: Path, text: str) -> dict[str, Any]:
    """What the text of a mapping file says.

    Raises:
        MappingError: it is no TOML.
    """
    try:
        return parse_toml(text)
    except TomlError as error:
        place = f"{path}:{error.line}" if error.line else f"{path}"
        raise MappingError(f"{place}: the mapping is not TOML: {error.reason}") from None


def line_of(text: str, keys: Keys, near: str = "") -> int:
    """The 1-based line of a key; with `near`, the first line from there on that holds it."""
    best, best_length = 1, 0
    current: Keys = ()
    counts: dict[Keys, int] = {}
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if found := _HEADER.match(line):
            current = _parts(found.group(2))
            if found.group(1):
                counts[current] = counts.get(current, -1) + 1
            current = _numbered(current, counts)
            path = current
        elif found := _KEY.match(line):
            path = (*current, *_parts(found.group(1)))
        else:
            continue
        common = _common(path, keys)
        if common in {len(path), len(keys)} and common > best_length:
            best, best_length = number, common
    if near:
        for number in range(best, len(lines) + 1):
            if near in lines[number - 1]:
                return number
    return best


def _numbered(path: Keys, counts: dict[Keys, int]) -> Keys:
    """The path with the number of each list table on its way."""
    numbered: list[str] = []
    for length in range(1, len(path) + 1):
        numbered.append(path[length - 1])
        if path[:length] in counts:
            numbered.append(str(counts[path[:length]]))
    return tuple(numbered)


def _parts(dotted: str) -> Keys:
    return tuple(
        (found[1] or found[2] or found[3] or "").replace('\\"', '"')
        for found in _PART.finditer(dotted)
    )


def _common(path: Keys, keys: Keys) -> int:
    length = 0
    while length < min(len(path), len(keys)) and path[length] == keys[length]:
        length += 1
    return length


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
                    f"'{key}' is no key of a mapping{where}{did_you_mean(key, known)}",
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
