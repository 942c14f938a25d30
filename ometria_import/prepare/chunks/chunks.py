"""What becomes of one chunk of a source, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ometria_import.prepare.columns.normalise import ColumnNotes
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.prepare.columns.survey import ColumnPlace, Survey
from ometria_import.prepare.cross_checks.columns import SharedColumns, shared_columns
from ometria_import.prepare.records.assembled import Assembled, Found
from ometria_import.prepare.records.consent_rules import Undated, consent_problems, undated_consents
from ometria_import.prepare.records.product_notices import ProductNotices
from ometria_import.prepare.rows.grouping import Grouped
from ometria_import.prepare.spill.spool import SpooledRecords
from ometria_import.problems import Finding, Origin, Problem, catalogue, shorten
from ometria_import.schema import Field, ObjectType
from ometria_import.schema.field_types import Conventions
from ometria_import.sources import RowNotice, RowReject

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that did not get in, as its source wrote it."""

    line: int
    cells: tuple[str, ...]
    """In the source's own columns (JSON: the object as text); empty where the row could not
    be read."""
    raw: str
    """The row's text, where there are no cells."""
    codes: str
    reasons: str


@dataclass(slots=True)
class PreparedChunk:
    """What became of the rows of one chunk."""

    texts: Any
    """`pyarrow.StringArray` of all records, a comma behind each; None once it is not needed."""
    is_kept: Any
    """Which of them got in, a `pyarrow.BooleanArray`; None where all did."""
    keys: Any
    lines: Rows
    """The line on which each record begins."""
    row_counts: Rows
    """How many rows went into each record; none into members, whose rows are their group's."""
    problems: list[Problem]
    rejects: list[RejectedRow]
    rejected: int
    """Records, and rows that could not be read."""
    rejected_rows: int
    repeated: int = 0
    """Rows that stand in the chunk twice, and are part of no record."""
    left_out: int = 0
    """Rows of records that stay out: the mapping leaves out all of their rows, or they are
    returns that nobody wants."""
    notes: dict[str, ColumnNotes] = field(default_factory=dict)
    """By path; rows in them are lines."""
    unknown_keys: dict[str, bool] = field(default_factory=dict)
    """Keys of JSON objects that no field knows, each with whether its values are kept."""
    property_kinds: Mapping[str, str] = field(default_factory=dict)
    """What the records' custom fields are, by name."""
    product_notices: ProductNotices = field(default_factory=ProductNotices)
    shared: SharedColumns | None = None
    """What other files are compared with."""
    spooled: SpooledRecords | None = None
    """The records, ready to wait on disk."""
    undated: list[Undated] = field(default_factory=list)
    """Consents without their time."""
    row_lines: Rows = field(default_factory=lambda: np.empty(0, np.int64))
    """The lines of all rows of the records that got in, record by record."""

    def records(self) -> Any:
        """`pyarrow.StringArray` of the records that got in, a comma behind each."""
        return self.texts if self.is_kept is None else self.texts.filter(self.is_kept)


class OtherType(NamedTuple):
    """A row whose `@type` is not that of its source."""

    reject: RowReject
    cells: tuple[str, ...]


class Rules:
    """The rules of one source's columns, made when a column is first met."""

    def __init__(
        self,
        source: str,
        conventions_of: Callable[[str], Conventions],
        column_of: Callable[[str], str],
        survey: Survey,
    ) -> None:
        self._source = source
        self._conventions_of = conventions_of
        self._column_of = column_of
        self._survey = survey
        self._rules: dict[str, ColumnRule] = {}

    def rule_of(self, path: str, schema_field: Field) -> ColumnRule:
        """The rule of the column that feeds a field; the same one for all threads."""
        rule = self._rules.get(path)
        if rule is None:
            rule = ColumnRule(schema_field, *self._column(path))
            rule = self._rules.setdefault(path, rule)
        return rule

    def decided(self) -> dict[str, Conventions]:
        """What the columns said of what their texts leave open, by field."""
        return {path: rule.decided for path, rule in self._rules.items() if rule.decided}

    def columns(self) -> Iterator[tuple[ColumnPlace, Conventions]]:
        """The columns that can leave something open, each with what is known of it before."""
        return map(self._column, self._survey.paths)

    def _column(self, path: str) -> tuple[ColumnPlace, Conventions]:
        place = ColumnPlace(self._source, self._column_of(path), path, self._survey)
        return place, self._conventions_of(path)


