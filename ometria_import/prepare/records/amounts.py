"""Checks of amounts against their currency, and of decimal signs within a column."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.columns.computing import without_marks
from ometria_import.prepare.columns.normalise import NormalisedColumn
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.rewriting import full_match
from ometria_import.prepare.records.assembled import Level
from ometria_import.problems import catalogue, shorten
from ometria_import.schema.field_types import (
    DecimalSign,
    amounts_in,
    currency_mark,
    digits_of,
    may_mean,
    written,
)
from ometria_import.sources.arrays import Mask, Rows, Texts, mask_of

_NOISE = Decimal("1e-9")
"""Differences below this are rounding noise of binary floating-point numbers."""
_MANY_DIGITS = 10
"""More decimals than any currency has."""
_SAYS = {
    DecimalSign.POINT: r"\.(?:[0-9]{1,2}|[0-9]{4,})[^0-9.,]*$",
    DecimalSign.COMMA: r",(?:[0-9]{1,2}|[0-9]{4,})[^0-9.,]*$",
}
_MARKS = {DecimalSign.POINT: ".", DecimalSign.COMMA: ","}


class PaidIn(NamedTuple):
    """The currencies of a column's amounts."""

    codes: Texts | None
    """The currency codes, null for unknown ones; None if no currency is known."""
    digits: Rows
    """The number of decimals of each currency."""


class Currencies:
    """Finds the currencies of a chunk's amounts in the records themselves."""

    def __init__(self, values: Mapping[str, Texts]) -> None:
        """Use normalised columns by full path; currency columns are normalised first."""
        self._values = values
        self._found: dict[str, PaidIn] = {}

    def of(self, level: Level, path: str) -> PaidIn:
        """The currency of each amount of a column: from its own group, or from its record.

        Args:
            level: The level of the records or of their items.
            path: The path of the amount within its level.
        """
        name = f"{path.rpartition('.')[0]}.currency".removeprefix(".")
        full = f"{level.prefix}{name}"
        if full not in self._found:
            codes = self._values.get(full)
            if level.parents is not None and name in self._values:
                of_record = self._values[name].take(pa.array(level.parents))
                codes = of_record if codes is None else pc.coalesce(codes, of_record)
            self._found[full] = PaidIn(codes, _digits_of_each(codes, len(level.rows)))
        return self._found[full]


def with_odd_marks(texts: Texts, currencies: Texts) -> Rows:
    """The entries that may be written with a currency other than their record's.

    Args:
        texts: The amounts as written in the source.
        currencies: The codes of their currencies, null for unknown ones.
    """
    own = pc.fill_null(currencies, "").dictionary_encode()
    codes = own.dictionary.to_pylist()
    numbers = own.indices.to_numpy()
    is_odd = np.zeros(len(texts), bool)
    for number, code in enumerate(codes):
        if not code:
            continue
        of_code = numbers == number
        own_texts = texts if len(codes) == 1 else texts.filter(pa.array(of_code))
        is_usual = mask_of(pc.match_substring_regex(own_texts, full_match(amounts_in(code))))
        is_odd[of_code] = ~is_usual
    return np.flatnonzero(is_odd)


def in_other_currencies(
    level: Level, texts: Texts, suspects: Rows, currencies: Texts, path: str, *, is_error: bool
) -> Mask:
    """Refuse amounts that are written with a currency other than their record's.

    Args:
        level: The level of the records or of their items.
        texts: The amounts as written in the source.
        suspects: The entries that have to be looked at.
        currencies: The codes of their currencies, null for unknown ones.
        path: The path of the field.
        is_error: Whether a record without the amount is rejected.

    Returns:
        A mask of the refused entries.
    """
    refused = np.zeros(len(texts), bool)
    if not len(suspects):
        return refused
    # There are few marks and codes: each pair is judged once, then looked up for every amount.
    # What stands beside an amount does not depend on its digits.
    shapes = pc.replace_substring_regex(texts.take(pa.array(suspects)), "[0-9]", "0")
    as_told = shapes.dictionary_encode()
    marks = [currency_mark(text.strip()) for text in as_told.dictionary.to_pylist()]
    distinct_marks = sorted({mark for mark in marks if mark is not None})
    numbers = np.array([distinct_marks.index(m) if m is not None else -1 for m in marks], np.int64)
    beside = numbers[as_told.indices.to_numpy()]
    own = pc.fill_null(currencies.take(pa.array(suspects)), "").dictionary_encode()
    codes = own.dictionary.to_pylist()
    contradicts = np.array(
        [[bool(code) and not may_mean(mark, code) for code in codes] for mark in distinct_marks]
        + [[False] * len(codes)]
    )
    # Amounts without a mark have index -1, which is the last row and contradicts nothing.
    refused[suspects[contradicts[beside, own.indices.to_numpy()]]] = True

    def message(entry: int) -> str:
        text, code = texts[entry].as_py(), currencies[entry].as_py()
        mark = currency_mark(text.strip())
        return f"'{shorten(written(text))}' says {mark}, and the currency is {code}"

    values = as_written(texts) if refused.any() else texts
    level.report(refused, catalogue.OTHER_CURRENCY, path, message, values, is_error=is_error)
    return refused


