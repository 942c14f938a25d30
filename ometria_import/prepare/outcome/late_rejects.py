"""Rows of records that are rejected because of their key, which is known only at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ometria_import.prepare.chunks.reported import RejectRows
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.same_keys.outcomes import SharedKeys
from ometria_import.prepare.spill.spool import Spool
from ometria_import.problems import Finding, Located, Reject, Severity
from ometria_import.schema import ObjectType
from ometria_import.sources.arrays import Entries

_ROW = np.dtype(
    [
        ("line", np.int64),
        ("first", np.int64),
        ("reason", np.int64),
        ("is_first", np.bool_),
    ]
)
"""A rejected row: its line, that on which its record begins, the number of its record's reason,
and whether it is the row with which the record begins."""


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
        found_rows: dict[int, list[Entries]] = {}
        indexes = found.reasons.records
        order = np.argsort(found.records["number"][indexes], kind="stable")
        rejected = found.records[indexes[order]]
        begin = 0
        for counts, lines, files in spool.rows(rejected["number"]):
            end = begin + len(counts)
            rows = np.empty(len(lines), _ROW)
            sources = np.repeat(rejected["source"][begin:end], counts)
            rows["line"] = lines
            rows["first"] = np.repeat(rejected["line"][begin:end], counts)
            rows["reason"] = np.repeat(order[begin:end], counts)
            rows["is_first"] = (lines == rows["first"]) & (files == 0)
            for source in np.unique(sources).tolist():
                for file in np.unique(files[sources == source]).tolist():
                    own = rows[(sources == source) & (files == file)]
                    found_rows.setdefault(file_of(source, file), []).append(own)
            begin = end
        self._files = {number: np.concatenate(parts) for number, parts in found_rows.items()}

    @property
    def numbers(self) -> list[int]:
        """The numbers of the sources that hold the rows."""
        return sorted(self._files)

    def rows(self, number: int, each: Input) -> Iterator[list[RejectRows]]:
        """The rejected rows of a source, by line, with their cells as in the file."""
        own = self._files[number]
        # A row that belongs to several records has the reason of the last one.
        lines, last = np.unique(own["line"][::-1], return_index=True)
        own = own[len(own) - 1 - last]
        for own_lines, cells in each.rows_on(lines):
            of_lines = own[np.searchsorted(lines, own_lines)].tolist()
            yield RejectRows.of(
                Reject(line, "", (self._reason(*of_line),), row)
                for line, of_line, row in zip(own_lines, of_lines, cells, strict=True)
            )

    def _reason(self, line: int, first: int, number: int, is_first: bool) -> Located:  # noqa: FBT001 -- a field
        reason = self._reasons.of(number, line)
        if is_first:
            return reason
        words = f"belongs to the {self._object_type} of line {first}"
        return Located(line, "", "", Finding(reason.finding.cause, words), Severity.ERROR)
