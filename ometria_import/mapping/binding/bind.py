"""Binding a mapping file to the header of a source, with everything that can be refused then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.binding.bound import BoundMapping, bound_to
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.model import FILE_NAME, Expression, Has
from ometria_import.mapping.expressions.origins import Column
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.model import (
    ItemSource,
    MappingFile,
    MemberSource,
    NamedValues,
    Setting,
)
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import REJECT_COLUMNS, TargetKind
from ometria_import.options.choices import Unmapped
from ometria_import.options.did_you_mean import did_you_mean, plain
from ometria_import.schema import SCHEMAS, ObjectType, Properties
from ometria_import.sources.file.names import fits_name, own_name
from ometria_import.toml import Keys

STANDS_IN = "?"
"""For a setting that is missing, so that the rest of the file can be told of."""


class Use(NamedTuple):
    """Something in a mapping that names columns."""

    what: Expression | Condition
    keys: Keys
    """Where in the file it stands."""
    has: Has
    """Whether what it is asked of has a column: the file, or the items of a packed cell."""


class MissingSettingsError(UsageError):
    """A mapping needs a setting that the file does not contain and the user did not give."""

    settings: tuple[Setting, ...] = ()


def bind_mapping(
    path: Path,
    file: MappingFile,
    header: Iterable[str],
    settings: Mapping[str, str],
    unmapped: Unmapped = Unmapped.PROPERTIES,
    *,
    name: str = "",
) -> BoundMapping:
    """Bind a mapping file to the header of a source.

    Args:
        path: The source.
        file: The mapping.
        header: The names of the source's columns.
        settings: The user's settings, which may include those of other mappings.
        unmapped: What the user wants of columns that the mapping does not name; the mapping
            decides where this is `properties`.
        name: The file's own name, where that of the source is another.

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
            f"{path}: the mapping '{file.name}' does not say what to do with {quoted}",
            hint="Map them, list them under drop, or add --unmapped ignore.",
        )
    level = file if file.record is None else file.items[0]
    keeps = policy.keeps and _takes_unmapped(file)
    if keeps:
        _refuse_twice_kept(path, level, left, names)
    mapping = bound_to(
        file,
        columns,
        settings_for(file, {**settings, FILE_NAME: name or own_name(path)}, names, path),
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
    file: MappingFile,
    given: Mapping[str, str],
    names: HeaderNames,
    types: Collection[ObjectType] = (),
) -> list[Setting]:
    """The settings that a mapping needs for a file and that are missing.

    Args:
        file: The mapping.
        given: What the user says, and the name of the file.
        names: The columns of the file.
        types: The object types that the file is known to have; settings that are only for others
            are not needed.
    """
    name = given.get(FILE_NAME, "")
    return [
        setting
        for setting in file.settings
        if setting.required and not said_of(setting, given)
        if not setting.of or not set(setting.of).isdisjoint(types)
        if not any(map(names.has, setting.unless))
        if not (setting.unless_file and fits_name(name, setting.unless_file))
    ]


def settings_for(
    file: MappingFile,
    given: Mapping[str, str],
    names: HeaderNames,
    path: Path,
    types: Collection[ObjectType] = (),
) -> dict[str, str]:
    """What the settings of a mapping say for a file, and its name.

    Args:
        file: The mapping.
        given: What the user says, and the name of the file.
        names: The columns of the file.
        path: The source, for messages.
        types: The object types that the file is known to have.

    Raises:
        MissingSettingsError: one that the file needs is not given.
    """
    missing = missing_settings(file, given, names, types)
    if missing:
        asked = "; ".join(f"{setting.name}: {setting.about}" for setting in missing)
        flags = " ".join(f"--set {setting.name}=…" for setting in missing)
        error = MissingSettingsError(
            f"{path}: {file.title or file.name} needs {asked}",
            hint=f"Add {flags}, or put it in ometria-import.toml.",
        )
        error.settings = tuple(missing)
        raise error
    found = {FILE_NAME: given[FILE_NAME]}
    for setting in file.settings:
        said = said_of(setting, given)
        # Templates write the slash behind an address themselves.
        found[setting.name] = (said.rstrip("/") if "://" in said else said) or setting.default
    return found


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
            hint=f"{setting.name} ({setting.about}) must be one of {', '.join(setting.one_of)}.",
        )
    return words[plain(said)]


