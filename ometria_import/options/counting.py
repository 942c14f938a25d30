"""Numbers in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

_KILO = 1_000
_UNITS = ("kB", "MB", "GB")


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 record`, `2,000 records`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def size_words(count: int) -> str:
    """`1.2 MB`."""
    if count < _KILO:
        return f"{count} B"
    power = min(int(math.log(count, _KILO)), len(_UNITS))
    return f"{count / _KILO**power:,.1f} {_UNITS[power - 1]}"


def enumerated(words: Sequence[str]) -> str:
    """`contact`, `contact and order`, `contact, order and product`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
