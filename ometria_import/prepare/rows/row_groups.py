"""Rechunking the rows of a table so that no record is split between two chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc

from ometria_import.prepare.rows.grouping import group_starts
from ometria_import.problems import Finding, Reject, catalogue
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Rows, Table, Texts

MAX_GROUP_ROWS = 10_000
"""The maximum number of rows of one record; far more than fit into 60,000 bytes of JSON."""

_CHUNK_ROWS = 16_384
"""The number of rows that are prepared at a time."""

KeysOf = Callable[[Table], Texts | None]
"""Returns the key of each row of a table, which the rows of one record share, as a
`pyarrow.StringArray`; None if every row is a separate record."""


def keyed(chunk: RowChunk, keys_of: KeysOf) -> RowChunk:
    """The chunk with the keys of its rows."""
    return replace(chunk, keys=keys_of(chunk.table))


def align(chunks: Iterable[RowChunk]) -> Iterator[RowChunk]:
    """Hold back the last record of each chunk until the next chunk shows where it ends.

    All rows of a record with more than `MAX_GROUP_ROWS` rows become rejects.
    """
    held: RowChunk | None = None
    endless_key = ""
    for each in chunks:
        whole = each if held is None else RowChunk.concat([held, each])
        keys = whole.keys
        if keys is None or not len(keys):
            yield whole
            continue
        starts = group_starts(keys)
        ends = np.append(starts[1:], len(keys))
        is_endless = ends - starts > MAX_GROUP_ROWS
        if endless_key and keys[0].as_py() == endless_key:
            is_endless[0] = True
        last = int(starts[-1])
        endless_key = keys[last].as_py() if is_endless[-1] else ""
        if is_endless.any():
            is_cut = np.repeat(is_endless, ends - starts)
            rejects = (*whole.rejects, *endless_rows(whole.lines[is_cut]))
            whole = replace(whole, rejects=rejects).where(~is_cut)
            last -= int(is_cut[:last].sum())
        done, held = whole.split(last)
        yield done
    if held is not None and len(held):
        yield held


def endless_rows(lines: Rows) -> Iterator[Reject]:
    """The rows of records with more than `MAX_GROUP_ROWS` rows, as rejects."""
    finding = Finding(
        catalogue.RECORD_TOO_LARGE,
        f"the record has over {MAX_GROUP_ROWS:,} rows, this is one of them",
    )
    # Their cells are left out, because they may contain secrets.
    yield from (Reject.of(line, "", finding) for line in lines.tolist())


def rechunk(chunks: Iterable[RowChunk]) -> Iterator[RowChunk]:
    """Combine small chunks and split large ones."""
    held: list[RowChunk] = []
    count = 0
    for chunk in chunks:
        held.append(chunk)
        count += len(chunk) + len(chunk.rejects)
        if count >= _CHUNK_ROWS:
            yield from _cut(RowChunk.concat(held))
            held, count = [], 0
    if count:
        yield from _cut(RowChunk.concat(held))


def _cut(chunk: RowChunk) -> Iterator[RowChunk]:
    while True:
        first, chunk = chunk.split(_CHUNK_ROWS)
        yield first
        if not len(chunk):
            return


def sort_by_key(chunk: RowChunk) -> RowChunk:
    """Move the rows of a key behind its first row, in order; blank keys are not grouped."""
    keys = chunk.keys
    if keys is None or not len(keys):
        return chunk
    _, first, key_number = np.unique(
        keys.dictionary_encode().indices.to_numpy(), return_index=True, return_inverse=True
    )
    rank = first[key_number]
    blank = pc.equal(keys, "").to_numpy(zero_copy_only=False)
    rank[blank] = np.flatnonzero(blank)
    order = np.argsort(rank, kind="stable")
    return chunk.take(order)
