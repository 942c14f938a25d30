"""What is built of the presets, and what happens where it was built of another text."""

from __future__ import annotations

import json
import tomllib

from ometria_import.actions.inspection.known_mappings import known_mapping
from ometria_import.mapping.presets import presets
from ometria_import.mapping.shipped import BUILT, built_entry, entry_of, shipped_files


def test_what_was_built_is_what_the_files_say() -> None:
    for preset, shipped in zip(presets(), shipped_files(), strict=True):
        assert shipped.values == tomllib.loads(preset.text)
        known = known_mapping(preset)
        assert shipped.listing is not None
        assert shipped.listing["name"] == known.name
        assert tuple(shipped.listing["object_types"]) == known.object_types


def test_what_was_built_of_another_text_does_not_count() -> None:
    values, listing = {"name": "shop"}, {"title": "A shop"}
    entry = json.loads(built_entry('name = "shop"\n', values, listing))

    assert entry_of(entry, 'name = "shop"\n') == entry
    assert entry_of(entry, 'name = "store"\n') == {}
    assert len(json.loads(BUILT.read_bytes())) == len(presets())
