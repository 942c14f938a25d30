"""Files that people open in a spreadsheet: how they are encoded, and no cell is run as a formula.

A spreadsheet runs a cell that begins with `=` and its like; a customer's name can be such a cell.
One apostrophe before it makes it text, and reading the file back takes just that one off. Where
a spreadsheet takes semicolons or tabs for what separates cells, the text after one begins a cell,
too, and so does a line in a cell.
Source: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re

ENCODING = "utf-8-sig"
"""UTF-8 with a byte order mark, without which Excel takes the bytes for the machine's old code page
and shows `Zoë` as `ZoÃ«`. Reading takes files with and without the mark."""
_BEGIN = r"(?:\A|(?<=[;\t\r\n]))"
_SIGNS = "[=+\\-@\t\r\0\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212]"
_RISKY = rf"""(?=(?:[^\S\t\r\n]|["'])*+{_SIGNS})"""
"""The last of the characters are other forms of the first four, which some programs take for them.
Blanks, quotes and apostrophes may stand before."""
_UNGUARDED = re.compile(_BEGIN + _RISKY)
_GUARDED = re.compile(f"{_BEGIN}'{_RISKY}")
_NUMBER = r"'?[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30})?"
"""Numbers, and phone numbers in E.164."""
_HARMLESS = re.compile(_NUMBER)
MAYBE_UNGUARDED_PATTERN = rf"(?:^|[;\t\r\n])[^0-9A-Za-z]*{_SIGNS}"
"""Found in every cell that `guarded` changes, and in a few others; for engines that cannot look
behind, and whose blanks are others. No letter or digit is a blank, a quote or an apostrophe."""
HARMLESS_PATTERN = f"^(?:{_NUMBER})$"
"""Matches cells that `guarded` never changes."""
_FIELD_NAME = re.compile(r"'?@[A-Za-z_]{1,30}")
"""`@collection` and its like."""


def guarded(cell: str) -> str:
    """The cell as it is written; no two cells are written alike."""
    return cell if _HARMLESS.fullmatch(cell) else _UNGUARDED.sub("'", cell)


def unguarded(cell: str) -> str:
    """The cell as it was before it was written."""
    return cell if _HARMLESS.fullmatch(cell) else _GUARDED.sub("", cell)


def guarded_name(name: str) -> str:
    """`guarded` for the name of a column; fields of Ometria's stay what they are."""
    return name if _FIELD_NAME.fullmatch(name) else guarded(name)


def unguarded_name(name: str) -> str:
    """The name as it was before it was written."""
    return name if _FIELD_NAME.fullmatch(name) else unguarded(name)
