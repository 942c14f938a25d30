"""What a mapping file says of the elements of arrays in JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import msgspec

from ometria_import.mapping.expressions.arrays import (
    AllElements,
    ArrayOrigin,
    OneElement,
    Sum,
    array_of,
    array_origins,
    loose_names,
)
from ometria_import.mapping.expressions.model import ELEMENTS, Expression
from ometria_import.mapping.expressions.origins import Column
from ometria_import.mapping.file.conditions import read_condition_at
from ometria_import.mapping.file.place import Section
from ometria_import.mapping.model import Children, ItemSource, MappingFile, MemberSource

ARRAY_STEPS = ("at", "where", "all")
_AT = Literal["first", "last"] | Annotated[int, msgspec.Meta(ge=1)]


def names_elements(source: Section) -> bool:
    """Whether a source chooses among the elements of an array."""
    return any(key in source.values for key in ARRAY_STEPS)


def one_element(source: Section) -> Callable[[str], Expression]:
    """What takes the value of one element; of several for which a condition holds, the first."""
    if "words" in source.values:
        raise source.error("'words' cannot be used of one element", "words")
    at = source.value("at", _AT) if "at" in source.values else "first"
    position = {"first": 0, "last": -1}[at] if isinstance(at, str) else at - 1
    where = read_condition_at(source, "where")
    return lambda name: OneElement(_checked(source, name), where, position)


def sum_of_elements(source: Section) -> Callable[[str], Expression]:
    """What adds up the numbers of all elements."""
    if "decimal_sign" in source.values:
        raise source.error("a sum has a decimal point, whatever its numbers have", "decimal_sign")
    where = read_condition_at(source, "where")
    return lambda name: Sum(_checked(source, name), where)


def all_elements(
    source: Section, names: tuple[str, ...], expression: Expression, *, is_list: bool
) -> Expression:
    """The step that makes a list of what the other steps make of each element.

    Args:
        source: Its table in the mapping file.
        names: Those that its column stands for.
        expression: The source of the single values.
        is_list: Whether each of these is a list already.
    """
    if not source.flag("all"):
        raise source.error("'all' must be true, or be left out", "all")
    if is_list:
        raise source.error("'all' makes a list itself, so 'split' needs 'take'", "split")
    if len(names) > 1:
        raise source.error("'all' needs one array, and this name stands for several", "all")
    if "at" in source.values:
        raise source.error("'at' chooses one element, so 'all' has no effect", "all")
    where = read_condition_at(source, "where")
    return AllElements(_checked(source, names[0]), where, source=expression)


def read_children(section: Section) -> Children:
    """The keys by which elements name those that they belong to."""
    section.only("id", "parent")
    children = Children(section.text_of("id"), section.text_of("parent"))
    if children.id == children.parent:
        raise section.error("an element cannot name its parent with its own id", "parent")
    return children


def check_elements(mapping: MappingFile) -> None:
    """Refuse names in arrays for which nothing says which of the elements is meant.

    Raises:
        MappingError: with file and line.
    """
    for record in mapping.records or (mapping,):
        _check_level(record, record, "")
        rows = Section(record.place, record.text, {}, ("rows", "leave_out"))
        _check_names(rows, (*record.leave_out, *record.where), ())
        if record.members is not None:
            _check_level(record, record.members, record.members.each)
            section = Section(record.place, record.text, {}, ("members",))
            _check_names(section, record.members.where, _way_to(record.members.each))
        for item in record.items:
            _check_level(record, item, item.each)
            section = Section(record.place, record.text, {}, ("items", item.name))
            _check_names(section, item.where, _way_to(item.each))


def _check_level(
    mapping: MappingFile, level: MappingFile | ItemSource | MemberSource, each: str
) -> None:
    own = _way_to(each)
    for named in level.named_values:
        sides = named.pair or (Column(named.name), Column(named.value))
        section = Section(mapping.place, mapping.text, {}, ("named_values",))
        _check_names(section, sides, (*_way_to(named.each), *own))
        _check_names(section, (named.when, Column(named.column)), own)
    for field in level.fields:
        section = Section(mapping.place, mapping.text, {}, field.keys)
        _check_names(section, field.source, own)
        for origin in array_origins(field.source):
            _check_condition(section, origin, own)


def _check_names(section: Section, what: object, own: tuple[str, ...]) -> None:
    """Only the elements of the level's own arrays are one each."""
    for name in loose_names(what):
        if array_of(name) not in own and ELEMENTS in name:
            raise section.error(
                f"'{name}' is in every element of an array, and nothing says in which",
                near=name,
                hint="Choose with at or where, take them all with all = true, or add up the "
                "numbers with sum.",
            )


def _check_condition(section: Section, origin: ArrayOrigin, own: tuple[str, ...]) -> None:
    """A condition may look at the elements, at what they stand in, and at the current item."""
    array, where = array_of(origin.name), origin.where
    known = _way_to(array.removesuffix(ELEMENTS))
    if where is None:
        return
    for name in where.columns():
        if name in {array, ""} or array_of(name) in known or ELEMENTS not in name:
            continue
        if array_of(name) not in own:
            raise section.error(
                f"'{name}' is in another array than '{origin.name}', which the condition is for",
                near=name,
            )
        if not where.equals_column and not array.startswith(f"{own[0]}{ELEMENTS}."):
            raise section.error(
                f"'{name}' is of the item: compare it with a value in '{array}'",
                near=name,
                hint=f'{{ column = "{array}{ELEMENTS}.id", equals_column = "{name}" }}',
            )


def _way_to(array: str) -> tuple[str, ...]:
    """The array itself and those in whose elements it stands, the innermost first."""
    if not array:
        return ()
    return (array, *_way_to(array_of(array)))


def _checked(source: Section, name: str) -> str:
    if not array_of(name):
        key = next(each for each in (*ARRAY_STEPS, "sum") if each in source.values)
        raise source.error(
            f"'{name}' is not in an array, so '{key}' has no effect",
            key,
            hint="A value of each element is written with []: line_items[].price",
        )
    return name
