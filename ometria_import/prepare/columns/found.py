"""What was found in the rows of a chunk, held in columns.

A problem in every cell of a column then costs no object for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from ometria_import.problems import Finding, Located, Severity
from ometria_import.sources.arrays import Mask, Rows


@dataclass(frozen=True, slots=True)
class Alike:
    """Findings about one field, many of which may be the same."""

    rows: Rows
    which: Rows
    """For each row, the index of its value and its finding."""
    values: Sequence[str]
    """As the user wrote them, whole."""
    findings: Sequence[Finding]
    path: str = ""
    severity: Severity = Severity.WARNING

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Located]:
        return map(self._located, range(len(self)))

    def _located(self, index: int) -> Located:
        number = int(self.which[index])
        value, finding = self.values[number], self.findings[number]
        return Located(int(self.rows[index]), self.path, value, finding, self.severity)

    @classmethod
    def joined(cls, several: Sequence[Alike]) -> Alike:
        """The findings of several parts of a column, one after the other."""
        before = np.cumsum([0, *(len(each.findings) for each in several)]).tolist()
        return cls(
            np.concatenate([each.rows for each in several]),
            np.concatenate([each.which + add for each, add in zip(several, before, strict=False)]),
            [value for each in several for value in each.values],
            [finding for each in several for finding in each.findings],
        )

    def has(self, cause: str) -> Mask:
        """A mask of the findings of a cause."""
        of_findings = np.array([each.cause == cause for each in self.findings], bool)
        found: Mask = of_findings[self.which]
        return found

    def where(self, mask: Mask) -> Alike:
        """Only some of the findings."""
        return replace(self, rows=self.rows[mask], which=self.which[mask])

    def changed(self, mask: Mask, change: Callable[[Located], Located]) -> Alike:
        """The same, with the values and findings under a mask replaced."""
        which, values, findings = self.which.copy(), [*self.values], [*self.findings]
        known: dict[tuple[str, str], int] = {}
        for index in np.flatnonzero(mask).tolist():
            found = change(self._located(index))
            number = known.setdefault((found.value, found.finding.message), len(values))
            if number == len(values):
                values.append(found.value)
                findings.append(found.finding)
            which[index] = number
        return replace(self, which=which, values=values, findings=findings)


NO_FINDINGS = Alike(np.empty(0, np.int64), np.empty(0, np.int64), (), ())

Part = Alike | Located


class Kind(NamedTuple):
    """What findings have in common besides their value and their words."""

    code: str
    path: str
    times: int


@dataclass(slots=True)
class FoundColumns:
    """Findings in their order, each as a few numbers."""

    rows: Rows
    """Indexes of rows within a chunk, or lines once these are known."""
    files: Rows
    which: Rows
    """For each finding, the index of its kind, value and message."""
    kinds: list[Kind]
    kind_of: Rows
    """For each value and message, the index of its kind."""
    values: list[str]
    messages: list[str]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> FoundColumns:
        """Findings in the order of their parts."""
        gathered = _Gathered()
        for part in parts:
            gathered.add(part)
        return gathered.columns()

    @property
    def kinds_of_rows(self) -> Rows:
        """For each finding, the index of its kind."""
        found: Rows = self.kind_of[self.which]
        return found

    def at(self, lines: Rows, files: Rows) -> FoundColumns:
        """The same findings with lines and files instead of rows of the chunk."""
        return replace(self, rows=lines[self.rows], files=files[self.rows])

    def take(self, indexes: Rows | slice) -> FoundColumns:
        """Some of the findings, in the order of their indexes."""
        return replace(
            self, rows=self.rows[indexes], files=self.files[indexes], which=self.which[indexes]
        )

    def of_file(self, indexes: Rows) -> FoundColumns:
        """The findings of one file, in the order of their indexes, without those of other files.

        The file's number becomes 0, because it stands alone.
        """
        own, which = np.unique(self.which[indexes], return_inverse=True)
        return FoundColumns(
            self.rows[indexes],
            np.zeros(len(indexes), np.int64),
            which,
            self.kinds,
            self.kind_of[own],
            [self.values[index] for index in own.tolist()],
            [self.messages[index] for index in own.tolist()],
        )

    def followed_by(self, other: FoundColumns) -> FoundColumns:
        """These findings, and others after them."""
        return FoundColumns(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.files, other.files]),
            np.concatenate([self.which, other.which + len(self.values)]),
            [*self.kinds, *other.kinds],
            np.concatenate([self.kind_of, other.kind_of + len(self.kinds)]),
            [*self.values, *other.values],
            [*self.messages, *other.messages],
        )


@dataclass(slots=True)
class _Gathered:
    """The columns of findings, while findings are still being added."""

    rows: list[Rows] = field(default_factory=list)
    files: list[Rows] = field(default_factory=list)
    which: list[Rows] = field(default_factory=list)
    kinds: dict[Kind, int] = field(default_factory=dict)
    kind_of: list[int] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    single: list[tuple[int, int, int]] = field(default_factory=list)
    """The row, file and index of single findings that are in no column yet."""

    def add(self, part: Part) -> None:
        if isinstance(part, Located):
            self.single.append((part.row, part.file, len(self.values)))
            self._say(Kind(part.code, part.path, part.times), part.value, part.finding)
            return
        self._flush()
        self.rows.append(part.rows)
        self.files.append(np.zeros(len(part), np.int64))
        self.which.append(part.which + len(self.values))
        codes = {each.cause for each in part.findings}
        kinds = {
            cause: self._kind(Kind(part.severity.code_of(cause), part.path, 1)) for cause in codes
        }
        self.kind_of += [kinds[each.cause] for each in part.findings]
        self.values += part.values
        self.messages += [each.message for each in part.findings]

    def columns(self) -> FoundColumns:
        self._flush()
        none = np.empty(0, np.int64)
        rows, files, which = (
            np.concatenate([none, *each]) for each in (self.rows, self.files, self.which)
        )
        kind_of = np.array(self.kind_of, np.int64)
        return FoundColumns(rows, files, which, [*self.kinds], kind_of, self.values, self.messages)

    def _say(self, kind: Kind, value: str, finding: Finding) -> None:
        self.kind_of.append(self._kind(kind))
        self.values.append(value)
        self.messages.append(finding.message)

    def _kind(self, kind: Kind) -> int:
        return self.kinds.setdefault(kind, len(self.kinds))

    def _flush(self) -> None:
        if self.single:
            columns = np.array(self.single, np.int64)
            for place, each in enumerate((self.rows, self.files, self.which)):
                each.append(columns[:, place])
            self.single = []


class Found:
    """All findings of a chunk, in the order in which they were made."""

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._columns: FoundColumns | None = None

    def __iter__(self) -> Iterator[Located]:
        for part in self._parts:
            if isinstance(part, Located):
                yield part
            else:
                yield from part

    def add(self, part: Part) -> None:
        """Add one finding, or several about one field."""
        self._parts.append(part)
        self._columns = None

    def columns(self) -> FoundColumns:
        """All findings in columns."""
        if self._columns is None:
            self._columns = FoundColumns.of(self._parts)
        return self._columns

    def drop_errors(self, cause: str, rows: Rows) -> None:
        """Remove the errors of a cause from some rows."""
        gone = set(rows.tolist())
        self._change(
            cause,
            lambda found: None if found.row in gone else found,
            lambda found: found.where(~(found.has(cause) & np.isin(found.rows, rows))),
        )

    def change_errors(self, cause: str, change: Callable[[Located], Located]) -> None:
        """Replace the values and messages of the errors of a cause."""
        self._change(cause, change, lambda found: found.changed(found.has(cause), change))

    def _change(
        self,
        cause: str,
        of_one: Callable[[Located], Located | None],
        of_many: Callable[[Alike], Alike],
    ) -> None:
        parts: list[Part] = []
        for part in self._parts:
            if part.severity is not Severity.ERROR:
                parts.append(part)
            elif not isinstance(part, Located):
                parts.append(of_many(part) if part.has(cause).any() else part)
            elif part.finding.cause != cause:
                parts.append(part)
            elif (changed := of_one(part)) is not None:
                parts.append(changed)
        self._parts, self._columns = parts, None
