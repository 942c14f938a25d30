"""What a mapping is, to those who prepare tables with it, and what a mapping file says."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ometria_import.choices import Unmapped
from ometria_import.mapping.cells import MappedRows
from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.cutting import Cutter
from ometria_import.mapping.expressions.forms import Form
from ometria_import.mapping.expressions.model import Expression
from ometria_import.mapping.expressions.pairs import Pairs
from ometria_import.mapping.targets import Target
from ometria_import.schema import Field, ObjectSchema, ObjectType
from ometria_import.schema.field_types import Conventions


class TableMapping(Protocol):
    """Which column of a table feeds which field: the seam between sources and preparing.

    Tables are `pyarrow.Table`s of text columns without nulls, with the header that the mapping
    was made for. Methods may be called from several threads.
    """

    @property
    def schema(self) -> ObjectSchema:
        """What its records are."""
        ...

    @property
    def name(self) -> str:
        """Name of the preset or file; empty where the columns bear Ometria's own names."""
        ...

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Columns that it does not know what to do with."""
        ...

    @property
    def keeps_unmapped(self) -> bool:
        """Whether those go into `properties`."""
        ...

    @property
    def type_column(self) -> str:
        """The column that holds `@type`, or empty."""
        ...

    def fields(self) -> dict[str, Field]:
        """The fields that something feeds, by full path."""
        ...

    def column_of(self, path: str) -> str:
        """The column that feeds a field, for messages; the path itself where none does."""
        ...

    def conventions(self, path: str, given: Conventions) -> Conventions:
        """How the texts of a field are to be read; `given` is what the user said."""
        ...

    def texts(self, table: Any) -> dict[str, Any]:
        """The texts of every field that something feeds, by full path."""
        ...

    def group_keys(self, table: Any) -> Any | None:
        """What rows of one record have in common, a `pyarrow.StringArray`.

        None where every row is a record of its own. Rows with a blank key stay on their own.
        """
        ...

    @property
    def ignores_case(self) -> bool:
        """Whether keys that differ by case only are one."""
        ...

    def left_out(self, table: Any) -> Any | None:
        """Which rows are no record and no item of their own, a mask; None where none is."""
        ...

    def own_rows(self, table: Any) -> tuple[Any, str] | None:
        """Which rows a record needs one of, a mask, and why it is none without.

        None where any row makes a record.
        """
        ...

    def apply(self, table: Any) -> MappedRows:
        """Give the cells of a table to their fields."""
        ...


@dataclass(frozen=True, slots=True)
class Anchors:
    """Column names by which a file is recognised."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    at_least: int = 1
    """How many of `any` must be there, where it names some."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One of the headers that a platform's export had over the years."""

    name: str
    has: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an export cannot be imported, and which can."""

    reason: str
    instead: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that the file does not say and the user does."""

    name: str
    about: str
    required: bool
    default: str
    unless: tuple[str, ...] = ()
    """Columns with any of which the file says it itself, so that it is not required."""
    one_of: tuple[str, ...] = ()
    """The words that it may say; empty where any will do."""


@dataclass(frozen=True, slots=True)
class ColumnPolicy:
    """What holds for all columns."""

    may_lack: bool = False
    unmapped: Unmapped = Unmapped.PROPERTIES
    drop: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldSource:
    """What feeds a field."""

    target: Target
    source: Expression
    conventions: dict[str, str]
    """Those that stand at the source; settings in braces."""
    keys: tuple[str, ...]
    """Where in the file it stands."""
    is_list: bool = False
    """Whether its texts are JSON lists, one attribute for each part."""
    true_wins: bool = False
    """Whether of several rows of a record one that says true counts, and not the first."""
    form: Form | None = None
    """The one way in which its texts may be written, if there is only one."""


@dataclass(frozen=True, slots=True)
class NamedValues:
    """Attributes, options or custom fields whose names are values themselves."""

    into: str
    name: str = ""
    value: str = ""
    column: str = ""
    pairs: Pairs = field(default_factory=Pairs)
    columns: str = ""
    cutter: Cutter | None = None
    """Where a cell holds several values."""
    leave_out: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    when: Condition | None = None

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The columns that it names outright."""
        condition = self.when.columns() if self.when else ()
        return tuple(each for each in (self.name, self.value, self.column, *condition) if each)


@dataclass(frozen=True, slots=True)
class Packing:
    """How items are packed into a cell."""

    column: str
    names: tuple[str, ...]
    items_between: str = ""
    parts_between: str = ""
    within: str = ""
    by_position: bool = False


@dataclass(frozen=True, slots=True)
class ItemSource:
    """What makes the items of one kind."""

    name: str
    fields: tuple[FieldSource, ...]
    where: Condition | None = None
    packing: Packing | None = None
    named_values: tuple[NamedValues, ...] = ()
    drops_out_of_place: bool = False
    """Whether items of records that have none of their kind are dropped without a word."""


@dataclass(frozen=True, slots=True)
class MemberSource:
    """What makes records of the single rows of a group, beside the record of the group."""

    fields: tuple[FieldSource, ...]
    where: Condition | None = None
    """Which rows are members; None: all that are not left out."""
    fill_down: tuple[str, ...] = ()
    """Columns in which a blank cell takes the first value of its group that is not blank."""
    named_values: tuple[NamedValues, ...] = ()

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The columns that it uses and names outright."""
        return (
            *(name for each in self.fields for name in each.source.columns()),
            *(name for each in self.named_values for name in each.named_columns),
            *(self.where.columns() if self.where else ()),
        )


@dataclass(frozen=True, slots=True)
class OwnRow:
    """The row that a record cannot do without: other rows only say more of it."""

    where: Condition
    reason: str
    """Why a record without such a row is rejected."""


@dataclass(frozen=True, slots=True)
class LookupSource:
    """Which cells of a row name others, and what is to be known there of the naming row."""

    names: Expression
    is_list: bool
    """Whether each of its texts is a JSON list of names, and not one name."""
    gives: str
    """The column whose cell the named rows get."""


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping as its file says it, checked, before it meets a header."""

    place: Path
    name: str
    object_type: ObjectType
    title: str = ""
    platform: str = ""
    export: str = ""
    anchors: Anchors | None = None
    generations: tuple[Generation, ...] = ()
    refusal: Refusal | None = None
    settings: tuple[Setting, ...] = ()
    columns: ColumnPolicy = field(default_factory=ColumnPolicy)
    conventions: dict[str, str] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    leave_out: tuple[Condition, ...] = ()
    fields: tuple[FieldSource, ...] = ()
    items: tuple[ItemSource, ...] = ()
    named_values: tuple[NamedValues, ...] = ()
    text: str = ""
    """The file itself, for finding lines and for showing it."""
    fills_down: bool = False
    """Whether a row with a blank key belongs to the record of the row above."""

    notes: tuple[str, ...] = ()
    """What the export cannot say, and where to get it: sentences for people."""
    members: MemberSource | None = None
    ignores_case: bool = False
    """Whether `group_by` and lookups take `SKU1` and `sku1` for one."""
    own_row: OwnRow | None = None
    lookups: dict[str, LookupSource] = field(default_factory=dict)

    @property
    def item_fields(self) -> tuple[FieldSource, ...]:
        """Those of the record's items."""
        return tuple(each for item in self.items for each in item.fields)

    @property
    def all_fields(self) -> tuple[FieldSource, ...]:
        """Those of the record, of its items and of its members."""
        of_members = self.members.fields if self.members else ()
        return (*self.fields, *self.item_fields, *of_members)
