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
    after: int
    """Where the first element starts that is not among them."""
    has_deep: bool
    """Whether one of them may be nested too deep."""


def split_elements(buffer: bytes) -> Split:
    """Cut a buffer into elements.

    The buffer starts where an element starts. The last element of the array, one that the
    buffer cuts, and everything after something odd are left to be followed token by token.
    """
    codes = np.frombuffer(buffer, np.uint8)
    is_mark = np.frombuffer(bytearray(buffer.translate(_MARKS)), np.bool_)
    if b"\\" in buffer and not _unmark_escaped(codes, is_mark):
        return Split([], 0, has_deep=False)
    marks = np.flatnonzero(is_mark)
    kinds = codes[marks]
    is_outside = (np.cumsum(kinds == _QUOTE, dtype=np.uint8) & 1) == 0
    levels = np.cumsum(_LEVEL_CHANGE[kinds] * is_outside, dtype=np.int32)
    closing = np.flatnonzero(levels < 0)
    count = int(closing[0]) if closing.size else marks.size
    is_end = (kinds == _COMMA) & is_outside & (levels == 0)
    ends = marks[:count][is_end[:count]].tolist()
    raws = []
    start = 0
    for end in ends:
        raw = buffer[start:end].strip(BLANKS)
        if not raw:
            break  # two commas in a row
        raws.append(raw)
        start = end + 1
    return Split(raws, start, has_deep=bool((levels > MAX_DEPTH).any()))


def _unmark_escaped(codes: npt.NDArray[np.uint8], is_mark: npt.NDArray[np.bool_]) -> bool:
    """Take the marks off escaped quotes; False where a backslash stands outside a string."""
    backslashes = np.flatnonzero(codes == _BACKSLASH)
    is_first = np.diff(backslashes, prepend=-2) != 1
    run_starts = backslashes[is_first][np.cumsum(is_first) - 1]
    escaping = backslashes[(backslashes - run_starts) % 2 == 0]
    is_mark[np.minimum(escaping + 1, codes.size - 1)] = False
    quotes = np.flatnonzero(is_mark & (codes == _QUOTE))
    return bool((np.searchsorted(quotes, escaping) % 2 == 1).all())
