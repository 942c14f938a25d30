"""JSON elements one at a time: where each ends, and the object that it holds.

No element is given to the parser before its depth is known, and none over 8 MiB is held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ometria_import.errors import SourceError
from ometria_import.problems import Finding
from ometria_import.problems.catalogue import NOT_AN_OBJECT, ROW_TOO_LARGE, TOO_DEEP
from ometria_import.sources.file.encodings import undecodable
from ometria_import.sources.json.oddities import find_lone_surrogate
from ometria_import.sources.json.wrapper import Wrapper, check_wrapper_end
from ometria_import.sources.model import BLANKS, MAX_DEPTH, MAX_ROW_BYTES

_SHOWN_OF_LARGE_ELEMENT = 1_000

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_OPENING, _CLOSING, _ENDING = frozenset(b"[{"), frozenset(b"]}"), frozenset(b",]}")
_QUOTE, _COMMA, _ARRAY_END = b'",]'


_BRACKETS = re.compile(_STRING + rb"|([\[{])|([\]}])", re.DOTALL)
_PLAIN = re.compile(rb'[^"\[\]{},]*+')
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_DECODE = msgspec.json.Decoder(float_hook=Decimal).decode


class Element(NamedTuple):
    """One piece of JSON that should be an object."""

    line: int
    raw: bytes
    """Only its beginning where the finding says that it is too large."""
    finding: Finding | None
    """Why it cannot even be looked at."""


def decode_object(element: Element, encoding: str) -> dict[str, Any] | Finding:
    """The object, all digits of its numbers kept, or what is wrong with the element."""
    raw = element.raw
    if element.finding is not None:
        return element.finding
    try:
        value = _DECODE(raw)
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


def read_lines(text: Iterator[bytes]) -> Iterator[Element]:
    """The lines of NDJSON with their physical numbers; blank ones are left out."""
    number, rest, is_inside_large_line = 0, b"", False
    for piece in text:
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        for line in lines:
            number += 1
            if is_inside_large_line:
                is_inside_large_line = False
            elif raw := line.strip(BLANKS):
                yield _line_element(number, raw)
        if len(rest) > MAX_ROW_BYTES or is_inside_large_line:
            if not is_inside_large_line:
                yield _line_element(number + 1, rest)
            rest, is_inside_large_line = b"", True
    if raw := rest.strip(BLANKS):
        yield _line_element(number + 1, raw)


def _line_element(line: int, raw: bytes) -> Element:
    if len(raw) > MAX_ROW_BYTES:
        return Element(line, raw[:_SHOWN_OF_LARGE_ELEMENT], _TOO_LARGE)
    return Element(line, raw, _TOO_DEEP if has_too_many_levels(raw) else None)


_TOO_LARGE = Finding(ROW_TOO_LARGE, f"it has over {MAX_ROW_BYTES:,} bytes")
_EMPTY = Finding(NOT_AN_OBJECT, "there is nothing here")
_TOO_DEEP = Finding(TOO_DEEP, f"it is nested more than {MAX_DEPTH} levels deep")


def read_elements(
    text: Iterator[bytes], path: Path, wrapper: Wrapper | None = None
) -> Iterator[Element]:
    """The elements of the one array that is the text, with their 1-based index.

    Args:
        text: The text, which starts with the array.
        path: For messages.
        wrapper: The object around the array, if there is one; its end is checked.

    Raises:
        SourceError: the array does not end, its brackets do not match, or text follows it.
    """
    # Here, as numpy is slow to import and opening a source needs none of it.
    from ometria_import.sources.json.blocks import split_elements

    buffer, position = _after_opening_bracket(text), 0
    index, is_closed, is_new, is_odd = 1, False, True, False
    while not is_closed:
        # Once for each piece: whatever a file is made of, the work grows by its size only.
        if is_new:
            split, buffer = split_elements(buffer[position:]), buffer[position:]
            is_odd, position = split is None, 0
            if split is not None:
                for raw in split.elements:
                    is_too_deep = split.has_deep and has_too_many_levels(raw)
                    yield _whole_element(index, raw, is_too_deep=is_too_deep)
                    index += 1
                position = split.after
        is_new = False
        scan = _ElementScan(path, index)
        while (after := scan.feed(buffer, position, is_odd=is_odd)) is None:
            buffer, position, is_new, is_odd = next(text, b""), 0, True, False
            if not buffer:
                raise _cut(path, index - 1)
        element = scan.element()
        is_closed, position = scan.is_last, after
        if element.raw or not is_closed or index > 1:
            yield element
        index += 1
    rest = buffer[position:]
    if wrapper is None:
        _check_nothing_follows(rest, text, path)
    else:
        check_wrapper_end(path, wrapper, rest + b"".join(_bounded(text)))


def _whole_element(index: int, raw: bytes, *, is_too_deep: bool) -> Element:
    if not raw:
        return Element(index, raw, _EMPTY)
    return Element(index, raw, _TOO_DEEP if is_too_deep else None)


def _after_opening_bracket(text: Iterator[bytes]) -> bytes:
    start = b""
    for piece in text:
        start = (start + piece).lstrip(BLANKS)
        if start:
            break
    return start[1:]


def _cut(path: Path, elements: int) -> SourceError:
    return SourceError(
        f"{path} ends in the middle of its array, after element {elements:,}",
        hint="The file is truncated: export or copy it again. Nothing in it can be used.",
    )


def _check_nothing_follows(rest: bytes, text: Iterator[bytes], path: Path) -> None:
    if rest.strip(BLANKS) or any(piece.strip(BLANKS) for piece in text):
        raise SourceError(
            f"{path} continues after the end of its array",
            hint="A JSON file must be a single array; put several arrays into several files.",
        )


def _bounded(text: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in text:
        yield piece
        size += len(piece)
        if size > MAX_ROW_BYTES:
            return


class _ElementScan:
    """Follows one element over any number of buffers, in bounded memory."""

    def __init__(self, path: Path, index: int) -> None:
        self.is_last = False
        self._path = path
        self._index = index
        self._depth = 0
        self._is_too_deep = False
        self._is_in_string = False
        self._is_escaped = False
        self._parts: list[bytes] = []
        self._size = 0

    def element(self) -> Element:
        """The element, once `feed` has come to its end."""
        raw = b"".join(self._parts).strip(BLANKS)
        if self._size > MAX_ROW_BYTES:
            return Element(self._index, raw, _TOO_LARGE)
        return _whole_element(self._index, raw, is_too_deep=self._is_too_deep)

    def feed(self, buffer: bytes, start: int, *, is_odd: bool) -> int | None:
        """Go on with the next bytes.

        Args:
            buffer: The buffer that contains the next bytes.
            start: Where they begin.
            is_odd: Whether a backslash is known to stand outside of strings: then the element is
                followed token by token.

        Returns:
            Where the following element starts, or None if this one goes on.
        """
        position, size = start, len(buffer)
        if self._is_escaped and position < size:
            position, self._is_escaped = position + 1, False
        followed = None
        if not is_odd:
            from ometria_import.sources.json.blocks import follow_element

            followed = follow_element(
                buffer[position:], self._depth, is_in_string=self._is_in_string
            )
        if followed is None:
            return self._feed_tokens(buffer, start, position)
        self._is_too_deep |= followed.is_too_deep
        if followed.end is not None:
            return self._end(buffer, start, position + followed.end)
        self._depth, self._is_in_string = followed.depth, followed.is_in_string
        self._is_escaped = followed.is_escaped
        self._keep(buffer[start:])
        return None

    def _feed_tokens(self, buffer: bytes, start: int, position: int) -> int | None:
        size = len(buffer)
        while position < size:
            pattern = _IN_STRING if self._is_in_string else _PLAIN
            token = pattern.match(buffer, position)
            position = token.end() if token else position
            if position == size:
                break
            code = buffer[position]
            if self._is_in_string:
                # It stops at a quote, or at a backslash with nothing after it yet.
                self._is_in_string, self._is_escaped = code != _QUOTE, code != _QUOTE
            elif self._depth == 0 and code in _ENDING:
                return self._end(buffer, start, position)
            elif code == _QUOTE:
                self._is_in_string = True
            elif code in _OPENING:
                self._depth += 1
                self._is_too_deep |= self._depth > MAX_DEPTH
            elif code in _CLOSING:
                self._depth -= 1
            position += 1
        self._keep(buffer[start:])
        return None

    def _end(self, buffer: bytes, start: int, end: int) -> int:
        """End the element where something stands that is not of it."""
        code = buffer[end]
        if code not in (_COMMA, _ARRAY_END):
            raise SourceError(
                f"{self._path} element {self._index:,}: its brackets do not match",
                hint="It is impossible to tell where the next element starts: export the file "
                "again.",
            )
        self.is_last = code == _ARRAY_END
        self._keep(buffer[start:end])
        return end + 1

    def _keep(self, part: bytes) -> None:
        if self._size <= MAX_ROW_BYTES:
            self._parts.append(part)
        self._size += len(part)
        if self._size > MAX_ROW_BYTES:
            self._parts = [b"".join(self._parts)[:_SHOWN_OF_LARGE_ELEMENT]]
