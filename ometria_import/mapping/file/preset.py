"""A mapping that ships: what recognition asks of it at once, and all the rest once it is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ometria_import.mapping.file.heading import HeadingReader, object_type_of, settings_of
from ometria_import.mapping.file.items_named import with_items_named
from ometria_import.mapping.file.nesting import read_nest
from ometria_import.mapping.file.place import Section, load_values
from ometria_import.mapping.file.read import has_several, heading_of, parse_mapping
from ometria_import.mapping.model import (
    Anchors,
    ColumnPolicy,
    LinesElsewhere,
    MappingFile,
    Refusal,
    Setting,
)
from ometria_import.mapping.objects.nest import Nest
from ometria_import.schema import ObjectType


@dataclass(frozen=True)
class Preset:
    """A preset's heading, of which nothing is read twice.

    Most of the work is to read and check fields, and a command asks for those of a preset or two.
    """

    place: Path
    text: str
    """The file itself."""
    values: dict[str, Any] | None = field(default=None, compare=False, repr=False)
    """What its TOML says, where that has been read already."""

    @cached_property
    def file(self) -> MappingFile:
        """The whole mapping.

        Raises:
            MappingError: it is wrong, a bug.
        """
        return parse_mapping(self.place, self.text)

    @cached_property
    def _heading(self) -> HeadingReader:
        values = self.values or load_values(self.place, self.text)
        return heading_of(with_items_named(Section(self.place, self.text, values)))

    @property
    def _root(self) -> Section:
        return self._heading.root

    @cached_property
    def name(self) -> str:
        """What it is called."""
        return self._root.text_of("name", self.place.stem)

    @property
    def title(self) -> str:
        """What it is for, in a few words."""
        return self._root.text_of("title", "")

    @property
    def platform(self) -> str:
        """Whose exports it reads."""
        return self._root.text_of("platform", "")

    @property
    def export(self) -> str:
        """Where the platform's menus have the right file."""
        return self._root.text_of("export", "")

    @property
    def is_for_objects(self) -> bool:
        """Whether it names what only JSON has; for this it is read as a whole."""
        return self.file.is_for_objects

    @cached_property
    def has_several(self) -> bool:
        """Whether it is for objects of several kinds."""
        return has_several(self._root)

    @cached_property
    def object_types(self) -> tuple[ObjectType, ...]:
        """What its records are, in sending order."""
        own = set(map(object_type_of, self._root.sections("records") or (self._root,)))
        return tuple(each for each in ObjectType if each in own)

    @cached_property
    def items_alone(self) -> str:
        """Name of the items that its rows are, where they are items of records in other files."""
        if "record" not in self._root.section("rows").values:
            return ""
        return next(iter(self._root.section("items").values), "")

    @cached_property
    def anchors(self) -> Anchors | None:
        """By which columns a file is recognised."""
        return self._heading.anchors()

    @cached_property
    def columns(self) -> ColumnPolicy:
        """What holds for all columns."""
        return self._heading.columns()

    @cached_property
    def nest(self) -> Nest | None:
        """How objects name what they belong to."""
        return read_nest(self._root)

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """What the user is to say."""
        return settings_of(self._root)

    @property
    def lines(self) -> LinesElsewhere | None:
        """Where the items are that its records cannot do without."""
        return self._heading.lines()

    @property
    def refusal(self) -> Refusal | None:
        """Why such files cannot be imported."""
        return self._heading.refusal()
