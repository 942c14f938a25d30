"""Timestamps and dates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache, partial

from ometria_import.errors import UsageError
from ometria_import.options.choices import DateOrder
from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_DATE, BAD_TIMESTAMP, BAD_TIMEZONE
from ometria_import.schema.field_types.model import (
    ConventionPattern,
    Conventions,
    FieldType,
    JsonKind,
    Rewrite,
)
from ometria_import.schema.field_types.moments import (
    FIRST_YEAR,
    LAST_YEAR,
    Clock,
    Day,
    Written,
    checked_day,
    offset_of,
    read_written,
    resolve_day,
)
from ometria_import.schema.field_types.text import shown

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

_CLOCK = rf"(?:[T ]{_MINUTE}(?::[0-5][0-9](?:\.[0-9]{{1,6}})?)?{_ZONE})?"
_OVER_12 = "(?:1[3-9]|2[0-8])"
_UP_TO_12 = "(?:0[1-9]|1[0-2])"
_PATTERNS = (
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

_UTC_NAMES = frozenset({None, "UTC", "Etc/UTC"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_BIRTHDAY = (1900, 1, 1)
"""What databases and spreadsheets write for an unknown time."""
_DAY_END = 24
# Source: RFC 9557, 2024-01-31T09:30:00[Europe/London].
_ZONED = re.compile(r"(.*\S) ?\[([^\[\]]{1,80})\]")
_DAY_NUMBER = re.compile(r"[1-6][0-9]{4}(?:[.,][0-9]+)?")


def timestamp_type(conventions: Conventions) -> FieldType:
    """A moment, with the zone it was written in.

    Raises:
        UsageError: The conventions' time zone does not exist.
    """
    zone = _load_zone(conventions.timezone) if conventions.timezone else UTC
    return FieldType(
        name="timestamp",
        parse=partial(_parse_timestamp, order=conventions.date_order, zone=zone),
        canonical=f"{_DAY}T{_TIME}(?:Z|{_OFFSET})",
        json=JsonKind.STRING,
        rule="ISO 8601 or another common date format, with or without a time; 10, 13, 16 or 19 "
        "digits are Unix time. A two-digit year is in this century.",
        example="2024-01-31T09:30:00Z",
        rewrites=tuple(_timestamp_rewrites(conventions)),
        open_in=_open_in_timestamp,
        evidence=_evidence,
        convention_patterns=_PATTERNS,
    )


def date_type(conventions: Conventions) -> FieldType:
    """A birthday; of a timestamp, the day that is written."""
    order = conventions.date_order
    # Days of this year may be to come, so they are left to `parse`, like those of 1900.
    year = f"(?:{'|'.join(str(each) for each in range(FIRST_YEAR + 1, datetime.now(UTC).year))})"
    day = f"{year}-{_MONTH_AND_DAY}"
    rewrites = [Rewrite(f"({day}){_CLOCK}", r"\1")]
    rewrites += [Rewrite(f"{days}{_CLOCK}", to) for days, to in _local_days(order, year)]
    return FieldType(
        name="date",
        parse=partial(_parse_birthday, order=order),
        canonical=day,
        json=JsonKind.STRING,
        rule="YYYY-MM-DD or another common date format; a time of day is cut off. A birthday "
        "is never in the future: 15/06/31 is in 1931.",
        example="1990-12-31",
        rewrites=tuple(rewrites),
        open_in=_open_in_date,
        evidence=_evidence,
        convention_patterns=_PATTERNS,
    )


def _local_days(order: DateOrder | None, year: str) -> list[tuple[str, str]]:
    """Patterns of 31/01/2024 and 31.01.2024 in the column's order, and the day they stand for.

    Groups 1 to 6 are days and months, of which one pair takes part; group 7 is the year.
    """
    if order not in {DateOrder.DMY, DateOrder.MDY}:
        return []
    is_day_first = order is DateOrder.DMY
    pairs = [(day, month) if is_day_first else (month, day) for day, month in _DAYS]
    replacement = r"\7-\2\4\6-\1\3\5" if is_day_first else r"\7-\1\3\5-\2\4\6"
    return [
        (f"(?:{'|'.join(f'({a}){mark}({b})' for a, b in pairs)}){mark}({year})", replacement)
        for mark in ("/", r"\.")
    ]


def _timestamp_rewrites(conventions: Conventions) -> list[Rewrite]:
    rewrites = [
        Rewrite(rf"({_DAY})[T ]({_TIME}) ?(?:Z|UTC|[+-]00:?00)", r"\1T\2Z"),
        Rewrite(rf"({_DAY})[T ]({_TIME}) ?({_HOURS_OFF}):?([0-5][0-9])", r"\1T\2\3:\4"),
    ]
    if conventions.timezone not in _UTC_NAMES:
        return rewrites
    rewrites += [
        Rewrite(f"({_DAY})[T ]({_TIME})", r"\1T\2Z"),
        Rewrite(f"({_DAY})[T ]({_MINUTE})", r"\1T\2:00Z"),
        Rewrite(f"({_DAY})", r"\1T00:00:00Z"),
    ]
    for days, day in _local_days(conventions.date_order, _YEAR):
        rewrites += [
            Rewrite(f"{days} ({_TIME})", rf"{day}T\8Z"),
            Rewrite(f"{days} ({_MINUTE})", rf"{day}T\8:00Z"),
            Rewrite(days, f"{day}T00:00:00Z"),
        ]
    return rewrites


def _parse_timestamp(text: str, order: DateOrder | None, zone: tzinfo) -> str | Finding:
    local, zone_name = _cut_zone(text)
    written = read_written(local)
    own_zone = _zone_of(zone_name) if zone_name else zone
    if own_zone is None:
        return Finding(BAD_TIMEZONE, f"there is no time zone {shown(zone_name)}")
    if written is None:
        return Finding(BAD_TIMESTAMP, f"{shown(text)} is not a date and time{_perhaps(text)}")
    day, clock = resolve_day(written, order), written.clock
    if isinstance(day, tuple) and clock.hour == _DAY_END:
        after = date(*day) + timedelta(days=1)
        day, clock = checked_day(after.year, after.month, after.day), clock._replace(hour=0)
    if isinstance(day, str):
        return Finding(BAD_TIMESTAMP, f"{shown(text)} {day}")
    moment = _write(day, clock, clock.zone) if clock.zone else _in_zone(day, clock, own_zone)
    if moment is None:
        return Finding(
            BAD_TIMESTAMP, f"{shown(text)} is outside the range of years that can be stored"
        )
    if _is_zero(day, clock, moment):
        words = "is the zero of Unix time, which programs write when no time is known"
        return Finding(BAD_TIMESTAMP, f"{shown(text)} {words}")
    return moment


def _cut_zone(text: str) -> tuple[str, str]:
    """A date and time, and the zone that stands behind it in square brackets, if one does."""
    zoned = _ZONED.fullmatch(text) if text.endswith("]") else None
    return (zoned.group(1), zoned.group(2).strip()) if zoned is not None else (text, "")


def _zone_of(name: str) -> tzinfo | None:
    """A zone by its name, or by its offset, as RFC 9557 allows both."""
    offset = offset_of(name)
    if offset is None:
        return _find_zone(name)
    if offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[4:])
    east = timedelta(hours=hours, minutes=minutes)
    return timezone(-east if offset[0] == "-" else east)


def _written_in(text: str) -> Written | None:
    return read_written(_cut_zone(text)[0])


def _perhaps(text: str) -> str:
    is_number = _DAY_NUMBER.fullmatch(text) is not None
    return "; it looks like a spreadsheet's day number" if is_number else ""


def _is_zero(day: Day, clock: Clock, moment: str) -> bool:
    if day not in {(1969, 12, 31), (1970, 1, 1)}:
        return False
    is_midnight = not (clock.hour or clock.minute or clock.second)
    return (day == (1970, 1, 1) and is_midnight) or datetime.fromisoformat(moment) == _EPOCH


def _parse_birthday(text: str, order: DateOrder | None) -> str | Finding:
    written = _written_in(text)
    if written is None:
        return Finding(BAD_DATE, f"{shown(text)} is not a date{_perhaps(text)}")
    day = resolve_day(written, order)
    today = datetime.now(UTC).date()
    if isinstance(day, tuple) and written.has_short_year and date(*day) > today:
        day = checked_day(day[0] - 100, day[1], day[2])
    if isinstance(day, str):
        return Finding(BAD_DATE, f"{shown(text)} {day}")
    if date(*day) > today:
        return Finding(BAD_DATE, f"{shown(text)} is in the future, so it cannot be a birthday")
    if day == _NO_BIRTHDAY:
        return Finding(BAD_DATE, f"{shown(text)} is what programs write when no birthday is known")
    return f"{day[0]}-{day[1]:02d}-{day[2]:02d}"


def _in_zone(day: Day, clock: Clock, zone: tzinfo) -> str | None:
    """Write a local time with the offset that its zone had then.

    A time that the change to summer time skips gets the offset before the change, one that
    occurs twice its first. Before the standard zones, offsets had seconds, which ISO 8601 does
    not write: such a moment is written in UTC, and None is returned where that leaves the years.
    """
    if zone is UTC:
        return _write(day, clock, "Z")
    moment = datetime(*day, clock.hour, clock.minute, clock.second, tzinfo=zone)
    offset = moment.utcoffset() or timedelta()
    minutes, seconds = divmod(offset.days * 86_400 + offset.seconds, 60)
    if seconds:
        there = moment.astimezone(UTC)
        if not FIRST_YEAR <= there.year <= LAST_YEAR:
            return None
        in_utc = Clock(there.hour, there.minute, there.second, clock.fraction, "Z")
        return _write((there.year, there.month, there.day), in_utc, "Z")
    if not minutes:
        return _write(day, clock, "Z")
    hours, rest = divmod(abs(minutes), 60)
    return _write(day, clock, f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}")


def _write(day: Day, clock: Clock, zone: str) -> str:
    fraction = f".{clock.fraction}" if clock.fraction else ""
    return (
        f"{day[0]}-{day[1]:02d}-{day[2]:02d}"
        f"T{clock.hour:02d}:{clock.minute:02d}:{clock.second:02d}{fraction}{zone}"
    )


def _open_in_timestamp(text: str) -> frozenset[str]:
    local, zone_name = _cut_zone(text)
    written = read_written(local)
    if written is None or written.clock.zone or zone_name:
        return _open_in_date(text)
    return _open_in_date(text) | {"timezone"}


def _open_in_date(text: str) -> frozenset[str]:
    written = _written_in(text)
    is_open = written is not None and written.needs_order
    return frozenset({"date_order"}) if is_open else frozenset()


def _evidence(text: str) -> DateOrder | None:
    written = _written_in(text)
    return written.evident_order if written is not None else None


def _load_zone(name: str) -> tzinfo:
    zone = _find_zone(name)
    if zone is None:
        raise UsageError(
            f"there is no time zone {shown(name)}",
            "Use a name of the IANA time zone database, such as Europe/London.",
        )
    return zone


@lru_cache(maxsize=256)
def _find_zone(name: str) -> tzinfo | None:
    import zoneinfo  # columns with a zone of their own do without it

    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None
