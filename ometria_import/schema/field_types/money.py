"""Amounts, numbers and whole numbers, as exact decimal texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, partial

from ometria_import.options.choices import DecimalSign
from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_NUMBER, BAD_WHOLE_NUMBER
from ometria_import.schema.field_types.codes import currency_codes
from ometria_import.schema.field_types.currencies import WITHDRAWN_CURRENCIES, may_mean
from ometria_import.schema.field_types.formulas import compute, is_formula, operands, written
from ometria_import.schema.field_types.model import Conventions, FieldType, JsonKind
from ometria_import.schema.field_types.text import shown, without_apostrophe
from ometria_import.schema.field_types.usual_forms.amounts import (
    CONVENTION_PATTERNS,
    USUAL_MARKS,
    canonical_number,
    number_rewrites,
    whole_number_rewrites,
    with_currencies,
)

_MAX_DIGITS = 18
_MAX_CHARS = 60
_THOUSAND = 3

_BLANK = "[ \u00a0\u2009\u202f]"
_MINUS = "[+\u2212-]"
# Cent signs are left out on purpose: they stand for a hundredth of the amount.
_CURRENCY = (
    "[A-Za-z]{1,3}\\$|[$\u00a3\u00a4\u00a5\u0e3f\u20a0-\u20c0]"
    "|kr\\.?|z\u0142|K\u010d|Ft|lei|Fr\\.?|Rs\\.?|[A-Za-z]{3}"
)
_DRESSED = re.compile(
    rf"(\()?{_BLANK}*({_MINUS})?{_BLANK}*(?:({_CURRENCY}){_BLANK}*({_MINUS})?{_BLANK}*)?"
    "([0-9.,](?:[0-9.,'\u2019 \u00a0\u2009\u202f]*[0-9.,])?)"
    rf"{_BLANK}*(?:({_CURRENCY}){_BLANK}*)?(-)?(\))?"
)
_BARE = re.compile(rf"({_MINUS})?{_BLANK}*([0-9.,](?:[0-9.,'\u2019 \u00a0\u2009\u202f]*[0-9.,])?)")
_ONE_MARK = re.compile(r"([0-9]*)([.,])([0-9]*)")
_GROUPED = re.compile(
    "([1-9][0-9]{0,2}(?:([.,'\u2019 \u00a0\u2009\u202f])[0-9]{3})(?:\\2[0-9]{3})*)"
    "(?:([.,])([0-9]*))?"
)
# What programs write of a number near zero: 1.4210854715202004e-14.
_TINY = re.compile(r"(-)?([0-9])(?:\.([0-9]{1,17}))?[eE]-([0-9]{1,2})")
# India writes 12,34,567.00: two digits in each group before the last.
_LAKHS = re.compile(r"([1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})(?:(\.)([0-9]*))?")
_NOT_A_DIGIT = re.compile(r"[^0-9]")
_AMBIGUOUS = "is ambiguous: its comma or point may be a decimal sign or a thousands separator"


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a number is written, before its column's decimal sign is known."""

    is_negative: bool
    whole: str
    """Digits before the decimal sign, without separators."""
    fraction: str
    says: DecimalSign | None
    """The decimal sign that follows from this text alone."""
    mark: str = ""
    """The one `,` or `.` that can be a decimal sign or a thousands separator."""


def money_type(conventions: Conventions) -> FieldType:
    """An amount with or without the sign of its currency."""
    canonical = canonical_number(conventions.decimal_sign)
    rewrites = number_rewrites(conventions.decimal_sign)
    return FieldType(
        name="money",
        parse=partial(_parse_number, sign=conventions.decimal_sign, has_currency=True),
        canonical=canonical,
        json=JsonKind.NUMBER,
        rule="An exact decimal; thousands separators, currency signs and (1.00) are accepted.",
        example="1234.50",
        rewrites=with_currencies(canonical, rewrites),
        open_in=partial(_open_in, has_currency=True),
        evidence=partial(_evidence, has_currency=True),
        convention_patterns=CONVENTION_PATTERNS,
    )


