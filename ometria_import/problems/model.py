"""Findings about the data: the values that every layer passes on to the report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MAX_SHOWN_CHARS = 80
"""The maximum length of a user's value in a message."""


class Severity(StrEnum):
    """Whether a problem rejects its record."""

    ERROR = "error"
    """The record is rejected."""
    WARNING = "warning"
    """The value was dropped or changed, and the record kept."""

    def code_of(self, cause: str) -> str:
        """The problem code of a cause: `E012` or `W012`."""
        return f"{_LETTERS[self]}{cause}"


_LETTERS = {Severity.ERROR: "E", Severity.WARNING: "W"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one text, before its place in the source is known.

    The same cause is an error in a mandatory field and a warning in an optional one, so a
    finding carries the cause alone; `Problem.code` puts `E` or `W` before it.
    """

    cause: str
    """Three digits, the number of a `catalogue.Cause`."""
    message: str
    """The description of the problem, without the field, the place or a full stop."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of a row in its source."""

    source: str
    """The source's path as the user gave it."""
    line: int
    """1-based physical line (CSV, NDJSON) or 1-based index (JSON array)."""

    label: str = ""
    """A label besides the row's number: the index label in a DataFrame, otherwise empty."""

    def __str__(self) -> str:
        return f"{self.source}:{self.place}"

    @property
    def place(self) -> str:
        """The line, and the label if there is one."""
        return place_text(self.line, self.label)


class Located(NamedTuple):
    """A finding with its place in a source; it has no severity until it is reported."""

    row: int
    """Index of the row within its chunk, or the line once that is known."""
    path: str
    """Field path, or the column's name where no field is known, or empty for a whole row."""
    value: str
    """The value as the user wrote it, whole."""
    finding: Finding
    severity: Severity = Severity.WARNING
    times: int = 1
    """The number of values or rows it is about; this is the first of them."""
    file: int = 0
    """For joined files: 0 for the file of records, n for the n-th item file."""

    @property
    def code(self) -> str:
        """The problem code."""
        return self.severity.code_of(self.finding.cause)

    def problem(self, source: str, object_type: str) -> Problem:
        """The finding as a problem; `row` must be the line number."""
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
    """A rejected row, as written in its source."""

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
    """The rejected record that the row is part of, if the row itself has no problem."""
    file: int = 0
    """As in `Located`."""

    @classmethod
    def of(
        cls, line: int, raw: str, finding: Finding, cells: tuple[str, ...] = (), value: str = ""
    ) -> Reject:
        """A reject with a single reason; `value` is set if it is only a part of the row."""
        return cls(line, raw, (Located(line, "", value, finding, Severity.ERROR),), cells)

    @property
    def finding(self) -> Finding:
        """The first reason."""
        return self.findings[0].finding

    @property
    def codes(self) -> str:
        """All problem codes without duplicates, separated by blanks."""
        return " ".join(dict.fromkeys(each.code for each in self.findings))

    @property
    def reasons(self) -> str:
        """All reasons as text."""
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
    """The number of values concerned; more than 1 for a problem of a whole column."""

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
