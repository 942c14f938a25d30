"""Pieces of TOML text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


def key(path: str) -> str:
    """A field's path as TOML writes a key."""
    return path if re.fullmatch(r"[A-Za-z0-9_-]+", path) else quoted(path)


def quoted(text: str) -> str:
    """A basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped) + '"'


def listed(texts: Iterable[str]) -> str:
    """A list of strings."""
    return f"[{', '.join(map(quoted, texts))}]"


def inline(values: Mapping[str, str]) -> str:
    """A table from words to texts; `Yes` and `yes` are one word, since mappings ignore case."""
    words: dict[str, str] = {}
    for word, text in values.items():
        words.setdefault(word.strip().casefold(), f"{quoted(word)} = {quoted(text)}")
    return f"{{ {', '.join(words.values())} }}"
