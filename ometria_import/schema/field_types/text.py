"""Plain text and ids."""

from __future__ import annotations

import re

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import BAD_TEXT, RUINED_ID
from ometria_import.schema.field_types.characters import (
    STABLE_NON_ASCII,
    VISIBLE,
    compose,
    shown,
    without_apostrophe,
)
from ometria_import.schema.field_types.model import FieldType, JsonKind

_NO_APOSTROPHE = f"!-&(-~{STABLE_NON_ASCII}"
_TEXT = f"[{_NO_APOSTROPHE}](?:[{VISIBLE} \t\r\n]*[{VISIBLE}])?"

# An id is in normal form when it cannot be a ruined number. RE2 has no lookahead, so the
# alternatives say by their beginning how they differ from one.
_END = f"(?:[{VISIBLE} ]*[{VISIBLE}])"
_NO_LEADING_NUMBER = f"[!-&(*,./:-~{STABLE_NON_ASCII}]{_END}?"
_WITHOUT_E_FIRST = f"!-&(-DF-df-~{STABLE_NON_ASCII}"
_WITHOUT_E = f"!-DF-df-~{STABLE_NON_ASCII}"
_NO_EXPONENT = f"[{_WITHOUT_E_FIRST}](?:[{_WITHOUT_E} ]*[{_WITHOUT_E}])?"
_AFTER_DIGITS = f"!-+/:-DF-df-~{STABLE_NON_ASCII}-"
_DIGITS_FIRST = f"[0-9]+(?:[{_AFTER_DIGITS}]|[{_AFTER_DIGITS} ]{_END})"
_AFTER_E = f"!-*,-~{STABLE_NON_ASCII}"
_HEX_LIKE = f"[0-9]+[eE](?:[{_AFTER_E}]|[{_AFTER_E} ]{_END})?"
_ID = f"{_NO_LEADING_NUMBER}|{_NO_EXPONENT}|{_DIGITS_FIRST}|{_HEX_LIKE}"

_RUINED = re.compile(r"'?[+-]?[0-9]+(?:[.,][0-9]*[eE][+-]?[0-9]+|[eE]\+[0-9]+)")
_LINE_BREAK = re.compile(r"[\r\n]")


def text_type() -> FieldType:
    """Text of any length and any number of lines."""
    return FieldType(
        name="text",
        parse=parse_text,
        canonical=_TEXT,
        json=JsonKind.STRING,
        rule="Any text; blanks around it are trimmed and it is brought to Unicode NFC.",
        example="Ada's Garden Shears",
        keeps_invisible=True,
    )


def id_type() -> FieldType:
    """A key: one line of text whose every character counts."""
    return FieldType(
        name="id",
        parse=parse_id,
        canonical=_ID,
        json=JsonKind.STRING,
        rule="One line of text, leading zeros kept; 7.21E+12 is refused, its digits are lost.",
        example="SKU-00123",
    )


def parse_text(text: str) -> str | Finding:
    """Compose the text and take off a spreadsheet's apostrophe."""
    return compose(without_apostrophe(text))


def parse_id(text: str) -> str | Finding:
    """Keep an id as it is written, unless a spreadsheet rewrote it as a rounded number.

    `12E5` stays: digits, E, digits is what hexadecimal keys look like. A decimal sign or a plus
    is what only a number has.
    """
    if _RUINED.fullmatch(text):
        return Finding(RUINED_ID, f"{shown(text)} is a number that a spreadsheet has rounded")
    if _LINE_BREAK.search(text):
        return Finding(BAD_TEXT, f"{shown(text)} has a line break, which no id has")
    return compose(without_apostrophe(text))
