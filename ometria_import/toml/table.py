"""Tables of a TOML file, which know where they stand in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ometria_import.toml.lines import Keys, line_of
from ometria_import.toml.text import TomlError, parse_text, read_text


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
        return line_of(self.text, (*self.keys, key) if key else self.keys, near)

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
