"""Cutting the rows of a table anew, so that no record is spread over two pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ometria_import.prepare.rows.grouping import group_starts
from ometria_import.problems import Finding, Reject, catalogue
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Mask, Rows, Table

MAX_GROUP_ROWS = 10_000
"""Rows of one record that are held together; far more than 60,000 bytes of JSON can take."""

KeysOf = Callable[[Table], Any]
"""Finds what the rows of one record have in common, a `pyarrow.StringArray`, in a table; None
where every row is a record of its own."""


def whole_records(chunks: Iterable[RowChunk], keys_of: KeysOf) -> Iterator[RowChunk]:
    """Hold the last rows of each chunk until it is known where their record ends.

    The rows of a record with more than `MAX_GROUP_ROWS` become rejects, all of them.
    """
    held: RowChunk | None = None
    endless_key = ""
    for each in chunks:
        whole = each if held is None else RowChunk.concat([held, each])
        keys = keys_of(whole.table)
        if keys is None:
            yield whole
            continue
        starts = group_starts(keys)
        if not len(starts):
            yield whole
            continue
        ends = np.append(starts[1:], len(keys))
        is_endless = ends - starts > MAX_GROUP_ROWS
        if endless_key and keys[0].as_py() == endless_key:
            is_endless[0] = True
        last = int(starts[-1])
        endless_key = keys[last].as_py() if is_endless[-1] else ""
        if is_endless.any():
            whole, last = _without(whole, np.repeat(is_endless, ends - starts), last)
        done, held = whole.split(last)
        yield done
    if held is not None and len(held):
        yield held


def endless_rows(lines: Rows) -> Iterator[Reject]:
    """The rows of records with more than `MAX_GROUP_ROWS`, as rejects."""
    finding = Finding(
        catalogue.RECORD_TOO_LARGE,
        f"the record has over {MAX_GROUP_ROWS:,} rows, this is one of them",
    )
    # Without their cells: among them may be what must not leave the file.
    yield from (Reject.of(line, "", finding) for line in lines.tolist())


def _without(chunk: RowChunk, is_endless: Mask, last: int) -> tuple[RowChunk, int]:
    """Turn rows into rejects; `last` is where the last record begins, before and after."""
    rejects = (*chunk.rejects, *endless_rows(chunk.lines[is_endless]))
    kept = replace(chunk, rejects=rejects).where(~is_endless)
    return kept, last - int(is_endless[:last].sum())
