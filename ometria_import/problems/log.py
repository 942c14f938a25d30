"""All problems of a run: every one in a CSV file, and grouped by cause for people."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Self

from ometria_import.problems.catalogue import CAUSES
from ometria_import.problems.model import Origin, Problem, Severity, severity_of
from ometria_import.problems.spreadsheet_cells import guarded, guarded_name

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
        self._is_masked = is_masked
        self.by_code: Counter[str] = Counter()
        self._cells = [_CELLS[name] for name in columns]
        self._groups: dict[tuple[str, str, str], ProblemGroup] = {}
        # A file's name may hold bytes that are no text.
        self._file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
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
            problem = each
            if problem.origin.source in self.labels and problem.count == 1:
                label = self.labels[problem.origin.source](problem.origin.line)
                problem = replace(problem, origin=replace(problem.origin, label=label))
            cause = CAUSES[problem.code[1:]]
            if self._is_masked:
                place = replace(problem.origin, label="")
                value = MASKED if problem.value else ""
                problem = replace(problem, value=value, message=cause.title, origin=place)
            self.by_code[problem.code] += problem.count
            self._writer.writerow([cell(problem) for cell in self._cells])
            key = (problem.code, problem.object_type, problem.field)
            group = self._groups.get(key)
            if group is None:
                group = ProblemGroup(
                    problem.code, problem.field, problem.object_type, cause.title, cause.remedy
                )
                group.value, group.message = problem.value, problem.message
                self._groups[key] = group
            group.count += problem.count
            if len(group.places) < _PLACES:
                group.places.append(problem.origin)

    def groups(self) -> list[ProblemGroup]:
        """Errors before warnings, most frequent first."""
        return sorted(
            self._groups.values(),
            key=lambda group: (group.severity is not Severity.ERROR, -group.count, group.code),
        )
