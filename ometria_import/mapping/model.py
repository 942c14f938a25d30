"""What a mapping file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ometria_import.mapping.expressions.arrays import array_origins, asks_for_null
from ometria_import.mapping.expressions.conditions import Condition
from ometria_import.mapping.expressions.cutting import Cutter, Pairs
from ometria_import.mapping.expressions.forms import Form
from ometria_import.mapping.expressions.model import Expression
from ometria_import.mapping.expressions.origins import Word
from ometria_import.mapping.objects.nest import Nest
from ometria_import.mapping.targets import Target, TargetKind
from ometria_import.options.choices import Unmapped
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types import FieldTypeName


@dataclass(frozen=True, slots=True)
class Anchors:
    """Column names by which a file is recognised."""

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    at_least: int = 1
    """How many of `any` must be there, where it names some."""
    where: tuple[Condition, ...] = ()
    """What an object must say, where the files are JSON."""
    file: tuple[str, ...] = ()
    """Patterns of which the file's own name must fit one, where there are some."""
    spelt: tuple[str, ...] = ()
    """Names that must be there with the same characters; only their case may differ."""
    is_alone: bool = False
    """Whether a file that has other columns, too, is another."""


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
class LinesElsewhere:
    """Where the items of a mapping's records are, if not in the same file."""

    mapping: str
    """Name of the mapping that such files are read with."""
    about: str
    """What the other file is, for people."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that the file does not say and the user does."""

    name: str
    about: str
    required: bool
    default: str
    unless: tuple[str, ...] = ()
    """Columns with any of which the file says it itself, so that it is not required."""
    unless_file: tuple[str, ...] = ()
    """Patterns of file names by which the file says it itself, so that it is not required."""
    one_of: tuple[str, ...] = ()
    """The words that it may say; empty where any will do."""
    of: tuple[ObjectType, ...] = ()
    """The object types that it is required for; empty where it is for all."""


@dataclass(frozen=True, slots=True)
class ColumnPolicy:
    """What holds for all columns."""

    may_lack: bool = False
    unmapped: Unmapped = Unmapped.PROPERTIES
    drop: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_exact: bool = False
    """Whether columns are called as one header spells them: names that differ by case are two."""


