"""What a mapping file says of numbers that are computed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

import msgspec

from ometria_import.mapping.expressions.computing.arithmetic import (
    Changed,
    Computed,
    Exact,
    is_constant,
    parse_decimal,
)
from ometria_import.mapping.expressions.model import Expression
from ometria_import.mapping.expressions.origins import Constant, cut_braces
from ometria_import.mapping.file.place import Section
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.schema import ObjectSchema
from ometria_import.schema.field_types import FieldTypeName
from ometria_import.schema.field_types.formulas import Operation

_OPERATIONS = {
    "multiply": Operation.MULTIPLY,
    "add": Operation.ADD,
    "subtract": Operation.SUBTRACT,
    "divide": Operation.DIVIDE,
}
_FLAGS = {"negate": Operation.NEGATE, "absolute": Operation.ABSOLUTE}
_PLACES = Annotated[int, msgspec.Meta(ge=0, le=6)]
_TWO = 2
NUMBERS = {FieldTypeName.MONEY, FieldTypeName.NUMBER, FieldTypeName.WHOLE_NUMBER}
"""The types of fields that can be computed."""


def computed(source: Section, origin: str, parts: tuple[Expression, ...]) -> Expression:
    """A number that is computed from several sources."""
    if len(parts) < _TWO or (origin == "divide" and len(parts) > _TWO):
        words = "exactly two" if origin == "divide" else "two or more"
        raise source.error(f"'{origin}' needs {words} sources", origin)
    if all(map(is_constant, parts)):
        raise source.error(f"'{origin}' needs a column", origin)
    operands = tuple(_operand(source, origin, each) for each in parts)
    return Computed(operands, _OPERATIONS[origin])


def number_steps(
    source: Section,
    expression: Expression,
    read: Callable[[Section, str], Expression],
    *,
    is_list: bool,
) -> Expression:
    """The steps that compute a number from one: its units and its sign.

    Args:
        source: The table of the source.
        expression: What it says without these steps.
        read: Reads a source within it.
        is_list: Whether the texts are lists.
    """
    steps = [key for key in ("scale", "scale_by", *_FLAGS, "round") if key in source.values]
    if steps and (is_list or "all" in source.values):
        raise source.error(f"'{steps[0]}' cannot read a list; add 'take'", steps[0])
    if {"scale", "scale_by"} <= set(steps):
        raise source.error("'scale' and 'scale_by' cannot be used together", "scale_by")
    if "scale" in steps:
        expression = Changed(expression, Operation.SCALE, _number(_factor(source)))
    if "scale_by" in steps:
        expression = Changed(expression, Operation.SHIFT, read(source, "scale_by"))
    for key, operation in _FLAGS.items():
        if source.flag(key):
            expression = Changed(expression, operation)
    if "round" in steps:
        places = source.value("round", _PLACES)
        expression = Changed(expression, Operation.ROUND, _number(Decimal(places)))
    return expression


def _number(number: Decimal) -> Expression:
    return Exact(Constant(cut_braces(f"{number:f}")))


def check_sum(section: Section, key: str, schema: ObjectSchema, path: str, items: str) -> None:
    """Refuse a sum of what no item has, or in what is no record.

    Args:
        section: The table in which the field stands.
        key: The field.
        schema: The schema of the records.
        path: The field of items that is added up; blank where none is.
        items: The items whose field it feeds; blank where it is one of the record.

    Raises:
        MappingError: with file and line.
    """
    if not path:
        return
    if items:
        raise section.error("an item has no items that could be added up", key, near="sum_of")
    kinds = tuple(f"{each.name}." for each in schema.items())
    known = [
        name for name, field in schema.fields() if name.startswith(kinds) and field.type in NUMBERS
    ]
    if path not in known:
        raise section.error(
            f"'{path}' is no number of an item{did_you_mean(path, known)}",
            key,
            near=path,
            hint=f"One of {', '.join(known)}." if known else "",
        )


def _factor(source: Section) -> Decimal:
    value = source.values["scale"]
    text = str(value) if type(value) in {int, float, str} else ""
    factor = parse_decimal(f"{Decimal(text):f}" if type(value) is float else text)
    if factor is None or factor <= 0:
        raise source.error(
            "'scale' must be a number above 0, such as 0.01",
            "scale",
            hint="'negate' changes the sign of a number.",
        )
    return factor


def _operand(source: Section, origin: str, part: Expression) -> Expression:
    """A number that the mapping itself or a setting says has a point in every country."""
    if not is_constant(part):
        return part
    if isinstance(part, Constant) and not part.text.names:
        text = part.text.filled({})
        if parse_decimal(text) is None:
            raise source.error(f"'{text}' is not a number like 1.25", origin, near=text)
    return Exact(part)
