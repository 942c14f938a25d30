"""Numbers in words."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 record`, `2,000 records`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
