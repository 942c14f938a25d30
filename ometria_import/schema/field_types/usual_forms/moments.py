"""Days and moments: their normal form, and their usual forms in a column's order and zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from ometria_import.options.choices import DateOrder
from ometria_import.schema.field_types.model import (
    ConventionPattern,
    Ending,
    Picture,
    Rewrite,
    UnixTime,
)
from ometria_import.schema.field_types.moments import FIRST_YEAR

# Only days that exist are in normal form; 29 February is left to `parse`. So are the years in
# which Unix time begins, whose zero is no time.
_YEAR = "(?:19(?:[0-589][0-9]|6[0-8]|7[1-9])|20[0-9]{2})"
_DAYS = (
    ("0[1-9]|1[0-9]|2[0-8]", "0[1-9]|1[0-2]"),
    ("29|30", "0[13-9]|1[0-2]"),
    ("31", "0[13578]|1[02]"),
)
_MONTH_AND_DAY = f"(?:{'|'.join(f'(?:{month})-(?:{day})' for day, month in _DAYS)})"
_DAY = f"{_YEAR}-{_MONTH_AND_DAY}"
_MINUTE = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_SECOND = f"{_MINUTE}:[0-5][0-9]"
_TIME = rf"{_SECOND}(?:\.[0-9]{{1,6}})?"
_HOURS_OFF = r"[+-](?:0[1-9]|1[0-3])"
_OFFSET = rf"{_HOURS_OFF}:[0-5][0-9]|[+-]14:00|[+-]00:(?:0[1-9]|[1-5][0-9])"
_ZONE = r"(?: ?(?:Z|UTC|[+-](?:0[0-9]|1[0-3]):?[0-5][0-9]))?"
_ISO = "YYYY-MM-DD"
CANONICAL_MOMENT = f"{_DAY}T{_TIME}(?:Z|{_OFFSET})"

_CLOCK = rf"(?:[T ]{_MINUTE}(?::[0-5][0-9](?:\.[0-9]{{1,6}})?)?{_ZONE})?"
# From September 2001 to the year 2096; earlier moments have fewer digits.
_EPOCH_SECONDS = "[1-3][0-9]{9}"
_THOUSANDTHS = "(?:[0-9]{2}[1-9]|[0-9][1-9]0|[1-9]00)"
_UP_TO_12 = "(?:0[1-9]|1[0-2])"
_OVER_12 = (("1[3-9]|2[0-8]", _DAYS[0][1]), *_DAYS[1:])
CONVENTION_PATTERNS = (
    ConventionPattern(f"{_DAY}{_CLOCK}", None),
    *(
        ConventionPattern(f"(?:{days}){mark}{_YEAR}{_CLOCK}", says)
        for mark in ("/", r"\.")
        for days, says in (
            (f"{_UP_TO_12}{mark}{_UP_TO_12}", None),
            ("|".join(f"(?:{day}){mark}(?:{month})" for day, month in _OVER_12), DateOrder.DMY),
            ("|".join(f"(?:{month}){mark}(?:{day})" for day, month in _OVER_12), DateOrder.MDY),
        )
    ),
)
"""Forms of days that say something about their column, or nothing."""


def moment_rewrites(order: DateOrder | None, offset: Ending | None) -> Iterator[Rewrite]:
    """The rewritings of moments.

    Args:
        order: The order of day and month in the column.
        offset: The offset of the column's time zone on a day; None where it is UTC.
    """
    utc, other_zone = "(?:Z|UTC|[+-]00:?00)", f"({_HOURS_OFF}):?([0-5][0-9])"
    second, drawn = f"{_DAY}[T ]{_SECOND}", "YYYY-MM-DDThh:mm:ss"
    yield Rewrite(f"{second} ?{utc}", Picture(f"{_ISO} hh:mm:ss", f"{drawn}Z"))
    for gap, colon in ((" ", ""), (" ", ":"), ("", "")):
        before = f"{_ISO} hh:mm:ss{gap}ooo{colon}oo"
        yield Rewrite(
            f"{second}{gap}{_HOURS_OFF}{colon}[0-5][0-9]", Picture(before, f"{drawn}ooo:oo")
        )
    yield Rewrite(rf"({_DAY})[T ]({_TIME}) ?{utc}", r"\1T\2Z")
    yield Rewrite(rf"({_DAY})[T ]({_TIME}) ?{other_zone}", r"\1T\2\3:\4")
    zone = "Z" if offset is None else ""
    for each in (_Form(f"({_DAY})", _ISO, r"\1", 2), *_local_days(order, _YEAR)):
        day, picture, clock = each.pattern, each.picture, rf"\{each.next_group}"
        for gap, drawn_gap in (("[T ]", " "), (", ", ", ")):
            before = f"{picture}{drawn_gap}hh:mm"
            yield Rewrite(f"{day}{gap}{_MINUTE}", Picture(before, f"{_ISO}Thh:mm:00{zone}"), offset)
            before = f"{before}:ss"
            yield Rewrite(f"{day}{gap}{_SECOND}", Picture(before, f"{_ISO}Thh:mm:ss{zone}"), offset)
        yield Rewrite(f"{day}(?:T|,? )({_TIME})", f"{each.replacement}T{clock}{zone}", offset)
        yield Rewrite(day, Picture(picture, f"{_ISO}T00:00:00{zone}"), offset)
    seconds, thousandths = "s" * 10, "s" * 13
    yield Rewrite(rf"{_EPOCH_SECONDS}(?:000)?(?:\.0)?", Picture(seconds, seconds), UnixTime.SECONDS)
    yield Rewrite(
        rf"{_EPOCH_SECONDS}{_THOUSANDTHS}(?:\.0)?",
        Picture(thousandths, thousandths),
        UnixTime.MILLISECONDS,
    )


def canonical_birthday() -> str:
    """The pattern of birthdays in normal form.

    Days of this year may be to come, so they are left to `parse`, like those of 1900.
    """
    return f"{_past_years()}-{_MONTH_AND_DAY}"


def birthday_rewrites(order: DateOrder | None) -> Iterator[Rewrite]:
    """The rewritings of birthdays, which lose their time of day."""
    yield Rewrite(f"{canonical_birthday()}{_CLOCK}", Picture(_ISO, _ISO))
    for each in _local_days(order, _past_years()):
        yield Rewrite(f"{each.pattern}{_CLOCK}", Picture(each.picture, _ISO))


def _past_years() -> str:
    return f"(?:{'|'.join(str(each) for each in range(FIRST_YEAR + 1, datetime.now(UTC).year))})"


class _Form(NamedTuple):
    """A form of days."""

    pattern: str
    picture: str
    replacement: str
    """The day in ISO 8601, referring to groups of the pattern."""
    next_group: int
    """The number of the group that follows them."""


def _local_days(order: DateOrder | None, year: str) -> list[_Form]:
    """31/01/2024 and 31.01.2024 in the column's order.

    Groups 1 to 6 are days and months, of which one pair takes part; group 7 is the year.
    """
    if order not in {DateOrder.DMY, DateOrder.MDY}:
        return []
    is_day_first = order is DateOrder.DMY
    pairs = [(day, month) if is_day_first else (month, day) for day, month in _DAYS]
    replacement = r"\7-\2\4\6-\1\3\5" if is_day_first else r"\7-\1\3\5-\2\4\6"
    first, second = ("DD", "MM") if is_day_first else ("MM", "DD")
    return [
        _Form(
            f"(?:{'|'.join(f'({a}){mark}({b})' for a, b in pairs)}){mark}({year})",
            f"{first}/{second}/YYYY",
            replacement,
            8,
        )
        for mark in ("/", r"\.")
    ]
