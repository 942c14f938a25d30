"""What feeds the fields of records, of their members and of their items."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ometria_import.mapping.expressions.computing.arithmetic import sum_of
from ometria_import.mapping.expressions.consenting import heeding_refusals
from ometria_import.mapping.expressions.model import ELEMENTS, Expression
from ometria_import.mapping.expressions.origins import Column, First
from ometria_import.mapping.file.conditions import read_condition_at
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.file.source_parts.numbers import NUMBERS, check_sum
from ometria_import.mapping.file.source_parts.steps import read_cutter, read_pairs, read_separator
from ometria_import.mapping.file.sources import ReadSource, SourceReader
from ometria_import.mapping.model import (
    FieldSource,
    ItemSource,
    MemberSource,
    NamedValues,
    Packing,
)
from ometria_import.mapping.targets import Target, TargetKind, find_target
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.schema import (
    Group,
    Items,
    Member,
    ObjectSchema,
    ObjectType,
    Options,
    Properties,
)
from ometria_import.schema.contact import REFUSALS
from ometria_import.schema.field_types import FieldTypeName

_LISTS = {FieldTypeName.TEXT_LIST, FieldTypeName.WHOLE_NUMBER_LIST}


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Reads the tables of one mapping file that have fields on their left-hand side."""

    schema: ObjectSchema
    sources: SourceReader

    def of_level(self, section: Section, target: str, items: str) -> tuple[FieldSource, ...]:
        """The fields of a record, of an item or of a group in them.

        Args:
            section: The table that they stand in.
            target: The prefix of their paths.
            items: The name of the items; empty for a record.
        """
        return tuple(self._field(section, key, f"{target}{key}", items) for key in section.values)

    def of_members(self, section: Section, *more: str) -> MemberSource:
        """What is a record of its own beside that of its group; `more` are read by others."""
        section.only("where", "fill_down", "fields", "named_values", *more)
        if not section.section("fields").values:
            raise section.error("members need 'fields': [members.fields]")
        return MemberSource(
            () if more else self.of_level(section.section("fields"), "", ""),
            read_condition_at(section, "where"),
            section.texts_of("fill_down"),
            self.named_values(section, self.schema.members),
        )

    def of_items(self, section: Section, *more: str) -> ItemSource:
        """What makes the items of one kind; `more` are keys that somebody else reads."""
        name = section.keys[-1]
        kinds = {each.name: each for each in self.schema.items()}
        if name not in kinds:
            raise section.error(
                f"{self.schema.object_type} has no items called '{name}'{did_you_mean(name, kinds)}"
            )
        section.only("fields", "where", "packed", "named_values", "out_of_place", *more)
        if "out_of_place" in section.values and not kinds[name].not_if:
            raise section.error(
                f"{name} belong to every record, so they need no condition", "out_of_place"
            )
        return ItemSource(
            name,
            () if more else self.of_level(section.section("fields"), f"{name}.", name),
            read_condition_at(section, "where"),
            _packing(section.section("packed")) if "packed" in section.values else None,
            self.named_values(section, kinds[name].members),
            section.chosen("out_of_place", ("report", "drop"), "report") == "drop",
        )

    def named_values(self, parent: Section, members: tuple[Member, ...]) -> tuple[NamedValues, ...]:
        """Attributes and custom fields whose names are values."""
        known = [each.name for each in members if isinstance(each, Options | Properties)]
        return tuple(self._named(section, known) for section in parent.sections("named_values"))

    def _named(self, section: Section, known: list[str]) -> NamedValues:
        named = _named(section, known)
        sides = [section.values.get(key) for key in ("name", "value")]
        if any(isinstance(side, dict) for side in sides):
            read = [self._side(section, key, named.each) for key in ("name", "value")]
            if any(each.is_list for each in read):
                raise section.error("a name has one value; add 'at' or 'take'", "value")
            return replace(named, pair=(read[0].expression, read[1].expression))
        return named

    def _side(self, section: Section, key: str, array: str) -> ReadSource:
        """The source of a name or a value; beside `each`, a mere text is a key of its elements."""
        if array and not isinstance(section.values.get(key), dict):
            return ReadSource(Column(_text_side(section, key, array)), {}, is_list=False)
        return self.sources.read_text(section, key)

    def _field(self, section: Section, key: str, path: str, items: str) -> FieldSource:
        object_type = self.schema.object_type
        target = find_target(self.schema, path) or self._whole(path, items)
        if target is None or target.items != items or target.kind is TargetKind.OBJECT_TYPE:
            kinds = {each.name: each.members for each in self.schema.items()}
            known = _paths(kinds.get(items, self.schema.members), "")
            raise section.error(
                f"{object_type} has no field '{path}'{did_you_mean(key, known)}",
                key,
                hint=f"`ometria-import fields {object_type}` lists the fields.",
            )
        read = self.sources.read(section, key)
        if target.kind is TargetKind.WHOLE and not _is_plain(read.expression):
            raise section.error(f"{path} is a whole object, which no step can change", key)
        field = dict(self.schema.fields()).get(target.path)
        is_field = target.kind is TargetKind.FIELD
        takes_lists = is_field and field is not None and field.type in _LISTS
        is_array = isinstance(section.values[key], dict) and "all" in section.values[key]
        if read.is_list and not (
            takes_lists
            or target.kind is TargetKind.OPTION_LABEL
            or (is_array and target.kind is TargetKind.PROPERTY)
        ):
            raise section.error(
                f"{path} takes one value, but '{'all' if is_array else 'split'}' makes several",
                key,
                hint=f"Choose one of them with '{'at' if is_array else 'take'}'.",
            )
        is_number = is_field and field is not None and field.type in NUMBERS
        if read.is_computed and not is_number:
            raise section.error(f"a number is computed here, and {path} is not a number", key)
        check_sum(section, key, self.schema, sum_of(read.expression), items)
        is_boolean = is_field and field is not None and field.type is FieldTypeName.BOOLEAN
        if read.true_wins and not is_boolean:
            raise section.error(
                f"'true_wins' is for fields that are true or false, which {path} is not", key
            )
        if read.form and not is_field:
            raise section.error(f"'form' is for fields, and {path} is not a field", key)
        expression = read.expression
        if (refused := REFUSALS.get(target.path)) and object_type is ObjectType.CONTACT:
            expression = heeding_refusals(expression, refused)
        return FieldSource(
            target,
            expression,
            read.conventions,
            (*section.keys, key),
            read.is_list,
            read.true_wins,
            read.form,
            field.type if field else None,
            sum_of(read.expression),
        )

    def _whole(self, path: str, items: str) -> Target | None:
        """An object, or a list of them, that a name feeds as a whole, in the API's own shape."""
        name = path.removeprefix(f"{items}.") if items else path
        kinds = {each.name: each.members for each in self.schema.items()}
        member = member_at(kinds.get(items, self.schema.members), name)
        is_whole = isinstance(member, Group | Items | Options | Properties) and "." not in name
        return Target(TargetKind.WHOLE, path, items, name) if is_whole else None


