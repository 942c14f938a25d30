"""Which mapping a table is read by: the user's, a preset's, or its columns' own names."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ometria_import.errors import MappingError
from ometria_import.mapping.binding.bind import bind_mapping
from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.objects.flat_objects import FlatObjects, as_columns
from ometria_import.mapping.objects.rows import names_of
from ometria_import.mapping.own_columns import own_columns, own_item_columns, own_option_columns
from ometria_import.mapping.presets import (
    find_mapping,
    lacking_anchors,
    near_words,
    recognise_preset,
)
from ometria_import.mapping.recognition.own_names import is_made_for_ometria
from ometria_import.mapping.recognition.recognition import (
    SourceArgument,
    missing_mandatory,
    recognise,
)
from ometria_import.mapping.targets import (
    TYPE_COLUMN,
    find_target,
)
from ometria_import.options.did_you_mean import plain
from ometria_import.prepare.inputs.opening import file_name
from ometria_import.prepare.inputs.repeated_columns import refuse_ambiguous
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import SCHEMAS, ObjectSchema, ObjectType
from ometria_import.sources import ObjectFile, RowChunk, TableSource


def table_mapping(
    source: TableSource, argument: SourceArgument, options: PrepareOptions
) -> BoundMapping:
    """Find the mapping of a table.

    The user's own mapping wins. A table whose columns all have Ometria's names needs none.
    Otherwise the preset that recognises the table is used, or else the column names that match.

    Args:
        source: The table.
        argument: The table as the user named it.
        options: The user's options for it.

    Raises:
        MappingError: there is none, or it does not fit.
        UsageError: the mapping needs a setting.
    """
    path, header, object_type = source.path, source.header, argument.object_type
    file = chosen_mapping(source, argument, options)
    if file is not None:
        name = file_name(argument, source)
        return bind_mapping(path, file, header, options.settings, options.unmapped, name=name)
    type_name = type_in_table(source.head())
    try:
        found = object_type or recognise(path, header, type_name)
        mapping = own_columns(path, options.requirements(SCHEMAS[found]), header, options.unmapped)
        if not (object_type or type_name):
            _refuse_foreign(path, mapping.schema, header)
    except MappingError as error:
        refuse_ambiguous(source)
        error.hint += near_words(header, object_type)
        raise
    return mapping


def item_table(
    opened: TableSource | ObjectFile, argument: SourceArgument, options: PrepareOptions
) -> tuple[TableSource, MappingFile | None]:
    """A source of items as a table, and its mapping file; None where it is read by column names.

    Raises:
        MappingError: the mapping is not for such items, or two presets fit equally well.
    """
    if not isinstance(opened, ObjectFile):
        return opened, _item_file(opened.path, opened.header, argument, options, opened)
    file = _item_file(opened.path, names_of(opened.head().objects), argument, options, opened)
    if file is None:
        return FlatObjects(opened), None
    file, lists = as_columns(file)
    return FlatObjects(opened, lists), file


def _item_file(
    path: Path,
    header: Collection[str],
    argument: SourceArgument,
    options: PrepareOptions,
    opened: TableSource | ObjectFile,
) -> MappingFile | None:
    items, object_type = argument.items, argument.object_type or ObjectType.ORDER
    if options.mapping is not None:
        file = find_mapping(options.mapping)
        if (file.object_type, file.items[0].name) != (object_type, items):
            raise MappingError(
                f"{path}: the mapping '{file.name}' is for {_about(file)}, "
                f"not for {items} of {object_type} records",
                hint="Name the mapping of this file, or leave --mapping out.",
            )
        _refuse_without_anchors(path, file, header)
        return file
    if argument.options:
        return None
    name = file_name(argument, opened)
    return recognise_preset(path, header, object_type, items=items, name=name)


def item_mapping(
    source: TableSource,
    file: MappingFile | None,
    argument: SourceArgument,
    options: PrepareOptions,
) -> BoundMapping:
    """The mapping of a table of items or item options: of a file, or by column names.

    Raises:
        MappingError: the table lacks columns that such rows need.
        UsageError: the mapping needs a setting.
    """
    path, header, items = source.path, source.header, argument.items
    if file is not None:
        name = file_name(argument, source)
        return bind_mapping(path, file, header, options.settings, options.unmapped, name=name)
    schema = SCHEMAS[argument.object_type or ObjectType.ORDER]
    if argument.options:
        return own_option_columns(path, schema, items, argument.options, header)
    return own_item_columns(path, schema, items, header, options.unmapped)


def options_for(argument: SourceArgument, options: PrepareOptions) -> PrepareOptions:
    """The user's options for one source, with the mapping only if it is meant for that source.

    A mapping of items applies to sources named as items; any other mapping to all other sources.

    Raises:
        MappingError: the mapping cannot be read.
    """
    own = options.of(argument)
    if own.mapping is None:
        return own
    holds_items = bool(argument.items)
    is_meant = not argument.options and _is_of_items(own) is holds_items
    return own if is_meant else replace(own, mapping=None)


def refuse_idle_mappings(arguments: Sequence[SourceArgument], options: PrepareOptions) -> None:
    """Refuse a mapping that does not apply to any of the sources that it was given for.

    Raises:
        MappingError: there is such a mapping, or a mapping cannot be read.
    """
    said_of: dict[tuple[str, Path | None], list[SourceArgument]] = {}
    for each in arguments:
        if (mapping := options.of(each).mapping) is not None:
            of_all = mapping == options.mapping
            said_of.setdefault((str(mapping), None if of_all else each.path), []).append(each)
    for (mapping, _), sources in said_of.items():
        if any(options_for(each, options).mapping is not None for each in sources):
            continue
        first = sources[0]
        if _is_of_items(options.of(first)):
            words = f"{_about(find_mapping(mapping))}, and no file is said to hold these"
            hint = f'Name that file: lineitem={first.path}, or set object_type = "lineitem" under '
            hint += "[[sources]] in ometria-import.toml."
        else:
            held = (first.options or first.items).replace("_", " ")
            words = f"records, and this file is said to hold {held}"
            hint = "A mapping for a file of items says items_of. Without a mapping, such a file is "
            hint += "read by Ometria's own names."
        raise MappingError(f"{first.path}: the mapping '{mapping}' is for {words}", hint=hint)


def _is_of_items(options: PrepareOptions) -> bool:
    return options.mapping is not None and find_mapping(options.mapping).record is not None


def _about(file: MappingFile) -> str:
    """What a mapping produces, in words for messages."""
    of_items = f"{file.items[0].name} of " if file.record else ""
    return f"{of_items}{file.object_type} records"


def _refuse_without_anchors(path: Path, file: MappingFile, header: Iterable[str]) -> None:
    if lacking := lacking_anchors(file, header):
        raise MappingError(
            f"{path}: the mapping '{file.name}' is for files with the columns {lacking}, of "
            "which it has none",
            hint="Name the mapping of this file, or leave --mapping out.",
        )


def chosen_mapping(
    source: TableSource, argument: SourceArgument, options: PrepareOptions
) -> MappingFile | None:
    """The mapping that a table is read with; None if its columns already have Ometria's names.

    Raises:
        MappingError: the user's mapping is not for such a table, or two presets are.
    """
    path, header, object_type = source.path, source.header, argument.object_type
    if options.mapping is not None:
        file = find_mapping(options.mapping)
        if file.is_for_objects:
            raise MappingError(
                f"{path} is {source.format.describe()}, and the mapping '{options.mapping}' is for "
                "JSON",
                hint="Name a mapping for tables, or leave --mapping out; several files can have a "
                "mapping each under [[sources]] in ometria-import.toml.",
            )
        if object_type not in {None, file.object_type}:
            raise MappingError(
                f"{path}: the mapping '{file.name}' is for {file.object_type} records, "
                f"not for {object_type}",
                hint=f"Use {file.object_type}={path}, or name a mapping for {object_type} records.",
            )
        _refuse_without_anchors(path, file, header)
        return file
    if type_in_table(source.head()) or _is_own(header, object_type):
        return None
    items, name = "" if object_type else None, file_name(argument, source)
    preset = recognise_preset(path, header, object_type, items=items, name=name)
    if preset is not None and preset.items_alone:
        raise MappingError(
            f"{path} holds {_about(preset)} and no records",
            hint=f"Say so: {_argument_for(preset)}={path}, and name the file of the "
            f"{preset.object_type} records as well.",
        )
    return preset


def _argument_for(file: MappingFile) -> str:
    """What the user puts before the path of a file of items."""
    kinds = {each.name: each for each in SCHEMAS[file.object_type].items()}
    return kinds[file.items_alone].singular


def _refuse_foreign(path: Path, schema: ObjectSchema, header: Sequence[str]) -> None:
    """Refuse to guess about a table of unknown origin, whose other columns would be lost.

    Raises:
        MappingError: the table does not look as if it was made for Ometria.
    """
    if is_made_for_ometria(schema, header):
        return
    own = ", ".join(f"'{name}'" for name in header if find_target(schema, name))
    name = schema.object_type
    draft = shlex.join(["ometria-import", "mapping", "suggest", str(path)])
    raise MappingError(
        f"{path}: it is not certain that this file was made for Ometria: {own} are names that the "
        "exports of others have, too",
        hint=f"`{draft} > my.toml` drafts a mapping, so that its other columns are read as what "
        f"they mean. If they mean nothing to Ometria, say {shlex.quote(f'{name}={path}')}.",
    )


def _is_own(header: Iterable[str], object_type: ObjectType | None) -> bool:
    """Whether every column has the name of a field and no mandatory field is missing."""
    columns = list(header)
    schemas = SCHEMAS.values() if object_type is None else (SCHEMAS[object_type],)
    return any(
        all(find_target(schema, column) for column in columns)
        and not missing_mandatory(schema, columns)
        for schema in schemas
    )


def type_in_table(head: RowChunk) -> str:
    """The `@type` of the first row that has one."""
    for column in head.table.column_names:
        if column.strip().startswith("@") and plain(column) == plain(TYPE_COLUMN):
            said = (text.strip() for text in head.table.column(column).to_pylist())
            return next((text for text in said if text), "")
    return ""
