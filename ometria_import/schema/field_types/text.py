"""Plain text and ids, and the characters that texts of every type may hold."""

from __future__ import annotations

import re
import unicodedata

from ometria_import.problems import Finding, shorten
from ometria_import.problems.catalogue import BAD_TEXT, RUINED_ID
from ometria_import.schema.field_types.model import FieldType, JsonKind

_STABLE_RANGES = (
    (0x00A1, 0x00AC),  # Latin-1 punctuation, without the no-break space
    (0x00AE, 0x02FF),  # Latin letters, without the soft hyphen
    (0x0370, 0x0373),  # Greek, without what NFC replaces: U+0374, U+037E, U+0387
    (0x0375, 0x0377),
    (0x037A, 0x037D),
    (0x0384, 0x0386),
    (0x0388, 0x038A),
    (0x038E, 0x03A1),
    (0x03A3, 0x03FF),
    (0x0400, 0x0482),  # Cyrillic, without combining marks
    (0x048A, 0x052F),
    (0x0531, 0x0556),  # Armenian
    (0x0561, 0x0587),
    (0x05D0, 0x05EA),  # Hebrew letters
    (0x0621, 0x063A),  # Arabic letters
    (0x0641, 0x064A),
    (0x1E00, 0x1EFF),  # Latin letters, Vietnamese among them
    (0x2010, 0x2027),  # dashes, quotes, ellipsis
    (0x2030, 0x205E),
    (0x20A0, 0x20C0),  # currency signs
    (0x2116, 0x2122),  # numero, trade mark; not the Ohm, Kelvin and Angstrom signs
    (0x3001, 0x3029),  # CJK punctuation
    (0x3041, 0x3096),  # hiragana and katakana, without the combining voice marks
    (0x309D, 0x30FF),
    (0x3400, 0x4DBF),  # CJK ideographs
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),  # Hangul syllables
    (0xFF01, 0xFF9D),  # full-width and half-width forms
    (0x1F300, 0x1FAFF),  # pictographs
)
STABLE_NON_ASCII = "".join(f"{chr(first)}-{chr(last)}" for first, last in _STABLE_RANGES)
"""Inside of a character class: characters that NFC keeps, in any company and order.

None of them is a space, a combining mark or the second half of a composition, so a text of
them is in normal form without looking at it. Written as characters because `re` and RE2 spell
their escapes differently.
"""

VISIBLE = f"!-~{STABLE_NON_ASCII}"
"""Inside of a character class: printable ASCII without the space, and the stable characters."""

_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f\ud800-\udfff]")
"""Control characters, those of ISO 6429 (C1) among them, and halves of characters."""
_AFTER_APOSTROPHE = re.compile(
    r"'(?:[=+@-].*"
    r"|[0-9][0-9 .,()/-]*"
    # Postcodes with letters: the Netherlands, the United Kingdom, Canada.
    r"|[0-9]{4} ?[A-Z]{2}"
    r"|[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}"
    r"|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])",
    re.DOTALL,
)
_WORD_CATEGORIES = frozenset("LMN")

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


def shown(text: str) -> str:
    """Put a user's text into a message: shortened, visible, in quotes."""
    return f"'{shorten(text)}'"


def compose(text: str) -> str | Finding:
    """Bring a text to Unicode NFC, or say which character no text has.

    Line breaks and tabs stay; all other control characters and lone surrogates are damage.
    """
    bad = _BAD.search(text)
    if bad is not None:
        return Finding(BAD_TEXT, f"{shown(text)} contains the character U+{ord(bad.group()):04X}")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def without_apostrophe(text: str) -> str:
    """Take off the one apostrophe that spreadsheets and shops put before numbers and formulas.

    Source: reference/export-formats.md section 8. `'90s jeans` keeps its own.
    """
    return text[1:] if text[:1] == "'" and _AFTER_APOSTROPHE.fullmatch(text) else text


def ascii_shape(text: str) -> str:
    """Replace each letter, mark and digit beyond ASCII by `a`, so that an ASCII pattern judges it.

    `re` has no character class for combining marks, which addresses in Indian scripts need.
    """
    if text.isascii():
        return text
    return "".join(
        "a" if char > "\x7f" and unicodedata.category(char)[0] in _WORD_CATEGORIES else char
        for char in text
    )


def text_type() -> FieldType:
    """Text of any length and any number of lines."""
    return FieldType(
        name="text",
        parse=parse_text,
        canonical=_TEXT,
        json=JsonKind.STRING,
        rule="Any text; spaces around it are trimmed and it is normalised to Unicode NFC.",
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
        rule="One line of text with leading zeros kept; 7.21E+12 is refused because its digits "
        "are lost.",
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
        return Finding(BAD_TEXT, f"{shown(text)} has a line break, which ids cannot have")
    return compose(without_apostrophe(text))
