"""Timestamps and dates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache, partial

from ometria_import.errors import UsageError
from ometria_import.options.choices import DateOrder
from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_DATE, BAD_TIMESTAMP, BAD_TIMEZONE
from ometria_import.schema.field_types.model import Conventions, Ending, FieldType, JsonKind
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
from ometria_import.schema.field_types.usual_forms.moments import (
    CANONICAL_MOMENT,
    CONVENTION_PATTERNS,
    birthday_rewrites,
    canonical_birthday,
    moment_rewrites,
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
    offset = None
    if conventions.timezone not in _UTC_NAMES:
        offset = Ending(len("2024-01-31"), partial(_offset_on, zone=zone))
    return FieldType(
        name="timestamp",
        parse=partial(_parse_timestamp, order=conventions.date_order, zone=zone),
        canonical=CANONICAL_MOMENT,
        json=JsonKind.STRING,
        rule="ISO 8601 or another common date format, with or without a time; 10, 13, 16 or 19 "
        "digits are Unix time. A two-digit year is in this century.",
        example="2024-01-31T09:30:00Z",
        rewrites=tuple(moment_rewrites(conventions.date_order, offset)),
        open_in=_open_in_timestamp,
        evidence=_evidence,
        convention_patterns=CONVENTION_PATTERNS,
    )


def date_type(conventions: Conventions) -> FieldType:
    """A birthday; of a timestamp, the day that is written."""
    order = conventions.date_order
    return FieldType(
        name="date",
        parse=partial(_parse_birthday, order=order),
        canonical=canonical_birthday(),
        json=JsonKind.STRING,
        rule="YYYY-MM-DD or another common date format; a time of day is cut off. A birthday "
        "is never in the future: 15/06/31 is in 1931.",
        example="1990-12-31",
        rewrites=tuple(birthday_rewrites(order)),
        open_in=_open_in_date,
        evidence=_evidence,
        convention_patterns=CONVENTION_PATTERNS,
    )


@lru_cache(maxsize=16_384)
def _offset_on(head: str, _length: int, zone: tzinfo) -> str | None:
    """The offset that a zone has for the whole of a day; None if it changes on that day."""
    day = date.fromisoformat(head)
    limits = (time.min.replace(fold=1), time(23, 59, 59), time(23, 59, 59, fold=1))
    offset = datetime.combine(day, time.min, zone).utcoffset()
    if any(datetime.combine(day, each, zone).utcoffset() != offset for each in limits):
        return None
    year, month, number = day.year, day.month, day.day
    moment = _in_zone((year, month, number), Clock(0, 0, 0, "", ""), zone)
    midnight = f"{head}T00:00:00"
    # Before the standard zones, a time is written in UTC, and not with an offset at its end.
    return moment.removeprefix(midnight) if moment and moment.startswith(midnight) else None


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
