"""JSON elements one at a time: where each ends, and the object that it holds.

Elements over 8 MiB are not held, and those that are nested too deep only go to the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import InvalidOperation
from typing import Any, NamedTuple

import msgspec

from ometria_import.problems import Finding
from ometria_import.problems.catalogue import NOT_AN_OBJECT, ROW_TOO_LARGE, TOO_DEEP
from ometria_import.sources.file.encodings import undecodable
from ometria_import.sources.json.many import DECODER, Many, many_lines
from ometria_import.sources.json.oddities import find_lone_surrogate
from ometria_import.sources.model import BLANKS, MAX_DEPTH, MAX_ROW_BYTES

SHOWN_OF_LARGE = 1_000

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'


_BRACKETS = re.compile(_STRING + rb"|([\[{])|([\]}])", re.DOTALL)


class Element(NamedTuple):
    """One piece of JSON that should be an object."""

    line: int
    raw: bytes
    """Only its beginning where the finding says that it is too large."""
    finding: Finding | None
    """Why it cannot even be looked at."""

    @property
    def size(self) -> int:
        """How many of its bytes are kept."""
        return len(self.raw)


def decode_object(element: Element, encoding: str) -> dict[str, Any] | Finding:
    """The object, all digits of its numbers kept, or what is wrong with the element."""
    raw = element.raw
    if element.finding is not None:
        return element.finding
    try:
        value = DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = str(error)
        if not reason.startswith("JSON"):
            reason = reason[:1].lower() + reason[1:]
        return (
            undecodable(raw, encoding) or find_lone_surrogate(raw) or Finding(NOT_AN_OBJECT, reason)
        )
    except InvalidOperation:
        return Finding(NOT_AN_OBJECT, "it contains a number that is too large")
    if isinstance(value, dict):
        return value
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return Finding(NOT_AN_OBJECT, f"it is {names.get(type(value), 'a number')}, not an object")


def has_too_many_levels(raw: bytes) -> bool:
    """Whether brackets outside strings nest deeper than any record does."""
    is_possible = raw.count(b"{") + raw.count(b"[") > MAX_DEPTH
    return is_possible and any(depth > MAX_DEPTH for depth in _depths(raw))


def is_left_open(raw: bytes) -> bool:
    """Whether more brackets are opened than closed, so that the text may go on elsewhere."""
    depth = 0
    for depth in _depths(raw):
        if depth > MAX_DEPTH:
            break
    return depth > 0


def _depths(raw: bytes) -> Iterator[int]:
    depth = 0
    for token in _BRACKETS.finditer(raw):
        if token.lastindex is not None:
            depth += 1 if token.lastindex == 1 else -1
            yield depth


def read_lines(text: Iterator[bytes]) -> Iterator[Element | Many]:
    """The lines of NDJSON with their physical numbers; blank ones are left out."""
    number, rest, is_inside_large_line = 1, b"", False
    for piece in text:
        whole, end, rest = (rest + piece).rpartition(b"\n")
        if end and is_inside_large_line:
            _, end, whole = whole.partition(b"\n")
            number, is_inside_large_line = number + 1, False
        if end:
            yield from _lines(number, whole)
            number += whole.count(b"\n") + 1
        if len(rest) > MAX_ROW_BYTES or is_inside_large_line:
            if not is_inside_large_line:
                yield _line_element(number, rest)
            rest, is_inside_large_line = b"", True
    if raw := rest.strip(BLANKS):
        yield _line_element(number, raw)


def _lines(first: int, text: bytes) -> Iterator[Element | Many]:
    """Whole lines, together if possible."""
    if many := many_lines(first, text):
        yield many
        return
    for number, line in enumerate(text.split(b"\n"), first):
        if raw := line.strip(BLANKS):
            yield _line_element(number, raw)


def _line_element(line: int, raw: bytes) -> Element:
    if len(raw) > MAX_ROW_BYTES:
        return Element(line, raw[:SHOWN_OF_LARGE], TOO_LARGE)
    return Element(line, raw, _TOO_DEEP if has_too_many_levels(raw) else None)


TOO_LARGE = Finding(ROW_TOO_LARGE, f"it has over {MAX_ROW_BYTES:,} bytes")
_EMPTY = Finding(NOT_AN_OBJECT, "there is nothing here")
_TOO_DEEP = Finding(TOO_DEEP, f"it is nested more than {MAX_DEPTH} levels deep")


def whole_element(index: int, raw: bytes, *, is_too_deep: bool) -> Element:
    """An element of an array whose end was found."""
    if not raw:
        return Element(index, raw, _EMPTY)
    return Element(index, raw, _TOO_DEEP if is_too_deep else None)
