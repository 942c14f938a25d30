"""Amounts and numbers: their normal form, and their usual forms under a column's decimal sign."""

from __future__ import annotations

import re
from dataclasses import replace

from ometria_import.options.choices import DecimalSign
from ometria_import.schema.field_types.model import Cleaning, ConventionPattern, Rewrite

_WHOLE = "(?:0|-?[1-9][0-9]{0,11})"
_WITH_FRACTION = r"-?[1-9][0-9]{0,11}(?:\.[0-9]{1,6})?|0(?:\.[0-9]{1,6})?"
# Without 1.234, which may be a thousand.
_CLEAR_FRACTION = (
    r"-?[1-9][0-9]{0,2}(?:\.(?:[0-9]{1,2}|[0-9]{4,6}))?"
    r"|-?[1-9][0-9]{3,11}(?:\.[0-9]{1,6})?|0(?:\.[0-9]{1,6})?"
)
_THOUSANDS = "-?[1-9][0-9]{0,2}"
CONVENTION_PATTERNS = (
    ConventionPattern(rf"{_WHOLE}\.[0-9]{{1,2}}", DecimalSign.POINT),
    ConventionPattern(_WHOLE, None),
    ConventionPattern(rf"{_THOUSANDS},[0-9]{{3}}\.[0-9]{{1,2}}", DecimalSign.POINT),
    ConventionPattern(rf"{_WHOLE},[0-9]{{1,2}}", DecimalSign.COMMA),
    ConventionPattern(rf"{_THOUSANDS}\.[0-9]{{3}},[0-9]{{1,2}}", DecimalSign.COMMA),
    ConventionPattern(rf"{_THOUSANDS}[.,][0-9]{{3}}", None),
)
"""Forms of numbers that say something about their column, or nothing."""

_ONE_BLANK = "[ \u00a0\u2009\u202f]?"
_BLANKS = " '\u2019\u00a0\u2009\u202f"
"""What separates thousands, apart from commas and points."""
_MARKS = ("$", "\u00a3", "\u20ac", "\u00a5", "kr", "z\u0142")
_USUAL_CODES = ("EUR", "GBP", "USD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK")
USUAL_MARKS = (*_MARKS, *_USUAL_CODES)
"""The signs and codes that most amounts have."""


def canonical_number(sign: DecimalSign | None) -> str:
    """The pattern of numbers in normal form; the column's decimal sign decides if 1.234 is one."""
    if sign is None:
        return _CLEAR_FRACTION
    return r"0|-?[1-9][0-9]{0,17}" if sign is DecimalSign.COMMA else _WITH_FRACTION


def number_rewrites(sign: DecimalSign | None) -> tuple[Rewrite, ...]:
    """The rewritings of numbers, such as 1.234,56.

    Where the decimal sign of a column is not known, they only take what says it by itself.
    """
    points, commas, blanks = (_grouped(*each) for each in ([r"\."], [","], _BLANKS))
    fraction = "[0-9]{1,6}"
    no_blanks = tuple((each, "") for each in _BLANKS)
    to_point = (",", ".")
    with_comma = Cleaning(((".", ""), to_point))
    with_point = Cleaning(((",", ""),))
    blanks_and_comma = Rewrite(f"{blanks},{fraction}", Cleaning((*no_blanks, to_point)))
    blanks_and_point = Rewrite(rf"{blanks}\.{fraction}", Cleaning(no_blanks))
    if sign is None:
        # Without 1,234, which may be a thousand.
        clear = f"{_THOUSANDS},(?:[0-9]{{1,2}}|[0-9]{{4,6}})|(?:0|-?[1-9][0-9]{{3,11}}),{fraction}"
        return (
            Rewrite(rf"{commas}\.{fraction}", with_point),
            Rewrite(f"(?:{clear}|{points},{fraction})", with_comma),
            blanks_and_comma,
            blanks_and_point,
        )
    if sign is DecimalSign.COMMA:
        form = f"(?:{_WHOLE},{fraction}|{points}(?:,{fraction})?)"
        return (Rewrite(form, with_comma), blanks_and_comma)
    return (Rewrite(rf"{commas}(?:\.{fraction})?", with_point), blanks_and_point)


def with_currencies(canonical: str, rewrites: tuple[Rewrite, ...]) -> tuple[Rewrite, ...]:
    """The same rewritings for amounts, which may have a currency before or behind them."""
    marks = "|".join(map(re.escape, USUAL_MARKS))
    before, behind = f"(?:{marks}){_ONE_BLANK}", f"{_ONE_BLANK}(?:{marks})"
    trimmed = "".join(sorted({*_BLANKS, *"".join(USUAL_MARKS)}))
    in_currency = Rewrite(
        f"(?:{before}(?:{canonical})|(?:{canonical}){behind})", Cleaning((), trimmed)
    )
    return (
        in_currency,
        *(
            replace(
                each,
                pattern=f"(?:(?:{before})?{each.pattern}|{each.pattern}{behind})",
                replacement=replace(each.replacement, trimmed=trimmed),
            )
            for each in rewrites
            if isinstance(each.replacement, Cleaning)
        ),
    )


def whole_number_rewrites(sign: DecimalSign | None) -> tuple[Rewrite, ...]:
    """The rewritings of whole numbers whose fraction is zeros only."""
    mark = "," if sign is DecimalSign.COMMA else r"\."
    patterns = [rf"({_WHOLE}){mark}0{{1,6}}"]
    if sign is None:  # 1.000 may be a thousand
        patterns = [
            rf"({_THOUSANDS})\.(?:0{{4,6}}|0{{1,2}})",
            r"(0|-?[1-9][0-9]{3,11})\.0{1,6}",
        ]
    return tuple(Rewrite(pattern, r"\1") for pattern in patterns)


def _grouped(*separators: str) -> str:
    """Pattern of thousands or millions, with the same separator in both places."""
    groups = (f"{each}[0-9]{{3}}(?:{each}[0-9]{{3}})?" for each in separators)
    return f"{_THOUSANDS}(?:{'|'.join(groups)})"
