"""Which mapping a table is read by: the user's, a preset's, or its columns' own names."""

from __future__ import annotations

from collections.abc import Iterable

from ometria_import.errors import MappingError
from ometria_import.mapping.binding import bind_mapping
from ometria_import.mapping.columns import map_columns
from ometria_import.mapping.model import TableMapping
from ometria_import.mapping.presets import find_mapping, recognise_preset
from ometria_import.mapping.recognition import missing_mandatory, recognise
from ometria_import.mapping.targets import TYPE_COLUMN, find_target, plain
from ometria_import.mapping.toml_mapping import TomlMapping
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.sources import RowChunk, TableSource


def table_mapping(
    source: TableSource, object_type: ObjectType | None, options: PrepareOptions
) -> TableMapping:
    """Find the mapping of a table.

    The user's own wins. A table all of whose columns bear Ometria's names needs none; else the
    preset that knows it is taken, else the columns' names as far as they go.

    Args:
        source: The table.
        object_type: What the user says it holds, if they do.
        options: What the user says about all sources.

    Raises:
        MappingError: there is none, or it does not fit.
        UsageError: the mapping needs a setting.
    """
    path, header = source.path, source.header
    if options.mapping is not None:
        file = find_mapping(options.mapping)
        if object_type not in {None, file.object_type}:
            raise MappingError(
                f"{path}: the mapping '{file.name}' is for {file.object_type} records, "
                f"not for {object_type}"
            )
        return bind_mapping(path, file, header, options.settings, options.unmapped)
    type_name = type_in_table(source.head())
    if not type_name and not _is_own(header, object_type):
        preset = recognise_preset(path, header, object_type)
        if preset is not None:
            return bind_mapping(path, preset, header, options.settings, options.unmapped)
    found = object_type or recognise(path, header, type_name)
    return map_columns(path, SCHEMAS[found], header, options.unmapped)


def filled_down(mapping: TableMapping) -> tuple[str, ...]:
    """The columns that, where all of them are blank, take the values of the row above."""
    return mapping.filled_down if isinstance(mapping, TomlMapping) else ()


def _is_own(header: Iterable[str], object_type: ObjectType | None) -> bool:
    """Whether every column bears the name of a field, and no mandatory one is missing."""
    columns = list(header)
    schemas = SCHEMAS.values() if object_type is None else (SCHEMAS[object_type],)
    return any(
        all(find_target(schema, column) for column in columns)
        and not missing_mandatory(schema, columns)
        for schema in schemas
    )


def type_in_table(head: RowChunk) -> str:
    """What the first row that has an `@type` says."""
    for column in head.table.column_names:
        if column.strip().startswith("@") and plain(column) == plain(TYPE_COLUMN):
            said = (text.strip() for text in head.table.column(column).to_pylist())
            return next((text for text in said if text), "")
    return ""
