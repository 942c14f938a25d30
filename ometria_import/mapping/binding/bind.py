"""Binding a mapping file to the header of a source, with everything that can be refused then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.binding.bound import BoundMapping, bound_to
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.binding.uses import uses, uses_of_items
from ometria_import.mapping.expressions.model import FILE_NAME
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.model import (
    ItemSource,
    MappingFile,
    MemberSource,
    Setting,
)
from ometria_import.mapping.secret_names import is_secret
from ometria_import.mapping.targets import REJECT_COLUMNS, TargetKind
from ometria_import.options.choices import Unmapped
from ometria_import.options.did_you_mean import did_you_mean, plain
from ometria_import.schema import SCHEMAS, ObjectType, Properties
from ometria_import.sources.file.names import fits_name, own_name

STANDS_IN = "?"
"""For a setting that is missing, so that the rest of the file can be told of."""


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
    refuse_without_items(path, file, names)
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
            hint=f"Add {flags}, or put it in ometria-import.toml.{words_of(missing)}",
        )
        error.settings = tuple(missing)
        raise error
    found = {FILE_NAME: given[FILE_NAME]}
    for setting in file.settings:
        said = said_of(setting, given)
        # Templates write the slash behind an address themselves.
        found[setting.name] = (said.rstrip("/") if "://" in said else said) or setting.default
    return found


def words_of(settings: Iterable[Setting]) -> str:
    """The words of those settings that know only some, as sentences."""
    return "".join(
        f" The setting {each.name} is one of {', '.join(each.one_of)}."
        for each in settings
        if each.one_of
    )


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


def refuse_without_items(path: Path, file: MappingFile, names: HeaderNames) -> None:
    """Refuse a file without a name that its items need and that it is recognised by.

    A mapping that is named on the command line reads files that it would not be recognised for.
    Under another name, all items of all records would be lost.

    Raises:
        MappingError: it lacks such a name.
    """
    if file.anchors is None or file.record is not None:
        return
    for item in file.items:
        needed = {name for use in uses_of_items(item, names) for name in use.what.columns()}
        for name in file.anchors.all:
            if name in needed and not names.has(name):
                raise MappingError(
                    f"{path} has no column or key '{name}', from which the mapping '{file.name}' "
                    f"takes {item.name}: all {file.object_type} records would be sent without "
                    f"them{did_you_mean(name, names.own.values())}",
                    hint="If it has another name in this file, rename it there, or copy the "
                    f"mapping with `ometria-import mapping show {file.name} > my.toml` and change "
                    "the name in the copy.",
                )


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
