"""Mappings of events: JSON objects of several kinds in one file become records of several types."""

from ometria_import.mapping.events.inner import InnerEvents
from ometria_import.mapping.events.model import EventMapping, EventRecords
from ometria_import.mapping.events.presets import (
    event_presets,
    key_of_inner_events,
    named_events,
    recognise_events,
)
from ometria_import.mapping.events.toml_events import is_event_mapping, load_event_mapping

__all__ = [
    "EventMapping",
    "EventRecords",
    "InnerEvents",
    "event_presets",
    "is_event_mapping",
    "key_of_inner_events",
    "load_event_mapping",
    "named_events",
    "recognise_events",
]
