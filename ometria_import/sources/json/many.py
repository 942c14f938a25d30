"""Many JSON objects decoded at once, where nothing is wrong with any of them.

Whatever is refused here is decoded one by one, which takes twice as long and tells what is wrong.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import msgspec

from ometria_import.sources.json.oddities import may_repeat
from ometria_import.sources.model import BLANKS, MAX_DEPTH, MAX_ROW_BYTES

DECODER = msgspec.json.Decoder(float_hook=Decimal)
_FIRST_KEY = re.compile(rb'[ \t\r\n]*+(\{[ \t\r\n]*+"[^"\\]*+")')
_MOST_BLANKS = 256
"""How many blanks are looked at before an element."""
_NESTED = frozenset({dict, list})


class Many(NamedTuple):
    """Some objects that stand one after the other."""

    first: int
    """The line or index of the first; the others follow without a gap."""
    objects: list[dict[str, Any]]
    size: int
    """The bytes of their text."""


def many_lines(first: int, text: bytes) -> Many | None:
    """The objects of whole lines, one on each of them.

    Args:
        first: The number of the first line.
        text: The lines, without the end of the last one.
    """
    try:
        with collector_paused():
            found = DECODER.decode_lines(text)
    except (ValueError, InvalidOperation, RecursionError):
        return None
    return _many(first, found, text) if _is_one_a_line(len(found), text) else None


def many_elements(first: int, text: bytes) -> Many | None:
    """The objects of a text that begins with an element of an array, and is followed by a comma.

    If an array of this text is well-formed, the comma stands behind one of its elements.

    Args:
        first: The index of the first element.
        text: The elements and the commas between them.
    """
    try:
        with collector_paused():
            found = DECODER.decode(b"[%b]" % text)
    except (ValueError, InvalidOperation, RecursionError):
        return None
    return _many(first, found, text) if found else None


def guessed_end(buffer: bytes) -> int:
    """Where the comma after the last whole element of a buffer may be; 0 if nowhere.

    The elements of one array mostly begin in the same way, and others seldom do.

    Args:
        buffer: The text, which begins with an element.
    """
    first = _FIRST_KEY.match(buffer)
    place = buffer.rfind(first[1], first.end()) if first else -1
    if place < 0:
        return 0
    begin = max(place - _MOST_BLANKS, 0)
    before = buffer[begin:place].rstrip(BLANKS)
    return begin + len(before) - 1 if before.endswith(b",") else 0


def _is_one_a_line(count: int, text: bytes) -> bool:
    """Whether every line holds one object, and every object is on one line.

    The decoder also takes several from one line, one over several lines, and blank lines. The end
    of a line that has a `}` before it and a `{` behind it stands between two objects, though, and
    no other does between the same two.
    """
    ends = text.count(b"\n")
    if count != ends + 1:
        return False
    return text.count(b"}\n{") == ends or text.count(b"}\r\n{") == ends


def _many(first: int, found: list[Any], text: bytes) -> Many | None:
    """The values that were found, if they are objects and nothing is odd about them."""
    if set(map(type, found)) != {dict} or len(text) > MAX_ROW_BYTES:
        return None
    members = _members(found)
    if members is None or may_repeat(text, found, members):
        return None
    return Many(first, found, len(text))


def _members(objects: list[dict[str, Any]]) -> int | None:
    """How many members the objects have, nested ones included; None if nested too deep."""
    count, level = 0, list[Any](objects)
    for _ in range(MAX_DEPTH):
        members = [each for each in level if type(each) is dict]
        count += sum(map(len, members))
        level = [inner for each in level if type(each) is list for inner in each]
        level += [inner for each in members for inner in each.values()]
        level = [each for each in level if type(each) in _NESTED]
        if not level:
            return count
    return None


@contextmanager
def collector_paused() -> Iterator[None]:
    """Decoding makes no cycles, and looking for them takes twice as long as the decoding."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