def member_at(members: tuple[Member, ...], path: str) -> Member | None:
    """The member of a record or a part that a dotted path names exactly."""
    name, _, rest = path.partition(".")
    member = next((each for each in members if each.name == name), None)
    if rest:
        return member_at(member.members, rest) if isinstance(member, Group) else None
    return member


def _is_plain(expression: Expression) -> bool:
    """Whether it is a column as it is, or the first of some."""
    if isinstance(expression, First):
        return all(map(_is_plain, expression.alternatives))
    return isinstance(expression, Column)


def _packing(section: Section) -> Packing:
    section.only("column", "names", "items_between", "parts_between", "within", "by")
    by_position = section.chosen("by", ("name", "position"), "name") == "position"
    names = section.texts_of("names")
    if not names:
        raise section.error("'names' must list the names of the parts", "names")
    if by_position and "within" in section.values:
        raise section.error("parts identified by position cannot have 'within'", "within")
    return Packing(
        section.text_of("column"),
        names,
        section.text_of("items_between", ""),
        read_separator(section, "parts_between"),
        "" if by_position else read_separator(section, "within"),
        by_position,
    )


def _named(section: Section, known: list[str]) -> NamedValues:
    section.only(
        "into",
        "each",
        "name",
        "value",
        "column",
        "between",
        "within",
        "columns",
        "split",
        "escape",
        "quote",
        "leave_out",
        "only",
        "when",
        "items_between",
    )
    into = section.text_of("into")
    if into not in known:
        raise section.error(
            f"'into' cannot be '{into}'{did_you_mean(into, known)}",
            "into",
            hint=f"Here it must be one of {', '.join(known)}.",
        )
    values = section.values
    if [("name" in values and "value" in values), "column" in values, "columns" in values].count(
        True
    ) != 1 or ("name" in values) != ("value" in values):
        raise section.error("it must have 'name' and 'value', or 'column', or 'columns'")
    columns = section.text_of("columns", "")
    if columns and columns.count("*") != 1:
        raise section.error("'columns' needs one * in place of the name", "columns")
    if "escape" in values and "split" not in values:
        raise section.error("'escape' has no effect without 'split'", "escape")
    if "quote" in values and not {"split", "column"} & set(values):
        raise section.error("'quote' has no effect without 'split' or 'column'", "quote")
    if "split" in values and into == "properties":
        raise section.error("a custom field has one value, but 'split' makes several", "split")
    if "leave_out" in values and "only" in values:
        raise section.error("'only' already leaves out all others", "leave_out")
    if "each" in values and "name" not in values:
        raise section.error("'each' needs the 'name' and 'value' of its elements", "each")
    array = section.text_of("each", "")
    name, value = (_text_side(section, key, array) for key in ("name", "value"))
    return NamedValues(
        into,
        name,
        value,
        section.text_of("column", ""),
        read_pairs(section),
        columns,
        read_cutter(section) if "split" in values else None,
        frozenset(each.casefold() for each in section.texts_of("leave_out")),
        frozenset(each.casefold() for each in section.texts_of("only")),
        read_condition_at(section, "when"),
        array,
    )


def _text_side(section: Section, key: str, array: str) -> str:
    """The column of a name or a value; blank where it is a source of its own, or not there."""
    if isinstance(section.values.get(key), dict):
        return ""
    name = section.text_of(key, "")
    return f"{array}{ELEMENTS}.{name}" if array else name


def _paths(members: tuple[Member, ...], prefix: str) -> list[str]:
    found: list[str] = []
    for member in members:
        if isinstance(member, Group):
            found.extend(_paths(member.members, f"{prefix}{member.name}."))
        elif not isinstance(member, Items):
            found.append(f"{prefix}{member.name}")
    return found
