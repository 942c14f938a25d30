"""What a mapping makes of JSON objects: which of them become what, and the cells of each record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ometria_import.mapping.binding.conventions import conventions_of
from ometria_import.mapping.cells import Cells, ItemCells, MappedObjects
from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.model import ELEMENTS
from ometria_import.mapping.expressions.origins import value_columns
from ometria_import.mapping.model import Anchors, ItemSource, MappingFile, MemberSource
from ometria_import.mapping.objects.children import with_children
from ometria_import.mapping.objects.elements import ElementRows, ObjectRows
from ometria_import.mapping.objects.making import Making, misshapen
from ometria_import.mapping.objects.rows import Objects, is_blank, shown
from ometria_import.mapping.objects.values import Json
from ometria_import.problems import Located
from ometria_import.schema import SCHEMAS, Field, Group, Member, ObjectSchema, ObjectType
from ometria_import.schema.field_types import Conventions, FieldTypeName

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class ObjectMapping:
    """A mapping file with what the user set."""

    file: MappingFile
    settings: Mapping[str, str]

    @cached_property
    def records(self) -> tuple[MappingFile, ...]:
        """What makes the records of each object type."""
        return self.file.records or (self.file,)

    def chosen(self, objects: Objects) -> list[int]:
        """Which of the `records` takes each object, the first that does; -1 where none does."""
        import numpy as np

        rows = self.rows(objects)
        chosen = np.full(len(objects), -1)
        for number in reversed(range(len(self.records))):
            chosen[_holds(self.records[number].where, rows)] = number
        found: list[int] = chosen.tolist()
        return found

    def shapes(self, types: Iterable[ObjectType], *, is_alone: bool) -> list[MappedShape]:
        """What becomes of objects of some object types; of one type that the user says, alone."""
        numbers = {each.object_type: number for number, each in enumerate(self.records)}
        return [MappedShape(self, numbers[each], is_alone) for each in types]

    def rows(self, objects: Objects, ids: frozenset[str] = frozenset()) -> ObjectRows:
        """The objects as rows."""
        return ObjectRows(objects, self.settings, self.file.columns, ids)


def are_known(anchors: Anchors, objects: Objects) -> list[bool]:
    """Which objects are of a mapping's files."""
    import numpy as np

    rows = ObjectRows(objects, {})
    mask = _holds((*anchors.where, Condition(blank=anchors.none)), rows)
    plain = [name for name in anchors.any if ELEMENTS not in name and "*" not in name]
    if plain and len(plain) == len(anchors.any):
        some = np.zeros(len(objects), np.int64)
        for name in plain:
            some += _holds((Condition(filled=(name,)),), rows)
        mask &= some >= anchors.at_least
    found: list[bool] = mask.tolist()
    return found


def _holds(conditions: Sequence[Condition], rows: ObjectRows) -> npt.NDArray[np.bool_]:
    import numpy as np

    mask = np.ones(rows.length, bool)
    for each in conditions:
        mask &= each.holds(rows).to_numpy(zero_copy_only=False)
    return mask


