"""All problems of a run: every one in a CSV file, and grouped by cause for people."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from io import TextIOWrapper
from pathlib import Path
from typing import Self

from ometria_import.problems.catalogue import CAUSES
from ometria_import.problems.model import Origin, Problem, Severity, severity_of
from ometria_import.problems.spreadsheet_cells import ENCODING, guarded, guarded_name

_CELLS: dict[str, Callable[[Problem], object]] = {
    "severity": lambda problem: problem.severity,
    "code": lambda problem: problem.code,
    "source": lambda problem: guarded(problem.origin.source),
    "line": lambda problem: problem.origin.place,
    "object_type": lambda problem: problem.object_type,
    "field": lambda problem: guarded_name(problem.field),
    "value": lambda problem: guarded(problem.value),
    "message": lambda problem: guarded(problem.message),
    "hint": lambda problem: guarded(CAUSES[problem.code[1:]].remedy),
    "count": lambda problem: problem.count,
}
COLUMNS = tuple(_CELLS)
MASKED = "masked: this run is pseudonymised"
"""Stands where a real value would."""
API_COLUMNS = tuple(name for name in COLUMNS if name not in {"value", "hint"})
"""Of problems that the API found: it is never told which value is meant."""
_PLACES = 3


def cells_of(problem: Problem, columns: Sequence[str] = COLUMNS) -> list[object]:
    """The cells of a problem's row in the file."""
    return [_CELLS[name](problem) for name in columns]


def place_of(problem: Problem) -> tuple[str, str, str, int]:
    """What problems are sorted by in their file: the cause, then where they are."""
    return problem.code, problem.field, problem.origin.source, problem.origin.line


@dataclass(slots=True)
class ProblemGroup:
    """All problems with the same cause in the same field."""

    code: str
    field: str
    object_type: str
    title: str
    hint: str
    count: int = 0
    places: list[Origin] = dataclass_field(default_factory=list)
    """The first three."""
    value: str = ""
    """The first value."""
    message: str = ""
    """The first problem's."""

    @classmethod
    def of(cls, code: str, field: str, object_type: str) -> ProblemGroup:
        """A group without problems."""
        cause = CAUSES[code[1:]]
        return cls(code, field, object_type, cause.title, cause.remedy)

    @property
    def severity(self) -> Severity:
        """Derived from the code's letter."""
        return severity_of(self.code)


class ProblemLog:
    """Writes problems to a CSV file as they come and counts them."""

    def __init__(
        self, path: Path, columns: Sequence[str] = COLUMNS, *, is_masked: bool = False
    ) -> None:
        """Begin the file.

        Args:
            path: Where it is; a file that is there already is written anew.
            columns: Some of `COLUMNS`, in their order.
            is_masked: Whether no value that was found may be repeated, not even in words.
        """
        self.path = path
        self.labels: Mapping[str, Callable[[int], str]] = {}
        """What a row's number is called, by source; must be set before the first problem."""
        self.is_masked = is_masked
        self.by_code: Counter[str] = Counter()
        self._columns = columns
        self._groups: dict[tuple[str, str, str], ProblemGroup] = {}
        self._raw = path.open("wb")
        # A file's name may hold bytes that are no text.
        self._file = TextIOWrapper(self._raw, ENCODING, errors="backslashreplace", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def add(self, problems: Iterable[Problem]) -> None:
        """Write and count problems."""
        for each in problems:
            origin = self.labelled(each.origin, each.count)
            problem = each if origin is each.origin else replace(each, origin=origin)
            if self.is_masked:
                value = MASKED if problem.value else ""
                problem = replace(problem, value=value, message=CAUSES[problem.code[1:]].title)
            self._writer.writerow(cells_of(problem, self._columns))
            group = ProblemGroup.of(problem.code, problem.field, problem.object_type)
            group.count, group.places = problem.count, [problem.origin]
            group.value, group.message = problem.value, problem.message
            self.count([group])

    def labelled(self, origin: Origin, count: int) -> Origin:
        """The place of a problem with the label of its row, if that has one and may be shown."""
        if self.is_masked:
            return replace(origin, label="") if origin.label else origin
        if count != 1 or origin.source not in self.labels:
            return origin
        return replace(origin, label=self.labels[origin.source](origin.line))

    def write(self, lines: bytes | memoryview) -> None:
        """Write problems that are lines of the file already; `count` must be told of them."""
        self._file.flush()
        self._raw.write(lines)

    def count(self, groups: Iterable[ProblemGroup]) -> None:
        """Count problems that were written, in the order of the first of each group."""
        for each in groups:
            self.by_code[each.code] += each.count
            known = self._groups.setdefault((each.code, each.object_type, each.field), each)
            if known is not each:
                known.count += each.count
                known.places += each.places[: _PLACES - len(known.places)]

    def groups(self) -> list[ProblemGroup]:
        """Errors before warnings, most frequent first."""
        return sorted(
            self._groups.values(),
            key=lambda group: (group.severity is not Severity.ERROR, -group.count, group.code),
        )
