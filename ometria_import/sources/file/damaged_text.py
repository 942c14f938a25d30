"""Text that went through the wrong encoding: in some lines of a file, or before it came to us."""

from __future__ import annotations

import re

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import MIXED_ENCODING, MOJIBAKE

_ESCAPED = 0xDC00
"""`surrogateescape` makes characters of bytes that are no UTF-8 by adding this."""
_CP1252 = {byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
_AS_CP1252 = {_ESCAPED + byte: text for byte, text in _CP1252.items() if text != "\ufffd"}
_FRAGMENTS = tuple(text.encode() for text in ("Ã", "Â", "â€", "ðŸ", "ï»¿", "\ufffd"))
"""One of them is in every match of the pattern; looking for them first is much faster."""
_SECOND_LEADS = (0xC2, 0xC5, 0xC6, 0xCB, 0xE2, 0xEF)
"""First bytes of what follows in the fragments; most text with accents has none of them."""
_CONTINUATION = "[\u0080-\u00bfŒœŠšŸŽžƒ\u02c6\u02dc\u2013-\u203a€™]"
"""What the second byte of a character in UTF-8 becomes in cp1252 or Latin-1."""
_MOJIBAKE = re.compile(
    "|".join((f"Ã{_CONTINUATION}", "Â[\u00a0-\u00bf]", "â€.?", "ðŸ..?", "ï»¿", "\ufffd")), re.DOTALL
)


IS_UTF_8 = Finding(MIXED_ENCODING, "this row is UTF-8, but most of the file is not")
"""About a row of a file whose encoding was guessed."""


def mend_utf8(raw: bytes) -> tuple[bytes, Finding | None]:
    """Read the bytes of a row that are no UTF-8 as cp1252.

    The row comes back as it was, without a finding, where there are none, or where cp1252 has no
    such character either.
    """
    text = raw.decode("utf-8", "surrogateescape")
    mended = text.translate(_AS_CP1252)
    if mended == text:
        return raw, None
    try:
        encoded = mended.encode()
    except UnicodeEncodeError:
        return raw, None
    place = next(at for at, (old, new) in enumerate(zip(text, mended, strict=True)) if old != new)
    byte = ord(text[place]) - _ESCAPED
    where = f"byte 0x{byte:02X}, read as {mended[place]!r},"
    return encoded, Finding(MIXED_ENCODING, f"{where} is not UTF-8: this row was read as cp1252")


def may_hold_mojibake(text: bytes) -> bool:
    """Whether it is worth looking closer; quick, for megabytes."""
    if not any(lead in text for lead in _SECOND_LEADS):
        return False
    return any(fragment in text for fragment in _FRAGMENTS)


def find_mojibake(text: bytes) -> Finding | None:
    """What in a row looks like text that was read in the wrong encoding before."""
    if text.isascii() or not may_hold_mojibake(text):
        return None
    found = _MOJIBAKE.search(text.decode("utf-8", "replace"))
    if found is None:
        return None
    return Finding(MOJIBAKE, f"{found[0]!r} is typical of text that was read in the wrong encoding")