def number_type(conventions: Conventions) -> FieldType:
    """A number that is no amount of money."""
    return FieldType(
        name="number",
        parse=partial(_parse_number, sign=conventions.decimal_sign, has_currency=False),
        canonical=canonical_number(conventions.decimal_sign),
        json=JsonKind.NUMBER,
        rule="An exact decimal of at most 18 digits; thousands separators are accepted.",
        example="12.5",
        rewrites=number_rewrites(conventions.decimal_sign),
        open_in=partial(_open_in, has_currency=False),
        evidence=partial(_evidence, has_currency=False),
        convention_patterns=CONVENTION_PATTERNS,
    )


def whole_number_type(conventions: Conventions) -> FieldType:
    """A number without a fraction; one of zeros only is cut off."""
    sign = conventions.decimal_sign
    return FieldType(
        name="whole_number",
        parse=partial(_parse_whole_number, sign=sign),
        canonical=r"0|-?[1-9][0-9]{0,17}",
        json=JsonKind.NUMBER,
        rule="A whole number of at most 18 digits; 3.00 is read as 3.",
        example="3",
        rewrites=whole_number_rewrites(sign),
        open_in=partial(_open_in, has_currency=False),
        evidence=partial(_evidence, has_currency=False),
        convention_patterns=CONVENTION_PATTERNS,
    )


def _parse_number(
    text: str, *, sign: DecimalSign | None, has_currency: bool, cause: str = BAD_NUMBER
) -> str | Finding:
    if is_formula(text):
        return _computed(text, sign, has_currency=has_currency, cause=cause)
    shape = _shape(text, has_currency=has_currency)
    if shape is None:
        return Finding(cause, f"{shown(text)} is not a number")
    digits = _digits(shape, sign)
    if digits is None:
        why_not = f"does not fit a column with decimal {sign}" if sign else _AMBIGUOUS
        return Finding(cause, f"{shown(text)} {why_not}")
    whole, fraction = digits
    if len((whole + fraction).lstrip("0")) > _MAX_DIGITS:
        return Finding(cause, f"{shown(text)} has more than {_MAX_DIGITS} digits")
    number = f"{whole}.{fraction}" if fraction else whole
    is_zero = not whole.strip("0") and not fraction.strip("0")
    return f"-{number}" if shape.is_negative and not is_zero else number


def _computed(
    formula: str, sign: DecimalSign | None, *, has_currency: bool, cause: str
) -> str | Finding:
    """The number that a formula makes of operands that are read like numbers of the column."""
    read = partial(_parse_number, sign=sign, has_currency=has_currency, cause=cause)
    number = compute(formula, read)
    if (
        isinstance(number, str)
        and len(number.replace(".", "").strip("-").lstrip("0")) > _MAX_DIGITS
    ):
        return Finding(cause, f"{shown(written(formula))} has more than {_MAX_DIGITS} digits")
    return number


def _parse_whole_number(text: str, *, sign: DecimalSign | None) -> str | Finding:
    number = _parse_number(text, sign=sign, has_currency=False, cause=BAD_WHOLE_NUMBER)
    if isinstance(number, Finding):
        return number
    whole, _, fraction = number.partition(".")
    if fraction.strip("0"):
        return Finding(BAD_WHOLE_NUMBER, f"{shown(written(text))} has a fraction")
    return whole


def _open_in(text: str, *, has_currency: bool) -> frozenset[str]:
    """`1,234` and `1.234` are open: either mark may begin a fraction or separate thousands."""
    if is_formula(text):
        return frozenset().union(
            *(_open_in(each, has_currency=has_currency) for each in operands(text))
        )
    shape = _shape(text, has_currency=has_currency)
    is_open = shape is not None and bool(shape.mark)
    return frozenset({"decimal_sign"}) if is_open else frozenset()


def _evidence(text: str, *, has_currency: bool) -> DecimalSign | None:
    if is_formula(text):
        signs = (_evidence(each, has_currency=has_currency) for each in operands(text))
        return next(filter(None, signs), None)
    shape = _shape(text, has_currency=has_currency)
    return shape.says if shape is not None else None


def _digits(shape: _Shape, sign: DecimalSign | None) -> tuple[str, str] | None:
    """Digits before and after the decimal sign, or None where the column's sign contradicts."""
    if not shape.mark:
        is_clear = sign is None or shape.says is None or shape.says is sign
        pair = (shape.whole, shape.fraction) if is_clear else None
    elif sign is None:
        pair = None
    elif sign is _sign_of(shape.mark):
        pair = (shape.whole, shape.fraction)
    else:
        pair = (shape.whole + shape.fraction, "")
    return pair and (pair[0].lstrip("0") or "0", pair[1])


