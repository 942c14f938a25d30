"""The problems and the rejected rows of a chunk, held in columns until they are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.columns.found import FoundColumns
from ometria_import.problems import Finding, Located, Problem, Reject, shorten
from ometria_import.sources.arrays import Rows, Texts


@dataclass(frozen=True, slots=True)
class ProblemRows:
    """Problems of one source, in the order in which they are reported."""

    found: FoundColumns
    """Its rows are lines, and its values are shortened."""
    paths: Sequence[str]
    """The paths of the source's files, by file number."""
    object_type: str

    @classmethod
    def by_line(cls, found: FoundColumns, paths: Sequence[str], object_type: str) -> ProblemRows:
        """Problems in the order of their files and lines."""
        place_of = np.array([paths.index(path) for path in paths], np.int64)
        order = np.lexsort((found.rows, place_of[found.files]))
        return cls(_shown(found.take(order)), paths, object_type)

    @classmethod
    def of(cls, found: Iterable[Located], paths: Sequence[str], object_type: str) -> ProblemRows:
        """Problems in the order in which they were found, with their lines as rows."""
        return cls(_shown(FoundColumns.of(found)), paths, object_type)

    @classmethod
    def of_problems(cls, problems: Sequence[Problem]) -> ProblemRows:
        """Problems of one object type, in their order."""
        files: dict[str, int] = {}
        found = [
            Located(
                each.origin.line,
                each.field,
                each.value,
                Finding(each.code[1:], each.message),
                each.severity,
                each.count,
                files.setdefault(each.origin.source, len(files)),
            )
            for each in problems
        ]
        return cls(FoundColumns.of(found), [*files], problems[0].object_type)


def _shown(found: FoundColumns) -> FoundColumns:
    return replace(found, values=[shorten(each) for each in found.values])


@dataclass(frozen=True, slots=True)
class RejectRows:
    """Rejected rows of one file."""

    file: int
    """As in `Reject`."""
    lines: Rows
    codes: Texts
    reasons: Texts
    raw: Texts
    cells: Sequence[Texts]
    """The cells by column, in the source's own columns (JSON: the objects as texts); empty where
    no row has any."""

    def __len__(self) -> int:
        return len(self.lines)

    @classmethod
    def of(cls, rejects: Iterable[Reject]) -> list[RejectRows]:
        """Rejects by file, in their order; those with cells apart from those without."""
        alike: dict[tuple[int, int], list[Reject]] = {}
        for each in rejects:
            alike.setdefault((each.file, len(each.cells)), []).append(each)
        return [cls._of_alike(file, own) for (file, _), own in alike.items()]

    @classmethod
    def _of_alike(cls, file: int, rejects: Sequence[Reject]) -> RejectRows:
        columns = zip(*(each.cells for each in rejects), strict=True)
        return cls(
            file,
            np.array([each.line for each in rejects], np.int64),
            pa.array([each.codes for each in rejects], pa.string()),
            pa.array([each.reasons for each in rejects], pa.string()),
            pa.array([each.raw for each in rejects], pa.string()),
            [pa.array(column, pa.string()) for column in columns],
        )


def reasons_of_rows(found: FoundColumns, rows: Rows, count: int) -> tuple[Texts, Texts]:
    """The codes and the reasons of some rows, as `Reject` words them.

    Args:
        found: All findings of the chunk.
        rows: The rows in ascending order.
        count: The number of rows in the chunk.
    """
    place_of = np.full(count, -1)
    place_of[rows] = np.arange(len(rows))
    places = place_of[found.rows]
    meant = np.flatnonzero(places >= 0)
    meant = meant[np.argsort(places[meant], kind="stable")]
    places, which = places[meant], found.which[meant]
    kinds = [found.kinds[number] for number in found.kind_of.tolist()]
    words = pa.array(
        [
            f"{kind.path}: {message}" if kind.path else message
            for kind, message in zip(kinds, found.messages, strict=True)
        ],
        pa.string(),
    )
    # The same code is said once of a row.
    codes = pa.array([kind.code for kind in found.kinds], pa.string()).dictionary_encode()
    own_codes = codes.indices.to_numpy()[found.kind_of[which]] if len(which) else which
    pairs = places * max(len(codes.dictionary), 1) + own_codes
    first = np.sort(np.unique(pairs, return_index=True)[1])
    return (
        _joined(codes.dictionary, own_codes[first], places[first], len(rows), " "),
        _joined(words, which, places, len(rows), "; "),
    )


def _joined(texts: Texts, which: Rows, places: Rows, count: int, sign: str) -> Texts:
    """The texts of each place, with a sign between them; `places` is in ascending order."""
    ends = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(places, minlength=count), out=ends[1:])
    lists = pa.ListArray.from_arrays(pa.array(ends), texts.take(pa.array(which)))
    return pc.binary_join(lists, sign)
