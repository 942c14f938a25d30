"""What became of each row of a run: what was noted while preparing, and what came of its record."""

from __future__ import annotations

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
from ometria_import.prepare import Fate
from ometria_import.prepare.outcome.row_ledger import Noted, read_ledger
from ometria_import.sources.arrays import Mask

_VERDICTS = np.array(
    [Verdict.ACCEPTED if fate is Fate.READY else Verdict[fate.name] for fate in Fate], np.int8
)
"""By fate; what is ready gets that of its record."""


class RowResults(NamedTuple):
    """Rows of all sources, in the order of their sources and lines."""

    places: Numbers
    """The source and the line of each."""
    verdicts: npt.NDArray[np.int8]
    intos: Numbers
    """Where the record of each begins, or the row that counts in its place; 0 for neither."""
    records: Numbers
    """The number of the record in the run's package that its data is in; -1 for none."""
    codes: Texts
    """Of rows that were rejected while preparing."""


def rows_of(
    path: Path, packed: PackedRecords, outcomes: Outcomes, known: KnownRecords
) -> RowResults:
    """Join what was noted while preparing with what became of the records.

    Args:
        path: Where it was noted.
        packed: The records of the run's package.
        outcomes: What became of them.
        known: Those, and those that are not in the package any more.

    Raises:
        PackageError: the file is damaged.
    """
    noted = _read(path)
    fates = noted.fates
    places = places_of(noted.sources, noted.lines)
    intos = places_of(noted.into_sources, noted.into_lines)
    late = _once(places, fates, np.flatnonzero(noted.is_record))
    rows = _once(places, fates, np.flatnonzero(~noted.is_record))
    codes = noted.codes.take(pa.array(rows))
    of_late = (places[late], fates[late], intos[late])
    places, intos = places[rows], intos[rows]
    verdicts, is_ready = _VERDICTS[fates[rows]], fates[rows] == Fate.READY

    packed.rank(outcomes.verdicts)
    own = packed.find(places)
    records = np.where(own < 0, packed.find(intos), own)
    records[~is_ready] = -1
    verdicts[records >= 0] = outcomes.verdicts[records[records >= 0]]
    is_late = _settle_late(of_late, is_ready & (verdicts <= Verdict.READY), (verdicts, intos))
    records[is_late] = -1
    is_merged = is_late & (verdicts == Verdict.MERGED)
    records[is_merged] = packed.find(intos[is_merged])
    is_absent = is_ready & (records < 0) & ~is_late
    verdicts[is_absent] = known.why_absent(intos[is_absent])
    intos[intos == places] = 0
    return RowResults(places, verdicts, intos, records, codes)


def _read(path: Path) -> Noted:
    try:
        return read_ledger(path)
    except (OSError, pa.ArrowException) as error:
        raise PackageError(
            f"{path} is damaged",
            hint="Push the files again with --new, and ask for the results of that run.",
        ) from error


def _once(places: Numbers, fates: npt.NDArray[np.int8], rows: Numbers) -> Numbers:
    """Some rows in the order of their places, of each place the one with the highest fate."""
    ordered = rows[np.lexsort((fates[rows], places[rows]))]
    is_last = np.diff(places[ordered], append=-1) != 0
    found: Numbers = ordered[is_last]
    return found


def _settle_late(
    late: tuple[Numbers, npt.NDArray[np.int8], Numbers],
    may_be: Mask,
    found: tuple[npt.NDArray[np.int8], Numbers],
) -> Mask:
    """Which rows are part of records that turned out not to be sent as they are.

    Args:
        late: The places, fates and substitutes of these records.
        may_be: The rows that may be.
        found: The verdicts and substitutes of all rows, which are changed in place.
    """
    places, fates, instead = late
    verdicts, intos = found
    if not len(places):
        return np.zeros(len(may_be), bool)
    at = np.minimum(np.searchsorted(places, intos), len(places) - 1)
    is_late: Mask = may_be & (places[at] == intos)
    verdicts[is_late] = _VERDICTS[fates[at[is_late]]]
    intos[is_late] = instead[at[is_late]]
    return is_late
