"""Reading a mapping file: everything that can be checked before it meets a header."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ometria_import.mapping.file.arrays import check_elements
from ometria_import.mapping.file.checks import (
    check_items_only,
    check_left_out_rows,
    check_required,
    check_settings,
    check_types_once,
    check_whole,
)
from ometria_import.mapping.file.conditions import read_condition
from ometria_import.mapping.file.fields import FieldReader
from ometria_import.mapping.file.heading import HeadingReader, object_type_of, settings_of
from ometria_import.mapping.file.items_named import with_items_named
from ometria_import.mapping.file.joins import joined_by_email
from ometria_import.mapping.file.nesting import read_nest
from ometria_import.mapping.file.parts import PartReader
from ometria_import.mapping.file.place import Section, load_text, load_values
from ometria_import.mapping.file.source_parts.rates import read_rates
from ometria_import.mapping.file.source_parts.tables import read_tables
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
    "lines",
    "settings",
    "places",
    "columns",
    "conventions",
    "nest",
    "rows",
    "lookups",
    "tables",
    "rates",
    "fields",
    "consent",
    "members",
    "items",
    "named_values",
    "parts",
    "rest",
)
_SEVERAL = (
    "name",
    "title",
    "platform",
    "export",
    "notes",
    "recognise",
    "settings",
    "places",
    "columns",
    "conventions",
    "nest",
    "rows",
    "otherwise",
    "records",
)
"""What a mapping for objects of several kinds has."""
_RECORD = (
    "object_type",
    "where",
    "required",
    "fields",
    "consent",
    "members",
    "items",
    "named_values",
    "parts",
    "rest",
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
    root = with_items_named(Section(path, text, load_values(path, text)))
    mapping = _several(root) if has_several(root) else _single(root)
    if mapping.is_for_objects:
        check_elements(mapping)
    return replace(mapping, asks_for_name=_has_key(root.values, "file"))


def has_several(root: Section) -> bool:
    """Whether a mapping is for objects of several kinds."""
    return not {"records", "otherwise"}.isdisjoint(root.values)


def _has_key(value: object, key: str) -> bool:
    """Whether some table in a TOML value has a key."""
    if isinstance(value, dict):
        return key in value or any(_has_key(each, key) for each in value.values())
    return isinstance(value, list) and any(_has_key(each, key) for each in value)


def _single(root: Section) -> MappingFile:
    """A mapping of one object type."""
    root.only(*_KEYS)
    rows = root.section("rows")
    rows.only(
        "group_by",
        "record",
        "blank_key",
        "ignore_case",
        "leave_out",
        "left_out_rows",
        "own_row",
        "join",
    )
    check_items_only(root, rows)
    check_left_out_rows(root, rows)
    group_by = rows.texts_of("group_by")
    if not group_by:
        for key in ("blank_key", "own_row"):
            if key in rows.values and "record" not in rows.values:
                raise rows.error(f"'{key}' has no effect without 'group_by'", key)
        if "members" in root.values and "each" not in root.section("members").values:
            raise root.error(
                "'members' needs 'group_by' in [rows]",
                "members",
                hint='In JSON, each = "variants" names the array whose elements they are.',
            )
    heading = heading_of(root)
    check_settings(root, [object_type_of(root)])
    sources = heading.sources
    mapping = replace(
        _record(heading, root, keeps_rest=True),
        generations=heading.generations(),
        refusal=heading.refusal(),
        lines=heading.lines(),
        group_by=group_by,
        leave_out=tuple(map(read_condition, rows.sections("leave_out"))),
        left_out_give_nothing=rows.values.get("left_out_rows") == "give_nothing",
        fills_down=rows.chosen("blank_key", ("alone", "above"), "alone") == "above",
        ignores_case=rows.flag("ignore_case"),
        own_row=_own_row(rows.section("own_row")) if "own_row" in rows.values else None,
        lookups={
            each.keys[-1]: _lookup(each, sources) for each in root.section("lookups").tables()
        },
        record=_record_of(rows, sources) if "record" in rows.values else None,
    )
    if "join" in rows.values:
        mapping = joined_by_email(rows, mapping)
    check_whole(root, root, mapping)
    return mapping


def _several(root: Section) -> MappingFile:
    """A mapping of objects of several kinds."""
    root.only(*_SEVERAL)
    heading = heading_of(root)
    rows = root.section("rows")
    rows.only("leave_out")
    says_rest = "unmapped" in root.section("columns").values
    records = []
    for section in root.sections("records"):
        section.only(*_RECORD)
        members = section.section("members")
        if "members" in section.values and "each" not in members.values:
            raise members.error("members of objects need 'each', the array whose elements they are")
        record = replace(
            _record(heading, section, keeps_rest=says_rest),
            where=tuple(map(read_condition, section.sections("where"))),
            required=section.texts_of("required"),
        )
        check_whole(root, section, record)
        check_required(section, record)
        records.append(record)
    if not records:
        raise root.error("the mapping has no [[records]]")
    check_types_once(root, records)
    check_settings(root, [each.object_type for each in records])
    otherwise = root.section("otherwise")
    otherwise.only("kind", "reason")
    reason = "no [[records]] of the mapping accept such events"
    return replace(
        records[0],
        fields=(),
        items=(),
        named_values=(),
        rests=(),
        parts=(),
        where=(),
        required=(),
        members=None,
        leave_out=tuple(map(read_condition, rows.sections("leave_out"))),
        records=tuple(records),
        kind=otherwise.text_of("kind", "type"),
        otherwise=otherwise.text_of("reason", reason),
    )


def heading_of(root: Section) -> HeadingReader:
    """What a mapping file says of the files that it is for, with what its sources may name."""
    places = root.section("places")
    sources = SourceReader(
        frozenset(each.name for each in settings_of(root)),
        frozenset(root.section("lookups").values),
        {name: places.texts_of(name) for name in places.values},
    )
    tables, rates = read_tables(root, sources.braced), read_rates(root, sources.braced)
    sources = replace(sources, tables=tables, rates=rates)
    return HeadingReader(root, sources)


def _record(heading: HeadingReader, section: Section, *, keeps_rest: bool) -> MappingFile:
    """What makes records of one object type, with what holds for the whole file."""
    root = heading.root
    object_type = object_type_of(section)
    columns = heading.columns()
    fields = FieldReader(SCHEMAS[object_type], heading.sources)
    level = PartReader(fields, columns, keeps_rest).record(section)
    return MappingFile(
        root.place,
        root.text_of("name", root.place.name.removesuffix(".toml")),
        object_type,
        root.text_of("title", ""),
        root.text_of("platform", ""),
        root.text_of("export", ""),
        heading.anchors(),
        settings=settings_of(root),
        columns=columns,
        conventions=heading.conventions(),
        nest=read_nest(root),
        fields=level.fields,
        items=level.items,
        members=level.members,
        named_values=level.named_values,
        rests=level.rests,
        parts=level.parts,
        text=root.text,
        notes=root.texts_of("notes"),
    )


def _record_of(rows: Section, sources: SourceReader) -> FieldSource:
    read = sources.read_text(rows, "record")
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
    read = sources.read_text(section, "names")
    return LookupSource(read.expression, read.is_list, section.text_of("gives"))
