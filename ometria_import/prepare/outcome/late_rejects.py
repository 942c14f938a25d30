"""Rows of records that are rejected because of their key, which is known only at the end."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ometria_import.prepare.chunks.reported import RejectRows
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.same_keys.outcomes import SharedKeys
from ometria_import.prepare.spill.spool import Spool
from ometria_import.problems import Finding, Located, Reject, Severity
from ometria_import.schema import ObjectType


@dataclass(slots=True)
class _RowsOfFile:
    """The rejected rows of one file, as numbers."""

    lines: array[int] = field(default_factory=lambda: array("q"))
    firsts: array[int] = field(default_factory=lambda: array("q"))
    """The line on which the record of each row begins."""
    reasons: array[int] = field(default_factory=lambda: array("q"))
    """The number of the reason of each row's record."""
    is_first: array[int] = field(default_factory=lambda: array("b"))


class LateRejects:
    """The rejected rows of one object type, by the file that they are in."""

    def __init__(
        self,
        object_type: ObjectType,
        found: SharedKeys,
        spool: Spool,
        file_of: Callable[[int, int], int],
    ) -> None:
        """Find the rows.

        Args:
            object_type: The object type of the records.
            found: The outcome for those that share their key.
            spool: All records.
            file_of: Returns the number of the source that holds the rows of a file of a source.
        """
        self._object_type = object_type
        self._reasons = found.reasons
        self._files: dict[int, _RowsOfFile] = {}
        indexes = found.reasons.records
        order = np.argsort(found.records["number"][indexes], kind="stable")
        rejected = found.records[indexes[order]]
        columns = (rejected["source"].tolist(), rejected["line"].tolist(), order.tolist())
        rows_of_each = spool.rows(rejected["number"])
        of_parts: dict[tuple[int, int], _RowsOfFile] = {}
        for source, first, reason, rows in zip(*columns, rows_of_each, strict=True):
            for line, file in rows:
                if (own := of_parts.get((source, file))) is None:
                    own = self._files.setdefault(file_of(source, file), _RowsOfFile())
                    of_parts[source, file] = own
                own.lines.append(line)
                own.firsts.append(first)
                own.reasons.append(reason)
                own.is_first.append((line, file) == (first, 0))

    @property
    def numbers(self) -> list[int]:
        """The numbers of the sources that hold the rows."""
        return sorted(self._files)

    def rows(self, number: int, each: Input) -> Iterator[list[RejectRows]]:
        """The rejected rows of a source, by line, with their cells as in the file."""
        own = self._files[number]
        # A row that belongs to several records has the reason of the last one.
        lines, last = np.unique(np.array(own.lines, np.int64)[::-1], return_index=True)
        places = len(own.lines) - 1 - last
        for own_lines, cells in each.rows_on(lines):
            of_lines = places[np.searchsorted(lines, own_lines)].tolist()
            yield RejectRows.of(
                Reject(line, "", (self._reason(own, place, line),), row)
                for line, place, row in zip(own_lines, of_lines, cells, strict=True)
            )

    def _reason(self, own: _RowsOfFile, place: int, line: int) -> Located:
        reason = self._reasons.of(own.reasons[place], line)
        if own.is_first[place]:
            return reason
        words = f"belongs to the {self._object_type} of line {own.firsts[place]}"
        return Located(line, "", "", Finding(reason.finding.cause, words), Severity.ERROR)
