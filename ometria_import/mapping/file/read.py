"""Reading a mapping file: everything that can be checked before it meets a header."""

from __future__ import annotations

from pathlib import Path

from ometria_import.mapping.file.checks import check_items_only, check_whole
from ometria_import.mapping.file.conditions import read_condition
from ometria_import.mapping.file.fields import FieldReader
from ometria_import.mapping.file.heading import HeadingReader, object_type_of, settings_of
from ometria_import.mapping.file.place import Section, load_text, load_values
from ometria_import.mapping.file.sources import SourceReader
from ometria_import.mapping.model import FieldSource, LookupSource, MappingFile, OwnRow
from ometria_import.mapping.targets import Target, TargetKind
from ometria_import.schema import SCHEMAS

_KEYS = (
    "name",
    "title",
    "platform",
    "object_type",
    "items_of",
    "export",
    "notes",
    "recognise",
    "generations",
    "refuse",
    "settings",
    "places",
    "columns",
    "conventions",
    "rows",
    "lookups",
    "fields",
    "members",
    "items",
    "named_values",
)


def load_mapping(path: Path) -> MappingFile:
    """Read and check a mapping file.

    Raises:
        MappingError: it cannot be read, or something in it is wrong; with file and line.
    """
    return parse_mapping(path, load_text(path))


def parse_mapping(path: Path, text: str) -> MappingFile:
    """Check the text of a mapping file.

    Raises:
        MappingError: something in it is wrong; with file and line.
    """
    values = load_values(path, text)
    mapping = _read(Section(path, text, values))
    check_whole(Section(path, text, values), mapping)
    return mapping


def _read(root: Section) -> MappingFile:
    root.only(*_KEYS)
    rows = root.section("rows")
    rows.only("group_by", "record", "blank_key", "ignore_case", "leave_out", "own_row")
    check_items_only(root, rows)
    group_by = rows.texts_of("group_by")
    if not group_by:
        for key in ("blank_key", "own_row"):
            if key in rows.values and "record" not in rows.values:
                raise rows.error(f"'{key}' has no effect without 'group_by'", key)
        if "members" in root.values:
            raise root.error("'members' needs 'group_by' in [rows]", "members")
    object_type = object_type_of(root)
    settings = settings_of(root)
    lookups = root.section("lookups")
    places = root.section("places")
    sources = SourceReader(
        frozenset(each.name for each in settings),
        frozenset(lookups.values),
        {name: places.texts_of(name) for name in places.values},
    )
    heading = HeadingReader(root, sources)
    fields = FieldReader(SCHEMAS[object_type], sources)
    return MappingFile(
        root.place,
        root.text_of("name", root.place.name.removesuffix(".toml")),
        object_type,
        root.text_of("title", ""),
        root.text_of("platform", ""),
        root.text_of("export", ""),
        heading.anchors(),
        heading.generations(),
        heading.refusal(),
        settings,
        heading.columns(),
        heading.conventions(),
        group_by,
        tuple(map(read_condition, rows.sections("leave_out"))),
        fields.of_record(root.section("fields")),
        tuple(fields.of_items(each) for each in root.section("items").tables()),
        fields.named_values(root),
        root.text,
        rows.chosen("blank_key", ("alone", "above"), "alone") == "above",
        root.texts_of("notes"),
        fields.of_members(root.section("members")) if "members" in root.values else None,
        rows.flag("ignore_case"),
        _own_row(rows.section("own_row")) if "own_row" in rows.values else None,
        {each.keys[-1]: _lookup(each, sources) for each in lookups.tables()},
        _record(rows, sources) if "record" in rows.values else None,
    )


def _record(rows: Section, sources: SourceReader) -> FieldSource:
    read = sources.read(rows, "record")
    if read.is_list:
        raise rows.error("an item belongs to one record, and 'split' makes several", "record")
    target = Target(TargetKind.FIELD, "id", name="id")
    return FieldSource(target, read.expression, keys=(*rows.keys, "record"))


def _own_row(section: Section) -> OwnRow:
    section.only("where", "reason")
    return OwnRow(read_condition(section.section("where")), section.text_of("reason"))


def _lookup(section: Section, sources: SourceReader) -> LookupSource:
    section.only("names", "gives")
    if "names" not in section.values:
        raise section.error("a lookup needs 'names'")
    read = sources.read(section, "names")
    return LookupSource(read.expression, read.is_list, section.text_of("gives"))
