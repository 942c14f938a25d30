"""Refusing a setting that nobody asks for: a typing error would be as if nothing was said."""

from __future__ import annotations

from pathlib import Path

from ometria_import.did_you_mean import did_you_mean, plain
from ometria_import.errors import UsageError
from ometria_import.mapping.events import event_presets, named_events
from ometria_import.mapping.presets import find_mapping, presets
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.rows.order_prefix import ORDER_PREFIX


def refuse_unknown_settings(options: PrepareOptions) -> None:
    """Make sure that each setting is one of a preset, of the user's own mapping, or of all sources.

    Which of them the files need is not asked: one command may bring files of several kinds.

    Raises:
        UsageError: nobody knows one of them.
        MappingError: the user's mapping cannot be read.
    """
    if not options.settings:
        return
    known = {setting.name for preset in presets() for setting in preset.settings} | {ORDER_PREFIX}
    of_events = {setting.name for events in event_presets() for setting in events.settings}
    if options.mapping is not None:
        own, own_of_events = _settings_of(options.mapping)
        known |= own
        of_events |= own_of_events
    # Mappings of events take `marketingOptin` for `marketing_optin`, as RudderStack writes it.
    of_events_plain = {plain(name) for name in of_events}
    known |= of_events
    for name in options.settings:
        if name not in known and plain(name) not in of_events_plain:
            raise UsageError(
                f"no mapping has a setting '{name}'{did_you_mean(name, sorted(known))}",
                hint=f"There are {', '.join(sorted(known))}.",
            )


def _settings_of(mapping: str | Path) -> tuple[set[str], set[str]]:
    """The settings of a mapping of tables, and those of one of events; one of them is empty."""
    events = named_events(mapping, {})
    if events is not None:
        return set(), {setting.name for setting in events.settings}
    return {setting.name for setting in find_mapping(mapping).settings}, set()
