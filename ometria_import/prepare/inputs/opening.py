"""Deciding how a file is read, in the same way for `inspect`, `check` and `push`."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import Any

from ometria_import.errors import MappingError, SourceError
from ometria_import.mapping.binding.bind import refuse_without_items, settings_for
from ometria_import.mapping.binding.rows import HeaderNames
from ometria_import.mapping.expressions.model import FILE_NAME
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.objects.bind import bind_objects, is_for_tables
from ometria_import.mapping.objects.mapped import ObjectMapping
from ometria_import.mapping.objects.rows import names_of
from ometria_import.mapping.objects.values import keys_of
from ometria_import.mapping.presets import (
    find_mapping,
    key_of_inner_objects,
    lacking_anchors,
    near_words_of_objects,
    recognise_objects_of,
    recognise_preset,
)
from ometria_import.mapping.recognition.object_recognition import (
    recognise_objects,
    refuse_unfit_objects,
)
from ometria_import.mapping.recognition.recognition import (
    SourceArgument,
    missing_mandatory,
    type_of_objects,
)
from ometria_import.options.reading_options import ReadingOptions
from ometria_import.prepare.chunks.object_shapes import ApiShape, ObjectShape
from ometria_import.prepare.chunks.object_views import (
    InnerObjects,
    ObjectSource,
    ObjectView,
    mapped_views,
    type_views,
)
from ometria_import.prepare.inputs.nested import NestedFile
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import SCHEMAS
from ometria_import.sources import ObjectChunk, ObjectFile, TableSource, open_any_source
from ometria_import.sources.file.names import own_name
from ometria_import.sources.parquet.source import ParquetSource

_TYPE_IN_TEXT = re.compile(r'"@type"\s*:\s*"([^"\\]+)"')


def opened_as_it_is(argument: SourceArgument, options: ReadingOptions) -> TableSource | ObjectFile:
    """Open a file as it is, before it is known what it will be read as.

    Raises:
        SourceError: it cannot be read.
        UsageError: an option does not fit the file.
    """
    if argument.given is not None:
        return argument.given.open(argument.path, options)
    return open_any_source(argument.path, options)


def open_source(argument: SourceArgument, options: PrepareOptions) -> TableSource | ObjectFile:
    """Open a file as a table or as objects.

    Parquet with objects or lists of them in its columns is read like JSON, unless a mapping for
    tables reads it.

    Raises:
        SourceError: it cannot be read.
        MappingError: a mapping cannot be used.
        UsageError: an option does not fit the file.
    """
    source = argument.opened or opened_as_it_is(argument, options)
    if not isinstance(source, ParquetSource) or not source.is_nested:
        return source
    if options.mapping is not None:
        has_table_mapping = not find_mapping(options.mapping).is_for_objects
    else:
        preset = recognise_preset(
            argument.path,
            source.header,
            argument.object_type,
            items=argument.items or None,
            name=file_name(argument, source),
        )
        has_table_mapping = preset is not None
    return source if has_table_mapping else source.as_objects()


def file_name(argument: SourceArgument, source: TableSource | ObjectSource) -> str:
    """A file's own name: that of the file which its rows come from, if they are rejects of one."""
    return argument.name or own_name(argument.path, source.format.member)


def objects_of(
    source: ObjectFile, argument: SourceArgument, options: PrepareOptions
) -> list[tuple[ObjectSource, ObjectShape]]:
    """The views of a file's objects: one view and one shape for each object type.

    Raises:
        SourceError: the file cannot be read.
        MappingError: the objects are not certainly records, or the mapping is not for them.
        UsageError: a setting of the mapping is missing.
    """
    head = source.head()
    objects, mapping = _mapping_of(source, argument, options, head.objects)
    if mapping is not None:
        views = mapped_views(objects, mapping, argument.object_type)
        _refuse_missing_settings(views, mapping, options)
        return [(view, view.shape) for view in views]
    if argument.object_type is not None:
        try:
            refuse_unfit_objects(source.path, argument.object_type, head.objects)
        except MappingError as error:
            error.hint += near_words_of_objects(head.objects, argument.object_type)
            raise
        return [(source, ApiShape(SCHEMAS[argument.object_type]))]
    if type_of_objects(head.objects) and (of_types := type_views(source)):
        return [(view, view.shape) for view in of_types]
    try:
        found = recognise_objects(source.path, head.objects, _type_in_rejects(head))
    except MappingError as error:
        error.hint += near_words_of_objects(head.objects)
        raise
    return [(source, ApiShape(SCHEMAS[found]))]