def _shape(text: str, *, has_currency: bool) -> _Shape | None:
    """Read signs, currency and separators; None where no number is written so."""
    if len(text) > _MAX_CHARS:
        return None
    bare = without_apostrophe(text)
    plain = _BARE.fullmatch(bare)
    if plain is not None:
        is_negative = plain.group(1) not in {None, "+"}
        return _body(plain.group(2), is_negative=is_negative)
    tiny = _TINY.fullmatch(bare)
    if tiny is not None and int(tiny.group(4)):
        sign, first, rest, exponent = tiny.groups()
        fraction = "0" * (int(exponent) - 1) + first + (rest or "")
        return _Shape(sign is not None, "0", fraction, None)
    dressed = _DRESSED.fullmatch(bare)
    return _dressed(dressed, has_currency=has_currency) if dressed is not None else None


def _dressed(dressed: re.Match[str], *, has_currency: bool) -> _Shape | None:
    """Read an amount with brackets, signs and a currency around it."""
    opening, first, before, second, body, after, last, closing = dressed.groups()
    signs = [sign for sign in (first, second, last) if sign]
    currencies = [name for name in (before, after) if name]
    if (opening is None) != (closing is None) or len(signs) + bool(opening) > 1:
        return None
    if currencies and not (has_currency and len(currencies) == 1 and _is_currency(currencies[0])):
        return None
    return _body(body, is_negative=bool(opening) or signs not in ([], ["+"]))


def _is_currency(name: str) -> bool:
    """Three letters must be a code of ISO 4217: `abc 12` is no amount."""
    is_code = len(name) == len("EUR") and name.isascii() and name.isalpha() and name != "lei"
    return not is_code or name.upper() in currency_codes() or name.upper() in WITHDRAWN_CURRENCIES


def currency_mark(text: str) -> str | None:
    """The sign or code of a currency beside an amount, as it is written; None where none is."""
    if is_formula(text):
        return next(filter(None, map(currency_mark, operands(text))), None)
    dressed = _DRESSED.fullmatch(without_apostrophe(text)) if len(text) <= _MAX_CHARS else None
    return (dressed.group(3) or dressed.group(6)) if dressed is not None else None


@lru_cache(maxsize=256)
def amounts_in(currency: str) -> str:
    """Pattern of amounts that have no mark, or a usual one that may mean a currency."""
    marks = "|".join(re.escape(mark) for mark in USUAL_MARKS if may_mean(mark, currency))
    plain = "[0-9.,'() \u00a0\u2009\u202f\u2019\u2212+-]*"
    return f"{plain}(?:(?:{marks}){plain})?" if marks else plain


def _body(body: str, *, is_negative: bool) -> _Shape | None:
    """Tell a decimal sign from separators, without the column's convention."""
    if body.isascii() and body.isdigit():
        return _Shape(is_negative, body, "", None)
    one = _ONE_MARK.fullmatch(body)
    if one is not None:
        return _one_mark(one.group(1), one.group(2), one.group(3), is_negative=is_negative)
    grouped = _GROUPED.fullmatch(body)
    if grouped is not None:
        whole, separator, mark, fraction = grouped.groups()
    else:
        lakhs = _LAKHS.fullmatch(body)
        if lakhs is None:
            return None
        (whole, mark, fraction), separator = lakhs.groups(), ","
    if mark is not None and (mark == separator or not fraction):
        return None
    if mark:
        says: DecimalSign | None = _sign_of(mark)
    else:
        # A separator of thousands is not the decimal sign; blanks and apostrophes say nothing.
        says = {",": DecimalSign.POINT, ".": DecimalSign.COMMA}.get(separator)
    return _Shape(is_negative, _NOT_A_DIGIT.sub("", whole), fraction or "", says)


def _one_mark(left: str, mark: str, right: str, *, is_negative: bool) -> _Shape | None:
    if not right and (mark == "," or not left):
        return None
    can_group = 1 <= len(left) <= _THOUSAND and left[0] != "0" and len(right) == _THOUSAND
    if can_group:
        return _Shape(is_negative, left, right, None, mark)
    return _Shape(is_negative, left, right, _sign_of(mark))


def _sign_of(mark: str) -> DecimalSign:
    return DecimalSign.COMMA if mark == "," else DecimalSign.POINT
