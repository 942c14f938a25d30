"""Invisible characters, which make keys differ that look the same.

They belong to ordinary text: a zero-width joiner holds an emoji together, and Persian cannot be
spelt without the non-joiner. In keys, numbers, dates and names of columns they are accidents.
"""

from __future__ import annotations

import re

BYTE_ORDER_MARK = "\ufeff"
_INVISIBLE = re.compile(
    # Soft hyphen, zero-width characters, marks of direction and the byte order mark.
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+"
)
_NEXT_LINE = "\x85"
"""Unicode calls it a blank, but it is a control character, and most often a wrong encoding."""
_BLANKS = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
_AROUND = _BLANKS.replace(_NEXT_LINE, "") + BYTE_ORDER_MARK


def stripped(text: str) -> str:
    """The text without the blanks and byte order marks around it."""
    return text.strip(_AROUND)


def without_invisible(text: str) -> str:
    """The text without invisible characters, and without the blanks that these had kept inside."""
    return text if text.isascii() else stripped(_INVISIBLE.sub("", text))


def has_invisible(text: str) -> bool:
    """Whether a text has invisible characters, or other blanks around it than those of ASCII."""
    return not text.isascii() and (has_odd_ends(text) or _INVISIBLE.search(text) is not None)


def has_odd_ends(text: str) -> bool:
    """Whether other blanks than those of ASCII, or byte order marks, stand around a text."""
    begin, end = text[: len(text) - len(text.lstrip(_AROUND))], text[len(text.rstrip(_AROUND)) :]
    return not f"{begin}{end}".isascii()
