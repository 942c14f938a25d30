"""Bytes read as the text of a page."""

from __future__ import annotations

import codecs
import re

from ometria_import.errors import SourceError
from ometria_import.tracking.page.markup import Markup, read_markup

MAX_BYTES = 5_000_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_NOT_SAID = ("utf-16", "utf-32", "utf-7", "idna", "punycode", "unicode", "raw")
"""What no page says of itself in ASCII and means."""
_BEGINNING = 4_096
_ARCHIVE = re.compile(r"\A\s*(?:From: [^\n]*\n|MIME-Version:)", re.IGNORECASE)
_SAVE = 'Save it from the browser as "Web page, complete", and check the .html file.'


def read_page(content: bytes, charset: str = "") -> Markup:
    """Read a page in whatever encoding it is.

    Args:
        content: Its bytes.
        charset: The encoding that the server told; empty where nobody did.

    Raises:
        SourceError: it is empty or no page.
    """
    if not content.strip():
        raise SourceError("it is empty", hint=_SAVE)
    text = _decoded(content, charset)
    if "\0" in text:
        raise SourceError("it is no page: it holds bytes that no text has", hint=_SAVE)
    if _ARCHIVE.match(text):
        raise SourceError("it is a web archive (MHTML), not HTML", hint=_SAVE)
    markup = read_markup(text)
    if not markup.has_tags:
        raise SourceError("it is no page: there is no HTML in it", hint=_SAVE)
    return markup


def _decoded(content: bytes, charset: str) -> str:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if content.startswith(b"<\0"):
        return content.decode("utf-16-le", "replace")
    found = _CHARSET.search(content[:_BEGINNING])
    declared = found[1].decode().lower() if found else ""
    if declared.startswith(_NOT_SAID):
        declared = ""
    for name in (charset, declared, "utf-8"):
        try:
            if name:
                return content.decode(name)
        except (UnicodeError, LookupError):
            continue
    # What counts in a page is ASCII; other letters matter for names only.
    return content.decode("windows-1252", "replace")
