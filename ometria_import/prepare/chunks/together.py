"""Small tables that are read alike are prepared in one chunk, and the outcome is told apart again.

A chunk costs the same hundred calls whether it has twenty rows or thousands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ometria_import.prepare.chunks.chunks import PreparedChunk
from ometria_import.prepare.chunks.reported import ProblemRows, RejectRows
from ometria_import.prepare.chunks.tables import TablePreparer
from ometria_import.prepare.columns.by_file import NotTogetherError
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Rows

_PROPERTIES = "properties."


@dataclass(frozen=True, slots=True)
class PreparedTogether:
    """What became of the rows of several tables."""

    whole: PreparedChunk
    """All their records."""
    parts: Sequence[PreparedChunk]
    """For each table, what is reported about it alone; its records are only in `whole`."""

    @property
    def tables(self) -> Rows:
        """For each record the index of its table."""
        return self.whole.files


def prepare_together(
    chunks: Sequence[RowChunk], preparers: Sequence[TablePreparer]
) -> PreparedTogether:
    """Prepare all rows of several tables.

    Args:
        chunks: The rows of each table.
        preparers: The preparers of the tables, each of which is like the first one.

    Raises:
        NotTogetherError: something was found that cannot be traced to one of the tables.
        UsageError: a column of one of them leaves a convention open.
    """
    first, *others = preparers
    whole = first.with_rows_of(others).prepare(_joined(chunks))
    if not all(notes.are_shared_out for notes in whole.notes.values()):
        raise NotTogetherError
    return PreparedTogether(
        replace(whole, property_kinds={}), [*_parts(whole, [each.path for each in preparers])]
    )


def _joined(chunks: Sequence[RowChunk]) -> RowChunk:
    """One chunk of the rows of several files."""
    files = np.repeat(np.arange(len(chunks)), [len(chunk) for chunk in chunks])
    rejects = (
        replace(reject, file=file) for file, chunk in enumerate(chunks) for reject in chunk.rejects
    )
    return replace(RowChunk.concat(chunks), rejects=tuple(rejects), files=files)


def _parts(whole: PreparedChunk, paths: Sequence[object]) -> Iterator[PreparedChunk]:
    count = len(paths)
    ends = np.searchsorted(whole.files, np.arange(count), "right").tolist()
    rejects: list[list[RejectRows]] = [[] for _ in paths]
    for rows in whole.rejects:
        rejects[rows.file].append(replace(rows, file=0))
    problems: list[list[ProblemRows]] = [[] for _ in paths]
    for each in whole.problems:
        order = np.argsort(each.found.files, kind="stable")
        begins = np.searchsorted(each.found.files[order], np.arange(count + 1))
        for file in np.unique(each.found.files).tolist():
            own = each.found.of_file(order[begins[file] : begins[file + 1]])
            problems[file].append(ProblemRows(own, [str(paths[file])], each.object_type))
    begin = 0
    for file, end in enumerate(ends):
        rejected = sum(map(len, rejects[file]))
        notes = {path: each.of_file(file) for path, each in whole.notes.items()}
        yield replace(
            whole,
            records=None,
            keys=whole.keys.slice(begin, end - begin),
            problems=problems[file],
            rejects=rejects[file],
            rejected=rejected,
            rejected_rows=rejected,
            notes=notes,
            property_kinds=_kinds_with_values(whole, notes),
            products=ColumnNotes(),
            shared=None,
        )
        begin = end


def _kinds_with_values(whole: PreparedChunk, notes: dict[str, ColumnNotes]) -> dict[str, str]:
    """The types of the custom fields that one table has a value of."""
    return {
        name: kind
        for name, kind in whole.property_kinds.items()
        if (own := notes.get(f"{_PROPERTIES}{name}")) and own.filled > own.dropped
    }
