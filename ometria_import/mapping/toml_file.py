"""Reading a mapping file: everything that can be checked before it meets a header."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from ometria_import.choices import Unmapped
from ometria_import.errors import MappingError
from ometria_import.mapping.model import (
    Anchors,
    ColumnPolicy,
    FieldSource,
    Generation,
    ItemSource,
    MappingFile,
    NamedValues,
    Packing,
    Refusal,
    Setting,
)
from ometria_import.mapping.secret_columns import is_secret
from ometria_import.mapping.targets import Target, TargetKind, find_target
from ometria_import.mapping.toml_place import Section, did_you_mean
from ometria_import.mapping.toml_sources import (
    SourceReader,
    read_condition,
    read_pairs,
    read_separator,
)
from ometria_import.schema import (
    SCHEMAS,
    Group,
    Items,
    Member,
    ObjectSchema,
    ObjectType,
    Options,
    Properties,
)
from ometria_import.schema.field_types import FieldTypeName

_KEYS = (
    "name",
    "title",
    "platform",
    "object_type",
    "export",
    "recognise",
    "generations",
    "refuse",
    "settings",
    "columns",
    "conventions",
    "rows",
    "fields",
    "items",
    "named_values",
)
_REFUSE, _ALLOW = "refuse", "allow"
_LISTS = {FieldTypeName.TEXT_LIST, FieldTypeName.WHOLE_NUMBER_LIST}
_POSITION = re.compile(r"at line (\d+)")


def load_mapping(path: Path) -> MappingFile:
    """Read and check a mapping file.

    Raises:
        MappingError: it cannot be read, or something in it is wrong; with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise MappingError(f"{path}: the mapping cannot be read: {reason}") from None
    return parse_mapping(path, text)


