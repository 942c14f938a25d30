"""What becomes of one chunk of a source, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.prepare.chunks.reported import ProblemRows, RejectRows, reasons_of_rows
from ometria_import.prepare.columns.found import FoundColumns
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.prepare.columns.survey import ColumnPlace, Survey
from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.records.consent_rules import note_undated_consents, report_consents
from ometria_import.prepare.records.consents import Marks, is_overruled
from ometria_import.prepare.records.product_notices import note_products
from ometria_import.prepare.records.shared_columns import (
    SharedColumns,
    UnsentOrders,
    shared_columns,
    unsent_orders,
)
from ometria_import.prepare.rows.fates import Fate, RowFates
from ometria_import.prepare.rows.grouping import Grouped
from ometria_import.prepare.spill.spool import SpooledRecords
from ometria_import.problems import Finding, Located, Reject, Severity, catalogue, shorten
from ometria_import.schema import Field, ObjectType
from ometria_import.schema.field_types import Conventions, written
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Rows, Texts


class NumberedSource(NamedTuple):
    """A source and its number among all the sources of a run."""

    number: int
    """1-based, in the order of reading."""
    path: str
    object_type: ObjectType
    together: Sequence[int] = ()
    """The numbers of all sources whose rows are in the chunk, where these are several."""
    of_records: Rows | None = None
    """Then, the number of each record's own source."""
    files: Sequence[int] = ()
    """The numbers of the sources that its rows stand in, by file number; only its own if empty."""

    @property
    def numbers(self) -> Rows | int:
        """The number of the source, or that of each record."""
        return self.number if self.of_records is None else self.of_records


@dataclass(slots=True)
class PreparedChunk:
    """What became of the rows of one chunk."""

    records: SpooledRecords | None
    """The accepted records, ready to be spooled to disk; None where a chunk cannot have any."""
    keys: Texts
    lines: Rows
    """The line on which each record begins."""
    row_counts: Rows
    """The number of rows in each record; 0 for members, whose rows are counted with their group."""
    problems: list[ProblemRows]
    rejects: list[RejectRows]
    rejected: int
    """The number of rejected records and of rows that could not be read."""
    rejected_rows: int
    repeated: int = 0
    """The number of duplicate rows, which are not part of any record."""
    left_out: int = 0
    """The number of rows of records that are left out: the mapping skips all their rows, or they
    are returns and the user chose to leave returns out."""
    notes: dict[str, ColumnNotes] = field(default_factory=dict)
    """Column notes by field path; the row numbers in them are line numbers of the file."""
    unknown_keys: dict[str, bool] = field(default_factory=dict)
    """Unknown keys of JSON objects, each with whether its values are kept."""
    property_kinds: Mapping[str, str] = field(default_factory=dict)
    """The type of each custom field of the records, by its name."""
    products: ColumnNotes = field(default_factory=ColumnNotes)
    """Counts of products, for notices about the source as a whole."""
    shared: SharedColumns | None = None
    """The columns that the checks across files compare."""
    unsent_orders: UnsentOrders | None = None
    """What orders that did not get in would have added to revenue."""
    marks: Marks = field(default_factory=lambda: np.zeros(0, np.uint8))
    """What is remembered of the consents of each accepted record."""
    overruled: int = 0
    """The number of rows that opt in or out and are overruled by another row of their record."""
    files: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    """The file of the first row of each record, as in `RowChunk`."""
    fates: list[RowFates] = field(default_factory=list)
    """What became of each row that is not among the rejects."""


class Rules:
    """The rules of one source's columns, each created the first time its column is seen."""

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

    def start_over(self) -> None:
        """Forget what was decided: all chunks are prepared anew."""
        self._rules.clear()

    def decided(self) -> dict[str, Conventions]:
        """The conventions that were decided from the columns' own texts, by field path."""
        return {path: rule.decided for path, rule in self._rules.items() if rule.decided}

    def columns(self) -> Iterator[tuple[ColumnPlace, Conventions]]:
        """The columns that can be ambiguous, each with the conventions known beforehand."""
        return map(self._column, self._survey.paths)

    def _column(self, path: str) -> tuple[ColumnPlace, Conventions]:
        place = ColumnPlace(self._source, self._column_of(path), path, self._survey)
        return place, self._conventions_of(path)


