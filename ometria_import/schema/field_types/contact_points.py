"""Email addresses and phone numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import partial

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_EMAIL, BAD_PHONE
from ometria_import.schema.field_types.characters import ascii_shape, shown, without_apostrophe
from ometria_import.schema.field_types.model import Conventions, FieldType, JsonKind

# Source: RFC 5321 section 4.5.3.1 (lengths), RFC 5322 section 3.2.3 (dot-atom).
_MAX_EMAIL_BYTES = 254
_MAX_LOCAL_BYTES = 64
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]"
_LOCAL = re.compile(rf"{_ATOM}+(?:\.{_ATOM}+)*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?:[a-z]{{2,63}}|xn--[a-z0-9-]{{0,58}}[a-z0-9])")

# Lengths that cannot add up to more than the limits, whatever the number of parts.
_SHORT_LOCAL = (
    rf"(?:{_ATOM}{{1,64}}|{_ATOM}{{1,31}}\.{_ATOM}{{1,32}}"
    rf"|{_ATOM}{{1,20}}\.{_ATOM}{{1,20}}\.{_ATOM}{{1,20}})"
)
_SHORT_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
_EMAIL = rf"{_SHORT_LOCAL}@(?:{_SHORT_LABEL}\.){{1,4}}[a-z]{{2,24}}"

_NAMED_ADDRESS = re.compile(r"[^<>]*<([^<>]*)>")
_MAILTO = "mailto:"

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_DIALLED = re.compile(
    r"(?:tel:)?[ ]*([+\uff0b]?[\d(][\d ()./\u00a0\u2009\u202f\u2010-\u2015-]*)", re.IGNORECASE
)
_MAX_DIALLED_CHARS = 40
_NO_COUNTRY = "has no country code"
_NO_NUMBER = "is not a phone number"


def email_type() -> FieldType:
    """An address that a mail server would look at."""
    return FieldType(
        name="email",
        parse=parse_email,
        canonical=_EMAIL,
        json=JsonKind.STRING,
        rule="An email address, lower-cased; mailto: and 'Name <address>' are unwrapped.",
        example="ada@example.com",
        lowercase=True,
    )


def phone_type(conventions: Conventions) -> FieldType:
    """A phone number as the whole world dials it."""
    return FieldType(
        name="phone",
        parse=partial(_parse_phone, country=conventions.country),
        canonical=r"\+[1-9][0-9]{6,14}",
        json=JsonKind.STRING,
        rule="A phone number in E.164; one without a country code is read with --country.",
        example="+442071838750",
    )


def parse_email(text: str) -> str | Finding:
    """Lower-case an address and check its syntax; nobody is asked whether it exists."""
    address = _unwrap(text)
    local, at, domain = ascii_shape(address).rpartition("@")
    if not at:
        return Finding(BAD_EMAIL, f"{shown(text)} has no @")
    if "@" in local:
        return Finding(BAD_EMAIL, f"{shown(text)} has more than one @")
    if not _LOCAL.fullmatch(local):
        return Finding(BAD_EMAIL, f"{shown(text)} is not an email address before the @")
    if not _DOMAIN.fullmatch(domain):
        return Finding(BAD_EMAIL, f"{shown(text)} has no valid domain after the @")
    # The shape holds no lone surrogate any more, so both can be encoded.
    written_local = address.rpartition("@")[0]
    if len(written_local.encode()) > _MAX_LOCAL_BYTES or len(address.encode()) > _MAX_EMAIL_BYTES:
        return Finding(BAD_EMAIL, f"{shown(text)} is too long for an email address")
    return address


def _unwrap(text: str) -> str:
    named = _NAMED_ADDRESS.fullmatch(text)
    address = named.group(1).strip() if named else text
    if address[: len(_MAILTO)].lower() == _MAILTO:
        address = address[len(_MAILTO) :].strip()
    return _lower(address)


def _lower(text: str) -> str:
    """Lower-case letter by letter, as Arrow does: Python looks at a letter's neighbours."""
    if text.isascii():
        return text.lower()
    letters = (
        "i" if char == "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}" else char.lower()
        for char in unicodedata.normalize("NFC", text)
    )
    return unicodedata.normalize("NFC", "".join(letters))


def _parse_phone(text: str, country: str | None) -> str | Finding:
    """Read a number as its country dials it; one in E.164 already is kept as it is."""
    if _E164.fullmatch(text):
        return text
    dialled = _DIALLED.fullmatch(without_apostrophe(text))
    if dialled is None or len(text) > _MAX_DIALLED_CHARS:
        return Finding(BAD_PHONE, f"{shown(text)} {_NO_NUMBER}")
    number = dialled.group(1)
    if country is None and number.startswith("00"):
        number = f"+{number[2:].lstrip()}"
    if country is None and number[0] not in "+\uff0b":
        return Finding(BAD_PHONE, f"{shown(text)} {_NO_COUNTRY}")
    found = _e164(number, country)
    return found or Finding(BAD_PHONE, f"{shown(text)} {_NO_NUMBER} {_where(country)}".rstrip())


def _where(country: str | None) -> str:
    return f"of {country}" if country else ""


def _e164(number: str, country: str | None) -> str | None:
    """Ask the phonenumbers library, which loads its tables for each country when first asked.

    A number with its country code needs a possible length only, since without its blanks it
    would be kept as it is; one without must be in a range that its country has given out.
    """
    import phonenumbers  # the fast path and --help do without it

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    possible = (
        number[0] in "+\uff0b"
        and phonenumbers.is_possible_number_with_reason(parsed)
        == phonenumbers.ValidationResult.IS_POSSIBLE
    )
    if not possible and not phonenumbers.is_valid_number(parsed):
        return None
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return written if _E164.fullmatch(written) else None
