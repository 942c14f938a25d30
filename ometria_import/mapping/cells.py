"""Field columns: the cells of a chunk under their fields' names, before they are normalised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ometria_import.mapping.targets import TargetKind
from ometria_import.problems import Located

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Texts = Any
"""A `pyarrow.StringArray`; an empty text is an absent value."""


@dataclass(slots=True)
class OptionCells:
    """One type of attribute or variant option as columns; a missing half repeats the other."""

    type: str
    id: Texts | None = None
    label: Texts | None = None


class Place(NamedTuple):
    """What the texts of a column are of."""

    kind: TargetKind
    name: str
    """The field's path, the name of the custom field, or the option's type."""
    options: str = ""
    """Name of the options member, for options."""

    @property
    def path(self) -> str:
        """The path within the record or item."""
        if self.kind is TargetKind.PROPERTY:
            return f"properties.{self.name}"
        return f"{self.options}.{self.name}" if self.options else self.name


@dataclass(slots=True)
class Cells:
    """The texts of `length` records, or of the items of such records, in columns.

    Paths are dotted and relative to the owner: `shipping_address.city` for an order,
    `totals.base.tax` for a line item.
    """

    length: int
    fields: dict[str, Texts] = field(default_factory=dict)
    properties: dict[str, Texts] = field(default_factory=dict)
    """Custom fields as texts by name."""
    raw_properties: Texts | None = None
    """Custom fields as JSON objects, where the source is JSON."""
    raw_property_kinds: dict[str, str] = field(default_factory=dict)
    """The custom fields in `raw_properties`: what they are, by name, as `kind_of` says it."""
    options: dict[str, list[OptionCells]] = field(default_factory=dict)
    """Attributes or variant options that came as columns."""
    items: dict[str, ItemCells] = field(default_factory=dict)
    """Line items, listings, and options that came as JSON lists."""
    findings: list[Located] = field(default_factory=list)
    """JSON values of the wrong shape for their field, found before they could be texts."""
    true_wins: frozenset[str] = frozenset()
    """Fields that are true where one of several rows says so, and not what the first row says."""
    may_be_out_of_place: bool = False
    """Whether these are items that records without items of their kind lose without a word."""

    def columns(self) -> Iterator[tuple[Place, Texts]]:
        """The columns of this level, each with what it is of."""
        for name, texts in self.fields.items():
            yield Place(TargetKind.FIELD, name), texts
        for name, texts in self.properties.items():
            yield Place(TargetKind.PROPERTY, name), texts
        for options, types in self.options.items():
            for each in types:
                if each.id is not None:
                    yield Place(TargetKind.OPTION_ID, each.type, options), each.id
                if each.label is not None:
                    yield Place(TargetKind.OPTION_LABEL, each.type, options), each.label

    def put(self, place: Place, texts: Texts) -> None:
        """Add a column."""
        if place.kind is TargetKind.FIELD:
            self.fields[place.name] = texts
            return
        if place.kind is TargetKind.PROPERTY:
            self.properties[place.name] = texts
            return
        types = self.options.setdefault(place.options, [])
        option = next((each for each in types if each.type == place.name), None)
        if option is None:
            option = OptionCells(place.name)
            types.append(option)
        if place.kind is TargetKind.OPTION_ID:
            option.id = texts
        else:
            option.label = texts

    def changed(self, length: int, change: Callable[[str, Texts], Texts]) -> Cells:
        """The same columns with other entries; without items and findings.

        Args:
            length: The resulting number of entries.
            change: Makes the texts of a column out of its path and its texts.
        """
        cells = Cells(
            length, true_wins=self.true_wins, may_be_out_of_place=self.may_be_out_of_place
        )
        for place, texts in self.columns():
            cells.put(place, change(place.path, texts))
        return cells

    def take(self, rows: Any) -> Cells:
        """The entries with the given numbers, a `pyarrow.Array`; without items and findings."""
        return self.changed(len(rows), lambda _, texts: texts.take(rows))


@dataclass(slots=True)
class ItemCells:
    """Items of many records, in the order of their parents."""

    parents: npt.NDArray[np.int64]
    """Index of each item's parent; never decreasing."""
    rows: npt.NDArray[np.int64]
    """Index of the source row that each item stands in."""
    cells: Cells


@dataclass(slots=True)
class MappedRows:
    """What a mapping makes of the rows of a table, before rows are put together."""

    record: Cells
    """One entry per row."""
    items: dict[str, ItemCells]
    """Line items and listings by name; their parents are rows."""
    members: ItemCells | None = None
    """Records that single rows make beside the record of their group; their parents are rows."""


class MappedObjects(NamedTuple):
    """What objects become."""

    cells: Cells
    """One entry per object."""
    unknown: dict[str, bool]
    """The keys that no field knows, each with whether its values are kept."""
    members: ItemCells | None = None
    """Records that elements of the objects make beside those; their parents are objects."""


def is_filled(texts: Texts) -> npt.NDArray[np.bool_]:
    """Which cells hold more than blanks."""
    import pyarrow.compute as pc

    filled = pc.not_equal(pc.utf8_trim_whitespace(texts), "")
    mask: npt.NDArray[np.bool_] = filled.to_numpy(zero_copy_only=False)
    return mask
