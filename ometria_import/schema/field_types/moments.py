"""The written forms of dates and times: from text to parts, before any convention is applied.

`times` turns the parts into normal forms and says which of them a field takes.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from ometria_import.choices import DateOrder

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Outside of these a date is damage, such as 0000-00-00."""

_MAX_CHARS = 100
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MAX_MONTH = 12
_NOON = 12
_LAST_YEAR_OF_2000S = 68
"""Two-digit years up to this belong to 2000. Source: POSIX, strptime %y."""
_EPOCH_SECONDS_DIGITS, _EPOCH_MILLIS_DIGITS = 10, 13
_MAX_FRACTION = 6
_HOURS, _SIXTY = 24, 60
_MAX_OFFSET_MINUTES = 14 * 60

# The narrow no-break space stands before PM in what newer JavaScript engines write.
_BLANK = "[ \u00a0\u202f]"
_CLOCK = (
    rf"(?:(?:T|,?{_BLANK}(?:at )?)"
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,12}))?)?"
    rf"(?:{_BLANK}?([ap])\.?m\.?)?"
    rf"(?:{_BLANK}?(Z|(?:UTC|GMT)?[+-][0-9]{{2}}(?::?[0-9]{{2}})?|UTC|GMT))?"
    r"(?: \([A-Za-z ]{1,50}\))?)?"
)
_FLAGS = re.ASCII | re.IGNORECASE
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_CLOCK}", _FLAGS)
_YEAR_LAST = re.compile(
    rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}|[0-9]{{2}}){_CLOCK}", _FLAGS
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?,? )?"
_MONTH = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|january|february|march|april|june|july"
    r"|august|sept|september|october|november|december)\.?"
)
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th)?"
_DAY_NAMED = re.compile(
    rf"{_WEEKDAY}{_DAY}[ -]{_MONTH},?[ -]([0-9]{{4}}|[0-9]{{2}}){_CLOCK}", _FLAGS
)
_NAMED_DAY = re.compile(rf"{_WEEKDAY}{_MONTH} {_DAY},? ([0-9]{{4}}){_CLOCK}", _FLAGS)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(NamedTuple):
    """A time of day; `zone` is `Z`, an offset like `+01:00`, or empty where none is written."""

    hour: int
    minute: int
    second: int
    fraction: str
    """At most six digits, without the point."""
    zone: str


_MIDNIGHT = Clock(0, 0, 0, "", "")


class Written(NamedTuple):
    """A date and time of day as they are written."""

    first: int
    second: int
    third: int
    """Year, month and day, unless `is_open`."""
    clock: Clock
    """Midnight without a zone where only a day is written."""
    is_open: bool = False
    """The parts stand in the order of their column, which others must know."""
    has_short_year: bool = False
    """Open, and the last part has two digits, so that it may be the day."""

    @property
    def evident_order(self) -> DateOrder | None:
        """The order that follows from the parts alone: there is no 25th month."""
        if not self.is_open:
            return None
        if self.first > _MAX_MONTH >= self.second:
            return DateOrder.DMY
        return DateOrder.MDY if self.second > _MAX_MONTH >= self.first else None

    @property
    def needs_order(self) -> bool:
        """True where two orders give two days; 05/05/2024 is the same in both."""
        return self.is_open and self.first != self.second and max(self[:2]) <= _MAX_MONTH


def read_written(text: str) -> Written | None:
    """Find the written form of a date or time; None where it is none of the usual ones.

    The parts may still be impossible: `resolve_day` and `datetime` say so.
    """
    if len(text) > _MAX_CHARS:
        return None
    match = _YEAR_FIRST.fullmatch(text)
    if match is not None:
        year, _, month, day, *parts = match.groups()
        clock = _read_clock(parts)
        return clock and Written(int(year), int(month), int(day), clock)
    match = _YEAR_LAST.fullmatch(text)
    if match is not None:
        first, _, second, third, *parts = match.groups()
        clock = _read_clock(parts)
        numbers = int(first), int(second), int(third)
        is_short = len(third) < len("2024")
        return clock and Written(*numbers, clock, is_open=True, has_short_year=is_short)
    if text.isascii() and text.isdigit():
        return _read_epoch(text)
    return _read_named(text)