class ChunkReport:
    """Turns what was found in a chunk into problems, rejects and the records that got in."""

    def __init__(self, source: str, object_type: ObjectType) -> None:
        self._source = source
        self.object_type = object_type

    def prepared(
        self,
        grouped: Grouped,
        assembled: Assembled,
        lines: Rows,
        unreadable: Sequence[RowReject],
        others: Sequence[OtherType],
    ) -> PreparedChunk:
        """Sort the records into those that got in and those that did not.

        Args:
            grouped: Which rows make up each record.
            assembled: The records.
            lines: The line of each row.
            unreadable: Rows that were lost before they could become cells.
            others: Rows of another object type, which are not among the records.
        """
        # Only now is it known which records are rejected.
        assembled.found += consent_problems(self.object_type, assembled, grouped.starts)
        lost = len(unreadable) + len(others)
        rejected = assembled.is_rejected
        counts = grouped.row_counts
        is_kept = assembled.is_kept
        kept = None if is_kept.all() else pa.array(is_kept)
        chunk = PreparedChunk(
            assembled.texts,
            kept,
            assembled.keys if kept is None else assembled.keys.filter(kept),
            lines[grouped.starts[is_kept]],
            counts[is_kept],
            problems=[],
            rejects=[],
            rejected=int(rejected.sum()) + lost,
            rejected_rows=int(counts[rejected].sum()) + lost,
            left_out=int(counts[assembled.is_left_out].sum()),
            property_kinds=assembled.property_kinds,
        )
        for reject, cells in (*((each, ()) for each in unreadable), *others):
            code, message = f"E{reject.finding.cause}", reject.finding.message
            chunk.problems.append(self._problem(code, reject.line, "", reject.raw, message))
            raw = "" if cells else reject.raw
            chunk.rejects.append(RejectedRow(reject.line, cells, raw, code, message))
        for found in assembled.found:
            line = int(lines[found.row])
            chunk.problems.append(
                self._problem(found.code, line, found.path, found.value, found.message)
            )
        chunk.problems.extend(self._differences(grouped, lines))
        chunk.problems.sort(key=lambda problem: problem.origin.line)
        chunk.shared = shared_columns(self.object_type, assembled)
        if self.object_type is ObjectType.PRODUCT:
            chunk.product_notices.add(assembled, lines[grouped.starts])
        chunk.undated = undated_consents(self.object_type, assembled, lines[grouped.starts])
        chunk.row_lines = _row_lines(grouped, lines, is_kept)
        chunk.notes = {path: notes.on_rows(lines) for path, notes in assembled.notes.items()}
        return chunk

    def rejected_rows(
        self,
        rows: Rows,
        cells: Sequence[tuple[str, ...]],
        lines: Rows,
        assembled: Assembled,
        grouped: Grouped,
    ) -> Iterator[RejectedRow]:
        """The rows of rejected records, each with what was found in it.

        Args:
            rows: Their numbers.
            cells: Their cells in the source's own columns.
            lines: The line of each row of the chunk.
            assembled: The records.
            grouped: Which rows make up each record.
        """
        reasons: dict[int, list[Found]] = {}
        for found in assembled.found:
            reasons.setdefault(found.row, []).append(found)
        for row, own in zip(rows.tolist(), cells, strict=True):
            here = reasons.get(row, [])
            words = "; ".join(f"{f.path}: {f.message}" if f.path else f.message for f in here)
            first = lines[grouped.starts[grouped.record_of_row[row]]]
            yield RejectedRow(
                int(lines[row]),
                own,
                "",
                " ".join(dict.fromkeys(found.code for found in here)),
                words or f"belongs to the {self.object_type} of line {first}",
            )

    def noticed(self, notices: Iterable[RowNotice]) -> Iterator[Problem]:
        """What is to be known of rows, as warnings."""
        for each in notices:
            code = f"W{each.finding.cause}"
            yield self._problem(code, each.line, "", "", each.finding.message)

    def other_type(self, line: int, cells: tuple[str, ...], said: str) -> OtherType:
        """A record whose `@type` is not that of its source."""
        message = f"its @type is '{shorten(said)}', the source holds {self.object_type} records"
        finding = Finding(catalogue.WRONG_OBJECT_TYPE, message)
        return OtherType(RowReject(line, shorten(said), finding), cells)

    def _differences(self, grouped: Grouped, lines: Rows) -> Iterator[Problem]:
        for each in grouped.differences:
            yield self._problem(
                f"W{catalogue.DIFFERS_IN_GROUP}",
                int(lines[each.row]),
                each.path,
                each.value,
                f"line {lines[each.taken_row]} of the same {self.object_type} says "
                f"'{shorten(each.taken)}', which was taken",
            )

    def _problem(self, code: str, line: int, path: str, value: str, message: str) -> Problem:
        origin = Origin(self._source, line)
        return Problem(code, origin, path, shorten(value), message, str(self.object_type))


def _row_lines(grouped: Grouped, lines: Rows, is_kept: npt.NDArray[np.bool_]) -> Rows:
    """The lines of the rows of some records, record by record."""
    records = grouped.record_of_row
    order = np.argsort(records, kind="stable")
    found: Rows = lines[order[is_kept[records[order]]]]
    return found
