"""Opening the sources of one input: what each is and how its columns map, before any is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ometria_import.mapping.events import named_events, recognise_events
from ometria_import.mapping.filling_down import fill_down
from ometria_import.mapping.model import TableMapping
from ometria_import.mapping.objects import keys_of
from ometria_import.mapping.recognition import SourceArgument, recognise, type_of_objects
from ometria_import.mapping.secret_columns import hide_secrets
from ometria_import.prepare.event_views import ObjectSource, event_views
from ometria_import.prepare.mended import RunsByLine, as_mended, runs_of_table
from ometria_import.prepare.object_shapes import ApiShape, ObjectShape
from ometria_import.prepare.objects import ObjectPreparer
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.table_mappings import filled_down, table_mapping
from ometria_import.prepare.tables import TablePreparer
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.sources import (
    JsonSource,
    TableSource,
    open_any_source,
)


@dataclass(frozen=True, slots=True)
class TableInput:
    """An opened table with all that is needed to prepare it."""

    source: TableSource
    mapping: TableMapping
    preparer: TablePreparer

    @property
    def object_type(self) -> ObjectType:
        """What its records are."""
        return self.mapping.schema.object_type

    @property
    def runs(self) -> RunsByLine:
        """The runs that its rows were rejected in."""
        return runs_of_table(self.source)


@dataclass(frozen=True, slots=True)
class ObjectInput:
    """An opened JSON source, or a view of one, with all that is needed to prepare it."""

    source: ObjectSource
    object_type: ObjectType
    preparer: ObjectPreparer

    @property
    def runs(self) -> RunsByLine:
        """The runs that its objects were rejected in."""
        return self.preparer.runs


Input = TableInput | ObjectInput


def open_inputs(arguments: Sequence[SourceArgument], options: PrepareOptions) -> list[Input]:
    """Open and recognise all sources, in sending order of their object types.

    Raises:
        SourceError: a source cannot be read.
        MappingError: an object type is not certain, or a header cannot be mapped.
        UsageError: an encoding or delimiter is not known.
    """
    inputs = [each for one in arguments for each in _open(one, options.of(one))]
    order = list(ObjectType)
    return sorted(inputs, key=lambda each: order.index(each.object_type))


def _open(argument: SourceArgument, options: PrepareOptions) -> list[Input]:
    source = open_any_source(argument.path, options.reading)
    if isinstance(source, JsonSource):
        return [*_open_objects(source, argument, options)]
    hidden = hide_secrets(source)
    mapping = table_mapping(as_mended(hidden), argument.object_type, options)
    source = as_mended(fill_down(hidden, filled_down(mapping)))
    return [TableInput(source, mapping, TablePreparer(source, mapping, options))]


def _open_objects(
    source: JsonSource, argument: SourceArgument, options: PrepareOptions
) -> Iterator[ObjectInput]:
    """One input, or one for each object type where the objects are events."""
    if options.mapping is not None:
        mapping = named_events(options.mapping, options.settings)
    else:
        mapping = recognise_events(source.head().objects, options.settings)
    if mapping is None:
        shape = ApiShape(SCHEMAS[argument.object_type or _recognised(source)])
        yield _object_input(source, shape, options)
    else:
        for view in event_views(source, mapping, argument.object_type):
            yield _object_input(view, view.shape, options)


def _object_input(source: ObjectSource, shape: ObjectShape, options: PrepareOptions) -> ObjectInput:
    preparer = ObjectPreparer(source, shape, options)
    return ObjectInput(source, shape.schema.object_type, preparer)


def _recognised(source: JsonSource) -> ObjectType:
    objects = source.head().objects
    return recognise(source.path, keys_of(objects), type_of_objects(objects))
