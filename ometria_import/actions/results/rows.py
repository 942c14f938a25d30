"""What became of each row of a run: what was noted while preparing, and what came of its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ometria_import.actions.results.absent import KnownRecords
from ometria_import.actions.results.records import (
    Numbers,
    Outcomes,
    PackedRecords,
    Texts,
    places_of,
)
from ometria_import.actions.results.verdicts import Verdict
from ometria_import.errors import PackageError
from ometria_import.package import SourceSummary
from ometria_import.prepare import Fate
from ometria_import.prepare.outcome.row_ledger import Noted, ReadLedger
from ometria_import.sources.arrays import Mask

_VERDICTS = np.array(
    [Verdict.ACCEPTED if fate is Fate.READY else Verdict[fate.name] for fate in Fate], np.int8
)
"""By fate; what is ready gets that of its record."""
_TOGETHER = 200_000
"""How many rows are read at a time."""


class ResolvedRows(NamedTuple):
    """Some rows in the order of their sources and lines."""

    places: Numbers
    """The source and the line of each."""
    verdicts: npt.NDArray[np.int8]
    intos: Numbers
    """Where the record of each begins, or the row that counts in its place; 0 for neither."""
    records: Numbers
    """The number of the record in the run's package that its data is in; -1 for none."""
    codes: Texts
    """Of rows that were rejected while preparing."""

    def part(self, begin: int, end: int) -> ResolvedRows:
        """Some of the rows."""
        numbers = (each[begin:end] for each in (self.places, self.intos, self.records))
        places, intos, records = numbers
        codes = self.codes.slice(begin, end - begin)
        return ResolvedRows(places, self.verdicts[begin:end], intos, records, codes)


class RowResults:
    """Joins what was noted while preparing with what became of the records."""

    def __init__(
        self, path: Path, packed: PackedRecords, outcomes: Outcomes, known: KnownRecords
    ) -> None:
        """Open what was noted.

        Args:
            path: Where it was noted.
            packed: The records of the run's package, ranked by what became of them.
            outcomes: What became of them.
            known: Those, and those that are not in the package any more.

        Raises:
            PackageError: the file is damaged.
        """
        self._packed, self._outcomes, self._known = packed, outcomes, known
        self._path = path
        with self._readable():
            self._ledger = ReadLedger(path)
            noted = self._ledger.records()
        places = places_of(noted.sources, noted.lines)
        once = _once(places, noted.fates)
        self._late = places[once]
        """The places of records that turned out not to be sent as they are, in their order."""
        self._late_verdicts = _VERDICTS[noted.fates[once]]
        self._late_intos = places_of(noted.into_sources, noted.into_lines)[once]

    def of(self, sources: Sequence[SourceSummary]) -> Iterator[ResolvedRows]:
        """All rows of the sources, so many at a time that memory does not grow with them.

        Raises:
            PackageError: the file is damaged.
        """
        for numbers, lines in _windows(sources, self._ledger.last_line):
            with self._readable():
                noted = self._ledger.rows(numbers, lines)
            yield self._resolved(noted)

    def _resolved(self, noted: Noted) -> ResolvedRows:
        places = places_of(noted.sources, noted.lines)
        once = _once(places, noted.fates)
        places, fates = places[once], noted.fates[once]
        intos = places_of(noted.into_sources, noted.into_lines)[once]
        verdicts, is_ready = _VERDICTS[fates], fates == Fate.READY

        own = self._packed.find(places)
        records = np.where(own < 0, self._packed.find(intos), own)
        records[~is_ready] = -1
        verdicts[records >= 0] = self._outcomes.verdicts[records[records >= 0]]
        # A product may be merged and its variants sent: then what went wrong with these is told.
        is_late = self._settle_late(is_ready & (verdicts <= Verdict.READY), verdicts, intos)
        records[is_late] = -1
        is_merged = is_late & (verdicts == Verdict.MERGED)
        records[is_merged] = self._packed.find(intos[is_merged])
        is_absent = is_ready & (records < 0) & ~is_late
        if is_absent.any():
            verdicts[is_absent] = self._known.why_absent(intos[is_absent])
        intos[intos == places] = 0
        return ResolvedRows(places, verdicts, intos, records, noted.codes.take(pa.array(once)))

    def _settle_late(self, may_be: Mask, verdicts: npt.NDArray[np.int8], intos: Numbers) -> Mask:
        """Give rows of records that are not sent as they are their verdicts and substitutes."""
        if not len(self._late):
            return np.zeros(len(may_be), bool)
        at = np.minimum(np.searchsorted(self._late, intos), len(self._late) - 1)
        is_late: Mask = may_be & (self._late[at] == intos)
        verdicts[is_late] = self._late_verdicts[at[is_late]]
        intos[is_late] = self._late_intos[at[is_late]]
        return is_late

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise PackageError(
                f"{self._path} is damaged",
                hint="Push the files again with --new, and ask for the results of that run.",
            ) from error


def _windows(sources: Sequence[SourceSummary], last_line: int) -> Iterator[tuple[range, range]]:
    """Sources and lines with at most some number of rows, of which each line has at most one."""
    all_lines = range(last_line + 1)
    begin, rows = 1, 0
    for each in sources:
        if rows and rows + each.rows > _TOGETHER:
            yield range(begin, each.number), all_lines
            begin, rows = each.number, 0
        rows += each.rows
        if rows > _TOGETHER:
            for first in range(0, last_line + 1, _TOGETHER):
                yield range(each.number, each.number + 1), range(first, first + _TOGETHER)
            begin, rows = each.number + 1, 0
    yield range(begin, len(sources) + 1), all_lines


def _once(places: Numbers, fates: npt.NDArray[np.int8]) -> Numbers:
    """Rows in the order of their places, of each place the one with the highest fate."""
    ordered = np.lexsort((fates, places))
    found: Numbers = ordered[np.diff(places[ordered], append=-1) != 0]
    return found
