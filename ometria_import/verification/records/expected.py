"""Which records of a run should be in the account, and which of those are at risk.

A record that the push API refused, or that the account's error list named, is not expected. Where
it is not known which records of a request were taken, all of them are expected: the account knows.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from ometria_import.delivery import Journal, Scope
from ometria_import.package import Package
from ometria_import.problems.spreadsheet_cells import ENCODING, unguarded

_CHANGED_OF_A_KIND = 10
"""Of records with a value that was changed in the same way, so many are read."""


class Risk(StrEnum):
    """Why a record is read whatever the sample."""

    RESENT = "resent"
    UNCLEAR = "unclear"
    SPLIT = "split"
    UNNAMED_ERRORS = "unnamed_errors"
    UNNAMED_REJECTS = "unnamed_rejects"
    MISSED_ERRORS = "missed_errors"
    CHANGED = "changed"
    EDGE = "edge"

    @property
    def words(self) -> str:
        """What such records are, after their number."""
        return _WORDS[self]

    @property
    def bit(self) -> int:
        """Its place in a set of risks that is kept as a number."""
        return 1 << tuple(Risk).index(self)


_WORDS = {
    Risk.RESENT: "sent more than once, because an answer did not come",
    Risk.UNCLEAR: "in requests whose receipt does not add up (W062)",
    Risk.SPLIT: "in batches that were split, because the API refused a record of them",
    Risk.UNNAMED_ERRORS: "in batches with late errors that name no record (W064)",
    Risk.UNNAMED_REJECTS: "in batches of which the API did not take all, without saying which",
    Risk.MISSED_ERRORS: "in batches whose late errors may have been missed (W065)",
    Risk.CHANGED: "with a value that was rewritten or dropped: some of each kind",
    Risk.EDGE: "that are the first or the last of their file",
}


class Expected:
    """What the journal of a finished run says of its records.

    Raises:
        PackageError: the journal or the package is damaged.
    """

    def __init__(self, package: Package, journal: Journal, problems: Path) -> None:
        self._gone: dict[int, set[int]] = defaultdict(set)
        self._of_batches: dict[int, int] = defaultdict(int)
        self._taken: set[int] = set()
        self._read_batches(journal)
        self._read_late_errors(journal)
        self._changed = _changed_rows(package, problems)

    def has_batch(self, number: int) -> bool:
        """Whether any record of a batch can be in the account."""
        return number in self._taken

    def has_record(self, batch: int, position: int) -> bool:
        """Whether a record of such a batch should be in the account."""
        return position not in self._gone.get(batch, ())

    def risks_of(self, batch: int, source: int, line: int) -> int:
        """The bits of the risks of a record, but for where it stands in its file."""
        risks = self._of_batches.get(batch, 0)
        return risks | Risk.CHANGED.bit if (source, line) in self._changed else risks

    def _read_batches(self, journal: Journal) -> None:
        for batch in journal.batches():
            is_taken = batch.accepted or batch.skipped or batch.unclear
            if is_taken:
                self._taken.add(batch.number)
            if batch.unclear:
                self._of_batches[batch.number] |= Risk.UNCLEAR.bit
            if batch.rejected or batch.skipped:
                self._of_batches[batch.number] |= Risk.UNNAMED_REJECTS.bit
        for number in journal.late.repeated_batches():
            self._of_batches[number] |= Risk.RESENT.bit
        for number in journal.split_batches():
            self._of_batches[number] |= Risk.SPLIT.bit
        for number, record in journal.refused_records():
            self._gone[number].add(record.position)

    def _read_late_errors(self, journal: Journal) -> None:
        for error in journal.late.errors(Scope.RECORD, Scope.BATCHES, Scope.NEW):
            if error.scope is Scope.RECORD:
                self._gone[error.batches.first].add(error.position)
                continue
            for number in range(error.batches.first, error.batches.last + 1):
                self._of_batches[number] |= Risk.UNNAMED_ERRORS.bit
        for missed in journal.late.missed():
            for number in range(missed.batches.first, missed.batches.last + 1):
                self._of_batches[number] |= Risk.MISSED_ERRORS.bit


def _changed_rows(package: Package, problems: Path) -> frozenset[tuple[int, int]]:
    """Source and line of rows with changed values, a few for each kind of change and column.

    A file that is gone or damaged names none: whoever deleted it cannot have them read.
    """
    numbers = {source.path: source.number for source in package.sources()}
    seen: dict[tuple[str, ...], int] = defaultdict(int)
    found: set[tuple[int, int]] = set()
    for row in _warnings(problems):
        kind = (row["code"], row["source"], row["field"])
        source = numbers.get(unguarded(row["source"]))
        line = row["line"].partition(" ")[0]
        if source is None or not line.isdecimal() or seen[kind] >= _CHANGED_OF_A_KIND:
            continue
        seen[kind] += 1
        found.add((source, int(line)))
    return frozenset(found)


def _warnings(problems: Path) -> Iterator[dict[str, str]]:
    names = {"severity", "code", "source", "line", "field"}
    try:
        with problems.open(encoding=ENCODING, errors="backslashreplace", newline="") as file:
            reader = csv.DictReader(file)
            if not names <= set(reader.fieldnames or ()):
                return
            for row in reader:
                # A row that was cut off has no text in the cells that it lacks.
                if row["severity"] == "warning" and all(
                    isinstance(row[each], str) for each in names
                ):
                    yield row
    except (OSError, csv.Error):
        return
