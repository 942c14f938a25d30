"""Which encoding a file has, and its text as UTF-8 whatever that encoding is.

Bytes that are no text in the file's encoding come out as bytes that are no UTF-8 either, so
that one rule downstream finds the row which holds them.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from pathlib import Path

from ometria_import.errors import SourceError, UsageError
from ometria_import.problems import Finding
from ometria_import.problems.catalogue import UNDECODABLE

UTF_8 = "utf-8"

_BOM = codecs.BOM_UTF8
_BOMS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (_BOM, UTF_8),
)
_OUTSIDE_ASCII = bytes(range(0x80, 0x100))
_LINES_PER_DAMAGED_BYTE = 1_000
"""A lone odd byte in so many lines is damage in UTF-8 and no sign of another encoding."""

_MARK_ERRORS = "ometria_import.mark"
_MARK = 0xDC00
"""Bytes that do not decode become surrogates from here on, which no text can hold."""


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    damaged = error.object[error.start : error.end]
    return "".join(chr(_MARK + byte) for byte in damaged), error.end


codecs.register_error(_MARK_ERRORS, _mark_undecodable)


def check_encoding(name: str) -> str:
    """The codec's usual name.

    Raises:
        UsageError: Python has no such encoding, or it is not one of text.
    """
    try:
        usual = codecs.lookup(name).name
        b"ab\0\0".decode(usual, _MARK_ERRORS)
        codecs.getincrementaldecoder(usual)(_MARK_ERRORS)
    except (LookupError, UnicodeError):
        raise UsageError(
            f"--encoding {name}: there is no such text encoding",
            hint="Common ones are utf-8, utf-16, cp1252, cp1250, cp1251 and shift_jis.",
        ) from None
    return {"iso8859-1": "latin-1", "utf-8-sig": UTF_8}.get(usual, usual)


def detect_encoding(head: bytes, *, is_whole: bool) -> str:
    """The encoding that a file's beginning shows: by its mark, else UTF-8, else cp1252 as a guess.

    Args:
        head: The first megabytes of the file.
        is_whole: Whether `head` is all of it; otherwise its last character may be cut.
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    valid, damaged = _count_characters(head, is_whole=is_whole)
    is_damaged_utf8 = valid >= damaged or damaged * _LINES_PER_DAMAGED_BYTE < head.count(b"\n")
    if damaged == 0 or is_damaged_utf8:
        return UTF_8
    return "cp1252"


def _count_characters(head: bytes, *, is_whole: bool) -> tuple[int, int]:
    """How many characters outside ASCII are valid UTF-8, and how many places are not."""
    if head.isascii():
        return 0, 0
    text, _ = codecs.utf_8_decode(head, "replace", is_whole)
    # An ASCII byte is a character of its own, in damaged UTF-8 as well.
    outside_ascii = len(text) - len(head.translate(None, delete=_OUTSIDE_ASCII))
    damaged = text.count("\ufffd") - head.count("\ufffd".encode())
    return outside_ascii - damaged, damaged


def read_text(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The same text as UTF-8, without a byte order mark, in pieces cut anywhere."""
    iterator = iter(pieces if encoding == UTF_8 else _transcode(pieces, encoding))
    start = b""
    for piece in iterator:
        start += piece
        if len(start) >= len(_BOM):
            break
    yield start.removeprefix(_BOM)
    yield from iterator


def _transcode(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(_MARK_ERRORS)
    for piece in pieces:
        yield decoder.decode(piece).encode(UTF_8, "surrogatepass")
    yield decoder.decode(b"", final=True).encode(UTF_8, "surrogatepass")


def skip_bytes(text: Iterator[bytes], count: int, path: Path) -> Iterator[bytes]:
    """The text after its first bytes, which were looked at when the file was opened.

    Raises:
        SourceError: there are not as many any more.
    """
    for piece in text:
        if len(piece) > count:
            yield piece[count:]
            yield from text
            return
        count -= len(piece)
    if count:
        raise SourceError(f"{path} became shorter while it was being read", hint="Start again.")


def undecodable(raw: bytes, encoding: str) -> Finding | None:
    """The finding about a row of `read_text` that is no text, or None where it is."""
    try:
        raw.decode(UTF_8)
    except UnicodeDecodeError as error:
        damaged = raw[error.start]
        if encoding != UTF_8:
            char = raw[error.start :].decode(UTF_8, "surrogatepass")[0]
            damaged = ord(char) & 0xFF
        where = f"byte 0x{damaged:02X}, at position {error.start + 1} of the row,"
        return Finding(UNDECODABLE, f"{where} is not valid {encoding}")
    return None
