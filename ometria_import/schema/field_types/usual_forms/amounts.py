"""Amounts and numbers: their normal form, and their usual forms under a column's decimal sign."""

from __future__ import annotations

from ometria_import.options.choices import DecimalSign
from ometria_import.schema.field_types.model import ConventionPattern, Rewrite

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
"""Inside of a character class: what separates thousands besides commas and points."""
_USUAL = "[$\u00a3\u20ac\u00a5]|EUR|GBP|USD|CHF|SEK|NOK|DKK|PLN|CZK|kr|z\u0142"
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
    points, commas = _grouped(r"\."), _grouped(",")
    blanks = f"({_THOUSANDS})[{_BLANKS}]([0-9]{{3}})"
    fraction = "([0-9]{1,6})"
    with_point = Rewrite(rf"{commas}\.{fraction}", r"\1\2\3.\4")
    if sign is None:
        # Without 1,234, which may be a thousand.
        clear = f"({_THOUSANDS}),([0-9]{{1,2}}|[0-9]{{4,6}})|(0|-?[1-9][0-9]{{3,11}}),{fraction}"
        with_comma = Rewrite(f"(?:{clear}|{points},{fraction})", r"\1\3\5\6\7.\2\4\8")
        return (with_point, with_comma)
    if sign is DecimalSign.COMMA:
        return (
            Rewrite(f"(?:({_WHOLE})|{points}),{fraction}", r"\1\2\3\4.\5"),
            Rewrite(points, r"\1\2\3"),
            Rewrite(f"{blanks},{fraction}", r"\1\2.\3"),
        )
    return (
        with_point,
        Rewrite(commas, r"\1\2\3"),
        Rewrite(rf"{blanks}\.{fraction}", r"\1\2.\3"),
    )


def with_currencies(canonical: str, rewrites: tuple[Rewrite, ...]) -> tuple[Rewrite, ...]:
    """The same rewritings for amounts, which may have a currency before or behind them."""
    before, behind = f"(?:{_USUAL}){_ONE_BLANK}", f"{_ONE_BLANK}(?:{_USUAL})"
    return (
        Rewrite(f"{before}({canonical})", r"\1"),
        Rewrite(f"({canonical}){behind}", r"\1"),
        *(Rewrite(f"(?:{before})?{each.pattern}", each.replacement) for each in rewrites),
        *(Rewrite(f"{each.pattern}{behind}", each.replacement) for each in rewrites),
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


def _grouped(separator: str) -> str:
    """Pattern of thousands or millions, in groups 1 to 3."""
    group = f"{separator}([0-9]{{3}})"
    return f"({_THOUSANDS}){group}(?:{group})?"
