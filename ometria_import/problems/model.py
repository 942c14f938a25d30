"""What a finding about the data is: the values that travel from every layer to the report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MAX_SHOWN_CHARS = 80
"""Longest part of a user's value that a message repeats."""


class Severity(StrEnum):
    """What a problem means for its record."""

    ERROR = "error"
    """The record is rejected."""
    WARNING = "warning"
    """The value was dropped or changed, and the record kept."""


_LETTERS = {Severity.ERROR: "E", Severity.WARNING: "W"}


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

    label: str = ""
    """What the row is called beside its number: the index's label in a DataFrame, else empty."""

    def __str__(self) -> str:
        return f"{self.source}:{self.place}"

    @property
    def place(self) -> str:
        """The line, and the label if there is one."""
        return place_text(self.line, self.label)


class Located(NamedTuple):
    """A finding and where it stands within a source; it has no severity before it is reported."""

    row: int
    """Index of the row within its chunk, or the line once that is known."""
    path: str
    """Field path, or the column's name where no field is known, or empty for a whole row."""
    value: str
    """The value as the user wrote it, whole."""
    finding: Finding
    severity: Severity = Severity.WARNING
    times: int = 1
    """How many values or rows it is about, of which this is the first."""
    file: int = 0
    """Where rows of several files were joined: 0 for the records' own, n for the n-th of items."""

    @property
    def code(self) -> str:
        """The problem code."""
        return f"{_LETTERS[self.severity]}{self.finding.cause}"

    def problem(self, source: str, object_type: str) -> Problem:
        """The problem that it makes, where `row` is the line."""
        return Problem(
            self.code,
            Origin(source, self.row),
            self.path,
            shorten(self.value),
            self.finding.message,
            object_type,
            self.times,
        )


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that did not get in, as its source wrote it."""

    line: int
    """Counted like the lines of its chunk."""
    raw: str
    """The row's text, without its line end, where there are no cells; bytes that are no text
    stand as `\\xff`. Only the beginning where the row is too large to keep."""
    findings: tuple[Located, ...]
    cells: tuple[str, ...] = ()
    """In the source's own columns (JSON: the object as text); empty where the row could not
    be read."""
    belongs: str = ""
    """Of a row in which nothing was found: which rejected record it is part of."""
    file: int = 0
    """As in `Located`."""

    @classmethod
    def of(
        cls, line: int, raw: str, finding: Finding, cells: tuple[str, ...] = (), value: str = ""
    ) -> Reject:
        """A row with one reason, of which `value` is told where it is not all of the row."""
        return cls(line, raw, (Located(line, "", value, finding, Severity.ERROR),), cells)

    @property
    def finding(self) -> Finding:
        """The first reason."""
        return self.findings[0].finding

    @property
    def codes(self) -> str:
        """All problem codes, each once, with blanks between."""
        return " ".join(dict.fromkeys(each.code for each in self.findings))

    @property
    def reasons(self) -> str:
        """All reasons in words."""
        words = [
            f"{each.path}: {each.finding.message}" if each.path else each.finding.message
            for each in self.findings
        ]
        return "; ".join(words) or self.belongs


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
        return severity_of(self.code)


def severity_of(code: str) -> Severity:
    """What a problem code means for its record."""
    return Severity.ERROR if code.startswith("E") else Severity.WARNING


def place_text(line: int, label: str) -> str:
    """`17`, or `17 (index A17)` for a row that has a label."""
    return f"{line} (index {label})" if label else str(line)


def shorten(text: str, limit: int = MAX_SHOWN_CHARS) -> str:
    """Cut a user's text to what a message can repeat, with control characters made visible."""
    visible = text[:limit]
    if not visible.isprintable():
        visible = "".join(char if char.isprintable() else repr(char)[1:-1] for char in visible)
    return visible if len(text) <= limit else f"{visible}…"
