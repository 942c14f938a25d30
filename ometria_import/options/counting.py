"""Numbers in words."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 record`, `2,000 records`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def enumerated(words: Sequence[str]) -> str:
    """`contact`, `contact and order`, `contact, order and product`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
