"""The files of the presets, and what reading them comes to.

To read all of their TOML takes longer than to check a small file, and every command that
recognises files would wait for it. So what it says lies beside it as JSON, with the hash of the
text that it was made of; where a text is another one by now, the TOML is read after all.
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
    """What its TOML says; None where that has to be read."""
    listing: Mapping[str, Any] | None
    """What a list of presets tells of it; None where that has to be found out."""


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
    """What was made of a text; nothing where it was made of another one."""
    return entry if entry.get("hash") == _hash_of(text) else {}


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
