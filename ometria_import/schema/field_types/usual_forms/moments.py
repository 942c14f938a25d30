"""Days and moments: their normal form, and their usual forms in a column's order and zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ometria_import.options.choices import DateOrder
from ometria_import.schema.field_types.model import (
    ConventionPattern,
    Ending,
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
_TIME = rf"{_MINUTE}:[0-5][0-9](?:\.[0-9]{{1,6}})?"
_HOURS_OFF = r"[+-](?:0[1-9]|1[0-3])"
_OFFSET = rf"{_HOURS_OFF}:[0-5][0-9]|[+-]14:00|[+-]00:(?:0[1-9]|[1-5][0-9])"
_ZONE = r"(?: ?(?:Z|UTC|[+-](?:0[0-9]|1[0-3]):?[0-5][0-9]))?"
CANONICAL_MOMENT = f"{_DAY}T{_TIME}(?:Z|{_OFFSET})"

_CLOCK = rf"(?:[T ]{_MINUTE}(?::[0-5][0-9](?:\.[0-9]{{1,6}})?)?{_ZONE})?"
# From September 2001 to the year 2096; nobody has earlier digits of that length.
_EPOCH_SECONDS = "[1-3][0-9]{9}"
_THOUSANDTHS = "(?:[0-9]{2}[1-9]|[0-9][1-9]0|[1-9]00)"
_OVER_12 = "(?:1[3-9]|2[0-8])"
_UP_TO_12 = "(?:0[1-9]|1[0-2])"
CONVENTION_PATTERNS = (
    ConventionPattern(f"{_DAY}{_CLOCK}", None),
    *(
        ConventionPattern(f"{first}{mark}{second}{mark}{_YEAR}{_CLOCK}", says)
        for mark in ("/", r"\.")
        for first, second, says in (
            (_UP_TO_12, _UP_TO_12, None),
            (_OVER_12, _UP_TO_12, DateOrder.DMY),
            (_UP_TO_12, _OVER_12, DateOrder.MDY),
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
    yield Rewrite(rf"({_DAY})[T ]({_TIME}) ?(?:Z|UTC|[+-]00:?00)", r"\1T\2Z")
    yield Rewrite(rf"({_DAY})[T ]({_TIME}) ?({_HOURS_OFF}):?([0-5][0-9])", r"\1T\2\3:\4")
    zone = "Z" if offset is None else ""
    days = [(f"({_DAY})", r"\1", r"\2"), *_local_days(order, _YEAR)]
    for pattern, day, clock in days:
        yield Rewrite(f"{pattern}(?:T|,? )({_TIME})", f"{day}T{clock}{zone}", offset)
        yield Rewrite(f"{pattern}(?:T|,? )({_MINUTE})", f"{day}T{clock}:00{zone}", offset)
        yield Rewrite(pattern, f"{day}T00:00:00{zone}", offset)
    yield Rewrite(rf"({_EPOCH_SECONDS})(?:000)?(?:\.0)?", r"\1", UnixTime.SECONDS)
    yield Rewrite(rf"({_EPOCH_SECONDS}{_THOUSANDTHS})(?:\.0)?", r"\1", UnixTime.MILLISECONDS)


def canonical_birthday() -> str:
    """The pattern of birthdays in normal form.

    Days of this year may be to come, so they are left to `parse`, like those of 1900.
    """
    return f"{_past_years()}-{_MONTH_AND_DAY}"


def birthday_rewrites(order: DateOrder | None) -> Iterator[Rewrite]:
    """The rewritings of birthdays, which lose their time of day."""
    yield Rewrite(f"({canonical_birthday()}){_CLOCK}", r"\1")
    for pattern, day, _ in _local_days(order, _past_years()):
        yield Rewrite(f"{pattern}{_CLOCK}", day)


def _past_years() -> str:
    return f"(?:{'|'.join(str(each) for each in range(FIRST_YEAR + 1, datetime.now(UTC).year))})"


def _local_days(order: DateOrder | None, year: str) -> list[tuple[str, str, str]]:
    """Patterns of 31/01/2024 and 31.01.2024 in the column's order, and the day they stand for.

    Groups 1 to 6 are days and months, of which one pair takes part; group 7 is the year. The
    third of each is the group that follows.
    """
    if order not in {DateOrder.DMY, DateOrder.MDY}:
        return []
    is_day_first = order is DateOrder.DMY
    pairs = [(day, month) if is_day_first else (month, day) for day, month in _DAYS]
    replacement = r"\7-\2\4\6-\1\3\5" if is_day_first else r"\7-\1\3\5-\2\4\6"
    return [
        (f"(?:{'|'.join(f'({a}){mark}({b})' for a, b in pairs)}){mark}({year})", replacement, r"\8")
        for mark in ("/", r"\.")
    ]
