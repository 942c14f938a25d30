"""The text of a TOML file, and its values: what is too large or too deep is not parsed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

MAX_BYTES = 1_000_000
_DEEP_KEY = re.compile(r"""(?<![\w"'-])[\w"'-]+(?:[ \t]*\.[ \t]*[\w"'-]+){64}""")
"""tomllib needs memory by the square of the dots in a key."""
_LONG_NUMBER = re.compile(r"[0-9_]{4000}")
"""Python converts no whole number of so many digits."""
_POSITION = re.compile(r"line (\d+)")


class TomlError(Exception):
    """A file that cannot be used; the message names it and, where one is known, the line.

    Each caller turns it into an error of its own, with the same words.
    """

    def __init__(self, place: str, line: int, message: str, hint: str = "") -> None:
        super().__init__(f"{place}:{line}: {message}" if line else f"{place}: {message}")
        self.hint = hint


class ContradictionError(ValueError):
    """What the values of a table say together makes no sense.

    A Struct raises it in `__post_init__`, where neither file nor line is known.
    """

    def __init__(self, message: str, key: str = "", *, near: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.key = key
        """The key whose line is named; without one, that of the table."""
        self.near = near
        """A text on the line, where the key's value goes over several."""
        self.hint = hint


def read_text(path: Path, name: str) -> str:
    """The text of a file, which messages call `name`.

    Raises:
        TomlError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path is like this"
        raise TomlError(str(path), 0, f"{name} cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise TomlError(
            str(path),
            0,
            f"{name} cannot be read: over {MAX_BYTES:,} bytes, far too large: is it another file?",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TomlError(str(path), line, f"{name} cannot be read: it is not UTF-8") from None


def parse_text(text: str, place: str, name: str) -> dict[str, Any]:
    """The values in the text of a file.

    Raises:
        TomlError: it is no TOML, or nested too deep.
    """
    text = text.replace("\r\n", "\n")
    if deep := _DEEP_KEY.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise TomlError(place, line, f"{name} is nested far too deep")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        reason = str(error).split(" (at ")[0]
        raise TomlError(place, line, f"{name} is not TOML: {reason}") from None
    except RecursionError:
        raise TomlError(place, 0, f"{name} is nested far too deep") from None
    except ValueError:
        number = _LONG_NUMBER.search(text)
        line = text.count("\n", 0, number.start()) + 1 if number else 0
        raise TomlError(place, line, f"{name} holds a number of far too many digits") from None
