"""Refusing a setting that nobody asks for: a typing error would be as if nothing was said."""

from __future__ import annotations

from pathlib import Path

from ometria_import.errors import UsageError
from ometria_import.mapping.events import event_presets, named_events
from ometria_import.mapping.presets import find_mapping, presets
from ometria_import.mapping.toml_place import did_you_mean
from ometria_import.prepare.options import PrepareOptions


def refuse_unknown_settings(options: PrepareOptions) -> None:
    """Make sure that each setting is one of a preset or of the user's own mapping.

    Which of them the files need is not asked: one command may bring files of several kinds.

    Raises:
        UsageError: nobody knows one of them.
        MappingError: the user's mapping cannot be read.
    """
    if not options.settings:
        return
    known = {setting.name for preset in presets() for setting in preset.settings}
    known |= {setting.name for events in event_presets() for setting in events.settings}
    if options.mapping is not None:
        known |= _settings_of(options.mapping)
    for name in options.settings:
        if name not in known:
            raise UsageError(
                f"no mapping has a setting '{name}'{did_you_mean(name, sorted(known))}",
                hint=f"There are {', '.join(sorted(known))}.",
            )


def _settings_of(mapping: str | Path) -> set[str]:
    events = named_events(mapping, {})
    if events is not None:
        return {setting.name for setting in events.settings}
    return {setting.name for setting in find_mapping(mapping).settings}
