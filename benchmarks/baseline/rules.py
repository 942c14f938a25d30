"""The rules of the values: one function each, text to value or ValueError."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

import phonenumbers
import pycountry
from pydantic import BeforeValidator, PlainSerializer

_EMAIL = re.compile(r"[a-z0-9._%+'-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_RUINED_ID = re.compile(r"[0-9](\.[0-9]+)?E[+-]?[0-9]+", re.IGNORECASE)
_AMOUNT = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?|-?[0-9]+(\.[0-9]+)?")
_GERMAN_AMOUNT = re.compile(r"-?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?|-?[0-9]+(,[0-9]+)?")
_POINT_FOR_COMMA = str.maketrans(",", ".", ".")
_BERLIN = ZoneInfo("Europe/Berlin")
_GENDERS = {
    "m": "m",
    "male": "m",
    "f": "f",
    "female": "f",
    "o": "o",
    "other": "o",
    "männlich": "m",
    "weiblich": "f",
}
_OPTINS = {
    "explicitly_optedin": "EXPLICITLY_OPTEDIN",
    "yes": "EXPLICITLY_OPTEDIN",
    "ja": "EXPLICITLY_OPTEDIN",
    "explicitly_optedout": "EXPLICITLY_OPTEDOUT",
    "no": "EXPLICITLY_OPTEDOUT",
    "nein": "EXPLICITLY_OPTEDOUT",
    "not_specified": "NOT_SPECIFIED",
}
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "yes", "ja"), True),
    **dict.fromkeys(("0", "false", "no", "nein"), False),
}
_GERMAN_COUNTRIES = {"Deutschland": "DE", "Österreich": "AT", "Schweiz": "CH"}
_CURRENCIES = frozenset(currency.alpha_3 for currency in pycountry.currencies)


@dataclass
class Dialect:
    """How the file that is being read writes its values."""

    is_german: bool = False
    """Local times, decimal commas, national telephone numbers."""


DIALECT = Dialect()


def clean_text(text: str) -> str:
    """Blanks around it cut, Unicode in NFC."""
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def parse_id(text: str) -> str:
    """As it is, unless a spreadsheet took it for a number."""
    if _RUINED_ID.fullmatch(text):
        raise ValueError("ruined by a spreadsheet")
    return text


def parse_email(text: str) -> str:
    """Lower case."""
    text = text.lower()
    if not _EMAIL.fullmatch(text):
        raise ValueError("not an email address")
    return text


def parse_phone(text: str) -> str:
    """E.164; a national number can be read if the country is known."""
    if _E164.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(text, "DE" if DIALECT.is_german else None)
    except phonenumbers.NumberParseException:
        raise ValueError("not a phone number") from None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_gender(text: str) -> str:
    """One letter."""
    try:
        return _GENDERS[text.lower()]
    except KeyError:
        raise ValueError("not m, f or o") from None


def parse_optin(text: str) -> str:
    """The push API's word for it."""
    try:
        return _OPTINS[text.lower()]
    except KeyError:
        raise ValueError("unknown opt-in state") from None


def parse_boolean(text: str) -> bool:
    """From the usual words."""
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise ValueError("neither yes nor no") from None


@lru_cache(maxsize=1_000)
def parse_country(text: str) -> str:
    """ISO 3166-1 alpha-2, from a code or a name."""
    try:
        return str(pycountry.countries.lookup(_GERMAN_COUNTRIES.get(text, text)).alpha_2)
    except LookupError:
        raise ValueError("unknown country") from None


def parse_currency(text: str) -> str:
    """ISO 4217."""
    text = text.upper()
    if text not in _CURRENCIES:
        raise ValueError("unknown currency")
    return text


def parse_date(text: str) -> str:
    """ISO 8601, or day before month with slashes or dots."""
    if text[2:3] in "/.":
        day, month, year = text.split(text[2])
        return date(int(year), int(month), int(day)).isoformat()
    return date.fromisoformat(text).isoformat()


def parse_timestamp(text: str) -> str:
    """ISO 8601, or day before month with slashes; UTC where it says no zone."""
    if DIALECT.is_german:
        moment = datetime.strptime(text, "%d.%m.%Y %H:%M").replace(tzinfo=_BERLIN)
    elif text[2:3] == "/":
        form = "%d/%m/%Y %H:%M" if ":" in text else "%d/%m/%Y"
        moment = datetime.strptime(text, form).replace(tzinfo=UTC)
    else:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
    return moment.isoformat().replace("+00:00", "Z")


def parse_amount(text: str) -> Decimal:
    """Exact, without thousands separators."""
    pattern = _GERMAN_AMOUNT if DIALECT.is_german else _AMOUNT
    if not pattern.fullmatch(text):
        raise ValueError("not a number")
    try:
        if DIALECT.is_german:
            return Decimal(text.translate(_POINT_FOR_COMMA))
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError("not a number") from None


def parse_list(text: str) -> list[str]:
    """Parts between commas."""
    return [part.strip() for part in text.split(",")]


Id = Annotated[str, BeforeValidator(parse_id)]
Email = Annotated[str, BeforeValidator(parse_email)]
Phone = Annotated[str, BeforeValidator(parse_phone)]
Gender = Annotated[str, BeforeValidator(parse_gender)]
OptIn = Annotated[str, BeforeValidator(parse_optin)]
Boolean = Annotated[bool, BeforeValidator(parse_boolean)]
Country = Annotated[str, BeforeValidator(parse_country)]
Currency = Annotated[str, BeforeValidator(parse_currency)]
Date = Annotated[str, BeforeValidator(parse_date)]
Timestamp = Annotated[str, BeforeValidator(parse_timestamp)]
Amount = Annotated[Decimal, BeforeValidator(parse_amount), PlainSerializer(float)]
TextList = Annotated[list[str], BeforeValidator(parse_list)]
