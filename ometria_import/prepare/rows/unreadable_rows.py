"""Finding the records that an unreadable row belongs to, which are incomplete without it.

An order is only sent complete, so it is rejected until the row is fixed. All unreadable rows are
rejects; a row whose record cannot be told does not hold up any other.
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
    """An unreadable row: the message for its record, and its place."""

    key: str
    place: str


@dataclass(slots=True)
class _Pass:
    """How far one table has been scanned."""

    last_line: int = 0
    last_key: str = ""
    waiting: list[tuple[str, RejectedKey]] = field(default_factory=list)
    """The unreadable rows after the last readable one, each with that row's key."""


class UnreadableRows:
    """The unreadable rows of one record table and of its item tables, by key."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}
        self._passes: dict[str, _Pass] = {}
        self._strays: list[str] = []

    def note(self, chunk: RowChunk, source: TableSource, keys_of: KeysOf, name: str = "") -> None:
        """Add the unreadable rows of the next chunk; a table may be scanned more than once.

        `settle` must be called at the end of the table.

        Args:
            chunk: The chunk as read from the source, with the keys of its rows.
            source: The table.
            keys_of: Returns the key that the rows of one record share.
            name: The name of the table in messages; empty for the table of records.
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

    def settle(self) -> None:
        """Find the records of the last unreadable rows, below which no readable row stands."""
        for seen in self._passes.values():
            self._settle(seen, "")

    def taken_strays(self) -> list[str]:
        """The keys of records that unreadable rows beside none of their rows belong to.

        Each is returned once, and only if no unreadable row of the record was found before.
        """
        taken, self._strays = self._strays, []
        return taken

    def _keys(
        self, rejects: Sequence[Reject], source: TableSource, keys_of: KeysOf, name: str
    ) -> list[RejectedKey]:
        if not rejects:
            return []
        keys = _listed(keys_of(_as_far_as_read(rejects, source)))
        places = (f"{name} line {each.line:,}".strip() for each in rejects)
        return [RejectedKey(*each) for each in zip(keys, places, strict=True)]

    def _settle(self, seen: _Pass, below: str) -> None:
        """Find the records of pending unreadable rows, now that the next readable row is known."""
        for above, each in seen.waiting:
            self._own(each, above, below)
        seen.waiting = []

    def _own(self, each: RejectedKey, above: str, below: str) -> None:
        owner = below if above == below and below else each.key
        if owner and owner not in self._places:
            self._places[owner] = each.place
            if owner not in {above, below}:
                self._strays.append(owner)

    def reject(self, assembled: Assembled, grouped: Grouped, keys: Texts | None) -> None:
        """Reject the records that unreadable rows belong to.

        Args:
            assembled: The records, which are changed in place.
            grouped: Which rows make up each record.
            keys: The key of each row; None if rows have no keys.
        """
        if not self._places or keys is None:
            return
        own = keys.take(pa.array(grouped.starts)).to_pylist()
        places = [self._places.get(key, "") for key in own]
        assembled.level.report(
            np.array([bool(place) for place in places], bool),
            catalogue.UNREADABLE_PART,
            "",
            lambda entry: f"{places[entry]} belongs to it and cannot be read; fix both together",
            is_error=True,
        )


def _listed(keys: Texts | None) -> list[str]:
    return [] if keys is None else list(keys.to_pylist())


def _as_far_as_read(rejects: Iterable[Reject], source: TableSource) -> pa.Table:
    """The cells of unreadable rows as a table: surplus cells are cut, missing ones are blank."""
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
