"""All problems of a run: every one in a CSV file, and grouped by cause for people."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Self

from ometria_import.config.home import private_file
from ometria_import.problems import CAUSES, Origin, Problem, Severity
from ometria_import.problems.spreadsheet_cells import guarded, guarded_name

_COLUMNS = (
    "severity",
    "code",
    "source",
    "line",
    "object_type",
    "field",
    "value",
    "message",
    "hint",
    "count",
)
_PLACES = 3


@dataclass(slots=True)
class ProblemGroup:
    """Problems with one cause in one field."""

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
        return Severity.ERROR if self.code.startswith("E") else Severity.WARNING


class ProblemLog:
    """Writes problems to `problems.csv` as they come and counts them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.by_code: Counter[str] = Counter()
        self._groups: dict[tuple[str, str, str], ProblemGroup] = {}
        self._file = private_file(path).open(
            # A file's name may hold bytes that are no text.
            "w",
            encoding="utf-8",
            errors="backslashreplace",
            newline="",
        )
        self._writer = csv.writer(self._file)
        self._writer.writerow(_COLUMNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, problems: Iterable[Problem]) -> None:
        """Write and count problems."""
        for problem in problems:
            cause = CAUSES[problem.code[1:]]
            self.by_code[problem.code] += problem.count
            self._writer.writerow(
                (
                    problem.severity,
                    problem.code,
                    guarded(problem.origin.source),
                    problem.origin.line,
                    problem.object_type,
                    guarded_name(problem.field),
                    guarded(problem.value),
                    guarded(problem.message),
                    guarded(cause.remedy),
                    problem.count,
                )
            )
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
