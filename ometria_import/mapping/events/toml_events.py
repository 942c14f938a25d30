"""Reading a mapping file of events: all that can be wrong is found here, with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ometria_import.did_you_mean import did_you_mean
from ometria_import.errors import MappingError
from ometria_import.mapping.events.model import EventMapping, RecordTable
from ometria_import.mapping.events.settings import chosen_settings
from ometria_import.mapping.events.sources import EventCondition, EventPath, is_blank, value_at
from ometria_import.mapping.events.targets import fed_paths, requiring
from ometria_import.mapping.events.toml_rules import RulesReader
from ometria_import.mapping.file.place import (
    Section,
    load_text,
    load_values,
)
from ometria_import.schema import SCHEMAS, ObjectType

_KEYS = (
    "name",
    "title",
    "platform",
    "export",
    "notes",
    "recognise",
    "settings",
    "places",
    "records",
    "otherwise",
)


@dataclass(frozen=True, slots=True)
class EventRecognition:
    """What an object has that is an event of this mapping."""

    where: tuple[EventCondition, ...]
    any: tuple[EventPath, ...]
    none: tuple[EventPath, ...]

    def fits(self, event: dict[str, object]) -> bool:
        """Whether an object is such an event."""
        return (
            all(condition.holds(event) for condition in self.where)
            and (not self.any or any(not is_blank(value_at(event, path)) for path in self.any))
            and all(is_blank(value_at(event, path)) for path in self.none)
        )


def is_event_mapping(path: Path) -> bool:
    """Whether a mapping file is for events; one that cannot be read is not."""
    try:
        return "records" in load_values(path, load_text(path))
    except MappingError:
        return False


def load_event_mapping(path: Path, settings: Mapping[str, str]) -> EventMapping:
    """Read and check a mapping file of events.

    Args:
        path: The file.
        settings: What the user says; settings of other mappings are passed over.

    Raises:
        MappingError: it cannot be read, or something in it is wrong; with file and line.
        UsageError: a setting says a word that it does not know.
    """
    root = _root(path)
    root.only(*_KEYS)
    chosen = chosen_settings(root.section("settings"), settings)
    places = root.section("places")
    reader = RulesReader(
        {name: places.texts_of(name) for name in places.values},
        {setting.name: setting.value for setting in chosen},
    )
    tables = [_table(section, reader) for section in root.sections("records")]
    if not tables:
        raise root.error("the mapping has no [[records]]")
    _check_types_once(root, tables)
    if "recognise" in root.values:
        _recognition(root.section("recognise"))
    otherwise = root.section("otherwise")
    otherwise.only("kind", "reason")
    return EventMapping(
        path,
        root.text_of("name", path.stem),
        root.text_of("title", ""),
        root.text_of("platform", ""),
        root.text_of("export", ""),
        chosen,
        tuple(tables),
        tuple(otherwise.text_of("kind", "type").split(".")),
        otherwise.text_of("reason", "no [[records]] of the mapping accept such events"),
        root.text,
        root.texts_of("notes"),
    )


@lru_cache(maxsize=16)
def load_recognition(path: Path) -> EventRecognition:
    """Read only that part of a mapping file which says what its events look like.

    Raises:
        MappingError: it is missing or wrong.
    """
    return _recognition(_root(path).section("recognise"))


def _root(path: Path) -> Section:
    text = load_text(path)
    return Section(path, text, load_values(path, text))


def _recognition(section: Section) -> EventRecognition:
    section.only("where", "any", "none")
    where = tuple(map(_condition, section.sections("where")))
    if not where:
        raise section.error("recognition needs 'where'")
    any_of, none = (
        tuple(tuple(text.split(".")) for text in section.texts_of(key)) for key in ("any", "none")
    )
    return EventRecognition(where, any_of, none)


def _condition(section: Section) -> EventCondition:
    section.only("path", "equals", "not_equals")
    equals = section.texts_of("equals")
    return EventCondition(
        tuple(section.text_of("path").split(".")),
        frozenset(text.strip().casefold() for text in equals) if equals else None,
        frozenset(text.strip().casefold() for text in section.texts_of("not_equals")),
    )


def _table(section: Section, reader: RulesReader) -> RecordTable:
    section.only("object_type", "where", "required", "fields", "parts", "rest")
    name = section.text_of("object_type")
    if name not in list(ObjectType):
        raise section.error(
            f"'{name}' is not an object type{did_you_mean(name, ObjectType)}", "object_type"
        )
    schema = SCHEMAS[ObjectType(name)]
    rules = reader.rules(section, schema.members, name)
    fed = fed_paths(rules)
    missing = [
        path
        for path, each in schema.fields()
        if each.required and "." not in path and path not in fed
    ]
    if missing:
        names = ", ".join(f"'{path}'" for path in missing)
        raise section.error(f"nothing feeds {names}, which every {name} needs", "fields")
    required = section.texts_of("required")
    for path in required:
        if path not in fed or path not in dict(schema.fields()):
            raise section.error(
                f"'{path}' is required, but no field feeds it{did_you_mean(path, fed)}", "required"
            )
    where = tuple(map(_condition, section.sections("where")))
    return RecordTable(requiring(schema, frozenset(required)), where, rules, required)


def _check_types_once(root: Section, tables: list[RecordTable]) -> None:
    types = [table.schema.object_type for table in tables]
    for number, object_type in enumerate(types):
        if object_type in types[:number]:
            section = root.sections("records")[number]
            raise section.error(f"there are already [[records]] for {object_type}", "object_type")
