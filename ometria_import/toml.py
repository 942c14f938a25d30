"""TOML from anybody: what is too large or too deep for a file of settings is not parsed."""

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
    """A file that cannot be read as TOML; what it holds is not repeated."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        """1-based, or 0 where none is known."""


def read_toml_text(path: Path) -> str:
    """The text of a file.

    Raises:
        OSError: it cannot be read.
        TomlError: it is too large, or not UTF-8.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise TomlError(f"over {MAX_BYTES:,} bytes, far too large: is it another file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TomlError("it is not UTF-8", content.count(b"\n", 0, error.start) + 1) from None


def parse_toml(text: str) -> dict[str, Any]:
    """Parse the text of a file.

    Raises:
        TomlError: it is no TOML, or nested too deep.
    """
    text = text.replace("\r\n", "\n")
    if deep := _DEEP_KEY.search(text):
        raise TomlError("nested far too deep", text.count("\n", 0, deep.start()) + 1)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        raise TomlError(f"not valid TOML: {str(error).split(' (at ')[0]}", line) from None
    except RecursionError:
        raise TomlError("nested far too deep") from None
    except ValueError:
        number = _LONG_NUMBER.search(text)
        line = text.count("\n", 0, number.start()) + 1 if number else 0
        raise TomlError("a number of far too many digits", line) from None
