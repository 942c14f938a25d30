"""Opening the sources of one input: their types and mappings are settled before reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from ometria_import.errors import (
    MappingError,
    OmetriaImportError,
    SourceError,
    UsageError,
    all_of,
)
from ometria_import.mapping.binding.bind import STANDS_IN, MissingSettingsError, bind_mapping
from ometria_import.mapping.binding.bound import BoundMapping, with_decimal_points
from ometria_import.mapping.binding.filling import fill_down
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.objects.flat_objects import FlatObjects, as_columns
from ometria_import.mapping.own_columns import own_columns
from ometria_import.mapping.presets import find_mapping, presets, records_of_items
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.mapping.recognition.secret_columns import WithoutSecrets
from ometria_import.options.did_you_mean import did_you_mean, plain
from ometria_import.prepare.chunks.objects import ObjectPreparer
from ometria_import.prepare.chunks.order_prefix import ORDER_PREFIX
from ometria_import.prepare.chunks.tables import TablePreparer
from ometria_import.prepare.inputs.flat_json import flat_mapping, refuse_lists
from ometria_import.prepare.inputs.item_files import (
    refuse_lone_items,
    refuse_without_lines,
    with_own_lines,
)
from ometria_import.prepare.inputs.leavers import refuse_silent_leavers
from ometria_import.prepare.inputs.opened import (
    Input,
    ItemInput,
    ObjectInput,
    TableInput,
    join_of,
)
from ometria_import.prepare.inputs.opening import file_name, objects_of, open_source
from ometria_import.prepare.inputs.repeated_columns import unambiguous
from ometria_import.prepare.inputs.shared_lookups import share_lookups
from ometria_import.prepare.inputs.table_mappings import (
    item_mapping,
    item_table,
    options_for,
    table_mapping,
)
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.rows.resubmitted import as_resubmitted
from ometria_import.prepare.spill.joining import ItemTable, JoinedSource
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.sources import ObjectFile, TableSource

Opened = TypeVar("Opened", TableInput | ObjectInput, ItemInput)


def refuse_unknown_settings(options: PrepareOptions) -> None:
    """Make sure that each setting is one of a preset, of the user's own mapping, or of all sources.

    Which of them the files need is not asked: one command may bring files of several kinds.

    Raises:
        UsageError: nobody knows one of them.
        MappingError: the user's mapping cannot be read.
    """
    if not options.settings:
        return
    known = {setting.name for preset in presets() for setting in preset.settings}
    if options.mapping is not None:
        known |= {setting.name for setting in find_mapping(options.mapping).settings}
    known_plain = set(map(plain, known))
    for name in options.settings:
        if name != ORDER_PREFIX and plain(name) not in known_plain:
            names = sorted({*known, ORDER_PREFIX})
            raise UsageError(
                f"no mapping has a setting '{name}'{did_you_mean(name, names)}",
                hint=f"There are {', '.join(names)}.",
            )


def open_inputs(arguments: Sequence[SourceArgument], options: PrepareOptions) -> list[Input]:
    """Open and recognise all sources, in sending order of their object types, items last.

    Errors of several sources are combined into one.

    Raises:
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a header cannot be mapped.
        UsageError: an encoding, a delimiter or a setting is not known.
    """
    inputs, errors = open_what_can_be(arguments, options)
    if errors:
        raise all_of(errors)
    return inputs


def open_what_can_be(
    arguments: Sequence[SourceArgument], options: PrepareOptions
) -> tuple[list[Input], list[OmetriaImportError]]:
    """Open the sources, and return the error of each one that cannot be used as it is.

    A source that only lacks settings is opened all the same, so that callers can inspect it.

    Raises:
        UsageError: a setting is not known.
        MappingError: the user's mapping cannot be read.
    """
    for each in {id(own): own for own in map(options.of, arguments)}.values():
        refuse_unknown_settings(each)
    errors: list[OmetriaImportError] = []
    items = [
        opened
        for argument in arguments
        if argument.items
        for opened in _tried(_open_items, argument, options_for(argument, options), errors)
    ]
    # Lines of one platform's orders say nothing of how another platform's are read.
    for_all = [each for each in items if not records_of_items(each.mapping.file)]
    open_records = partial(_open, joined_types={each.object_type for each in for_all})
    records = [
        (opened, options.of(argument))
        for argument in arguments
        if not argument.items
        for opened in _tried(open_records, argument, options_for(argument, options), errors)
    ]
    items, records = with_own_lines(items, records)
    share_lookups(records)
    if not errors:
        refuse_lone_items(items, [opened for opened, _ in records])
        refuse_without_lines(records, items)
    inputs = [*(_with_items(opened, items, own) for opened, own in records), *items]
    order = list(ObjectType)
    return sorted(inputs, key=lambda each: order.index(each.object_type)), errors


def _tried(
    open_one: Callable[[SourceArgument, PrepareOptions], list[Opened]],
    argument: SourceArgument,
    options: PrepareOptions,
    errors: list[OmetriaImportError],
) -> list[Opened]:
    """Open one source; if it cannot be used, add the reason to the errors."""
    try:
        return open_one(argument, options)
    except MissingSettingsError as error:
        errors.append(error)
        stand_ins = {each.name: STANDS_IN for each in error.settings}
        whole = replace(options, settings={**options.settings, **stand_ins})
        return _tried(open_one, argument, whole, errors)
    except (SourceError, MappingError, UsageError) as error:
        errors.append(error)
        return []


def _open(
    argument: SourceArgument, options: PrepareOptions, joined_types: set[ObjectType]
) -> list[TableInput | ObjectInput]:
    source = open_source(argument, options)
    if not isinstance(source, ObjectFile):
        table = _table_input(source, argument, options)
        refuse_silent_leavers(table, file_name(argument, source))
        return [table]
    if (file := flat_mapping(source, argument, options, joined_types)) is not None:
        return [_flat_table(source, file, argument, options)]
    opened = [
        ObjectInput(view, shape, shape.schema.object_type, ObjectPreparer(view, shape, options))
        for view, shape in objects_of(source, argument, options)
    ]
    is_joined = [each.source is source and each.object_type in joined_types for each in opened]
    if is_joined != [True]:
        return [*opened]
    return [_flat_input(source, opened[0].object_type, options)]


def _table_input(
    source: TableSource, argument: SourceArgument, options: PrepareOptions
) -> TableInput:
    hidden = WithoutSecrets(source)
    mapping = unambiguous(hidden, table_mapping(as_resubmitted(hidden), argument, options))
    return _bound_input(hidden, mapping, options)


def _bound_input(
    hidden: WithoutSecrets, mapping: BoundMapping, options: PrepareOptions
) -> TableInput:
    source = as_resubmitted(fill_down(hidden, mapping.filled_down))
    mapping.learn(chunk.table for chunk in source.chunks())
    preparer = TablePreparer(source, mapping, options)
    return TableInput(source, mapping, preparer, withheld=hidden.withheld)


def _flat_table(
    source: ObjectFile, file: MappingFile, argument: SourceArgument, options: PrepareOptions
) -> TableInput:
    """Read flat JSON with a mapping for tables.

    Raises:
        MappingError: the objects are not flat, or the mapping does not fit them.
        MissingSettingsError: settings are missing.
    """
    file, lists = as_columns(file)
    flat = FlatObjects(source, lists)
    hidden = WithoutSecrets(flat)
    name = file_name(argument, source)
    mapping = bind_mapping(
        source.path, file, hidden.header, options.settings, options.unmapped, name=name
    )
    if mapping.keeps_unmapped:
        refuse_lists(flat, mapping.unmapped, file)
    return _bound_input(hidden, with_decimal_points(mapping), options)


def _flat_input(source: ObjectFile, object_type: ObjectType, options: PrepareOptions) -> TableInput:
    """Read JSON records as a table, because their items are in separate files.

    Raises:
        MappingError: the records contain such items already, or lack a mandatory field.
    """
    flat = FlatObjects(source)
    schema = SCHEMAS[object_type]
    if own := sorted(flat.lists & {each.name for each in schema.items()}):
        raise MappingError(
            f"{source.path}: its records hold {', '.join(own)} themselves, and another file has "
            "some, too",
            hint="Leave the other file out, or the lists out of the records.",
        )
    hidden = WithoutSecrets(flat)
    mapping = own_columns(source.path, schema, hidden.header, options.unmapped)
    mapping = with_decimal_points(mapping)
    preparer = TablePreparer(hidden, mapping, options)
    return TableInput(hidden, mapping, preparer, withheld=hidden.withheld)


def _open_items(argument: SourceArgument, options: PrepareOptions) -> list[ItemInput]:
    opened = open_source(argument, options)
    table, file = item_table(opened, argument, options)
    hidden = WithoutSecrets(table)
    mapping = unambiguous(hidden, item_mapping(as_resubmitted(hidden), file, argument, options))
    if table is not opened:
        mapping = with_decimal_points(mapping)
    source = as_resubmitted(fill_down(hidden, mapping.filled_down))
    mapping.learn(chunk.table for chunk in source.chunks())
    return [ItemInput(source, mapping, options.null_words, withheld=hidden.withheld)]


def _with_items(each: Input, items: Sequence[ItemInput], options: PrepareOptions) -> Input:
    own = tuple(
        ItemTable(item.source, item.mapping, item.nulls)
        for item in items
        if join_of(item) == join_of(each)
    )
    if not own or not isinstance(each, TableInput):
        return each
    source = JoinedSource(each.source, own)
    preparer = TablePreparer(source, source.mapping(each.mapping), options)
    return replace(each, preparer=preparer, joined=source)