def as_written(texts: Texts) -> Texts:
    """The texts with their formulas as people write them, for messages."""
    encoded = texts.dictionary_encode()
    shown = [written(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(shown, pa.string()).take(encoded.indices)


def with_digits_of(values: Texts, currencies: PaidIn, notes: ColumnNotes) -> Texts:
    """Round amounts to their currency's decimals if only floating-point noise is lost.

    Args:
        values: Amounts in normal form, null for none.
        currencies: The currencies of the amounts.
        notes: Receives the counts of rounded amounts and of those that keep extra decimals.

    Returns:
        The amounts, the same object where none was rounded.
    """
    longer = _longer_than_currency(values, currencies.digits)
    if not len(longer):
        return values
    own = values.take(pa.array(longer)).dictionary_encode()
    texts = own.dictionary.to_pylist()
    # Handle each distinct pair of amount and number of decimals once.
    # Both are packed into one number, so that `unique` sorts numbers instead of tuples.
    pairs = own.indices.to_numpy().astype(np.int64) * _MANY_DIGITS + currencies.digits[longer]
    distinct, firsts, place, counts = np.unique(
        pairs, return_index=True, return_inverse=True, return_counts=True
    )
    outcomes = []
    for pair, first, count in zip(distinct.tolist(), firsts, counts.tolist(), strict=True):
        number, digits = divmod(pair, _MANY_DIGITS)
        text, entry = texts[number], int(longer[first])
        rounded = _without_noise(text, digits)
        outcomes.append(rounded or text)
        code = None if currencies.codes is None else currencies.codes[entry].as_py()
        if rounded is not None:
            became = f"'{text}' became '{rounded}'"
            notes.add(catalogue.ROUNDED, count, entry, text, became)
        elif code is not None:
            message = f"'{text}' has more decimals than the {digits} of {code}"
            notes.add(catalogue.MORE_DECIMALS, count, entry, text, message)
    if outcomes == [texts[pair // _MANY_DIGITS] for pair in distinct.tolist()]:
        return values
    mask = np.zeros(len(values), bool)
    mask[longer] = True
    replaced = pa.array(outcomes, pa.string()).take(pa.array(place))
    return pc.replace_with_mask(values, pa.array(mask), replaced)


def _digits_of_each(currencies: Texts | None, count: int) -> Rows:
    if currencies is None:
        return np.full(count, digits_of(None), np.int64)
    codes = currencies.dictionary_encode()
    known = [*map(digits_of, codes.dictionary.to_pylist()), digits_of(None)]
    indices = pc.fill_null(codes.indices, len(known) - 1)
    digits_each: Rows = np.array(known, np.int64)[indices.to_numpy()]
    return digits_each


def _longer_than_currency(values: Texts, digits_each: Rows) -> Rows:
    """The entries with more decimals than their currency has, ignoring trailing zeros."""
    filled = pc.fill_null(values, "")
    points = pc.find_substring(filled, ".").to_numpy()
    lengths = pc.binary_length(filled).to_numpy()
    decimals = np.where(points < 0, 0, lengths - points - 1)
    longer = np.flatnonzero(decimals > digits_each)
    for digits in np.unique(digits_each[longer]).tolist():
        of_these = longer[digits_each[longer] == digits]
        texts = values.take(pa.array(of_these))
        zeros = of_these[mask_of(pc.match_substring_regex(texts, rf"\.[0-9]{{{digits}}}0+$"))]
        longer = np.setdiff1d(longer, zeros, assume_unique=True)
    return longer


def _without_noise(text: str, digits: int) -> str | None:
    """The amount with its currency's decimals, or None if more than noise would be lost."""
    amount = Decimal(text)
    rounded = round(amount, digits)
    if abs(amount - rounded) > max(_NOISE, abs(amount) * Decimal("4e-16")):
        return None
    return format(rounded or abs(rounded), "f")


def note_decimal_signs(texts: Texts, column: NormalisedColumn) -> None:
    """Note the decimal signs in a column whose own decimal sign is not known.

    Args:
        texts: The texts as written in the source.
        column: The normalised column; its notes receive the counts.
    """
    # Texts in normal form only have points.
    is_as_written = not column.notes.counts[catalogue.REWRITTEN] and not column.findings
    tried = (DecimalSign.POINT,) if is_as_written else _MARKS
    cells = without_marks(texts) if column.is_computed else texts
    held = {sign: pc.match_substring(cells, _MARKS[sign]) for sign in tried}
    with_any = {sign: flags for sign, flags in held.items() if pc.any(flags).as_py()}
    for sign, flags in with_any.items():
        # If a text has both, one of them may be a thousands separator.
        says = flags if len(with_any) == 1 else pc.match_substring_regex(cells, _SAYS[sign])
        if count := pc.sum(says).as_py():
            row = pc.index(says, value=True).as_py()
            text = written(texts[row].as_py().strip())
            column.notes.add(catalogue.MIXED_SIGNS, count, row, text, key=sign)
