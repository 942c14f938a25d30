"""Writing the problems of a chunk; their lines are made column by column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.chunks.reported import ProblemRows
from ometria_import.prepare.columns.found import FoundColumns, Kind
from ometria_import.prepare.outcome.csv_cells import (
    END,
    csv_cell,
    csv_cells,
    guarded_cells,
)
from ometria_import.prepare.outcome.sorted_log import Cause, Lines, SortedLog
from ometria_import.problems import CAUSES, Located, Origin, Problem
from ometria_import.problems.log import COLUMNS, MASKED, ProblemGroup, cells_of
from ometria_import.sources.arrays import Texts

_LINES_AT_A_TIME = 20_000
_PROBLEMS_AT_A_TIME = 20_000
_LINE, _VALUE, _MESSAGE = (COLUMNS.index(name) for name in ("line", "value", "message"))
_PLACES = 3


def log_rows(log: SortedLog, rows: ProblemRows) -> None:
    """Write the problems of a chunk to the list of all problems, and count them."""
    found = rows.found
    if not len(found.rows):
        return
    said = _Said.of(rows, is_masked=log.is_masked)
    for begin in range(0, len(found.rows), _LINES_AT_A_TIME):
        some = found.take(slice(begin, begin + _LINES_AT_A_TIME))
        log.hold(said.lines(some, _line_texts(log, rows, some)))
    log.count(_groups(log, rows, said))


def log_all(log: SortedLog, problems: Iterable[Problem]) -> None:
    """Write single problems to the list of all problems, many at a time."""
    remaining = iter(problems)
    while some := list(islice(remaining, _PROBLEMS_AT_A_TIME)):
        for _, alike in groupby(some, lambda each: each.object_type):
            log_rows(log, ProblemRows.of_problems([*alike]))


def log_found(
    log: SortedLog, paths: Sequence[str], object_type: str, found: Iterable[Located]
) -> None:
    """Write findings whose rows are lines, many at a time; `paths` are those of their files."""
    remaining = iter(found)
    while some := list(islice(remaining, _PROBLEMS_AT_A_TIME)):
        log_rows(log, ProblemRows.of(some, paths, str(object_type)))


class _Said:
    """Everything but the line of each problem, as cells of the file."""

    def __init__(self, rows: ProblemRows, values: list[str], messages: list[str]) -> None:
        self.values, self.messages = values, messages
        self._rows = rows
        self._value_cells, self._message_cells = (
            csv_cells(guarded_cells(pa.array(each, pa.string()))) for each in (values, messages)
        )

    @classmethod
    def of(cls, rows: ProblemRows, *, is_masked: bool) -> _Said:
        found = rows.found
        if not is_masked:
            return cls(rows, found.values, found.messages)
        titles = [CAUSES[each.code[1:]].title for each in found.kinds]
        values = [MASKED if each else "" for each in found.values]
        return cls(rows, values, [titles[number] for number in found.kind_of.tolist()])

    def lines(self, found: FoundColumns, lines: Texts) -> Lines:
        paths, which = self._rows.paths, pa.array(found.which)
        pairs, places = np.unique(
            found.kinds_of_rows * len(paths) + found.files, return_inverse=True
        )
        own = [
            (found.kinds[kind], paths[file])
            for kind, file in (divmod(pair, len(paths)) for pair in pairs.tolist())
        ]
        cells = [_cells(kind, path, self._rows.object_type) for kind, path in own]
        heads, middles, tails = (
            _texts(each).take(pa.array(places)) for each in zip(*cells, strict=True)
        )
        texts = pc.binary_join_element_wise(
            heads,
            lines,
            middles,
            self._value_cells.take(which),
            ",",
            self._message_cells.take(which),
            tails,
            "",
        )
        causes = [Cause(kind.code, kind.path, path) for kind, path in own]
        return Lines(causes, places, found.rows, texts)


def _cells(kind: Kind, path: str, object_type: str) -> tuple[str, str, str]:
    """The cells before the line, between it and the value, and behind the message."""
    problem = Problem(kind.code, Origin(path, 0), kind.path, "", "", object_type, kind.times)
    cells = [csv_cell(str(each)) for each in cells_of(problem)]
    head, middle = cells[:_LINE], cells[_LINE + 1 : _VALUE]
    return (
        ",".join([*head, ""]),
        ",".join(["", *middle, ""]),
        ",".join(["", *cells[_MESSAGE + 1 :]]) + END,
    )


def _texts(texts: tuple[str, ...]) -> Texts:
    # A file's name may hold bytes that are no text.
    return pa.array([each.encode("utf-8", "backslashreplace") for each in texts]).cast(pa.string())


def _line_texts(log: SortedLog, rows: ProblemRows, found: FoundColumns) -> Texts:
    if not _has_labels(log, rows):
        return pa.array(found.rows).cast(pa.string())
    origins = (_origin(log, rows, found, index) for index in range(len(found.rows)))
    return csv_cells(pa.array([each.place for each in origins], pa.string()))


def _has_labels(log: SortedLog, rows: ProblemRows) -> bool:
    return not log.is_masked and any(path in log.labels for path in rows.paths)


def _origin(log: SortedLog, rows: ProblemRows, found: FoundColumns, index: int) -> Origin:
    path, line = rows.paths[int(found.files[index])], int(found.rows[index])
    times = found.kinds[int(found.kind_of[found.which[index]])].times
    return log.labelled(Origin(path, line), times)


def _groups(log: SortedLog, rows: ProblemRows, said: _Said) -> Iterator[ProblemGroup]:
    """The problems by cause and field, in the order of their first ones."""
    found = rows.found
    number_of = {key: place for place, key in enumerate(dict.fromkeys(map(_key, found.kinds)))}
    groups = np.array([number_of[_key(each)] for each in found.kinds], np.int64)
    kinds = found.kinds_of_rows
    of_rows = groups[kinds]
    times = np.array([each.times for each in found.kinds], np.int64)[kinds]
    order = np.argsort(of_rows, kind="stable")
    starts = np.flatnonzero(np.diff(of_rows[order], prepend=-1))
    for members in sorted(np.split(order, starts[1:]), key=lambda each: int(each[0])):
        first = int(members[0])
        kind, number = found.kinds[int(kinds[first])], int(found.which[first])
        group = ProblemGroup.of(kind.code, kind.path, rows.object_type)
        group.count = int(times[members].sum())
        group.value, group.message = said.values[number], said.messages[number]
        group.places = [_origin(log, rows, found, index) for index in members[:_PLACES].tolist()]
        yield group


def _key(kind: Kind) -> tuple[str, str]:
    return kind.code, kind.path
