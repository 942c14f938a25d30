"""Email addresses and phone numbers."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import TYPE_CHECKING

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_EMAIL, BAD_PHONE
from ometria_import.schema.field_types.model import Conventions, FieldType, JsonKind
from ometria_import.schema.field_types.text import ascii_shape, shown, without_apostrophe
from ometria_import.schema.field_types.usual_forms.phones import (
    PREFIX_DIGITS,
    is_given_out,
    phone_rewrites,
)

if TYPE_CHECKING:
    import phonenumbers

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
# A country's own 0 is not dialled from abroad, but Italy's and some others' is. So only what
# has no 0 behind the country's code, which has one to three digits, needs no look.
# Source: ITU-T E.164, list of country codes.
_CLEAR_E164 = (
    r"\+(?:[17][1-9][0-9]{5,13}"
    r"|(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])[1-9][0-9]{4,12}"
    r"|(?:2[1-69]|3[578]|42|5[09]|6[7-9]|8[0578]|9[679])[0-9][1-9][0-9]{3,11})"
)
_CLEAR = re.compile(_CLEAR_E164)
_DIALLED = re.compile(
    r"(?:tel:)?[ ]*(\(?\+[\d]|\+[\d (]|[\d(])([\d ()./\u2010-\u2015-]*)", re.IGNORECASE
)
_FROM_A_NUMBER_CELL = re.compile(r"(\+?[0-9]{7,15})\.0")
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
_MAX_DIALLED_CHARS = 40
_NO_COUNTRY = "has no country code, its record names no country, and --country was not given"
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
        canonical=_CLEAR_E164,
        json=JsonKind.STRING,
        rule="A phone number in E.164; one without a country code is read as one of the "
        "record's own country, else with --country.",
        example="+442071838750",
        rewrites=phone_rewrites(conventions.country, _CLEAR_E164),
    )


def parse_email(text: str) -> str | Finding:
    """Lower-case an address and check its syntax; nobody is asked whether it exists."""
    named = _NAMED_ADDRESS.fullmatch(text)
    address = named.group(1).strip() if named else text
    if address[: len(_MAILTO)].lower() == _MAILTO:
        address = address[len(_MAILTO) :].strip()
    address = _lower(address)
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
    """Read a number as its country dials it; one in E.164 keeps all but a 0 that nobody dials."""
    if _E164.fullmatch(text):
        return text if _CLEAR.fullmatch(text) else _e164(text, None) or text
    if len(text) > _MAX_DIALLED_CHARS:
        return Finding(BAD_PHONE, f"{shown(text)} {_NO_NUMBER}")
    plain = without_apostrophe(_plain(text))
    if _ROUNDED.fullmatch(plain):
        return Finding(BAD_PHONE, f"{shown(text)} is a number that a spreadsheet has rounded")
    from_cell = _FROM_A_NUMBER_CELL.fullmatch(plain)
    dialled = _DIALLED.fullmatch(from_cell.group(1) if from_cell else plain)
    if dialled is None:
        return Finding(BAD_PHONE, f"{shown(text)} {_NO_NUMBER}")
    number = "".join(dialled.groups()).replace("(+", "+(")
    if country is None and number.startswith("00"):
        number = f"+{number[2:].lstrip()}"
    if country is None and number[0] != "+":
        return Finding(BAD_PHONE, f"{shown(text)} {_NO_COUNTRY}")
    found = _e164(number, country)
    of_country = f" of {country}" if country else ""
    return found or Finding(BAD_PHONE, f"{shown(text)} {_NO_NUMBER}{of_country}")


def _plain(text: str) -> str:
    """Write full-width digits and odd blanks as ASCII has them, and drop what nobody sees."""
    if text.isascii():
        return text
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", seen).strip()


def _e164(number: str, country: str | None) -> str | None:
    """Ask the phonenumbers library, which loads its tables for each country when first asked.

    A number with its country code needs a possible length only, since without its blanks it
    would be kept as it is; one without must begin as numbers do that its country has given out.
    """
    import phonenumbers  # the fast path and --help do without it

    digits = re.sub("[^0-9+]", "", number)
    if country and digits.startswith(str(phonenumbers.country_code_for_region(country))):
        # 49 151 …: written in full but for the plus, unless it is no number so.
        in_full = _e164(f"+{digits}", None)
        if in_full is not None and phonenumbers.is_valid_number(phonenumbers.parse(in_full)):
            return in_full
    try:
        parsed = phonenumbers.parse(number, country, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE:
        is_local = parsed.country_code_source == phonenumbers.CountryCodeSource.FROM_DEFAULT_COUNTRY
        is_good = not is_local or _begins_well(parsed)
    else:
        is_good = phonenumbers.is_valid_number(parsed)
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return written if is_good and _E164.fullmatch(written) else None


def _begins_well(parsed: phonenumbers.PhoneNumber) -> bool:
    """Whether the number, or another of its length that begins like it, is given out.

    Regulators keep some blocks for films and examples (07700 900xxx), which are in no range.
    """
    import phonenumbers

    if phonenumbers.is_valid_number(parsed):
        return True
    digits = phonenumbers.national_significant_number(parsed)
    return is_given_out(parsed.country_code or 0, digits[:PREFIX_DIGITS], len(digits))
