"""Tables of a TOML file, which know where they stand in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ometria_import.toml.text import TomlError, parse_text, read_text

Keys = tuple[str, ...]
"""Where a value stands: the keys that lead to it; a table of a list by its number from 0."""

_HEADER = re.compile(r"\s*\[(\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*="""
)
_PART = re.compile(r""""((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


def _line_of(text: str, keys: Keys, near: str = "") -> int:
    """The 1-based line of a key, which no parser says.

    With `near`, the first line from there on that holds it.
    """
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
class Table:
    """One table of a file."""

    place: str
    """What messages call the file: its path, where it has one."""
    values: dict[str, Any]
    text: str = field(default="", repr=False)
    """The whole file, to find lines in."""
    keys: Keys = ()
    private: str = ""
    """The outermost key under which no message repeats a value: it may be a secret that was put
    into the wrong place."""

    def at(self, key: str) -> Table:
        """The table under a key; an empty one where there is none."""
        return replace(self, values=self.values.get(key, {}), keys=(*self.keys, key))

    def each(self, key: str) -> list[Table]:
        """The tables of the list under a key."""
        return [
            replace(self, values=values, keys=(*self.keys, key, str(number)))
            for number, values in enumerate(self.values.get(key, []))
        ]

    def line(self, key: str = "", near: str = "") -> int:
        """The 1-based line of a key, or of the table."""
        return _line_of(self.text, (*self.keys, key) if key else self.keys, near)

    def error(self, message: str, key: str = "", *, near: str = "", hint: str = "") -> TomlError:
        """What is wrong with a key of this table, or with the table."""
        return TomlError(self.place, self.line(key, near), message, hint)

    @property
    def where(self) -> str:
        """Which table it is, as TOML writes it; empty for that of the whole file."""
        names = [each for each in self.keys if not each.isdigit()]
        if not names:
            return ""
        if self.keys[-1].isdigit():
            return f" in [[{'.'.join(names)}]] number {int(self.keys[-1]) + 1}"
        return f" in [{'.'.join(names)}]"


def load_table(path: Path, name: str, *, private: str = "") -> Table:
    """Read a file, which messages call `name`.

    Raises:
        TomlError: it cannot be read, or is no TOML.
    """
    text = read_text(path, name)
    return replace(parse_table(text, str(path), name), private=private)


def parse_table(text: str, place: str, name: str) -> Table:
    """Parse the text of a file that messages call by its place.

    Raises:
        TomlError: it is no TOML, or nested too deep.
    """
    return Table(place, parse_text(text, place, name), text)