@dataclass(frozen=True, slots=True)
class FieldSource:
    """What feeds a field."""

    target: Target
    source: Expression
    conventions: dict[str, str] = field(default_factory=dict)
    """Those that stand at the source; settings in braces."""
    keys: tuple[str, ...] = ()
    """Where in the file it stands."""
    is_list: bool = False
    """Whether its texts are JSON lists, one attribute for each part."""
    true_wins: bool = False
    """Whether of several rows of a record one that says true counts, and not the first."""
    form: Form | None = None
    """The one way in which its texts may be written, if there is only one."""
    type: FieldTypeName | None = None
    """Of the field; None where it feeds something else."""
    sum_of: str = ""
    """The field of the record's items that is added up where it gives nothing else."""


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
    each: str = ""
    """The array in whose elements name and value stand, where the file is JSON."""
    pair: tuple[Expression, Expression] | None = None
    """Sources of name and value, where these are not just columns."""

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The columns that it names outright."""
        condition = self.when.columns() if self.when else ()
        sources = (name for each in self.pair or () for name in each.columns())
        own = (self.each, self.name, self.value, self.column, *sources, *condition)
        return tuple(each for each in own if each)


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
class Rest:
    """Where the keys of an object go that feed nothing."""

    into: str
    """Empty where they are left out; so are they where something else feeds it."""
    places: tuple[str, ...]
    """The names of the objects whose keys they are; of a key in several, the first counts."""
    used: frozenset[str]
    """Keys that feed something, or that are left out."""
    words: Mapping[str, tuple[Word, ...]] = field(default_factory=dict)
    """Keys that feed something only where they have so many words."""
    prefix: str = ""
    """Stands before the keys where they are told of."""
    drop: tuple[str, ...] = ()
    """Patterns of keys that are left out without a word."""
    merges: bool = False
    """Whether they are kept beside single values that feed the same; else they stand back."""


@dataclass(frozen=True, slots=True)
class Children:
    """Two keys by which elements of one array name each other."""

    id: str
    parent: str


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
    each: str = ""
    """The array whose elements they are, where the file is JSON."""
    rests: tuple[Rest, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    """The groups of fields that objects feed, and the names of those objects."""
    children: Children | None = None
    """How elements name others that they belong to, and are no items of their own."""


@dataclass(frozen=True, slots=True)
class MemberSource:
    """What makes records of the single rows of a group, beside the record of the group.

    In JSON the record of the group is an object, and its members are elements of an array in it.
    """

    fields: tuple[FieldSource, ...]
    where: Condition | None = None
    """Which rows are members; None: all that are not left out."""
    fill_down: tuple[str, ...] = ()
    """Columns in which a blank cell takes the first value of its group that is not blank."""
    named_values: tuple[NamedValues, ...] = ()
    each: str = ""
    """The array whose elements they are, where the file is JSON."""
    rests: tuple[Rest, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

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


@dataclass(frozen=True)
class MappingFile:
    """A mapping as its file says it, checked, before it meets a header.

    Where columns bear Ometria's own names nobody writes one, and it is made of the header.
    """

    place: Path
    name: str
    object_type: ObjectType
    title: str = ""
    platform: str = ""
    export: str = ""
    anchors: Anchors | None = None
    generations: tuple[Generation, ...] = ()
    refusal: Refusal | None = None
    asks_for_name: bool = False
    """Whether something in it depends on what the file is called."""
    lines: LinesElsewhere | None = None
    """Where the items are that its records cannot do without."""
    settings: tuple[Setting, ...] = ()
    columns: ColumnPolicy = field(default_factory=ColumnPolicy)
    conventions: dict[str, str] = field(default_factory=dict)
    group_by: tuple[str, ...] = ()
    leave_out: tuple[Condition, ...] = ()
    left_out_give_nothing: bool = False
    """Whether rows that are left out give the record of their group no fields either."""
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
    joins_by_email: bool = False
    """Whether contacts without an id of their own belong to those with their email."""
    ignores_case: bool = False
    """Whether `group_by` and lookups take `SKU1` and `sku1` for one."""
    own_row: OwnRow | None = None
    lookups: dict[str, LookupSource] = field(default_factory=dict)
    record: FieldSource | None = None
    """What names the record of each row, where rows are items of records in other files."""
    options: str = ""
    """Name of the options that such rows are, where they are no items but give items theirs."""
    type_column: str = ""
    """The column that holds `@type`, or empty; a file that is written is for one type."""
    rests: tuple[Rest, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    """The groups of fields that objects feed, and the names of those objects."""
    where: tuple[Condition, ...] = ()
    """What objects must say to be such records, where the file holds several kinds."""
    required: tuple[str, ...] = ()
    """Fields that no record can do without, beyond those of the schema."""
    records: tuple[MappingFile, ...] = ()
    """One for each object type, where the file is for objects of several kinds."""
    kind: str = "type"
    """Where objects say what kind they are, for messages."""
    otherwise: str = ""
    """Why an object that is of no such kind is no record."""
    nest: Nest | None = None
    """How objects name what they belong to, where parts of records are objects of the file."""

    @property
    def object_types(self) -> tuple[ObjectType, ...]:
        """What its records are, in sending order."""
        own = {each.object_type for each in self.records or (self,)}
        return tuple(each for each in ObjectType if each in own)

    @property
    def items_alone(self) -> str:
        """Name of the items that its rows are, where they are items of records in other files."""
        return self.items[0].name if self.record and self.items else ""

    @property
    def asked_of(self) -> tuple[str, ...]:
        """What it is asked of objects to tell whether they are such records."""
        return tuple(name for each in self.where for name in each.columns())

    @cached_property
    def is_for_objects(self) -> bool:
        """Whether it names what only JSON has: arrays, objects, or objects of several kinds."""
        return bool(
            self.records
            or self.nest
            or self.parts
            or any(each.each for each in self.items)
            or (self.members is not None and self.members.each)
            or any(True for each in self.all_fields for _ in array_origins(each.source))
            or any(asks_for_null(each.source) for each in self.all_fields)
            or asks_for_null(self.leave_out)
            or any(each.target.kind is TargetKind.WHOLE for each in self.all_fields)
        )

    @property
    def item_fields(self) -> tuple[FieldSource, ...]:
        """Those of the record's items."""
        return tuple(each for item in self.items for each in item.fields)

    @property
    def sums(self) -> dict[str, str]:
        """The fields of the record that may be sums, and the fields of items that these are of."""
        return {each.target.path: each.sum_of for each in self.fields if each.sum_of}

    @property
    def all_fields(self) -> tuple[FieldSource, ...]:
        """Those of the record, of its items and of its members."""
        of_members = self.members.fields if self.members else ()
        return (*self.fields, *self.item_fields, *of_members)