@dataclass(frozen=True)
class MappedShape:
    """The records of one object type that a mapping makes of objects; an `ObjectShape`."""

    mapping: ObjectMapping
    number: int
    """Which of the mapping's records they are."""
    is_alone: bool = False
    """Whether it was said outright that the file holds only such records."""

    @property
    def _record(self) -> MappingFile:
        return self.mapping.records[self.number]

    @cached_property
    def schema(self) -> ObjectSchema:
        """What the records are, with what the mapping requires beyond it."""
        schema, required = SCHEMAS[self._record.object_type], frozenset(self._record.required)
        return replace(schema, members=_with_required(schema.members, required, ""))

    @property
    def joins_by_email(self) -> bool:
        """Whether its contacts without an id belong to those with their email."""
        return self.mapping.file.joins_by_email

    @property
    def are_events(self) -> bool:
        """Objects of several kinds tell of moments, unless they are the records of a database."""
        return bool(self.mapping.file.records) and self.mapping.file.nest is None

    @property
    def sums(self) -> dict[str, str]:
        """The fields of records that may be sums of fields of their items."""
        return self._record.sums

    @property
    def items_expected(self) -> tuple[str, ...]:
        """The arrays of items that some record must have, if parts were put together.

        Then somebody chose what is in the file, and may have forgotten the items.
        """
        if self.mapping.file.nest is None:
            return ()
        return tuple(each.each.partition(ELEMENTS)[0] for each in self._record.items)

    def columns_of(self, path: str) -> tuple[str, ...]:
        """The names in the objects that may feed a field, in the order in which they are tried."""
        for each in self._record.all_fields:
            if each.target.path == path:
                return tuple(dict.fromkeys(value_columns(each.source)))
        return ()

    def conventions(self, path: str, given: Conventions) -> Conventions:
        """What stands at the field's source, else what the user said, else the mapping."""
        return conventions_of(self._record, self.mapping.settings, path, given)

    def shown(self, objects: Objects, *, with_strays: bool) -> list[bool]:
        """Which objects are such records, or with the strays records of no view."""
        return [
            each == self.number or (with_strays and (each < 0 or self.is_alone))
            for each in self.mapping.chosen(objects)
        ]

    def misfits(self, objects: Objects) -> dict[int, tuple[str, str]]:
        """What objects say they are, and why they are no such records, by their index."""
        return {
            row: self._misfit(objects[row], chosen)
            for row, chosen in enumerate(self.mapping.chosen(objects))
            if chosen != self.number
        }

    def _misfit(self, record: dict[str, Json], chosen: int) -> tuple[str, str]:
        file = self.mapping.file
        (kind,) = self.mapping.rows([record]).values(file.kind)
        said = "" if is_blank(kind) else shown(kind)
        words = f"its {file.kind} is '{said}'" if said else f"it has no {file.kind}"
        if chosen < 0:
            return said, f"{words}; {file.otherwise}"
        other, own = self.mapping.records[chosen].object_type, self._record.object_type
        return said, f"it makes a {other}, the source holds {own} records"

    def left_out(self, objects: Objects) -> list[bool]:
        """Which objects are no records, for they are not wanted."""
        import numpy as np

        conditions, rows = self.mapping.file.leave_out, self.mapping.rows(objects)
        mask = np.zeros(rows.length, bool)
        for each in conditions:
            mask |= _holds((each,), rows)
        found: list[bool] = mask.tolist()
        return found

    def map(self, objects: Objects, *, keep_unknown: bool) -> MappedObjects:
        """Give the values of objects to their fields."""
        import numpy as np
        import pyarrow as pa

        rows = self.mapping.rows(objects, self._ids)
        making = Making(keep_unknown)
        record = self._record
        cells = making.cells(record, self.schema.members, "", rows, np.arange(rows.length))
        kinds = {each.name: each.members for each in self.schema.items()}
        for item in record.items:
            found = self._elements(item, rows, cells)
            if not found.length:
                continue
            inner = making.cells(item, kinds[item.name], f"{item.name}.", found, found.row_of)
            inner.may_be_out_of_place = item.drops_out_of_place
            cells.items[item.name] = ItemCells(found.row_of, found.row_of, inner)
            cells.findings.extend(inner.findings)
        members = self._members(record.members, making, rows) if record.members else None
        if members is not None:
            cells.findings.extend(members.cells.findings)
        of_items = {item.each for item in record.items}
        for array, misfits in rows.misfits.items():
            for row, value, message in () if array in of_items else misfits:
                path = array.removesuffix(ELEMENTS)
                cells.findings.append(misshapen(row, path, value, message))
        for path in record.required:
            # An empty group would else be passed over, and nobody would miss what it lacks.
            cells.fields.setdefault(path, pa.array([""] * rows.length, pa.string()))
        # Of keys that no field knows those within other objects are told of first.
        unknown = sorted(making.unknown.items(), key=lambda each: "." not in each[0])
        return MappedObjects(cells, dict(unknown), members)

    def _members(self, members: MemberSource, making: Making, rows: ObjectRows) -> ItemCells | None:
        """The elements that are records of their own beside that of their object."""
        found = rows.elements(members.each, members.where)
        if not found.length:
            return None
        cells = making.cells(members, self.schema.members, "", found, found.row_of)
        return ItemCells(found.row_of, found.row_of, cells)

    def _elements(self, item: ItemSource, rows: ObjectRows, cells: Cells) -> ElementRows:
        """The elements that are such items; what is none is reported."""
        found = rows.elements(item.each)
        for row, value, message in found.misfits:
            cells.findings.append(misshapen(row, item.name, value, message))
        if item.children is not None and found.length:
            found, orphans = with_children(found, item.children)
            cells.findings.extend(
                Located(row, f"{item.name}.{item.children.parent}", value, finding)
                for row, value, finding in orphans
            )
        return found.where(item.where)

    @cached_property
    def _ids(self) -> frozenset[str]:
        """The cells that feed ids."""
        return frozenset(
            name
            for each in self._record.all_fields
            if each.type is FieldTypeName.ID
            for name in value_columns(each.source)
        )


def _with_required(
    members: tuple[Member, ...], paths: frozenset[str], prefix: str
) -> tuple[Member, ...]:
    """The members of a schema, with the fields at some paths mandatory, too."""
    found: list[Member] = []
    for member in members:
        path = f"{prefix}{member.name}"
        if isinstance(member, Field) and path in paths:
            found.append(replace(member, required=True))
        elif isinstance(member, Group):
            inner = _with_required(member.members, paths, f"{path}.")
            found.append(replace(member, members=inner))
        else:
            found.append(member)
    return tuple(found)
