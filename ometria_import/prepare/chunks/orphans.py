"""Items whose record is in none of the sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.prepare.chunks.chunks import PreparedChunk
from ometria_import.problems import Finding, Origin, Problem, Reject, catalogue, shorten
from ometria_import.schema import ObjectType
from ometria_import.sources import RowChunk


class OrphanReport:
    """Turns rows of items that found no record into rejects."""

    def __init__(self, source: str, object_type: ObjectType, mapping: BoundMapping) -> None:
        self._source = source
        self._object_type = object_type
        self._mapping = mapping

    def prepared(self, chunk: RowChunk) -> PreparedChunk:
        """No records, and a reject for each row that the mapping does not leave out, in order."""
        left_out = self._mapping.left_out(chunk.table)
        if left_out is not None:
            chunk = chunk.where(~left_out)
        rejects = [*chunk.rejects, *self._without_record(chunk)]
        rejects.sort(key=lambda each: each.line)
        keys = dict(zip(chunk.lines.tolist(), self._keys(chunk), strict=True))
        problems = [
            Problem(
                each.codes,
                Origin(self._source, each.line),
                self._mapping.key_column if each.line in keys else "",
                shorten(keys.get(each.line, each.raw)),
                each.reasons,
                str(self._object_type),
            )
            for each in rejects
        ]
        nothing: Any = np.empty(0, np.int64)
        texts = pa.array([], pa.string())
        return PreparedChunk(
            texts,
            None,
            texts,
            nothing,
            nothing,
            problems,
            rejects,
            len(rejects),
            len(rejects),
            left_out=0 if left_out is None else int(left_out.sum()),
        )

    def _keys(self, chunk: RowChunk) -> list[str]:
        keys: list[str] = self._mapping.record_keys(chunk.table).to_pylist() if len(chunk) else []
        return keys

    def _without_record(self, chunk: RowChunk) -> Iterator[Reject]:
        columns = [column.to_pylist() for column in chunk.table.columns]
        rows = zip(chunk.lines.tolist(), zip(*columns, strict=True), self._keys(chunk), strict=True)
        for line, cells, key in rows:
            message = (
                f"no file has the {self._object_type} '{shorten(key)}'"
                if key
                else f"it does not say which {self._object_type} it belongs to"
            )
            yield Reject.of(line, "", Finding(catalogue.WITHOUT_RECORD, message), cells)
