"""Items whose record is in none of the sources."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.prepare.chunks.chunks import PreparedChunk
from ometria_import.problems import Finding, Origin, Problem, Reject, catalogue, shorten
from ometria_import.sources import RowChunk


def prepared_orphans(chunk: RowChunk, source: str, mapping: BoundMapping) -> PreparedChunk:
    """A chunk without records: each item row whose record is missing becomes a reject.

    Rows that the mapping leaves out need no record.
    """
    left_out = mapping.left_out(chunk.table) if len(chunk) else None
    if left_out is not None:
        chunk = chunk.where(~left_out)
    object_type = str(mapping.schema.object_type)
    of_rows: list[str] = mapping.record_keys(chunk.table).to_pylist() if len(chunk) else []
    keys = dict(zip(chunk.lines.tolist(), of_rows, strict=True))
    rejects = [*chunk.rejects, *_without_record(chunk, of_rows, object_type)]
    rejects.sort(key=lambda each: each.line)
    problems = [
        Problem(
            each.codes,
            Origin(source, each.line),
            mapping.key_column if each.line in keys else "",
            shorten(keys.get(each.line, each.raw)),
            each.reasons,
            object_type,
        )
        for each in rejects
    ]
    nothing = np.empty(0, np.int64)
    keys_of_none = pa.array([], pa.string())
    return PreparedChunk(
        None,
        keys_of_none,
        nothing,
        nothing,
        problems,
        rejects,
        len(rejects),
        len(rejects),
        left_out=0 if left_out is None else int(left_out.sum()),
    )


def _without_record(chunk: RowChunk, keys: list[str], object_type: str) -> Iterator[Reject]:
    columns = [column.to_pylist() for column in chunk.table.columns]
    rows = zip(chunk.lines.tolist(), zip(*columns, strict=True), keys, strict=True)
    for line, cells, key in rows:
        message = (
            f"no file has the {object_type} '{shorten(key)}'"
            if key
            else f"it does not say which {object_type} it belongs to"
        )
        yield Reject.of(line, "", Finding(catalogue.WITHOUT_RECORD, message), cells)