def resolve_day(written: Written, order: DateOrder | None) -> tuple[int, int, int] | str:
    """Put year, month and day in their places, or say why the column's order does not allow it."""
    if not written.is_open:
        return _checked(*written[:3])
    evident = written.evident_order
    if order is None and written.needs_order:
        return "leaves open which number is the day and which the month"
    if order is DateOrder.YMD and written.has_short_year:
        return _checked(full_year(written.first), written.second, written.third)
    if order is DateOrder.YMD or (order and evident not in {None, order}):
        return f"does not fit a column in the order {order}"
    year = full_year(written.third) if written.has_short_year else written.third
    if (order or evident) is DateOrder.MDY:
        return _checked(year, written.first, written.second)
    return _checked(year, written.second, written.first)


def full_year(short: int) -> int:
    """Complete a year of two digits as POSIX does."""
    return short + (2000 if short <= _LAST_YEAR_OF_2000S else 1900)


def _checked(year: int, month: int, day: int) -> tuple[int, int, int] | str:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return f"is not between the years {FIRST_YEAR} and {LAST_YEAR}"
    try:
        date(year, month, day)
    except ValueError:
        return "is a day that no calendar has"
    return year, month, day


def _read_named(text: str) -> Written | None:
    match = _DAY_NAMED.fullmatch(text)
    if match is not None:
        day, month, year, *parts = match.groups()
    else:
        match = _NAMED_DAY.fullmatch(text)
        if match is None:
            return None
        month, day, year, *parts = match.groups()
    number = full_year(int(year)) if len(year) < len("2024") else int(year)
    clock = _read_clock(parts)
    return clock and Written(number, _MONTHS.index(month[:3].lower()) + 1, int(day), clock)


def _read_epoch(text: str) -> Written | None:
    """Read Unix time in seconds or milliseconds; other lengths are something else."""
    if len(text) == _EPOCH_SECONDS_DIGITS:
        seconds, millis = int(text), 0
    elif len(text) == _EPOCH_MILLIS_DIGITS:
        seconds, millis = divmod(int(text), 1000)
    else:
        return None
    moment = _EPOCH + timedelta(seconds=seconds)
    fraction = f"{millis:03d}" if millis else ""
    clock = Clock(moment.hour, moment.minute, moment.second, fraction, "Z")
    return Written(moment.year, moment.month, moment.day, clock)


def _read_clock(parts: list[str | None]) -> Clock | None:
    """Read the groups of `_CLOCK`; None where they show what no clock does."""
    hour, minute, seconds, fraction, half, zone = parts
    if hour is None or minute is None:
        return _MIDNIGHT
    hours = int(hour)
    if half is not None:
        if not 1 <= hours <= _NOON:
            return None
        hours = hours % _NOON + (_NOON if half in "pP" else 0)
    offset = _read_zone(zone) if zone else ""
    # Hour 24 and second 60 are refused: how Ometria reads them is not documented.
    if offset is None or hours >= _HOURS or int(minute) >= _SIXTY or int(seconds or 0) >= _SIXTY:
        return None
    return Clock(hours, int(minute), int(seconds or 0), (fraction or "")[:_MAX_FRACTION], offset)


def _read_zone(zone: str) -> str | None:
    """Write a zone as `Z` or `+HH:MM`; None for offsets that no place has."""
    digits = zone.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "")
    if digits in {"", "Z"}:
        return "Z"
    sign, hours, minutes = digits[0], int(digits[1:3]), int(digits[3:] or 0)
    if minutes >= _SIXTY or hours * _SIXTY + minutes > _MAX_OFFSET_MINUTES:
        return None
    return f"{sign}{hours:02d}:{minutes:02d}" if hours or minutes else "Z"
