"""The mappings of events that ship with the tool, and finding the one that a file is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ometria_import.mapping.events.model import EventMapping
from ometria_import.mapping.events.toml_events import (
    is_event_mapping,
    load_event_mapping,
    load_recognition,
)

FOLDER = Path(__file__).resolve().parent.parent / "presets"


def recognise_events(
    objects: list[dict[str, Any]], settings: Mapping[str, str]
) -> EventMapping | None:
    """The preset whose events the first objects of a file are, or None.

    Raises:
        UsageError: a setting of that preset says a word that it does not know.
    """
    for path in _presets():
        recognition = load_recognition(path)
        if any(recognition.fits(each) for each in objects):
            return load_event_mapping(path, settings)
    return None


def key_of_inner_events(objects: list[dict[str, Any]]) -> str:
    """The key under which the first objects of a file hold events of a preset; blank for none."""
    recognitions = [load_recognition(path) for path in _presets()]
    for each in objects:
        for key, inner in each.items():
            if isinstance(inner, dict) and any(known.fits(inner) for known in recognitions):
                return key
    return ""


def named_events(mapping: str | Path, settings: Mapping[str, str]) -> EventMapping | None:
    """The mapping of events that a user names, or None where it is not one of events.

    Args:
        mapping: A preset's name, or a file.
        settings: What the user says.

    Raises:
        MappingError: something in the file is wrong; with file and line.
        UsageError: a setting of the mapping says a word that it does not know.
    """
    preset = FOLDER / f"{mapping}.toml"
    path = preset if preset in _presets() else Path(mapping)
    return load_event_mapping(path, settings) if is_event_mapping(path) else None


def event_presets() -> tuple[EventMapping, ...]:
    """The mappings of events that ship, with nothing said about their settings."""
    return tuple(load_event_mapping(path, {}) for path in _presets())


@lru_cache(maxsize=1)
def _presets() -> tuple[Path, ...]:
    return tuple(_event_presets())


def _event_presets() -> Iterator[Path]:
    for path in sorted(FOLDER.glob("*.toml")):
        if is_event_mapping(path):
            yield path
