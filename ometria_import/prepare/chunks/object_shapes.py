"""The shape of a JSON source's objects: records in the API's own form, or mapped objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ometria_import.mapping.cells import MappedObjects
from ometria_import.mapping.objects.objects import map_objects
from ometria_import.mapping.targets import same_type, type_of
from ometria_import.problems import shorten
from ometria_import.schema import ObjectSchema, ObjectType
from ometria_import.schema.field_types import Conventions


class ObjectShape(Protocol):
    """How objects become the cells of one object type; its methods are thread-safe."""

    @property
    def schema(self) -> ObjectSchema:
        """The schema of the records."""
        ...

    @property
    def are_events(self) -> bool:
        """Whether the objects are events: two events of one order may have different times."""
        ...

    @property
    def sums(self) -> Mapping[str, str]:
        """The fields that may be sums of fields of items, and which these are."""
        ...

    @property
    def joins_by_email(self) -> bool:
        """Whether its contacts without an id belong to those with their email."""
        ...

    def shown(self, objects: list[dict[str, Any]], *, with_strays: bool) -> list[bool]:
        """A mask of the objects that are such records, for files that hold several object types.

        Args:
            objects: Some objects of the file.
            with_strays: Whether to include objects that are records of no known type.
        """
        ...

    def misfits(self, objects: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
        """The type that misfitting objects claim and why they do not fit, by index."""
        ...

    def conventions(self, path: str, given: Conventions) -> Conventions:
        """The conventions by which a field's texts are read; `given` are the user's settings."""
        ...

    def left_out(self, objects: list[dict[str, Any]]) -> list[bool]:
        """A mask of the objects that the mapping leaves out."""
        ...

    def map(self, objects: list[dict[str, Any]], *, keep_unknown: bool) -> MappedObjects:
        """Give the values of objects to their fields, as `map_objects` does."""
        ...


@dataclass(frozen=True, slots=True)
class ApiShape:
    """Objects as the push API takes them."""

    schema: ObjectSchema
    are_events: ClassVar[bool] = False
    sums: ClassVar[Mapping[str, str]] = {}
    joins_by_email: ClassVar[bool] = False

    def shown(self, objects: list[dict[str, Any]], *, with_strays: bool) -> list[bool]:
        """The objects of this type, and the objects without any type."""
        own = self.schema.object_type
        return [(said := own_type(each)) is own or (with_strays and not said) for each in objects]

    def misfits(self, objects: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
        """An object is a record unless its `@type` says another object type."""
        said = [*map(type_of, objects)]
        own = self.schema.object_type
        if set(map(type, said)) <= _PLAIN and all(same_type(each, own) for each in set(said)):
            return {}
        return {
            number: self._misfit(each)
            for number, each in enumerate(said)
            if not same_type(each, own)
        }

    def _misfit(self, said: object) -> tuple[str, str]:
        name = shorten(str(said))
        own = self.schema.object_type
        return name, f"its @type is '{name}', the source holds {own} records"

    def conventions(self, path: str, given: Conventions) -> Conventions:  # noqa: ARG002 -- seam
        """The user's settings; the field has no conventions of its own here."""
        return given

    def left_out(self, objects: list[dict[str, Any]]) -> list[bool]:
        """None of them: there is no mapping."""
        return [False] * len(objects)

    def map(self, objects: list[dict[str, Any]], *, keep_unknown: bool) -> MappedObjects:
        """Map each key to the field with the same name."""
        return MappedObjects(*map_objects(self.schema, objects, keep_unknown=keep_unknown))


@dataclass(frozen=True, slots=True)
class SeveralTypes(ApiShape):
    """Objects as the push API takes them, of one type among others in the same file."""

    def misfits(self, objects: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
        """An object is a record where its `@type` says the object type."""
        own = self.schema.object_type
        return {
            number: self._misfit(type_of(record))
            for number, record in enumerate(objects)
            if own_type(record) is not own
        }

    def _misfit(self, said: object) -> tuple[str, str]:
        if said is None or not str(said).strip():
            return "", "it has no @type, and the file holds records of several object types"
        name = shorten(str(said))
        return name, f"its @type is '{name}', which is not an object type"


def own_type(record: Mapping[str, Any]) -> ObjectType | None:
    """The object type that a record says it is; None where it says none, or one there is not."""
    return _TYPES.get(str(type_of(record)).strip().lower())


_PLAIN = frozenset({str, type(None)})
_TYPES: dict[str, ObjectType] = {str(each): each for each in ObjectType}
