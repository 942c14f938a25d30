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
from ometria_import.actions.results.rows import ResolvedRows
from ometria_import.actions.results.verdicts import TELLING, Telling, Verdict
from ometria_import.package import SourceSummary
from ometria_import.prepare.outcome.csv_cells import csv_header, csv_rows, guarded_cells
from ometria_import.problems.catalogue import CAUSES
from ometria_import.sources.arrays import bytes_of

COLUMNS = (
    *("file", "line", "object_type", "key", "verdict", "into", "batch", "request_id"),
    *("codes", "why"),
)
HEADER = csv_header(COLUMNS)
_TOGETHER = 20_000
"""How many rows are written at a time."""
_NOTHING = Telling("", "")


def is_results_file(path: Path) -> bool:
    """Whether a file begins like one that was written here."""
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER


class ResultsWriter:
    """Puts the results of rows into words."""

    def __init__(
        self,
        sources: Sequence[SourceSummary],
        outcomes: Outcomes,
        known: KnownRecords,
        rejected: RejectedKeys,
    ) -> None:
        """Take what is known.

        Args:
            sources: The sources of the rows.
            outcomes: What became of the records of the run's package.
            known: Knows the keys of records.
            rejected: Knows those of rejected rows.
        """
        self._outcomes = outcomes
        self._known = known
        self._rejected = rejected
        # Numbers begin at 1.
        self._paths = pa.array(["", *(each.path for each in sources)])
        self._kinds = pa.array(["", *(each.object_type for each in sources)])
        self._words = pa.array([verdict.word for verdict in Verdict])
        self._request_ids = pa.array(outcomes.request_ids, pa.string())
        self._batches, self._requests = pa.array(outcomes.batches), pa.array(outcomes.requests)
        self._tellings = [
            *outcomes.tellings,
            *(TELLING.get(verdict, _NOTHING) for verdict in Verdict),
        ]

    def write(self, rows: ResolvedRows, file: BinaryIO) -> None:
        """Write rows."""
        for begin in range(0, len(rows.places), _TOGETHER):
            part = rows.part(begin, begin + _TOGETHER)
            file.write(bytes_of(csv_rows(self._columns(part), guarded_cells)))

    def _columns(self, rows: ResolvedRows) -> list[Texts]:
        sources, lines = split_places(rows.places)
        of_record = pa.array(rows.records, mask=rows.records < 0)
        return [
            self._paths.take(pa.array(sources)),
            _texts(lines),
            self._kinds.take(pa.array(sources)),
            self._keys(rows.places, rows.intos),
            self._words.take(pa.array(rows.verdicts)),
            self._into(sources, rows.intos),
            _texts(self._batches.take(of_record)),
            self._request_ids.take(self._requests.take(of_record)).fill_null(""),
            *self._told(rows),
        ]

    def _keys(self, places: Numbers, intos: Numbers) -> Texts:
        """The key of the record that begins on each row or, if none does, that it belongs to."""
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

    def _told(self, rows: ResolvedRows) -> tuple[Texts, Texts]:
        """The codes and the reasons."""
        own = rows.codes.dictionary_encode()
        tellings = [*self._tellings, *map(_of_codes, own.dictionary.to_pylist())]
        of_verdicts = len(self._outcomes.tellings)
        numbers = of_verdicts + rows.verdicts.astype(np.int64)
        is_rejected = rows.verdicts == Verdict.REJECTED
        numbers[is_rejected] = len(self._tellings) + own.indices.to_numpy()[is_rejected]
        # A row that was merged shares the batch of its record, but has a reason of its own.
        has_own = (rows.records >= 0) & (rows.verdicts != Verdict.MERGED)
        told = self._outcomes.told[rows.records[has_own]]
        numbers[has_own] = np.where(told > 0, told, numbers[has_own])
        used, which = np.unique(numbers, return_inverse=True)
        said = [tellings[number] for number in used.tolist()]
        codes = pa.array([each.code for each in said], pa.string())
        whys = pa.array([" ".join(each.words.split()) for each in said], pa.string())
        return codes.take(pa.array(which)), whys.take(pa.array(which))


def _texts(numbers: Numbers | pa.Array) -> Texts:
    column = pa.array(numbers) if isinstance(numbers, np.ndarray) else numbers
    return column.cast(pa.string()).fill_null("")


def _of_codes(codes: str) -> Telling:
    return Telling(codes, "; ".join(CAUSES[code[1:]].title for code in codes.split()))
