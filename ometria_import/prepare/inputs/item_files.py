"""Files of items that nobody named as such: a mapping of items recognises them by their columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ometria_import.errors import MappingError, OmetriaImportError, ignoring
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.objects.mapped import MappedShape
from ometria_import.mapping.objects.rows import names_of
from ometria_import.mapping.presets import (
    anchors_found,
    find_mapping,
    recognise_objects_of,
    recognise_preset,
    records_of_items,
)
from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.options.choices import Lines
from ometria_import.prepare.chunks.object_views import ObjectView
from ometria_import.prepare.inputs.opened import (
    Input,
    ItemInput,
    ObjectInput,
    TableInput,
    join_of,
    mapping_file_of,
)
from ometria_import.prepare.inputs.opening import file_name, open_source, opened_as_it_is
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import ObjectType
from ometria_import.sources import ObjectFile
from ometria_import.sources.file.raw_file import STANDARD_INPUT

Opened = TypeVar("Opened", bound=TableInput | ObjectInput)


def with_items_named(
    arguments: Sequence[SourceArgument], options: PrepareOptions
) -> tuple[list[SourceArgument], PrepareOptions]:
    """The sources and their options, with files that are recognised as items marked as such.

    Only the beginning of each file is read, and the files stay open, to be read to the end later.
    What the user says about a file is never changed.
    """
    pairs = [(_named(each, options), each) for each in arguments]
    of_sources = {new: options.of_sources[old] for new, old in pairs if old in options.of_sources}
    return [new for new, _ in pairs], replace(options, of_sources=of_sources)


def _named(argument: SourceArgument, all_options: PrepareOptions) -> SourceArgument:
    options = all_options.of(argument)
    is_own = options.mapping is not None and options.mapping != all_options.mapping
    is_piped = argument.given is None and argument.path == STANDARD_INPUT
    if argument.items or argument.object_type or is_piped:
        return argument
    # Whatever is wrong with the file or its mapping is reported where it is opened to be read.
    with ignoring(OmetriaImportError):
        # A mapping that stands beside the file under [[sources]] says what the file holds.
        own = find_mapping(options.mapping) if is_own and options.mapping else None
        if own is None and argument.opened is None:
            argument = replace(argument, opened=opened_as_it_is(argument, options))
        file = own or _mapping_of(argument, options)
        if file is not None and file.items_alone:
            return replace(argument, object_type=file.object_type, items=file.items_alone)
    return argument


def _mapping_of(argument: SourceArgument, options: PrepareOptions) -> MappingFile | None:
    source = open_source(argument, replace(options, mapping=None))
    header: Collection[str]
    if isinstance(source, ObjectFile):
        objects = source.head().objects
        header, is_record = names_of(objects), recognise_objects_of(objects) is not None
    else:
        header, is_record = source.header, False
    if options.mapping is not None:
        said = find_mapping(options.mapping)
        if said.items_alone:
            return said if anchors_found(said, header, file_name(argument, source)) else None
        name = file_name(argument, source)
        if said.is_for_objects or not said.anchors or anchors_found(said, header, name):
            return None
    if is_record:
        return None
    return recognise_preset(argument.path, header, name=file_name(argument, source))


def with_own_lines(
    items: Sequence[ItemInput], records: Sequence[tuple[Opened, PrepareOptions]]
) -> tuple[list[ItemInput], list[tuple[Opened, PrepareOptions]]]:
    """Keep the items that a mapping of records names apart from the records of other platforms.

    Two shops may number their orders alike, and nobody's line must get into the other's order.
    """
    given = {each.mapping.name for each in items}
    wanted = {
        file.lines.mapping
        for opened, _ in records
        if (file := mapping_file_of(opened)) and file.lines and file.lines.mapping in given
    }
    own_items = [
        replace(each, lines=each.mapping.name if each.mapping.name in wanted else "")
        for each in items
    ]
    return own_items, [(_with_lines(opened, wanted), own) for opened, own in records]


def _with_lines(each: Opened, wanted: Collection[str]) -> Opened:
    file = mapping_file_of(each)
    if not isinstance(each, TableInput) or file is None or file.lines is None:
        return each
    return replace(each, lines=file.lines.mapping) if file.lines.mapping in wanted else each


def refuse_lone_items(items: Sequence[ItemInput], records: Sequence[Input]) -> None:
    """Refuse item tables if no source can hold their records.

    Raises:
        MappingError: no table of such records is given.
    """
    tables = {join_of(each) for each in records if isinstance(each, TableInput)}
    for each in items:
        if join_of(each) in tables:
            continue
        raise lone_items(each.source.path, each.mapping.file)


def lone_items(path: Path, file: MappingFile) -> MappingError:
    """The error for a file of items without one of their records."""
    name, owner = file.items[0].name, file.object_type
    hint = f"Name the file of the {owner} records as well: {owner}=PATH."
    if known := records_of_items(file):
        exports = " or ".join(dict.fromkeys(one.export for one in known if one.export))
        hint = f"They belong to {' or '.join(one.title for one in known)}: name that file as well."
        hint += f" You get it from: {exports}." if exports else ""
    return MappingError(f"{path} holds {name}, and no table of {owner} records is given", hint=hint)


def refuse_without_lines(
    records: Iterable[tuple[Input, PrepareOptions]], items: Sequence[ItemInput]
) -> None:
    """Refuse records whose lines are in another file that is not there.

    Raises:
        MappingError: such a file is missing, or it is there although the user says that none is.
    """
    with_lines = {join_of(each): each for each in items if not each.mapping.file.options}
    without: dict[tuple[ObjectType, str], list[bool]] = {}
    for each, options in records:
        is_without = options.lines is Lines.NONE
        without.setdefault(join_of(each), []).append(is_without)
        if not is_without:
            _refuse_bare(each)
        file = mapping_file_of(each)
        lines = file.lines if file else None
        own = [item for item in items if join_of(item) == join_of(each)]
        if lines is None or is_without or any(_may_serve(item, lines.mapping) for item in own):
            continue
        raise MappingError(
            f"{each.source.path} has no lines, because they are in another file: {lines.about}",
            hint=f"Name that file as well. To import the {each.object_type} records without their "
            'lines, say --lines none, or lines = "none" under [[sources]].',
        )
    for of, item in with_lines.items():
        if all(without.get(of, [False])):
            raise MappingError(
                f"{item.source.path} holds lines of {item.object_type} records, which are said to "
                "have none",
                hint="Leave the file out, or --lines none.",
            )


def _may_serve(item: ItemInput, wanted: str) -> bool:
    """Whether items can be the lines of records that name a mapping for them.

    Lines of another platform cannot, and those of a mapping of the user's own may.
    """
    file = item.mapping.file
    return not file.options and (item.mapping.name == wanted or not records_of_items(file))


def _refuse_bare(each: Input) -> None:
    """Refuse records that name no items, where whoever made the export chose what is in it.

    Raises:
        MappingError: a mapping puts parts together and knows items, and no record has any.
    """
    if not isinstance(each, ObjectInput) or not isinstance(each.shape, MappedShape):
        return
    items = each.shape.items_expected
    if not items:
        return
    source = each.source.source if isinstance(each.source, ObjectView) else each.source
    for chunk in source.chunks():
        # What is rejected may be an item of theirs.
        if chunk.rejects or any(name in one for one in chunk.objects for name in items):
            return
    raise MappingError(
        f"{each.source.path}: none of the {each.object_type} records has a {' or '.join(items)}, "
        "so that their items are missing",
        hint="Ask for them in the query, with their ids. To import the records without items, "
        'say --lines none, or lines = "none" under [[sources]].',
    )
