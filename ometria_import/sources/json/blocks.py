"""Where the elements of a JSON array end, for a whole buffer at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ometria_import.sources.model import BLANKS, MAX_DEPTH

_QUOTE, _BACKSLASH, _COMMA = b'"\\,'

_MARKS = bytes(code in b'"[]{},' for code in range(256))
_LEVEL_CHANGE = np.zeros(256, np.int8)
_LEVEL_CHANGE[list(b"[{")] = 1
_LEVEL_CHANGE[list(b"]}")] = -1


class Split(NamedTuple):
    """The elements that end in a comma in a buffer."""

    elements: list[bytes]
    """Blanks taken off; one of which nothing is left stood between two commas."""
    after: int
    """Where the first element starts that is not among them."""
    has_deep: bool
    """Whether one of them may be nested too deep."""


class Followed(NamedTuple):
    """How far an element goes in a buffer."""

    end: int | None
    """Where the comma or bracket stands that ends it; None where it goes on."""
    depth: int
    """Brackets that are open at the end of the buffer."""
    is_too_deep: bool
    is_in_string: bool
    """At the end of the buffer, as is the next."""
    is_escaped: bool


class _Marks(NamedTuple):
    """Quotes, brackets and commas of a buffer, in their order."""

    places: npt.NDArray[np.intp]
    kinds: npt.NDArray[np.uint8]
    is_outside: npt.NDArray[np.bool_]
    """Whether it stands in no string; undefined for quotes."""
    levels: npt.NDArray[np.int32]
    """Brackets that are open after it."""
    is_escaped: bool
    """Whether the buffer ends in a backslash that is about what comes next."""


def split_elements(buffer: bytes) -> Split | None:
    """Cut a buffer into elements; None where a backslash outside of strings confuses it.

    The buffer starts where an element starts. The last element of the array, one that the
    buffer cuts, and everything after something odd are left to be followed by themselves.
    """
    marks = _marks(buffer, 0, is_in_string=False)
    if marks is None:
        return None
    closing = np.flatnonzero(marks.levels < 0)
    count = int(closing[0]) if closing.size else marks.places.size
    is_end = (marks.kinds == _COMMA) & marks.is_outside & (marks.levels == 0)
    ends = marks.places[:count][is_end[:count]].tolist()
    starts = [0, *(end + 1 for end in ends)]
    raws = [buffer[start:end].strip(BLANKS) for start, end in zip(starts, ends, strict=False)]
    return Split(raws, starts[-1], has_deep=bool((marks.levels > MAX_DEPTH).any()))


def follow_element(buffer: bytes, depth: int, *, is_in_string: bool) -> Followed | None:
    """Find the end of an element that began before; None where a backslash confuses it.

    Args:
        buffer: The next bytes of the element, and perhaps of others.
        depth: Brackets that were open before.
        is_in_string: Whether it begins within a string.
    """
    marks = _marks(buffer, depth, is_in_string=is_in_string)
    if marks is None:
        return None
    is_end = ((marks.kinds == _COMMA) & marks.is_outside & (marks.levels == 0)) | (marks.levels < 0)
    found = np.flatnonzero(is_end)
    count = int(found[0]) if found.size else marks.places.size
    quotes = int(np.count_nonzero(marks.kinds == _QUOTE))
    return Followed(
        end=int(marks.places[count]) if found.size else None,
        depth=int(marks.levels[-1]) if marks.levels.size else depth,
        is_too_deep=bool((marks.levels[:count] > MAX_DEPTH).any()),
        is_in_string=bool((quotes + is_in_string) % 2),
        is_escaped=marks.is_escaped,
    )


def _marks(buffer: bytes, depth: int, *, is_in_string: bool) -> _Marks | None:
    codes = np.frombuffer(buffer, np.uint8)
    is_mark = np.frombuffer(bytearray(buffer.translate(_MARKS)), np.bool_)
    is_escaped = False
    if b"\\" in buffer:
        escaping = _escaping(codes)
        is_escaped = bool(escaping[-1] == codes.size - 1)
        is_mark[np.minimum(escaping + 1, codes.size - 1)] = False
        quotes = np.flatnonzero(is_mark & (codes == _QUOTE))
        if not ((np.searchsorted(quotes, escaping) + is_in_string) % 2 == 1).all():
            return None
    places = np.flatnonzero(is_mark)
    kinds = codes[places]
    is_outside = ((np.cumsum(kinds == _QUOTE, dtype=np.uint8) + is_in_string) & 1) == 0
    levels = depth + np.cumsum(_LEVEL_CHANGE[kinds] * is_outside, dtype=np.int32)
    return _Marks(places, kinds, is_outside, levels, is_escaped)


def _escaping(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """The backslashes that are about what follows them, and not escaped themselves."""
    backslashes = np.flatnonzero(codes == _BACKSLASH)
    is_first = np.diff(backslashes, prepend=-2) != 1
    run_starts = backslashes[is_first][np.cumsum(is_first) - 1]
    escaping: npt.NDArray[np.intp] = backslashes[(backslashes - run_starts) % 2 == 0]
    return escaping
