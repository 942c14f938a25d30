"""The written forms that the schemas name under `format`; they apply to texts only.

Each is checked over the whole text: a trailing line break is not overlooked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from jsonschema import FormatChecker

MAX_PROPERTIES_CHARS = 999
"""Source: "under 1,000 characters as JSON, keys included"."""

FORMATS = FormatChecker(formats=())

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d(:\d\d)?)", re.ASCII
)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


def _text_format(name: str) -> Callable[[Callable[[str], bool]], Callable[[str], bool]]:
    def register(is_valid: Callable[[str], bool]) -> Callable[[str], bool]:
        def check(value: object) -> bool:
            return not isinstance(value, str) or is_valid(value)

        FORMATS.checks(name, raises=ValueError)(check)
        return is_valid

    return register


@_text_format("date")
def _is_date(text: str) -> bool:
    """A day of the calendar, YYYY-MM-DD."""
    return bool(_DATE.fullmatch(text) and date.fromisoformat(text))


@_text_format("date-time")
def _is_timestamp(text: str) -> bool:
    """ISO 8601 to the second. Assumption: a zone is required, in the extended form.

    Source: official examples have `2018-04-19T09:00:00+00` and `2017-02-02 10:18:12.833949+00`.
    """
    return bool(_TIMESTAMP.fullmatch(text) and datetime.fromisoformat(text))


@_text_format("date-or-date-time")
def _is_date_or_timestamp(text: str) -> bool:
    """Assumption: as the CSV template allows both for a contact's timestamps, so does the API."""
    return _is_date(text) if len(text) == len("2024-01-31") else _is_timestamp(text)


@_text_format("e164")
def _is_phone(text: str) -> bool:
    """Stricter than the API, which drops another form to null without a word."""
    return bool(_E164.fullmatch(text))


@_text_format("number")
def _is_number(text: str) -> bool:
    """A number as a text."""
    return bool(_NUMBER.fullmatch(text))


@_text_format("boolean")
def _is_boolean(text: str) -> bool:
    """A yes or no as a text."""
    return text in ("true", "false")


@_text_format("currency")
def _is_currency(text: str) -> bool:
    """Assumption: only the shape of ISO 4217 is checked, not the list."""
    return bool(_CURRENCY.fullmatch(text))


@_text_format("country")
def _is_country(text: str) -> bool:
    """Assumption: only the shape of ISO 3166-1 alpha-2 is checked, not the list."""
    return bool(_COUNTRY.fullmatch(text))


@_text_format("email")
def _is_email(text: str) -> bool:
    """Assumption: one @ with something on both sides; the documentation says "string"."""
    return bool(_EMAIL.fullmatch(text))


@_text_format("absolute-url")
def _is_absolute_url(text: str) -> bool:
    """Assumption: absolute means http or https and a host."""
    parts = urlsplit(text)
    has_blank = any(character.isspace() for character in text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not has_blank


@_text_format("timezone")
def _is_timezone(text: str) -> bool:
    """A name in the IANA database."""
    return text in _timezones()


@FORMATS.checks("id")
def _is_id(value: object) -> bool:
    """A text or an integer; JSON Schema takes 1.0 for one."""
    return isinstance(value, str) or type(value) is int


@FORMATS.checks("custom-fields")
def _are_custom_fields(value: object) -> bool:
    """Short enough, and nothing empty at any depth."""
    if not isinstance(value, dict):
        return True
    if any(leaf is None or leaf == "" for leaf in _leaves(value)):
        return False
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(compact) <= MAX_PROPERTIES_CHARS


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        yield value
        return
    for part in value:
        yield from _leaves(part)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())
