"""Values from published lists: currencies, countries and time zones.

The lists come from pycountry and zoneinfo and are loaded once, when first asked for.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_COUNTRY, BAD_CURRENCY, BAD_TIMEZONE
from ometria_import.schema.field_types.country_names import (
    OTHER_COUNTRY_NAMES,
    names_in_languages,
)
from ometria_import.schema.field_types.currencies import NO_MONEY, SIGNS, WITHDRAWN_CURRENCIES
from ometria_import.schema.field_types.model import FieldType, JsonKind
from ometria_import.schema.field_types.text import shown

_MAX_CHARS = 120

_POUND = "\u00a3"
"""Shared with Egypt and others; a column of pounds that does not say whose is of sterling."""

_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})
"""Names that zoneinfo lists and that mean no place: the machine's own zone, a placeholder."""

_NAME_AND_CODE = re.compile(r"(.+?) *\(([A-Za-z]{2,3})\)")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def currency_type() -> FieldType:
    """A currency that is in use or was; whether it was when it counts, records tell."""
    return FieldType(
        name="currency",
        parse=parse_currency,
        canonical="|".join(sorted({*currency_codes(), *WITHDRAWN_CURRENCIES})),
        json=JsonKind.STRING,
        rule="A currency code of ISO 4217, three letters or digits, or a sign like \u20ac. "
        "Of orders, also one that was withdrawn since; metals, funds and test codes are none.",
        example="EUR",
    )


def country_type() -> FieldType:
    """A country or territory."""
    return FieldType(
        name="country",
        parse=parse_country,
        canonical="|".join(sorted(set(_countries().values()))),
        json=JsonKind.STRING,
        rule="A country code of ISO 3166-1 or a country's name, in English or a dozen other "
        "languages, written as two letters.",
        example="GB",
    )


def timezone_type() -> FieldType:
    """A place whose clocks are known."""
    return FieldType(
        name="timezone",
        parse=parse_timezone,
        canonical="|".join(re.escape(name) for name in sorted(_timezones().values())),
        json=JsonKind.STRING,
        rule="A name of the IANA time zone database.",
        example="Europe/London",
    )


def parse_currency(text: str) -> str | Finding:
    """Find the letters of a currency that people pay in."""
    key = text[:_MAX_CHARS].upper()
    if key in currency_codes() or key in WITHDRAWN_CURRENCIES:
        return key
    if key in NO_MONEY or _currency_numbers().get(key) in NO_MONEY:
        words = "is a metal, a fund, a unit of account or a test code, in which no order is paid"
        return Finding(BAD_CURRENCY, f"{shown(text)} {words}")
    if key in _currency_numbers():
        return _currency_numbers()[key]
    meant = {"GBP"} if key == _POUND else SIGNS.get(key.removesuffix("."), frozenset())
    if len(meant) > 1:
        return Finding(BAD_CURRENCY, f"{shown(text)} is the sign of several currencies")
    return next(iter(meant), None) or Finding(
        BAD_CURRENCY, f"{shown(text)} is not a currency code of ISO 4217"
    )


def parse_country(text: str) -> str | Finding:
    """Find the two letters of a country by code or English name."""
    found = _find_country(text) if len(text) <= _MAX_CHARS else None
    return found or Finding(
        BAD_COUNTRY, f"{shown(text)} is neither a country code nor a name that is known"
    )


def _find_country(text: str) -> str | None:
    """Look a country up; `United Kingdom (UK)`, as WooCommerce writes it, must agree in both."""
    countries = _countries()
    both = _NAME_AND_CODE.fullmatch(text)
    codes = {countries.get(_country_key(name)) for name in both.groups()} if both else set()
    agreed = codes.pop() if len(codes) == 1 else None
    return agreed or countries.get(_country_key(text)) or _foreign_names().get(_country_key(text))


def parse_timezone(text: str) -> str | Finding:
    """Find a zone without regard to case; blanks stand for underscores."""
    name = _timezones().get(text[:_MAX_CHARS].replace(" ", "_").lower())
    return name or Finding(BAD_TIMEZONE, f"{shown(text)} is not an IANA time zone")


@lru_cache(maxsize=1)
def currency_codes() -> frozenset[str]:
    """Every three-letter code of ISO 4217 that is in use and that people pay in."""
    return frozenset(_currency_numbers().values()) - NO_MONEY


@lru_cache(maxsize=1)
def _currency_numbers() -> dict[str, str]:
    import pycountry  # its tables are read when first asked for

    return {currency.numeric: currency.alpha_3 for currency in pycountry.currencies}


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Codes and names, as `_country_key` writes them, to two letters."""
    import pycountry  # its tables are read when first asked for

    codes = {}
    for country in pycountry.countries:
        known = dict(country)
        for field in ("alpha_2", "alpha_3", "numeric", "name", "common_name", "official_name"):
            if field in known:
                codes[_country_key(known[field])] = known["alpha_2"]
        head, comma, tail = known["name"].partition(", ")
        if comma:
            codes[_country_key(f"{tail} {head}")] = known["alpha_2"]
    return codes | {_country_key(name): code for name, code in OTHER_COUNTRY_NAMES.items()}


@lru_cache(maxsize=1)
def _foreign_names() -> dict[str, str]:
    """Names in other languages to two letters, where English has no such name."""
    codes = set(_countries().values())
    names = names_in_languages().items()
    return {_country_key(name): code for name, code in names if code in codes}


def _country_key(name: str) -> str:
    """Reduce a name to what tells it from others: no accents, dots, case or leading `the`."""
    letters = unicodedata.normalize("NFKD", name.replace("&", " and ").replace(".", ""))
    bare = "".join(char for char in letters if not unicodedata.combining(char)).casefold()
    return _NOT_IN_NAMES.sub(" ", bare).strip().removeprefix("the ")


@lru_cache(maxsize=1)
def _timezones() -> dict[str, str]:
    import zoneinfo  # listing the zones walks a folder

    return {name.lower(): name for name in zoneinfo.available_timezones() - _NO_ZONES}
