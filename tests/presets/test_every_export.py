"""Every export of every platform is taken by the presets of its own platform, and by no others."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import ometria_import.mapping.presets
from ometria_import.mapping.objects.flat_objects import FlatObjects
from ometria_import.mapping.objects.rows import names_of
from ometria_import.mapping.presets import (
    anchors_found,
    anchors_in_objects,
    presets,
    recognise_objects_of,
    recognise_preset,
)
from ometria_import.sources import JsonSource, open_any_source

FOLDER = Path(__file__).parents[1] / "exports"
EXPORTS = sorted(path for path in FOLDER.rglob("*.*") if path.is_file() and path.suffix != ".zip")
PLATFORMS = {
    path.stem: path.parent.name
    for path in Path(ometria_import.mapping.presets.__file__).parent.glob("*/*.toml")
}


@cache
def presets_for(path: Path) -> list[str]:
    """The presets that know a file."""
    source = open_any_source(path)
    if isinstance(source, JsonSource):
        objects = source.head().objects
        recognise_objects_of(objects, str(path), name=path.name)
        names = names_of(objects)
        known = [each for each in presets() if anchors_in_objects(each, objects, names, path.name)]
        header = FlatObjects(source).header
        flat = [each for each in presets() if anchors_found(each, header, path.name)]
        return [each.name for each in (*known, *flat)]
    recognise_preset(path, source.header, name=path.name)
    return [each.name for each in presets() if anchors_found(each, source.header, path.name)]


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_preset_of_another_platform_takes_it(path: Path) -> None:
    assert {PLATFORMS[name] for name in presets_for(path)} <= {path.parent.name}


def test_every_preset_knows_a_file_of_its_own() -> None:
    known = {name for path in EXPORTS for name in presets_for(path)}
    assert sorted(set(PLATFORMS) - known) == []


@pytest.mark.parametrize(
    "platform",
    ["bronto", "campaign-monitor", "dotdigital", "emarsys", "hubspot", "klaviyo", "mailchimp"],
)
def test_what_was_never_seen_in_a_real_file_is_said_on_the_page_and_by_inspect(
    platform: str,
) -> None:
    notes = [
        note for each in presets() if PLATFORMS[each.name] == platform for note in each.file.notes
    ]
    assert any(note.startswith("Unverified: ") for note in notes)
    page = (Path(__file__).parents[2] / "docs" / "presets" / f"{platform}.md").read_text("utf-8")
    assert "\nUnverified: " in page
