"""The written forms of dates and times: from text to parts, before any convention is applied.

`times` turns the parts into normal forms and says which of them a field takes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from ometria_import.options.choices import DateOrder
from ometria_import.schema.field_types.country_names import LANGUAGES

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Outside of these a date is damage, such as 0000-00-00."""

_MAX_CHARS = 100
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MAX_MONTH = 12
_NOON = 12
_CENTURY = 2000
"""Of two-digit years; only people are older than online shops (`times` sees to birthdays)."""
_EPOCH_DIGITS = {10: 0, 13: 3, 16: 6, 19: 9}
"""How many digits of Unix time there are up to the year 2286, and how many are a fraction."""
_MAX_FRACTION = 6
_HOURS, _SIXTY = 24, 60
_MAX_OFFSET_MINUTES = 14 * 60

_OFFSET = re.compile(r"Z|(?:UTC|GMT)?[+-][0-9]{2}(?::?[0-9]{2})?|UTC|GMT", re.ASCII | re.IGNORECASE)
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
_NAMED_DAY = re.compile(
    rf"{_WEEKDAY}{_MONTH}(?: {_DAY},? ([0-9]{{4}})|-{_DAY}-([0-9]{{4}}|[0-9]{{2}})){_CLOCK}", _FLAGS
)
# Source: ISO 8601, basic format; without the T it is how databases and PHP write it.
_BASIC = re.compile(rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}}){_CLOCK}", _FLAGS)
_BASIC_CLOCK = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})[T ]?([0-9]{2})([0-9]{2})(?:([0-9]{2})(?:[.,]?([0-9]{1,12}))?)?"
    rf"(?:{_BLANK}?(Z|(?:UTC|GMT)?[+-][0-9]{{2}}(?::?[0-9]{{2}})?|UTC|GMT))?",
    _FLAGS,
)
_UNIX_TIME = re.compile(r"([0-9]{10}|[0-9]{13}|[0-9]{16}|[0-9]{19})(?:[.,]([0-9]{1,12}))?")
_DOTTED = re.compile(r"([0-9]{1,4})\. ?([0-9]{1,2})\. ?([0-9]{1,4})\.?(?=$| )")
_WITH_SIGNS = re.compile(r"^([0-9]{4})[年년] ?([0-9]{1,2})[月월] ?([0-9]{1,2})[日일]")
_WITH_CLOCK = re.compile(r" ?\b([0-9]{1,2})[時时]([0-9]{1,2})分$")
_DAY_MARK = re.compile(r"\b([0-9]{1,2})(?:\.|er|\u00ba|o)(?= ?[^\W\d_])")
"""What other languages write behind the number of a day: `3. Mai`, `1er mai`."""
_BETWEEN = frozenset(
    {
        "de",
        "del",
        "di",
        "a",
        "um",
        "uhr",
        "las",
        "alle",
        "ore",
        "om",
        "klo",
        "kl",
        "o",
        "godz",
        "le",
        "den",
        "am",
    }
)
"""Words between the parts of a date that say nothing."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(NamedTuple):
    """A time of day; `zone` is `Z`, an offset like `+01:00`, or empty where none is written."""

    hour: int
    """24 is the end of the day, with neither minutes nor seconds."""
    minute: int
    second: int
    fraction: str
    """At most six digits, without the point."""
    zone: str


Day = tuple[int, int, int]
"""Year, month and day."""
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
    """The year has two digits; where it is open, the last part may be the day."""

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
    if text[:1].isdigit() and text.isascii() and (found := _read_digits(text)):
        return found
    if (usual := _with_usual_signs(text)) != text:
        return read_written(usual)
    return _read_named(text) or _read_named(_in_english(text))


def _with_usual_signs(text: str) -> str:
    """A date such as `1. 3. 2024`, `2024. 03. 01.` or `2024年3月1日` with the usual signs in it."""
    dotted = _DOTTED.match(text)
    if dotted is not None:
        return ".".join(dotted.groups()) + text[dotted.end() :]
    return _WITH_CLOCK.sub(r" \1:\2", _WITH_SIGNS.sub(r"\1-\2-\3", text))


def resolve_day(written: Written, order: DateOrder | None) -> Day | str:
    """Put year, month and day in their places, or say why the column's order does not allow it."""
    if not written.is_open:
        return checked_day(*written[:3])
    evident = written.evident_order
    if order is None and written.needs_order:
        return "does not show which number is the day and which the month"
    if order is DateOrder.YMD and written.has_short_year:
        return checked_day(_CENTURY + written.first, written.second, written.third)
    if order is DateOrder.YMD or (order and evident not in {None, order}):
        return f"does not fit a column in the order {order}"
    year = written.third + (_CENTURY if written.has_short_year else 0)
    if (order or evident) is DateOrder.MDY:
        return checked_day(year, written.first, written.second)
    return checked_day(year, written.second, written.first)


