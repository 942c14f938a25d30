"""Two columns of one name: a mapping must say of both what they are, or neither may matter."""

from __future__ import annotations

from pathlib import Path

from ometria_import.errors import MappingError
from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.sources import TableSource
from ometria_import.sources.header import WHICH_IS_MEANT, RepeatedName, two_of_one_name


def unambiguous(source: TableSource, mapping: BoundMapping) -> BoundMapping:
    """The mapping of a table, if it does not use one of two columns that have one name.

    Raises:
        MappingError: it does, and says nothing of the other.
    """
    unknown = set(mapping.unmapped)
    for each in source.format.repeated_names:
        if each.name not in unknown and each.called in unknown:
            raise _ambiguous(source.path, each)
    return mapping


def refuse_ambiguous(source: TableSource) -> None:
    """Refuse a table in which two columns have one name, where no mapping tells them apart.

    Raises:
        MappingError: there are two.
    """
    for each in source.format.repeated_names:
        raise _ambiguous(source.path, each)


def _ambiguous(path: Path, found: RepeatedName) -> MappingError:
    hint = f"{WHICH_IS_MEANT} A mapping can use both: it calls the second one '{found.called}'."
    return MappingError(two_of_one_name(path, found), hint=hint)
