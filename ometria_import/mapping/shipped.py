"""The files of the presets, and the results of reading them.

Reading all of their TOML takes longer than checking a small file, and every command that
recognises files would wait for it. So the results are kept as JSON beside the TOML, with the hash
of the text that they were made from; if a text has changed since, its TOML is read after all.
`python -m docs.generate` makes the JSON.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).with_name("presets")
BUILT = FOLDER / "built.json"
_SUFFIX = ".toml"


class ShippedFile(NamedTuple):
    """The file of one preset."""

    name: str
    text: str
    values: dict[str, Any] | None
    """What its TOML says; None if it has to be read."""
    listing: Mapping[str, Any] | None
    """What a list of presets says about it; None if that has to be found out."""


@cache
def shipped_files() -> tuple[ShippedFile, ...]:
    """All of them, by name."""
    try:
        built = json.loads(BUILT.read_bytes())
    except (OSError, ValueError):
        built = {}
    return tuple(
        ShippedFile(path.name, text, entry.get("values"), entry.get("listing"))
        for path in sorted(FOLDER.glob(f"*/*{_SUFFIX}"), key=lambda each: each.name)
        for text in [path.read_text(encoding="utf-8")]
        for entry in [entry_of(built.get(path.name, {}), text)]
    )


def built_entry(text: str, values: Mapping[str, Any], listing: Mapping[str, Any]) -> str:
    """The JSON of one preset."""
    entry = {"hash": _hash_of(text), "listing": listing, "values": values}
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


def entry_of(entry: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    """What was made from a text; empty if it was made from another one."""
    return entry if entry.get("hash") == _hash_of(text) else {}


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
