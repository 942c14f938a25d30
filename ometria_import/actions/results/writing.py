"""The results file: one line for each row, in the order of the sources and their lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.actions.results.absent import KnownRecords
from ometria_import.actions.results.records import (
    Numbers,
    Outcomes,
    Texts,
    split_places,
)
from ometria_import.actions.results.reject_keys import RejectedKeys
from ometria_import.actions.results.rows import RowResults
from ometria_import.actions.results.verdicts import TELLING, Telling, Verdict
from ometria_import.package import SourceSummary
from ometria_import.prepare.outcome.csv_cells import csv_header, csv_rows, guarded_cells
from ometria_import.problems.catalogue import CAUSES
from ometria_import.sources.arrays import bytes_of

COLUMNS = (
    *("file", "line", "object_type", "key", "verdict", "into", "batch", "request_id"),
    *("codes", "why"),
)
_HEADER = csv_header(COLUMNS)
_TOGETHER = 50_000
"""The number of rows that are put into words at a time."""
_NOTHING = Telling("", "")


def is_results_file(path: Path) -> bool:
    """Whether a file begins like one that was written here."""
    with path.open("rb") as file:
        return file.read(len(_HEADER)) == _HEADER


class ResultsWriter:
    """Puts the results of rows into words."""

    def __init__(
        self,
        rows: RowResults,
        sources: Sequence[SourceSummary],
        outcomes: Outcomes,
        known: KnownRecords,
        rejected: RejectedKeys,
    ) -> None:
        """Take what is known.

        Args:
            rows: The rows.
            sources: Their sources.
            outcomes: What became of the records of the run's package.
            known: Knows the keys of records.
            rejected: Knows those of rejected rows.
        """
        self._rows = rows
        self._outcomes = outcomes
        self._known = known
        self._rejected = rejected
        last = max((each.number for each in sources), default=0)
        paths, kinds = [""] * (last + 1), [""] * (last + 1)
        for each in sources:
            paths[each.number], kinds[each.number] = each.path, each.object_type
        self._paths, self._kinds = pa.array(paths), pa.array(kinds)
        self._words = pa.array([verdict.word for verdict in Verdict])
        self._request_ids = pa.array(outcomes.request_ids, pa.string())
        self._batches, self._requests = pa.array(outcomes.batches), pa.array(outcomes.requests)
        codes = rows.codes.dictionary_encode()
        self._own_codes = codes.indices.to_numpy()
        tellings = [
            *outcomes.tellings,
            *(TELLING.get(verdict, _NOTHING) for verdict in Verdict),
            *map(_of_codes, codes.dictionary.to_pylist()),
        ]
        self._codes = pa.array([each.code for each in tellings], pa.string())
        self._whys = pa.array([" ".join(each.words.split()) for each in tellings], pa.string())

    def write(self, file: BinaryIO) -> None:
        """Write all rows."""
        file.write(_HEADER)
        for begin in range(0, len(self._rows.places), _TOGETHER):
            columns = self._columns(slice(begin, begin + _TOGETHER))
            file.write(bytes_of(csv_rows(columns, guarded_cells)))

    def _columns(self, some: slice) -> list[Texts]:
        places, verdicts = self._rows.places[some], self._rows.verdicts[some]
        intos, records = self._rows.intos[some], self._rows.records[some]
        sources, lines = split_places(places)
        # Of the batch of another record nothing is told: this row's data is in none.
        of_record = pa.array(records, mask=records < 0)
        keys = self._keys(places, intos)
        return [
            self._paths.take(pa.array(sources)),
            _texts(lines),
            self._kinds.take(pa.array(sources)),
            keys,
            self._words.take(pa.array(verdicts)),
            self._into(sources, intos),
            _texts(self._batches.take(of_record)),
            self._request_ids.take(self._requests.take(of_record)).fill_null(""),
            *self._told(some),
        ]

    def _keys(self, places: Numbers, intos: Numbers) -> Texts:
        """The key of the record that begins on each row, else of that which the row belongs to."""
        keys = self._known.keys(places)
        for others in (self._known.keys(intos), self._rejected.keys(places)):
            keys = pc.if_else(pc.equal(keys, ""), others, keys)
        return keys

    def _into(self, sources: Numbers, intos: Numbers) -> Texts:
        """A line, or a file and a line where it is another file."""
        into_sources, into_lines = split_places(intos)
        lines = _texts(into_lines)
        paths = self._paths.take(pa.array(into_sources))
        elsewhere = pc.binary_join_element_wise(paths, lines, ":")
        texts = pc.if_else(pa.array(into_sources == sources), lines, elsewhere)
        return pc.if_else(pa.array(intos > 0), texts, "")

    def _told(self, some: slice) -> tuple[Texts, Texts]:
        """The codes and the reasons."""
        verdicts, records = self._rows.verdicts[some], self._rows.records[some]
        of_verdicts = len(self._outcomes.tellings)
        numbers = of_verdicts + verdicts.astype(np.int64)
        is_rejected = verdicts == Verdict.REJECTED
        numbers[is_rejected] = of_verdicts + len(Verdict) + self._own_codes[some][is_rejected]
        # A row that was merged shares the batch of its record, but has a reason of its own.
        has_own = (records >= 0) & (verdicts != Verdict.MERGED)
        told = self._outcomes.told[records[has_own]]
        numbers[has_own] = np.where(told > 0, told, numbers[has_own])
        which = pa.array(numbers)
        return self._codes.take(which), self._whys.take(which)


def _texts(numbers: Numbers | pa.Array) -> Texts:
    column = pa.array(numbers) if isinstance(numbers, np.ndarray) else numbers
    return column.cast(pa.string()).fill_null("")


def _of_codes(codes: str) -> Telling:
    return Telling(codes, "; ".join(CAUSES[code[1:]].title for code in codes.split()))
