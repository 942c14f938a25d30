"""JSON that is read as a table: flat objects with a mapping for tables, or with lines elsewhere."""

from __future__ import annotations

from collections.abc import Collection

from ometria_import.errors import MappingError
from ometria_import.mapping.model import MappingFile
from ometria_import.mapping.objects.bind import asks_for_rows
from ometria_import.mapping.objects.flat_objects import FlatObjects
from ometria_import.mapping.objects.rows import names_of
from ometria_import.mapping.presets import (
    find_mapping,
    lacking_anchors,
    recognise_objects_of,
    recognise_preset,
)
from ometria_import.mapping.recognition.recognition import SourceArgument, type_of_objects
from ometria_import.prepare.inputs.opening import file_name
from ometria_import.prepare.options import PrepareOptions
from ometria_import.schema import ObjectType
from ometria_import.sources import ObjectFile


def flat_mapping(
    source: ObjectFile,
    argument: SourceArgument,
    options: PrepareOptions,
    joined_types: Collection[ObjectType] = (),
) -> MappingFile | None:
    """The mapping with which objects are read as the rows of a table; None where they are not.

    Args:
        source: The objects.
        argument: The source as the user named it.
        options: The user's options for it.
        joined_types: The object types of which other files hold items.

    Raises:
        MappingError: two presets fit equally well, or the mapping cannot be read.
    """
    objects = source.head().objects
    if type_of_objects(objects):
        return None
    path, name, said = source.path, file_name(argument, source), argument.object_type
    if options.mapping is not None:
        file = find_mapping(options.mapping)
        if said not in {None, file.object_type} or lacking_anchors(file, names_of(objects)):
            return None
    else:
        found = recognise_objects_of(objects, str(path), said, name=name)
        found = found or recognise_preset(path, names_of(objects), said, items="", name=name)
        if found is None:
            return None
        file = found
    if file.is_for_objects or file.refusal or file.record:
        return None
    has_items_elsewhere = file.object_type in joined_types and not file.items
    return file if asks_for_rows(file) or file.lines or has_items_elsewhere else None


def refuse_lists(flat: FlatObjects, unmapped: Collection[str], file: MappingFile) -> None:
    """Refuse objects that hold lists of objects of which a mapping for tables knows nothing.

    Raises:
        MappingError: there are such lists.
    """
    if lists := sorted(flat.lists.intersection(unmapped)):
        quoted = ", ".join(f"'{name}'" for name in lists)
        raise MappingError(
            f"{flat.path}: the mapping '{file.name}' is for tables, and the objects hold lists of "
            f"objects: {quoted}",
            hint="Name them under drop in [columns], or write a mapping for JSON, which calls the "
            "values of their elements line_items[].sku.",
        )
