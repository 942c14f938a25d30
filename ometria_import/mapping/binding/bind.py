"""Binding a mapping file to the header of a source, with everything that can be refused then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ometria_import.choices import Unmapped
from ometria_import.did_you_mean import did_you_mean, plain
from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.binding.bound import BoundMapping, bound_to
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.model import (
    FieldSource,
    ItemSource,
    MappingFile,
    MemberSource,
    NamedValues,
    Setting,
)
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import REJECT_COLUMNS, TargetKind
from ometria_import.schema import SCHEMAS, Properties
from ometria_import.toml import Keys

STANDS_IN = "?"
"""For a setting that is missing, so that the rest of the file can be told of."""

Lacking = tuple[str, Keys]
"""A column that is not there, and where the mapping names it."""


class MissingSettingsError(UsageError):
    """A mapping asks for what the file does not say, and nobody said it."""

    settings: tuple[Setting, ...] = ()


def bind_mapping(
    path: Path,
    file: MappingFile,
    header: Iterable[str],
    settings: Mapping[str, str],
    unmapped: Unmapped = Unmapped.PROPERTIES,
) -> BoundMapping:
    """Bind a mapping file to the header of a source.

    Args:
        path: The source.
        file: The mapping.
        header: The names of the source's columns.
        settings: What the user set; those of other mappings may be among them.
        unmapped: What the user wants of columns that the mapping does not name; the mapping
            decides where this is `properties`.

    Raises:
        MappingError: the export cannot do, the mapping names a column that is not there, or
            nothing feeds a mandatory field.
        MissingSettingsError: settings are missing.
    """
    if file.refusal is not None:
        raise MappingError(f"{path}: {file.refusal.reason}", hint=file.refusal.instead)
    columns = tuple(each for each in header if each not in REJECT_COLUMNS and not is_secret(each))
    names = HeaderNames(columns, file.columns.aliases)
    if not file.columns.may_lack:
        _refuse_lacking(path, file, names)
    policy = file.columns.unmapped if unmapped is Unmapped.PROPERTIES else unmapped
    left = tuple(_unused(file, columns, names))
    if left and policy is Unmapped.ERROR:
        quoted = ", ".join(f"'{name}'" for name in left)
        raise MappingError(
            f"{path}: the mapping '{file.name}' does not say what becomes of {quoted}",
            hint="Map them, list them under drop, or say --unmapped ignore.",
        )
    level = file if file.record is None else file.items[0]
    keeps = policy.keeps and _takes_unmapped(file)
    if keeps:
        _refuse_twice_kept(path, level, left, names)
    mapping = bound_to(
        file,
        columns,
        _settings(path, file, settings, names),
        unmapped=left,
        keeps_unmapped=keeps,
    )
    _refuse_unfed(path, mapping)
    return mapping


def _takes_unmapped(file: MappingFile) -> bool:
    """Whether what makes its rows has custom fields: all records do, and some kinds of items."""
    if file.record is None:
        return True
    kinds = {each.name: each for each in SCHEMAS[file.object_type].items()}
    return any(isinstance(each, Properties) for each in kinds[file.items[0].name].members)


def missing_settings(
    file: MappingFile, given: Mapping[str, str], names: HeaderNames
) -> list[Setting]:
    """The settings that a mapping needs for a header and that nobody gave."""
    return [
        setting
        for setting in file.settings
        if setting.required and not said_of(setting, given)
        if not any(map(names.has, setting.unless))
    ]


def _settings(
    path: Path, file: MappingFile, given: Mapping[str, str], names: HeaderNames
) -> dict[str, str]:
    missing = missing_settings(file, given, names)
    if missing:
        asked = "; ".join(f"{setting.name}: {setting.about}" for setting in missing)
        flags = " ".join(f"--set {setting.name}=…" for setting in missing)
        error = MissingSettingsError(
            f"{path}: {file.title or file.name} needs {asked}",
            hint=f"Say {flags}, or put it into ometria-import.toml.",
        )
        error.settings = tuple(missing)
        raise error
    return {
        setting.name: _without_slash(said_of(setting, given)) or setting.default
        for setting in file.settings
    }


def said_of(setting: Setting, given: Mapping[str, str]) -> str:
    """What the user says under a setting's name, whose case, blanks, `_` and `-` do not matter.

    Raises:
        UsageError: it is none of the words that the setting knows.
    """
    by_name = {plain(name): text for name, text in given.items()}
    said = given.get(setting.name, by_name.get(plain(setting.name), "")).strip()
    if not said or not setting.one_of or said == STANDS_IN:
        return said
    words = {plain(word): word for word in setting.one_of}
    if plain(said) not in words:
        raise UsageError(
            f"the setting {setting.name} cannot be '{said}'{did_you_mean(said, setting.one_of)}",
            hint=f"{setting.name} ({setting.about}) is one of {', '.join(setting.one_of)}.",
        )
    return words[plain(said)]


def _without_slash(value: str) -> str:
    """An address as templates want it: they write the slash behind it themselves."""
    return value.rstrip("/") if "://" in value else value


def _refuse_lacking(path: Path, file: MappingFile, names: HeaderNames) -> None:
    """Refuse columns that the mapping names and the file lacks."""
    for lacking, keys in _lacking(file, names):
        section = Section(file.place, file.text, {}, keys)
        raise section.error(
            f"{path} has no column '{lacking}'{did_you_mean(lacking, names.own.values())}",
            near=lacking,
            hint='Say missing = "allow" under [columns] if the file may do without.',
        )


def _lacking(file: MappingFile, names: HeaderNames) -> Iterator[Lacking]:
    for source in file.fields:
        yield from ((name, source.keys) for name in source.source.lacking(names.has))
    if file.record:
        yield from ((name, file.record.keys) for name in file.record.source.lacking(names.has))
    for name in file.group_by:
        if not names.has(name):
            yield name, ("rows", "group_by")
    if file.own_row:
        yield from ((name, ("rows", "own_row")) for name in file.own_row.where.lacking(names.has))
    for key, lookup in file.lookups.items():
        needed = (
            *lookup.names.lacking(names.has),
            *(() if names.has(lookup.gives) else (lookup.gives,)),
        )
        yield from ((name, ("lookups", key)) for name in needed)
    for number, condition in enumerate(file.leave_out):
        keys = ("rows", "leave_out", str(number))
        yield from ((name, keys) for name in condition.lacking(names.has))
    yield from _lacking_of_values(file.named_values, names, ("named_values",))
    for item in file.items:
        yield from _lacking_of_items(item, names)
    if file.members:
        yield from _lacking_of_members(file.members, names)


def _lacking_of_members(members: MemberSource, names: HeaderNames) -> Iterator[Lacking]:
    for source in members.fields:
        yield from ((name, source.keys) for name in source.source.lacking(names.has))
    if members.where:
        yield from ((name, ("members", "where")) for name in members.where.lacking(names.has))
    yield from _lacking_of_values(members.named_values, names, ("members", "named_values"))


def _lacking_of_items(item: ItemSource, names: HeaderNames) -> Iterator[Lacking]:
    parts = {plain(name) for name in item.packing.names} if item.packing else set[str]()

    def has(name: str, parts: set[str] = parts) -> bool:
        return plain(name) in parts or names.has(name)

    if item.packing and not names.has(item.packing.column):
        yield item.packing.column, ("items", item.name, "packed", "column")
    for source in item.fields:
        yield from ((name, source.keys) for name in source.source.lacking(has))
    if item.where:
        yield from ((name, ("items", item.name)) for name in item.where.lacking(has))
    if not item.packing:
        keys = ("items", item.name, "named_values")
        yield from _lacking_of_values(item.named_values, names, keys)


def _lacking_of_values(
    named_values: tuple[NamedValues, ...], names: HeaderNames, keys: tuple[str, ...]
) -> Iterator[Lacking]:
    for number, each in enumerate(named_values):
        for name in each.named_columns:
            if not names.has(name):
                yield name, (*keys, str(number))


def _unused(file: MappingFile, columns: tuple[str, ...], names: HeaderNames) -> Iterator[str]:
    """Columns that the mapping neither uses nor drops."""
    used = {column for name in _named_columns(file) for column in names.all_of(name)}
    wildcards = [each.columns for each in _all_named_values(file) if each.columns]
    for pattern in (*file.columns.drop, *wildcards):
        used.update(column for column, _ in names.matching(pattern))
        used.update(names.all_of(pattern))
    return (column for column in columns if column not in used)


def _refuse_twice_kept(
    path: Path, level: MappingFile | ItemSource, left: tuple[str, ...], names: HeaderNames
) -> None:
    """Refuse columns that would be custom fields of a name which the mapping feeds already."""
    fed = {
        part: column
        for each in level.named_values
        if each.into == "properties" and each.columns
        for column, part in names.matching(each.columns)
    }
    for source in level.fields:
        if source.target.kind is TargetKind.PROPERTY:
            fed[source.target.name] = f"[{'.'.join(source.keys[:-1])}] {source.target.path}"
    for column in left:
        if column in fed:
            raise MappingError(
                f"{path}: '{fed[column]}' and the column '{column}' both feed properties.{column}",
                hint="Rename or remove one of them, or say --unmapped ignore.",
            )


def _named_columns(file: MappingFile) -> Iterator[str]:
    yield from file.group_by
    if file.record:
        yield from file.record.source.columns()
    for condition in (*file.leave_out, *(item.where for item in file.items if item.where)):
        yield from condition.columns()
    if file.own_row:
        yield from file.own_row.where.columns()
    for lookup in file.lookups.values():
        yield from (*lookup.names.columns(), lookup.gives)
    for source in file.all_fields:
        yield from source.source.columns()
    for each in _all_named_values(file):
        yield from each.named_columns
    if file.members and file.members.where:
        yield from file.members.where.columns()
    for item in file.items:
        if item.packing:
            yield item.packing.column


def _all_named_values(file: MappingFile) -> Iterator[NamedValues]:
    yield from file.named_values
    for item in file.items:
        yield from item.named_values
    if file.members:
        yield from file.members.named_values


def _refuse_unfed(path: Path, mapping: BoundMapping) -> None:
    """Refuse a header that leaves a mandatory field of the record without a source."""
    if mapping.file.record is not None:
        if not mapping.key_column:
            wanted = ", ".join(f"'{name}'" for name in mapping.file.record.source.columns())
            raise MappingError(
                f"{path}: no column says which {mapping.schema.object_type} a row belongs to; the "
                f"mapping '{mapping.name}' takes it from {wanted or 'a constant'}"
            )
        return
    fed = set(mapping.fields())
    if fed & {"customer_id", "phone_number"}:
        fed.add("email")  # whether contacts may lack it is said where they are read
    for name, each in mapping.schema.fields():
        if each.required and "." not in name and name not in fed:
            source = _source_of(mapping.file, name)
            wanted = ", ".join(f"'{column}'" for column in dict.fromkeys(source.source.columns()))
            raise MappingError(
                f"{path}: nothing feeds {name}, and no {mapping.schema.object_type} can do without"
                f"; the mapping '{mapping.name}' takes it from {wanted or 'a setting'}",
                hint=mapping.file.export and f"The right file: {mapping.file.export}",
            )


def _source_of(file: MappingFile, path: str) -> FieldSource:
    return next(each for each in file.fields if each.target.path == path)