def checked_day(year: int, month: int, day: int) -> Day | str:
    """The day, or why there is none."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return f"is not between the years {FIRST_YEAR} and {LAST_YEAR}"
    try:
        date(year, month, day)
    except ValueError:
        return "is a day that does not exist"
    return year, month, day


def _in_english(text: str) -> str:
    """A date with its month in English, where it is written in another language.

    `8 mars 2022, 10:15`, `3. M\u00e4rz 2024`, `1 de junio de 2024`, `1er mai 2024 \u00e0 9:30`.
    """
    # Loading the names of months takes a second, and many texts that are not dates have no day.
    if not any(map(str.isalpha, text)) or not any(map(str.isdigit, text)):
        return text
    words = []
    for word in _DAY_MARK.sub(r"\1 ", text).split():
        bare = word.rstrip(".,")
        month = _foreign_months().get(_plain(bare)) if bare.isalpha() else None
        if month is not None:
            words.append(_MONTHS[month - 1] + ("," if word.endswith(",") else ""))
        elif _plain(bare) not in _BETWEEN:
            words.append(word)
    return " ".join(words)


@cache
def _foreign_months() -> dict[str, int]:
    """Names of months in other languages, whole and short, without those that mean several.

    Source: the calendars of CLDR (https://cldr.unicode.org), through Babel.
    """
    from babel import Locale  # each language is a file, which few need

    found: defaultdict[str, set[int]] = defaultdict(set)
    for language in LANGUAGES:
        forms = Locale(language).months
        for use in ("format", "stand-alone"):
            for length in ("wide", "abbreviated"):
                for number, name in forms[use][length].items():
                    found[_plain(name.rstrip("."))].add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1}


def _plain(word: str) -> str:
    """A word in small letters without accents."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in letters if not unicodedata.combining(char))


def _read_named(text: str) -> Written | None:
    match = _DAY_NAMED.fullmatch(text)
    if match is not None:
        day, month, year, *parts = match.groups()
    else:
        match = _NAMED_DAY.fullmatch(text)
        if match is None:
            return None
        month, day, year, other_day, other_year, *parts = match.groups()
        day, year = day or other_day, year or other_year
    is_short = len(year) < len("2024")
    number = int(year) + (_CENTURY if is_short else 0)
    month_number = _MONTHS.index(month[:3].lower()) + 1
    clock = _read_clock(parts)
    return clock and Written(number, month_number, int(day), clock, has_short_year=is_short)


def _read_digits(text: str) -> Written | None:
    """Read ISO 8601 without hyphens, or Unix time: the number of digits tells them apart."""
    unix = _UNIX_TIME.fullmatch(text)
    if unix is not None:
        return _read_epoch(unix.group(1), unix.group(2) or "")
    match = _BASIC.fullmatch(text)
    if match is not None:
        year, month, day, *parts = match.groups()
    else:
        match = _BASIC_CLOCK.fullmatch(text)
        if match is None:
            return None
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        parts = [hour, minute, second, fraction, None, zone]
    clock = _read_clock(parts)
    return clock and Written(int(year), int(month), int(day), clock)


def _read_epoch(digits: str, fraction: str) -> Written:
    """Read Unix time in seconds, or in thousandths, millionths and so on of them."""
    at = len(digits) - _EPOCH_DIGITS[len(digits)]
    moment = _EPOCH + timedelta(seconds=int(digits[:at]))
    parts = (digits[at:] + fraction)[:_MAX_FRACTION].rstrip("0")
    if parts:  # whole thousandths where they are enough
        parts = parts.ljust(3, "0")
    clock = Clock(moment.hour, moment.minute, moment.second, parts, "Z")
    return Written(moment.year, moment.month, moment.day, clock)


def moment_of(text: str | None) -> datetime | None:
    """The moment that a timestamp in normal form says; None where it says none."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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
    minutes, second = int(minute), int(seconds or 0)
    is_day_end = hours == _HOURS and not (minutes or second or (fraction or "").strip("0"))
    # Second 60 is refused: how Ometria reads it is not documented.
    if offset is None or minutes >= _SIXTY or second >= _SIXTY:
        return None
    if hours >= _HOURS and not is_day_end:
        return None
    return Clock(hours, minutes, second, (fraction or "")[:_MAX_FRACTION], offset)


def offset_of(text: str) -> str | None:
    """An offset that is written alone as `Z` or `+HH:MM`; None for any other text."""
    return _read_zone(text) if _OFFSET.fullmatch(text) is not None else None


def _read_zone(zone: str) -> str | None:
    """Write a zone as `Z` or `+HH:MM`; None for offsets that no place has."""
    digits = zone.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "")
    if digits in {"", "Z"}:
        return "Z"
    sign, hours, minutes = digits[0], int(digits[1:3]), int(digits[3:] or 0)
    if minutes >= _SIXTY or hours * _SIXTY + minutes > _MAX_OFFSET_MINUTES:
        return None
    return f"{sign}{hours:02d}:{minutes:02d}" if hours or minutes else "Z"
