"""Finding the rows of records that are rejected only after all sources were read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.same_keys.same_keys import SharedKeys
from ometria_import.prepare.spill.spool import Spool
from ometria_import.problems import Finding, Located, Reject, Severity


def reasons_of(found: SharedKeys, spool: Spool) -> Iterator[tuple[int, Located]]:
    """The source and the reason of each row of records that are rejected, by line.

    Args:
        found: The outcome for the records that share their key.
        spool: All records.
    """
    indexes = sorted(found.reasons, key=lambda index: int(found.records["number"][index]))
    rejected = found.records[indexes]
    for index, record, rows in zip(indexes, rejected, spool.rows(rejected["number"]), strict=True):
        problem = found.reasons[index]
        source, first, cause = int(record["source"]), int(record["line"]), problem.code[1:]
        reason = Located(first, problem.field, "", Finding(cause, problem.message), Severity.ERROR)
        belongs = Finding(cause, f"belongs to the {problem.object_type} of line {first}")
        for line, file in rows:
            other = Located(line, "", "", belongs, Severity.ERROR, file=file)
            yield source, reason if (line, file) == (first, 0) else other


def rejected_again(each: Input, reasons: Mapping[int, Located]) -> Iterator[list[Reject]]:
    """The rejected rows of a source, by line, with their cells as in the file."""
    lines = np.array(sorted(reasons), np.int64)
    for own_lines, cells in each.rows_on(lines):
        yield [
            Reject(line, "", (reasons[line],), own)
            for line, own in zip(own_lines, cells, strict=True)
        ]
