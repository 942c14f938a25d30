"""Why a value came back otherwise, in words that many differences share.

Words follow a field and a count: "`timestamp_acquired`: 412 of 412 come back at midnight". Where a
rule that the user can accept would explain a difference, it is named beside the words.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from ometria_import.schema.field_types import FieldTypeName
from ometria_import.verification.comparing.rules import (
    ANOTHER_CASE,
    ANOTHER_UNICODE_FORM,
    CONSENTS_DATED_BY_ACCOUNT,
    CONSENTS_TO_THE_SECOND,
    TO_THE_DAY,
    WITHOUT_OUTER_BLANKS,
    WITHOUT_ZONE,
    Rule,
)
from ometria_import.verification.comparing.values import (
    DAY_CHARS,
    is_time,
    moment_of,
    number_of,
)

Cause = tuple[str, Rule | None]

_MIDNIGHT = datetime.min.time()
_SECOND = timedelta(seconds=1)
_MAX_SHIFT = timedelta(hours=14)
_QUARTER = timedelta(minutes=15)


class Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        """As it reads where it is shown."""
        return "ABSENT"


ABSENT: Final = Absent()
"""Stands for the value that one of the two sides does not have."""

CLOSED_SETS = (FieldTypeName.OPTIN, FieldTypeName.BOOLEAN, FieldTypeName.GENDER)
"""Types with so few values that each change of one into another is a cause of its own."""
_TIMES = (FieldTypeName.TIMESTAMP, FieldTypeName.DATE)
_TO_THE_LETTER = (FieldTypeName.ID, FieldTypeName.URL)
_KNOWN_WORDS = ("EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED", "m", "f", "o")


def cause_of(kind: FieldTypeName | None, sent: Any, found: Any, *, is_consent: bool) -> Cause:
    """Name the cause of a difference; `kind` is None for custom fields and whole items."""
    if found is ABSENT:
        if kind is FieldTypeName.PHONE:
            return "are absent in the account, which drops numbers that it takes for wrong", None
        return "are absent in the account", None
    if sent is ABSENT:
        words = "are in the account and were not sent"
        return words, CONSENTS_DATED_BY_ACCOUNT if is_consent else None
    if kind in CLOSED_SETS:
        return f"were sent as {_shown(sent)} and come back as {_shown(found)}", None
    if kind in _TIMES or (kind is None and is_time(sent) and is_time(found)):
        return _of_time(sent, found, is_consent=is_consent)
    words, rule = _of_other_value(sent, found)
    # Two ids, or two addresses of pages, that differ in their letters' case are two.
    return words, None if kind in _TO_THE_LETTER else rule


def _of_other_value(sent: Any, found: Any) -> Cause:
    first, second = number_of(sent), number_of(found)
    if first is not None and second is not None and not isinstance(sent, str):
        return _of_number(first, second), None
    if isinstance(sent, str) and isinstance(found, str):
        return _of_text(sent, found)
    if type(sent) is not type(found):
        return f"come back as {_type_name(found)}", None
    return "come back with another value", None


def _of_time(sent: Any, found: Any, *, is_consent: bool) -> Cause:
    first, second = moment_of(sent), moment_of(found)
    if first is None or second is None:
        return "come back as something that is no time", None
    is_same_day = second.date() in (first.date(), _in_utc(first).date())
    day_rule = None if is_consent or not is_same_day else TO_THE_DAY
    if len(found) == DAY_CHARS and len(sent) != DAY_CHARS:
        words = "come back as a day without a time" if is_same_day else "come back as another day"
        return words, day_rule
    if first.tzinfo is None:
        return f"come back {'with a time of day' if is_same_day else 'as another day'}", None
    if second.tzinfo is None:
        is_same = abs(first - second.replace(tzinfo=UTC)) < _SECOND
        return "come back without an offset", WITHOUT_ZONE if is_same and not is_consent else None
    if second.time() == _MIDNIGHT and is_same_day:
        return "come back at midnight", day_rule
    return _of_moments(first, second)


def _of_moments(first: datetime, second: datetime) -> Cause:
    if second.microsecond == 0 and abs(first - second) < _SECOND:
        # Of other times, a rule that always applies has excused this.
        return "come back without their fraction of a second", CONSENTS_TO_THE_SECOND
    return _of_shift(second - first), None


def _of_shift(shift: timedelta) -> str:
    """A shift by the offset of some zone looks like a local time that was taken for another."""
    if abs(shift) > _MAX_SHIFT or shift % _QUARTER:
        return "come back with another time"
    hours = f"{abs(shift) / timedelta(hours=1):g}"
    return (
        f"come back {hours} {'hour' if hours == '1' else 'hours'} "
        f"{'later' if shift > timedelta(0) else 'earlier'}"
    )


def _of_number(sent: Decimal, found: Decimal) -> str:
    if sent == -found:
        return "come back with the opposite sign"
    if found == 0:
        return "come back as 0"
    if found in (sent * 100, sent * 1000):
        return f"come back {found / sent:f} times as large"
    if sent in (found * 100, found * 1000):
        return f"come back {sent / found:f} times as small"
    if found == found.to_integral_value() and abs(sent - found) < 1:
        return "come back as a whole number"
    return "come back with another number"


_TEXT_CAUSES: tuple[tuple[str, Callable[[str, str], bool], Rule | None], ...] = (
    (
        "come back with other blanks",
        lambda sent, found: sent.split() == found.split(),
        WITHOUT_OUTER_BLANKS,
    ),
    (
        "come back in another case",
        lambda sent, found: sent.casefold() == found.casefold(),
        ANOTHER_CASE,
    ),
    (
        "come back in another form of Unicode",
        lambda sent, found: (
            unicodedata.normalize("NFC", sent) == unicodedata.normalize("NFC", found)
        ),
        ANOTHER_UNICODE_FORM,
    ),
    (
        "come back escaped for HTML",
        lambda sent, found: sent in (html.unescape(found), html.escape(found)),
        None,
    ),
    (
        "come back cut short",
        lambda sent, found: 0 < len(found) < len(sent) and sent.startswith(found),
        None,
    ),
    (
        "come back in a damaged encoding",
        lambda sent, found: (
            not sent.isascii() and (_misread(sent) == found or _asked(sent) == found)
        ),
        None,
    ),
)


def _of_text(sent: str, found: str) -> Cause:
    for words, is_it, rule in _TEXT_CAUSES:
        if is_it(sent, found):
            return words, rule
    return "come back with another text", None


def _misread(text: str) -> str:
    return text.encode(errors="replace").decode("cp1252", errors="replace")


def _asked(text: str) -> str:
    """With question marks for all that is not ASCII."""
    return text.encode("ascii", errors="replace").decode()


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # A value that is in no closed set must not make a cause of its own each time.
    return value if value in _KNOWN_WORDS else "something else"


def _type_name(value: Any) -> str:
    match value:
        case bool():
            return "yes or no"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "an object"
    return "a number"