def parse_mapping(path: Path, text: str) -> MappingFile:
    """Check the text of a mapping file.

    Raises:
        MappingError: something in it is wrong; with file and line.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        line = found.group(1) if found else str(text.count("\n") + 1)
        reason = str(error).split(" (at ")[0]
        raise MappingError(f"{path}:{line}: the mapping is not TOML: {reason}") from None
    return _FileReader(Section(path, text, values)).read()


class _FileReader:
    """One mapping file on its way."""

    def __init__(self, root: Section) -> None:
        root.only(*_KEYS)
        self._root = root
        self._type = _object_type(root)
        self._schema = SCHEMAS[self._type]
        self._settings = tuple(map(_setting, _tables(root.section("settings"))))
        self._sources = SourceReader(frozenset(each.name for each in self._settings))

    def read(self) -> MappingFile:
        root, rows = self._root, self._root.section("rows")
        rows.only("group_by", "blank_key", "leave_out")
        if "blank_key" in rows.values and "group_by" not in rows.values:
            raise rows.error("'blank_key' says nothing without 'group_by'", "blank_key")
        refusal = self._refusal()
        mapping = MappingFile(
            root.place,
            root.text_of("name", root.place.name.removesuffix(".toml")),
            self._type,
            root.text_of("title", ""),
            root.text_of("platform", ""),
            root.text_of("export", ""),
            self._anchors(),
            tuple(map(_generation, root.sections("generations"))),
            refusal,
            self._settings,
            self._columns(),
            self._conventions(),
            rows.texts_of("group_by"),
            tuple(map(read_condition, rows.sections("leave_out"))),
            self._fields(root.section("fields"), ""),
            tuple(map(self._items, _tables(root.section("items")))),
            self._named_values(root, self._schema.members),
            root.text,
            rows.chosen("blank_key", ("alone", "above"), "alone") == "above",
        )
        if refusal is None:
            self._check_mandatory(mapping)
        elif mapping.all_fields:
            raise root.error("a mapping that refuses its export cannot have fields", "fields")
        self._check_fed_once(mapping)
        _check_columns(root, mapping)
        return mapping

    def _anchors(self) -> Anchors | None:
        if "recognise" not in self._root.values:
            return None
        section = self._root.section("recognise")
        section.only("all", "any", "none")
        anchors = Anchors(*(section.texts_of(key) for key in ("all", "any", "none")))
        if not (anchors.all or anchors.any):
            raise section.error("recognition needs 'all' or 'any'")
        for name in anchors.none:
            if name in (*anchors.all, *anchors.any):
                raise section.error(f"'{name}' must be there and must not", "none", near=name)
        return anchors

    def _refusal(self) -> Refusal | None:
        if "refuse" not in self._root.values:
            return None
        section = self._root.section("refuse")
        section.only("reason", "instead")
        return Refusal(section.text_of("reason"), section.text_of("instead"))

    def _columns(self) -> ColumnPolicy:
        section = self._root.section("columns")
        section.only("missing", "unmapped", "drop", "nulls", "aliases")
        aliases = section.section("aliases")
        unmapped = section.chosen(
            "unmapped", (Unmapped.PROPERTIES, Unmapped.IGNORE, _REFUSE), Unmapped.PROPERTIES
        )
        return ColumnPolicy(
            section.chosen("missing", (_REFUSE, _ALLOW), _REFUSE) == _ALLOW,
            Unmapped.ERROR if unmapped == _REFUSE else Unmapped(unmapped),
            section.texts_of("drop"),
            section.texts_of("nulls"),
            {name: aliases.texts_of(name) for name in aliases.values},
        )

    def _conventions(self) -> dict[str, str]:
        section = self._root.section("conventions")
        section.only("date_order", "timezone", "decimal_sign", "country")
        said = self._sources.conventions(section)
        if "country" in section.values:
            self._sources.braced(section, "country")
            said["country"] = section.text_of("country")
        return said

    def _fields(self, section: Section, items: str) -> tuple[FieldSource, ...]:
        prefix = f"{items}." if items else ""
        return tuple(self._field(section, key, f"{prefix}{key}", items) for key in section.values)

    def _field(self, section: Section, key: str, path: str, items: str) -> FieldSource:
        target = find_target(self._schema, path)
        if target is None or target.items != items or target.kind is TargetKind.OBJECT_TYPE:
            known = _paths(self._schema, items)
            raise section.error(
                f"{self._type} has no field '{path}'{did_you_mean(key, known)}",
                key,
                hint=f"`ometria-import fields {self._type}` lists the fields.",
            )
        read = self._sources.read(section, key)
        if read.is_list and not self._takes_lists(target):
            raise section.error(
                f"{path} takes one value, and 'split' makes several", key, hint="Say which: 'take'."
            )
        return FieldSource(
            target, read.expression, read.conventions, (*section.keys, key), read.is_list
        )

    def _takes_lists(self, target: Target) -> bool:
        if target.kind is TargetKind.FIELD:
            return dict(self._schema.fields())[target.path].type in _LISTS
        return target.kind is TargetKind.OPTION_LABEL

    def _items(self, section: Section) -> ItemSource:
        name = section.keys[-1]
        kinds = {each.name: each for each in self._schema.items()}
        if name not in kinds:
            raise section.error(
                f"{self._type} has no items called '{name}'{did_you_mean(name, kinds)}"
            )
        section.only("fields", "where", "packed", "named_values")
        return ItemSource(
            name,
            self._fields(section.section("fields"), name),
            read_condition(section.section("where")) if "where" in section.values else None,
            _packing(section.section("packed")) if "packed" in section.values else None,
            self._named_values(section, kinds[name].members),
        )

    def _named_values(
        self, parent: Section, members: tuple[Member, ...]
    ) -> tuple[NamedValues, ...]:
        known = [each.name for each in members if isinstance(each, Options | Properties)]
        return tuple(_named(section, known) for section in parent.sections("named_values"))

    def _check_mandatory(self, mapping: MappingFile) -> None:
        fed = {each.target.path for each in mapping.all_fields}
        missing = [
            path
            for path, field in self._schema.fields()
            if field.required
            and path not in fed
            and ("." not in path or any(path.startswith(f"{i.name}.") for i in mapping.items))
        ]
        if missing:
            names = ", ".join(f"'{path}'" for path in missing)
            raise self._root.error(
                f"nothing feeds {names}, and no {self._type} can do without", "fields"
            )

    def _check_fed_once(self, mapping: MappingFile) -> None:
        fed: set[tuple[TargetKind, str]] = set()
        for each in mapping.all_fields:
            key = (each.target.kind, each.target.path)
            if key in fed:
                section = Section(self._root.place, self._root.text, {}, each.keys)
                raise section.error(f"{each.target.path} is fed twice")
            fed.add(key)


def _object_type(root: Section) -> ObjectType:
    name = root.text_of("object_type")
    if name not in list(ObjectType):
        raise root.error(
            f"'{name}' is no object type{did_you_mean(name, ObjectType)}", "object_type"
        )
    return ObjectType(name)


def _tables(section: Section) -> list[Section]:
    return [section.section(key) for key in section.values]


def _setting(section: Section) -> Setting:
    section.only("about", "required", "default", "unless")
    name = section.keys[-1]
    if name == "n" or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise section.error(f"'{name}' cannot be the name of a setting: use small letters and _")
    required, default = section.flag("required"), section.text_of("default", "")
    if required and default:
        raise section.error("a setting with a default is not required", "default")
    if "unless" in section.values and not required:
        raise section.error("'unless' says nothing of a setting that is not required", "unless")
    return Setting(name, section.text_of("about"), required, default, section.texts_of("unless"))


def _generation(section: Section) -> Generation:
    section.only("name", "has")
    return Generation(section.text_of("name"), section.texts_of("has"))


def _packing(section: Section) -> Packing:
    section.only("column", "names", "items_between", "parts_between", "within", "by")
    by_position = section.chosen("by", ("name", "position"), "name") == "position"
    names = section.texts_of("names")
    if not names:
        raise section.error("'names' must list the names of the parts", "names")
    if by_position and "within" in section.values:
        raise section.error("parts that are told by position have no 'within'", "within")
    return Packing(
        section.text_of("column"),
        names,
        section.text_of("items_between", ""),
        read_separator(section, "parts_between"),
        "" if by_position else read_separator(section, "within"),
        by_position,
    )


def _named(section: Section, known: list[str]) -> NamedValues:
    section.only(
        "into",
        "name",
        "value",
        "column",
        "between",
        "within",
        "columns",
        "split",
        "leave_out",
        "only",
        "when",
        "items_between",
    )
    into = section.text_of("into")
    if into not in known:
        raise section.error(
            f"'into' cannot be '{into}'{did_you_mean(into, known)}",
            "into",
            hint=f"Here it is one of {', '.join(known)}.",
        )
    values = section.values
    if [("name" in values and "value" in values), "column" in values, "columns" in values].count(
        True
    ) != 1 or ("name" in values) != ("value" in values):
        raise section.error("it must have 'name' and 'value', or 'column', or 'columns'")
    columns = section.text_of("columns", "")
    if columns and columns.count("*") != 1:
        raise section.error("'columns' needs one * where the name stands", "columns")
    if "split" in values and into == "properties":
        raise section.error("a custom field has one value, and 'split' makes several", "split")
    if "leave_out" in values and "only" in values:
        raise section.error("'only' already leaves out all others", "leave_out")
    return NamedValues(
        into,
        section.text_of("name", ""),
        section.text_of("value", ""),
        section.text_of("column", ""),
        read_pairs(section),
        columns,
        read_separator(section, "split") if "split" in values else "",
        frozenset(each.casefold() for each in section.texts_of("leave_out")),
        frozenset(each.casefold() for each in section.texts_of("only")),
        read_condition(section.section("when")) if "when" in values else None,
    )


def _check_columns(root: Section, mapping: MappingFile) -> None:
    """Columns cannot be used and dropped, nor used where they hold secrets."""
    dropped = {name.casefold() for name in mapping.columns.drop}
    for each in mapping.all_fields:
        section = Section(root.place, root.text, {}, each.keys)
        for name in each.source.columns():
            if name.casefold() in dropped:
                raise section.error(f"the column '{name}' is used, and dropped in [columns]")
            if is_secret(name):
                raise section.error(
                    f"the column '{name}' holds secrets, which never leave the file"
                )


def _paths(schema: ObjectSchema, items: str) -> list[str]:
    members: tuple[Member, ...] = schema.members
    if items:
        members = next(each.members for each in schema.items() if each.name == items)
    return list(_walk(members, ""))


def _walk(members: tuple[Member, ...], prefix: str) -> list[str]:
    found: list[str] = []
    for member in members:
        if isinstance(member, Group):
            found.extend(_walk(member.members, f"{prefix}{member.name}."))
        elif not isinstance(member, Items):
            found.append(f"{prefix}{member.name}")
    return found