def _refuse_missing_settings(
    views: list[ObjectView], mapping: ObjectMapping, options: PrepareOptions
) -> None:
    """Ask for the settings that only some of the object types need, if the file has such records.

    Raises:
        MissingSettingsError: one of them is missing.
    """
    if not any(each.of for each in mapping.file.settings):
        return
    types = [each.shape.schema.object_type for each in views]
    first = (chunk.objects for each in views for chunk in islice(each.chunks(), 1))
    names = HeaderNames((name for objects in first for name in names_of(objects)), {})
    given = {**options.settings, FILE_NAME: mapping.settings[FILE_NAME]}
    settings_for(mapping.file, given, names, views[0].path, types)


def no_rows(path: Path) -> SourceError:
    """The error for an empty file that the user expects to hold something."""
    return SourceError(
        f"{path}: there are no rows",
        hint="Was the export cut or filtered? If it may be empty, say --allow-empty.",
    )


def _mapping_of(
    source: ObjectFile,
    argument: SourceArgument,
    options: PrepareOptions,
    objects: list[dict[str, Any]],
) -> tuple[ObjectFile | InnerObjects, ObjectMapping | None]:
    """The mapping for the objects, if there is one, and the source that yields them."""
    path, name = source.path, file_name(argument, source)
    if options.mapping is not None:
        file = find_mapping(options.mapping)
        if is_for_tables(file, objects):
            raise MappingError(
                f"{argument.path} is {source.format.describe()}, and the mapping "
                f"'{options.mapping}' is for tables",
                hint="Leave --mapping out where the objects are in the API's own shape, or give "
                "each file its own mapping under [[sources]] in ometria-import.toml; JSON of "
                "another shape needs a mapping that names its keys.",
            )
        source, objects = _nested(source, file, objects)
        mapping = bind_objects(path, file, options.settings, objects, name=name)
        _refuse_other_objects(source, mapping, objects)
        if objects:
            names = HeaderNames(names_of(objects), file.columns.aliases)
            refuse_without_items(path, file, names)
        return source, mapping
    found: ObjectFile | InnerObjects = source
    preset = recognise_objects_of(objects, str(path), argument.object_type, name=name)
    if preset is None and (key := _key_of_inner_objects(objects)):
        found = InnerObjects(source, key)
        objects = found.within(objects)
        preset = recognise_objects_of(objects, str(path), argument.object_type, name=name)
    if preset is None:
        return source, None
    if found is source:
        found, objects = _nested(source, preset, objects)
    return found, bind_objects(path, preset, options.settings, objects, name=name)


def _nested(
    source: ObjectFile, file: MappingFile, objects: list[dict[str, Any]]
) -> tuple[ObjectFile, list[dict[str, Any]]]:
    """The source with its objects put together as a mapping says, and the first of them."""
    if file.nest is None:
        return source, objects
    nested = NestedFile(source, file.nest)
    return nested, nested.head().objects


def _refuse_other_objects(
    source: ObjectFile, mapping: ObjectMapping, objects: list[dict[str, Any]]
) -> None:
    """Refuse a mapping that matches none of the objects and recognises the type of none."""
    if objects and (lacking := lacking_anchors(mapping.file, names_of(objects))):
        raise MappingError(
            f"{source.path}: the mapping '{mapping.file.name}' is for objects with {lacking}, of "
            "which these have none",
            hint="Name the mapping of this file, or leave --mapping out.",
        )
    kinds = mapping.rows(objects).values(mapping.file.kind)
    if not objects or max(mapping.chosen(objects)) >= 0 or any(each is not None for each in kinds):
        return
    raise MappingError(
        f"{source.path}: none of its first {len(objects):,} objects is what the mapping "
        f"'{mapping.file.name}' is for",
        hint="Name the mapping of this file, or leave --mapping out.",
    )


def _key_of_inner_objects(objects: list[dict[str, Any]]) -> str:
    """The key under which objects wrap those of a preset, if they are not records themselves."""
    keys = keys_of(objects)
    is_whole = any(not missing_mandatory(schema, keys) for schema in SCHEMAS.values())
    return "" if is_whole or type_of_objects(objects) else key_of_inner_objects(objects)


def _type_in_rejects(head: ObjectChunk) -> str:
    """The `@type` in unreadable objects, for a file whose head has no readable ones."""
    if head.objects:
        return ""
    said = (_TYPE_IN_TEXT.search(reject.raw) for reject in head.rejects)
    return next((found[1] for found in said if found), "")
