"""Which records a row belongs to that cannot be read: without it they would not be whole.

An order is always sent whole, so it waits until the row is mended. Rows that do not even say whose
they are hold nothing up: they are rejects, as all of them are.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.rows.grouping import Grouped
from ometria_import.prepare.rows.row_groups import KeysOf
from ometria_import.problems import Reject, catalogue
from ometria_import.sources import RowChunk, TableSource
from ometria_import.sources.arrays import Texts


class RejectedKey(NamedTuple):
    """What an unreadable row says of its record, and where it stands."""

    key: str
    place: str


@dataclass(slots=True)
class _Pass:
    """How far one table was looked at."""

    last_line: int = 0
    last_key: str = ""
    waiting: list[tuple[str, RejectedKey]] = field(default_factory=list)
    """Rows behind the last one that could be read, each with the key of that one."""


class UnreadableRows:
    """The unreadable rows of one table of records, and of those of its items, by key."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._passes: dict[str, _Pass] = {}

    def note(self, chunk: RowChunk, source: TableSource, keys_of: KeysOf, name: str = "") -> None:
        """Take what could not be read of the next chunk; a table may be looked at again.

        Args:
            chunk: As the source gives it, with the keys of its rows.
            source: The table.
            keys_of: Finds what the rows of one record have in common.
            name: What the table is called in messages; empty for that of the records.
        """
        seen = self._passes.setdefault(name, _Pass())
        lines = [*chunk.lines[:1].tolist(), *(each.line for each in chunk.rejects[:1])]
        if lines and min(lines) <= seen.last_line:
            seen = self._passes[name] = _Pass()
        if chunk.keys is None:
            return
        rejected = self._keys(chunk.rejects, source, keys_of, name)
        if len(chunk):
            self._settle(seen, chunk.keys[0].as_py())
            keys = _listed(chunk.keys) if rejected else []
            places = np.searchsorted(chunk.lines, [each.line for each in chunk.rejects]).tolist()
            for each, place in zip(rejected, places, strict=True):
                above = keys[place - 1] if place else seen.last_key
                if place == len(keys):
                    seen.waiting.append((above, each))
                else:
                    self._own(each, above, keys[place])
            seen.last_key = chunk.keys[len(chunk) - 1].as_py()
            seen.last_line = int(chunk.lines[-1])
        else:
            seen.waiting += [(seen.last_key, each) for each in rejected]

    def _keys(
        self, rejects: Sequence[Reject], source: TableSource, keys_of: KeysOf, name: str
    ) -> list[RejectedKey]:
        if not rejects:
            return []
        keys = _listed(keys_of(_as_far_as_read(rejects, source)))
        places = (f"{name} line {each.line:,}".strip() for each in rejects)
        return [RejectedKey(*each) for each in zip(keys, places, strict=True)]

    def _settle(self, seen: _Pass, below: str) -> None:
        """Find the owners of the rows that stood at the end, now that the next one is known."""
        for above, each in seen.waiting:
            self._own(each, above, below)
        seen.waiting = []

    def _own(self, each: RejectedKey, above: str, below: str) -> None:
        if owner := below if above == below and below else each.key:
            self._places.setdefault(owner, each.place)

    def reject(self, assembled: Assembled, grouped: Grouped, keys: Texts | None) -> None:
        """Reject the records that such rows belong to.

        Args:
            assembled: The records, which are changed.
            grouped: Which rows make them up.
            keys: What the rows of one record have in common; None where nothing is.
        """
        for seen in self._passes.values():
            self._settle(seen, "")
        if not self._places or keys is None:
            return
        own = keys.take(pa.array(grouped.starts)).to_pylist()
        places = [self._places.get(key, "") for key in own]
        assembled.level.report(
            np.array([bool(place) for place in places], bool),
            catalogue.UNREADABLE_PART,
            "",
            lambda entry: f"{places[entry]} belongs to it and cannot be read; mend both together",
            is_error=True,
        )


def _listed(keys: Texts | None) -> list[str]:
    return [] if keys is None else list(keys.to_pylist())


def _as_far_as_read(rejects: Iterable[Reject], source: TableSource) -> pa.Table:
    """The cells of unreadable rows as a table: what there is too much is cut, what lacks blank."""
    width = len(source.header)
    rows = [_cells(each.raw, source.format.delimiter or ",") for each in rejects]
    padded = [(*row[:width], *[""] * (width - len(row))) for row in rows]
    columns = [pa.array([row[place] for row in padded], pa.string()) for place in range(width)]
    return pa.table(columns, names=list(source.header))


def _cells(raw: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([raw], delimiter=delimiter), [])
    except csv.Error:
        return []
