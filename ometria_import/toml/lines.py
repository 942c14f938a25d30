"""On which line of a TOML text a key stands, which no parser says."""

from __future__ import annotations

import re

Keys = tuple[str, ...]
"""Where a value stands: the keys that lead to it; a table of a list by its number from 0."""

_HEADER = re.compile(r"\s*\[(\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*="""
)
_PART = re.compile(r""""((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


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
