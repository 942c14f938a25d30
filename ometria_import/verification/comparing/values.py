"""Two values of one field: whether they are the same, and by which rule.

These functions are asked only about values that are not equal, neither of which is empty. They
answer with the rule by which they are the same, `True` where they are without any, or `False`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import msgspec

from ometria_import.schema.field_types import FieldTypeName, digits_of
from ometria_import.verification.comparing.rules import (
    BOOLEANS_AS_TEXT,
    DAY_AS_MIDNIGHT,
    IDS_AS_TEXT,
    LOWER_EMAILS,
    NUMBERS_AS_TEXT,
    PHONES,
    SAME_MOMENT,
    TO_THE_MINOR_UNIT,
    TO_THE_SECOND,
    Rule,
)

Answer: TypeAlias = Rule | bool
SameValue: TypeAlias = Callable[[Any, Any, str | None], Answer]
"""Takes what was sent, what was found, and the currency of the record or item."""

_MOST_DIGITS = 40
DAY_CHARS = len("2024-01-31")
_encoded = msgspec.json.Encoder(order="deterministic").encode
_SECOND = timedelta(seconds=1)
_HALF_UNITS = {digits: Decimal(5).scaleb(-digits - 1) for digits in range(4)}
_NOT_DIGITS = re.compile(r"[\s().+/-]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?", re.ASCII)
_BOOLEANS = ((True, "true", 1), (False, "false", 0))


def moment_of(text: Any) -> datetime | None:
    """A time as it is written, without an offset if it has none; None where it is no time."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def number_of(value: Any) -> Decimal | None:
    """A finite number of a usual size, also of its text; None where it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(value) if isinstance(value, int | Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    # A number with thousands of digits is no amount, and nothing to reckon with.
    return number if number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS else None


def same_text(_sent: Any, _found: Any, _currency: str | None) -> Answer:
    """Texts are the same only if they are equal."""
    return False


def same_email(sent: Any, found: Any, _currency: str | None) -> Answer:
    """Addresses regardless of case."""
    is_same = isinstance(found, str) and str(sent).lower() == found.lower()
    return LOWER_EMAILS if is_same else False


def same_id(sent: Any, found: Any, _currency: str | None) -> Answer:
    """Texts, and whole numbers for texts."""
    return IDS_AS_TEXT if _id_text(sent) == _id_text(found) else False


def same_phone(sent: Any, found: Any, _currency: str | None) -> Answer:
    """Digits, without the signs between them."""
    return PHONES if isinstance(found, str | int) and _digits(sent) == _digits(found) else False


def same_number(sent: Any, found: Any, _currency: str | None) -> Answer:
    """Numbers by value."""
    first, second = number_of(sent), number_of(found)
    if first is None or first != second:
        return False
    return NUMBERS_AS_TEXT if isinstance(sent, str) != isinstance(found, str) else True


def same_money(sent: Any, found: Any, currency: str | None) -> Answer:
    """Amounts to half a minor unit of their currency."""
    first, second = number_of(sent), number_of(found)
    if first is None or second is None:
        return False
    if first == second:
        return NUMBERS_AS_TEXT if isinstance(sent, str) != isinstance(found, str) else True
    is_near = abs(first - second) <= _HALF_UNITS[digits_of(currency)]
    return TO_THE_MINOR_UNIT if is_near else False


def same_boolean(sent: Any, found: Any, _currency: str | None) -> Answer:
    """Yes and no in their usual forms."""
    is_same = any(sent in forms and found in forms for forms in _BOOLEANS)
    return BOOLEANS_AS_TEXT if is_same else False


def same_time(sent: Any, found: Any, _currency: str | None) -> Answer:
    """Moments to the second, and days for midnights."""
    first, second = moment_of(sent), moment_of(found)
    if first is None or second is None:
        return False
    if len(sent) == DAY_CHARS or len(found) == DAY_CHARS:
        return DAY_AS_MIDNIGHT if _is_same_midnight(first, second) else False
    if first.tzinfo is None or second.tzinfo is None:
        return False
    if first == second:
        return SAME_MOMENT
    is_cut = second.microsecond == 0 and abs(first - second) < _SECOND
    return TO_THE_SECOND if is_cut else False


def same_consent_time(sent: Any, found: Any, _currency: str | None) -> Answer:
    """The very same moment, in whichever notation."""
    first, second = moment_of(sent), moment_of(found)
    has_zones = first and second and first.tzinfo and second.tzinfo
    return SAME_MOMENT if has_zones and first == second else False


def same_custom_value(sent: Any, found: Any, currency: str | None) -> Answer:
    """Values of custom fields: no type for another, but times in any notation."""
    if isinstance(sent, str):
        return same_time(sent, found, currency) if is_time(sent) and is_time(found) else False
    return is_equal(sent, found)


def is_time(value: Any) -> bool:
    """Whether a value of a custom field is written as a day or a moment."""
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def is_identical(sent: Any, found: Any) -> bool:
    """Whether two values are equal in every respect; quick, and wrong about none that differs.

    For Python true equals 1 also deep within a record, for JSON it does not.
    """
    return bool(sent == found) and _encoded(sent) == _encoded(found)


def is_equal(sent: Any, found: Any) -> bool:
    """Whether two values are equal, at any depth, numbers by value; true is not 1."""
    pairs = [(sent, found)]
    while pairs:
        first, second = pairs.pop()
        if isinstance(first, dict) and isinstance(second, dict):
            if first.keys() != second.keys():
                return False
            pairs += ((value, second[name]) for name, value in first.items())
        elif isinstance(first, list) and isinstance(second, list):
            if len(first) != len(second):
                return False
            pairs += zip(first, second, strict=True)
        elif first != second or _kind(first) is not _kind(second):
            return False
    return True


def _kind(value: Any) -> type:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Decimal if is_number else type(value)


def same_day(sent: Any, found: Any, currency: str | None) -> Answer:
    """Dates, and midnights for dates."""
    answer = same_time(sent, found, currency)
    return answer if answer is DAY_AS_MIDNIGHT else False


SAME_VALUES: dict[FieldTypeName, SameValue] = {
    FieldTypeName.ID: same_id,
    FieldTypeName.EMAIL: same_email,
    FieldTypeName.PHONE: same_phone,
    FieldTypeName.MONEY: same_money,
    FieldTypeName.NUMBER: same_number,
    FieldTypeName.WHOLE_NUMBER: same_number,
    FieldTypeName.TIMESTAMP: same_time,
    FieldTypeName.DATE: same_day,
    FieldTypeName.BOOLEAN: same_boolean,
}
"""How values of a type are compared; those of types that are not here are texts."""


def _is_same_midnight(first: datetime, second: datetime) -> bool:
    """The same day as written, and midnight in both: a day that has no offset is of any zone."""
    return first.replace(tzinfo=UTC) == second.replace(tzinfo=UTC) and first.time() == _MIDNIGHT


_MIDNIGHT = datetime.min.time()


def _id_text(value: Any) -> str | None:
    is_id = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    return str(value) if is_id else None


def _digits(phone: str | int) -> str:
    return _NOT_DIGITS.sub("", str(phone)).removeprefix("00")