def _refuse_lacking(path: Path, file: MappingFile, names: HeaderNames) -> None:
    """Refuse columns that the mapping names and the file lacks."""
    for use in uses(file, names):
        lacking = next(iter(use.what.lacking(use.has)), None)
        if lacking is None:
            continue
        section = Section(file.place, file.text, {}, use.keys)
        raise section.error(
            f"{path} has no column '{lacking}'{did_you_mean(lacking, names.own.values())}",
            near=lacking,
            hint='If the file may lack it, set missing = "allow" under [columns].',
        )


def uses(file: MappingFile, names: HeaderNames) -> Iterator[Use]:
    """All that a mapping says of columns, in the order in which it is checked."""
    for each in file.fields:
        yield Use(each.source, each.keys, names.has)
    if file.record:
        yield Use(file.record.source, file.record.keys, names.has)
    yield from _uses_of_rows(file, names.has)
    yield from _uses_of_values(file.named_values, ("named_values",), names.has)
    for item in file.items:
        yield from _uses_of_items(item, names)
    if file.members:
        if file.members.each:
            yield Use(Column(file.members.each), ("members", "each"), names.has)
        for each in file.members.fields:
            yield Use(each.source, each.keys, names.has)
        if file.members.where:
            yield Use(file.members.where, ("members", "where"), names.has)
        yield from _uses_of_values(
            file.members.named_values, ("members", "named_values"), names.has
        )


def _uses_of_rows(file: MappingFile, has: Has) -> Iterator[Use]:
    for name in file.group_by:
        yield Use(Column(name), ("rows", "group_by"), has)
    if file.own_row:
        yield Use(file.own_row.where, ("rows", "own_row"), has)
    for key, lookup in file.lookups.items():
        for origin in (lookup.names, Column(lookup.gives)):
            yield Use(origin, ("lookups", key), has)
    for number, condition in enumerate(file.leave_out):
        yield Use(condition, ("rows", "leave_out", str(number)), has)


def _uses_of_items(item: ItemSource, names: HeaderNames) -> Iterator[Use]:
    keys = ("items", item.name)
    parts = set(map(plain, item.packing.names)) if item.packing else set[str]()

    def has(name: str) -> bool:
        return plain(name) in parts or names.has(name)

    if item.packing:
        yield Use(Column(item.packing.column), (*keys, "packed", "column"), names.has)
    if item.each:
        yield Use(Column(item.each), (*keys, "each"), names.has)
    for each in item.fields:
        yield Use(each.source, each.keys, has)
    if item.where:
        yield Use(item.where, keys, has)
    # Which names a packed cell's own pairs have is not known before it is cut.
    has_value: Has = (lambda _: True) if item.packing else has
    yield from _uses_of_values(item.named_values, (*keys, "named_values"), has_value)


def _uses_of_values(values: tuple[NamedValues, ...], keys: Keys, has: Has) -> Iterator[Use]:
    for number, each in enumerate(values):
        for name in each.named_columns:
            yield Use(Column(name), (*keys, str(number)), has)


def _unused(file: MappingFile, columns: tuple[str, ...], names: HeaderNames) -> Iterator[str]:
    """Columns that the mapping neither uses nor drops."""
    named = {name for use in uses(file, names) for name in use.what.columns()}
    used = {column for name in named for column in names.all_of(name)}
    levels: list[MappingFile | ItemSource | MemberSource] = [file, *file.items]
    if file.members:
        levels.append(file.members)
    wildcards = [each.columns for level in levels for each in level.named_values if each.columns]
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
                hint="Rename or remove one of them, or add --unmapped ignore.",
            )


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
    for name in mapping.schema.mandatory():
        if name not in fed:
            source = next(each for each in mapping.file.fields if each.target.path == name)
            wanted = ", ".join(f"'{column}'" for column in dict.fromkeys(source.source.columns()))
            raise MappingError(
                f"{path}: nothing feeds {name}, which every {mapping.schema.object_type} needs; "
                f"the mapping '{mapping.name}' takes it from {wanted or 'a setting'}",
                hint=mapping.file.export and f"The right file: {mapping.file.export}",
            )
