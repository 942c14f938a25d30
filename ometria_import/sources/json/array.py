"""The elements of a JSON array, as many at once as can be."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path

from ometria_import.errors import SourceError
from ometria_import.sources.json.elements import (
    SHOWN_OF_LARGE,
    TOO_LARGE,
    Element,
    has_too_many_levels,
    whole_element,
)
from ometria_import.sources.json.many import Many, guessed_end, many_elements
from ometria_import.sources.json.wrapper import Wrapper, check_wrapper_end
from ometria_import.sources.model import BLANKS, MAX_DEPTH, MAX_ROW_BYTES

_OPENING, _CLOSING, _ENDING = frozenset(b"[{"), frozenset(b"]}"), frozenset(b",]}")
_QUOTE, _COMMA, _ARRAY_END = b'",]'
_PLAIN = re.compile(rb'[^"\[\]{},]*+')
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


def read_elements(
    text: Iterator[bytes], path: Path, wrapper: Wrapper | None = None
) -> Iterator[Element | Many]:
    """The elements of the one array that is the text, with their 1-based index.

    Args:
        text: The text, which starts with the array.
        path: For messages.
        wrapper: The object around the array, if there is one; its end is checked.

    Raises:
        SourceError: the array does not end, its brackets do not match, or text follows it.
    """
    buffer, position = _after_opening_bracket(text), 0
    index, is_closed, is_new, is_odd = 1, False, True, False
    while not is_closed:
        # Once for each piece, so that the work only grows with the size of the file.
        if is_new:
            whole = _whole_elements(index, buffer[position:], text)
            index, buffer, is_odd = yield from whole
            position = 0
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


def _whole_elements(
    index: int, buffer: bytes, text: Iterator[bytes]
) -> Generator[Element | Many, None, tuple[int, bytes, bool]]:
    """The elements of a buffer that end in a comma, and of the pieces after it where that is easy.

    Returns:
        The index of the next element, what is left of the buffer, and whether a backslash is known
        to stand in it outside of strings.
    """
    # Here, as numpy is slow to import and opening a source needs none of it.
    from ometria_import.sources.json.blocks import split_elements

    while (end := guessed_end(buffer)) and (many := many_elements(index, buffer[:end])):
        yield many
        buffer, index = buffer[end + 1 :] + next(text, b""), index + len(many.objects)
    split = split_elements(buffer)
    if split is None:
        return index, buffer, True
    if many := many_elements(index, buffer[: max(split.after - 1, 0)]):
        yield many
    else:
        for number, raw in enumerate(split.elements, index):
            is_too_deep = split.has_deep and has_too_many_levels(raw)
            yield whole_element(number, raw, is_too_deep=is_too_deep)
    return index + len(split.elements), buffer[split.after :], False


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
        """The element, once `feed` has found its end."""
        raw = b"".join(self._parts).strip(BLANKS)
        if self._size > MAX_ROW_BYTES:
            return Element(self._index, raw, TOO_LARGE)
        return whole_element(self._index, raw, is_too_deep=self._is_too_deep)

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
        """End the element at something that does not belong to it."""
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
            self._parts = [b"".join(self._parts)[:SHOWN_OF_LARGE]]
