"""Computing whole columns of formulas at once, where all of them have the same shape.

Numbers are whole numbers of 64 bits, with a number of decimals for each column. What does not fit,
cannot be read or is in the wrong unit is left over, to be computed or reported one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.schema.field_types.formulas import LITERAL, MARK, SEPARATOR, Operation
from ometria_import.sources.arrays import Mask, Texts, mask_of

Whole = npt.NDArray[np.int64]
ReadColumn = Callable[[Texts], Texts]
"""Brings the operands of a column into normal form; null for what is blank or no number."""

_MOST_PLACES = 12
_LARGEST = 10**18
_TEN = 10
_COMMON = 1_000
"""How many formulas show what shape those of a column have."""


class _UnevenError(Exception):
    """The formulas have several shapes, or an operation that is done one by one."""


@dataclass(slots=True)
class _Numbers:
    """A column of numbers, as whole numbers of so many decimals."""

    units: Whole
    places: int
    is_given: Mask
    is_left: Mask
    """The entries that must be computed one by one."""
    has_fraction: Mask | None = None
    """Where they are cells: which of them have a decimal sign."""


def compute_column(formulas: Texts, read: ReadColumn) -> Texts:
    """The numbers that formulas stand for, in plain digits; null for those that are left over.

    Args:
        formulas: Texts that begin with the mark of a formula.
        read: Reads operands in the way of the formulas' column.
    """
    nothing = pa.nulls(len(formulas), pa.string())
    tokens = pc.split_pattern(formulas, SEPARATOR)
    counts = pc.list_value_length(tokens)
    usual = int(np.bincount(counts.slice(0, _COMMON).to_numpy()).argmax())
    # Numbers that are not known are told of one by one.
    fits = mask_of(pc.equal(counts, usual)) & ~mask_of(pc.match_substring(formulas, f"{MARK}?"))
    kept = np.flatnonzero(fits)
    if not len(kept):
        return nothing
    whole = tokens.take(pa.array(kept))
    columns = (pc.list_element(whole, number) for number in range(usual))
    try:
        numbers = _value(columns, read, len(kept))
    except _UnevenError:
        return nothing
    is_good = numbers.is_given & ~numbers.is_left & (np.abs(numbers.units) < _LARGEST)
    found = _texts(numbers.units[is_good], numbers.places)
    mask = np.zeros(len(formulas), bool)
    mask[kept[is_good]] = True
    return pc.replace_with_mask(nothing, pa.array(mask), found)


def operands_in(texts: Texts) -> Texts:
    """The texts, and in place of formulas the operands that stand in these as cells."""
    is_formula = pc.starts_with(texts, MARK)
    if not pc.any(is_formula).as_py():
        return texts
    tokens = pc.list_flatten(pc.split_pattern(texts.filter(is_formula), SEPARATOR))
    cells = tokens.filter(pc.invert(pc.starts_with(tokens, MARK)))
    return pa.concat_arrays([texts.filter(pc.invert(is_formula)), cells])


def without_marks(texts: Texts) -> Texts:
    """The texts without what only a formula has: its operations, and numbers of the mapping."""
    return pc.replace_substring_regex(texts, f"{MARK}[^{SEPARATOR}]*|{SEPARATOR}", "")


def _value(columns: Iterator[Texts], read: ReadColumn, length: int) -> _Numbers:
    column = next(columns)
    is_mark = mask_of(pc.starts_with(column, MARK))
    if not is_mark.any():
        return _cells(column, read)
    if not is_mark.all():
        raise _UnevenError
    if mask_of(pc.starts_with(column, f"{MARK}{LITERAL}")).all():
        return _numbers(pc.utf8_slice_codeunits(column, 2), np.zeros(length, bool))
    heads = column.unique()
    if len(heads) > 1 or heads[0].as_py()[1] == LITERAL:
        raise _UnevenError
    operation, count = Operation(heads[0].as_py()[1]), int(heads[0].as_py()[2:])
    if operation is Operation.DIVIDE:
        raise _UnevenError
    return _outcome(operation, [_value(columns, read, length) for _ in range(count)])


def _outcome(operation: Operation, parts: list[_Numbers]) -> _Numbers:
    first = parts[0]
    match operation:
        case Operation.ADD | Operation.SUBTRACT:
            return _sum(parts, -1 if operation is Operation.SUBTRACT else 1)
        case Operation.MULTIPLY:
            return reduce(_product, parts)
        case Operation.NEGATE:
            return _Numbers(-first.units, first.places, first.is_given, first.is_left)
        case Operation.ABSOLUTE:
            return _Numbers(np.abs(first.units), first.places, first.is_given, first.is_left)
        case Operation.ROUND:
            return _rounded(first, parts[1])
    by = parts[1] if operation is Operation.SCALE else _parts_of_units(parts[1])
    scaled = _product(first, by)
    # Where minor units have a fraction it is told of; a factor of 1,000 does not care.
    is_whole = np.zeros(len(by.units), bool) if by.places == 0 else _has_fraction(first)
    scaled.is_left |= is_whole | (first.is_given & ~by.is_given)
    return scaled


def _has_fraction(numbers: _Numbers) -> Mask:
    if numbers.has_fraction is not None:
        return numbers.has_fraction
    has_fraction: Mask = numbers.units % _TEN**numbers.places != 0
    return has_fraction


def _parts_of_units(digits: _Numbers) -> _Numbers:
    """10 to the power of minus so many digits."""
    size = np.where(digits.is_given & ~digits.is_left, digits.units, 0)
    is_odd = (size < 0) | (size > _MOST_PLACES) | (digits.places > 0)
    size = np.where(is_odd, 0, size)
    places = int(size.max(initial=0))
    powers = np.array([_TEN**each for each in range(_MOST_PLACES + 1)], np.int64)
    return _Numbers(powers[places - size], places, digits.is_given, digits.is_left | is_odd)


def _rounded(numbers: _Numbers, digits: _Numbers) -> _Numbers:
    places = int(digits.units[0])
    if places >= numbers.places:
        return numbers
    unit = _TEN ** (numbers.places - places)
    units = np.sign(numbers.units) * ((np.abs(numbers.units) + unit // 2) // unit)
    return _Numbers(units, places, numbers.is_given, numbers.is_left)


def _sum(parts: list[_Numbers], sign: int) -> _Numbers:
    places = max(each.places for each in parts)
    units = np.zeros_like(parts[0].units)
    is_given = reduce(np.logical_or, (each.is_given for each in parts))
    is_left = reduce(np.logical_or, (each.is_left for each in parts))
    for number, each in enumerate(parts):
        limit = _LARGEST // _TEN ** (places - each.places)
        is_left = is_left | (np.abs(each.units) >= limit) | (np.abs(units) >= _LARGEST)
        own = np.where(each.is_given & ~is_left, each.units, 0) * _TEN ** (places - each.places)
        units = np.where(is_left, 0, units) + (own if number == 0 else sign * own)
    return _Numbers(units, places, is_given, is_left)


def _product(one: _Numbers, other: _Numbers) -> _Numbers:
    size = np.abs(one.units.astype(np.float64)) * np.abs(other.units.astype(np.float64))
    is_left = one.is_left | other.is_left | (size >= _LARGEST)
    if one.places + other.places > _MOST_PLACES:
        raise _UnevenError
    units = np.where(is_left, 0, one.units) * np.where(is_left, 0, other.units)
    return _Numbers(units, one.places + other.places, one.is_given & other.is_given, is_left)


def _cells(column: Texts, read: ReadColumn) -> _Numbers:
    """The operands that are cells of the source."""
    is_blank = mask_of(pc.equal(pc.utf8_trim_whitespace(column), ""))
    values = read(column)
    numbers = _numbers(values, mask_of(values.is_null()) & ~is_blank)
    numbers.has_fraction = mask_of(pc.fill_null(pc.match_substring(values, "."), False))  # noqa: FBT003
    return numbers


def _numbers(values: Texts, is_left: Mask) -> _Numbers:
    """Numbers in normal form, null for none."""
    points = pc.fill_null(pc.find_substring(values, "."), -1).to_numpy()
    lengths = pc.fill_null(pc.binary_length(values), 0).to_numpy()
    fractions = np.where(points < 0, 0, lengths - points - 1)
    is_long = (lengths > len(str(_LARGEST))) | (fractions > _MOST_PLACES)
    is_given = mask_of(values.is_valid())
    places = int(np.where(is_long, 0, fractions).max(initial=0))
    plain = pc.if_else(pa.array(is_long | ~is_given), "0", values)
    digits = pc.replace_substring(plain, ".", "")
    units = digits.cast(pa.int64()).to_numpy()
    missing = places - np.where(is_long, 0, fractions)
    powers = np.array([_TEN**each for each in range(_MOST_PLACES + 1)], np.int64)
    is_long |= np.abs(units) >= _LARGEST // powers[missing]
    units = np.where(is_long, 0, units) * powers[missing]
    return _Numbers(units, places, is_given, is_left | is_long)


def _texts(units: Whole, places: int) -> Texts:
    """The shortest texts of some numbers."""
    if not places:
        return pc.cast(pa.array(units), pa.string())
    whole, part = np.divmod(np.abs(units), _TEN**places)
    signs = pa.array(["", "-"], pa.string()).take(pa.array((units < 0).astype(np.int64)))
    parts = pc.utf8_lpad(pc.cast(pa.array(part), pa.string()), places, padding="0")
    whole_texts = pc.cast(pa.array(whole), pa.string())
    texts = pc.binary_join_element_wise(
        pc.binary_join_element_wise(signs, whole_texts, ""), parts, "."
    )
    return pc.replace_substring_regex(texts, r"\.?0+$", "")