class ChunkReport:
    """Turns what was found in a chunk into problems, rejects and the records that got in."""

    def __init__(
        self, paths: Sequence[str], object_type: ObjectType, *, are_sources: bool = False
    ) -> None:
        """Report on a source.

        Args:
            paths: The paths of its files, by file number.
            object_type: That of its records.
            are_sources: Whether each file is a source of its own, and records have only its rows.
        """
        self._paths = paths
        self._are_sources = are_sources
        self.object_type = object_type

    def prepared(
        self,
        grouped: Grouped,
        assembled: Assembled,
        lines: Rows,
        lost: Sequence[Reject],
        files: Rows | None = None,
    ) -> PreparedChunk:
        """Sort the records into those that got in and those that did not.

        Args:
            grouped: Which rows make up each record.
            assembled: The records.
            lines: The line of each row.
            lost: Rows that could not be read, and those of another object type; none of them is
                among the records.
            files: The file of each row, where several were joined.
        """
        files = np.zeros(len(lines), np.int64) if files is None else files
        own_files = np.zeros_like(files) if self._are_sources else files
        if self.object_type is ObjectType.CONTACT:
            # Only now is it known which records are rejected.
            report_consents(assembled)
        rejected = assembled.is_rejected
        counts = grouped.row_counts
        is_kept = assembled.is_kept
        keys, differences = assembled.keys, grouped.differences
        if not is_kept.all():
            keys = keys.filter(is_kept)
        rows, begins = _rows_of(grouped), lines[grouped.starts]
        chunk = PreparedChunk(
            SpooledRecords.of(assembled, begins, counts, lines[rows], own_files[rows]),
            keys,
            begins[is_kept],
            counts[is_kept],
            problems=[],
            rejects=RejectRows.of(lost),
            rejected=int(rejected.sum()) + len(lost),
            rejected_rows=int(counts[rejected].sum()) + len(lost),
            left_out=int(counts[assembled.is_left_out].sum()),
            property_kinds=assembled.property_kinds,
            marks=assembled.marks[is_kept],
            overruled=sum(is_overruled(each.path, each.value, each.taken) for each in differences),
            files=files[grouped.starts[is_kept]],
            fates=_fates(grouped, assembled, lines, files),
        )
        of_lost = FoundColumns.of(
            found._replace(value=found.value or reject.raw, file=reject.file)
            for reject in lost
            for found in reject.findings
        )
        of_records = assembled.level.found.columns().at(lines, files)
        of_rows = FoundColumns.of(self._differences(grouped, lines))
        found = of_lost.followed_by(of_records).followed_by(of_rows)
        chunk.problems.append(ProblemRows.by_line(found, self._paths, str(self.object_type)))
        chunk.shared = shared_columns(self.object_type, assembled)
        if self.object_type is ObjectType.ORDER:
            chunk.unsent_orders = unsent_orders(assembled)
        if self.object_type is ObjectType.PRODUCT:
            note_products(assembled, lines[grouped.starts], chunk.products)
        chunk.notes = {path: notes.on_rows(lines, files) for path, notes in assembled.notes.items()}
        if self.object_type is ObjectType.CONTACT:
            starts = grouped.starts
            of_starts = files[starts] if self._are_sources else None
            note_undated_consents(assembled, lines[starts], chunk.notes, of_starts)
        return chunk

    def rejected_rows(
        self,
        rows: Rows,
        cells_of: Callable[[int, Rows], Sequence[Texts]],
        lines: Rows,
        assembled: Assembled,
        grouped: Grouped,
        files: Rows | None = None,
    ) -> Iterator[RejectRows]:
        """The rows of rejected records, each with the problems of its record.

        Args:
            rows: The row numbers of the rejects within the chunk.
            cells_of: Returns the cells of some of those rows by their places among them, in the
                own columns of a file.
            lines: The line of each row of the chunk.
            assembled: The records.
            grouped: Which rows make up each record.
            files: The file of each row, where several were joined.
        """
        codes, reasons = reasons_of_rows(assembled.level.found.columns(), rows, len(lines))
        firsts = pa.array(lines[grouped.starts[grouped.record_of_row[rows]]]).cast(pa.string())
        belongs = f"belongs to the {self.object_type} of line "
        belongs_to = pc.binary_join_element_wise(belongs, firsts, "")
        reasons = pc.if_else(pc.equal(reasons, ""), belongs_to, reasons)
        nothing = pa.repeat(pa.scalar("", pa.string()), len(rows))
        own_files = np.zeros(len(rows), np.int64) if files is None else files[rows]
        for file in np.unique(own_files).tolist():
            places = np.flatnonzero(own_files == file)
            own = pa.array(places)
            yield RejectRows(
                file,
                lines[rows[places]],
                codes.take(own),
                reasons.take(own),
                nothing.take(own),
                cells_of(file, places),
            )

    def _differences(self, grouped: Grouped, lines: Rows) -> Iterator[Located]:
        for each in grouped.differences:
            what = "may be an opt-out, so no consent is sent" if each.is_unclear else "was taken"
            message = (
                f"line {lines[each.taken_row]} of the same {self.object_type} says "
                f"'{shorten(written(each.taken))}', which {what}"
            )
            unclear, differs = catalogue.CONSENT_UNCLEAR, catalogue.DIFFERS_IN_GROUP
            finding = Finding(unclear if each.is_unclear else differs, message)
            yield Located(int(lines[each.row]), each.path, written(each.value), finding)

    def problems(self, found: Iterable[Located]) -> ProblemRows:
        """Findings as problems of the source, in the files that they were found in."""
        return ProblemRows.of(found, self._paths, str(self.object_type))


