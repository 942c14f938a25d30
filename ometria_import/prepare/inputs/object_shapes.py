"""What the objects of a JSON source are: records in the API's own shape, or events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ometria_import.mapping.cells import Cells
from ometria_import.mapping.objects.objects import map_objects
from ometria_import.mapping.targets import same_type, type_of
from ometria_import.problems import shorten
from ometria_import.schema import ObjectSchema


class ObjectShape(Protocol):
    """How objects become the cells of one object type; methods may be called from threads."""

    @property
    def schema(self) -> ObjectSchema:
        """What the records are."""
        ...

    def misfit(self, record: dict[str, Any]) -> tuple[str, str] | None:
        """What an object says it is, and why it is no such record; None where it is one."""
        ...

    def map(
        self, objects: list[dict[str, Any]], *, keep_unknown: bool
    ) -> tuple[Cells, dict[str, bool]]:
        """Give the values of objects to their fields, as `map_objects` does."""
        ...


@dataclass(frozen=True, slots=True)
class ApiShape:
    """Objects as the push API takes them."""

    schema: ObjectSchema

    def misfit(self, record: dict[str, Any]) -> tuple[str, str] | None:
        """An object is a record unless its `@type` says another object type."""
        said = type_of(record)
        if same_type(said, self.schema.object_type):
            return None
        name = shorten(str(said))
        own = self.schema.object_type
        return name, f"its @type is '{name}', the source holds {own} records"

    def map(
        self, objects: list[dict[str, Any]], *, keep_unknown: bool
    ) -> tuple[Cells, dict[str, bool]]:
        """Each key is the field of its name."""
        return map_objects(self.schema, objects, keep_unknown=keep_unknown)


@dataclass(frozen=True, slots=True)
class SeveralTypes(ApiShape):
    """Objects as the push API takes them, of one type among others in the same file."""

    def misfit(self, record: dict[str, Any]) -> tuple[str, str] | None:
        """An object is a record where its `@type` says the object type."""
        said = type_of(record)
        if said is None or not str(said).strip():
            return "", "it has no @type, and the file holds records of several object types"
        name = shorten(str(said))
        if same_type(said, self.schema.object_type):
            return None
        return name, f"its @type is '{name}', which is not an object type"
