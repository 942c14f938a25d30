"""What a finding about the data is: the values that travel from every layer to the report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MAX_SHOWN_CHARS = 80
"""Longest part of a user's value that a message repeats."""


class Severity(StrEnum):
    """What a problem means for its record."""

    ERROR = "error"
    """The record is rejected."""
    WARNING = "warning"
    """The value was dropped or changed, and the record kept."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one text, before anybody knows where it stands.

    The same cause is an error in a mandatory field and a warning in an optional one, so a
    finding carries the cause alone; `Problem.code` puts `E` or `W` before it.
    """

    cause: str
    """Three digits, the number of a `catalogue.Cause`."""
    message: str
    """What is wrong with the value, without the field, the place or a full stop."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row stands."""

    source: str
    """The source's path as the user gave it."""
    line: int
    """1-based physical line (CSV, NDJSON) or 1-based index (JSON array)."""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about one value of one row, or about a whole column."""

    code: str
    """`E` or `W` and the cause's three digits."""
    origin: Origin
    field: str
    """Field path, or the column's name where no field is known, or empty for a whole row."""
    value: str
    """The value as the user wrote it, shortened by `shorten`."""
    message: str
    object_type: str = ""
    count: int = 1
    """Over 1 for a problem of a whole column: how many values it concerns."""

    @property
    def severity(self) -> Severity:
        """Derived from the code's letter."""
        return Severity.ERROR if self.code.startswith("E") else Severity.WARNING


def shorten(text: str, limit: int = MAX_SHOWN_CHARS) -> str:
    """Cut a user's text to what a message can repeat, with control characters made visible."""
    visible = text[:limit]
    if not visible.isprintable():
        visible = "".join(char if char.isprintable() else repr(char)[1:-1] for char in visible)
    return visible if len(text) <= limit else f"{visible}…"