def _fates(grouped: Grouped, assembled: Assembled, lines: Rows, files: Rows) -> list[RowFates]:
    """What became of the rows of records that are not rejected."""
    records = grouped.record_of_row
    starts = grouped.starts[records]
    masks = {
        Fate.READY: assembled.is_kept,
        Fate.LEFT_OUT: assembled.is_left_out & ~assembled.is_rejected,
    }
    fates = []
    for fate, of_records in masks.items():
        own = of_records[records]
        if own.any():
            begins = starts[own]
            fates.append(RowFates(fate, lines[own], files[own], lines[begins], files[begins]))
    return fates


def _rows_of(grouped: Grouped) -> Rows:
    """The rows of all records, record by record."""
    found: Rows = np.argsort(grouped.record_of_row, kind="stable")
    return found


def prepared_orphans(chunk: RowChunk, source: str, mapping: BoundMapping) -> PreparedChunk:
    """A chunk without records: each item row whose record is missing becomes a reject.

    Rows that the mapping leaves out need no record.
    """
    left_out = mapping.left_out(chunk.table) if len(chunk) else None
    fates = []
    if left_out is not None:
        fates.append(RowFates.of(Fate.LEFT_OUT, chunk.lines[left_out], None))
        chunk = chunk.where(~left_out)
    object_type = str(mapping.schema.object_type)
    of_rows: list[str] = mapping.record_keys(chunk.table).to_pylist() if len(chunk) else []
    keys = dict(zip(chunk.lines.tolist(), of_rows, strict=True))
    rejects = [*chunk.rejects, *_without_record(chunk, of_rows, object_type)]
    rejects.sort(key=lambda each: each.line)
    found = (
        Located(
            each.line,
            mapping.key_column if each.line in keys else "",
            keys.get(each.line, each.raw),
            each.finding,
            Severity.ERROR,
        )
        for each in rejects
    )
    nothing = np.empty(0, np.int64)
    keys_of_none = pa.array([], pa.string())
    return PreparedChunk(
        None,
        keys_of_none,
        nothing,
        nothing,
        [ProblemRows.of(found, [source], object_type)],
        RejectRows.of(rejects),
        len(rejects),
        len(rejects),
        left_out=0 if left_out is None else int(left_out.sum()),
        fates=fates,
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
