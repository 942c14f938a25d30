"""Preparing the chunks of a table: rows mapped, put together, normalised and encoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.mapping.binding.joined import item_column
from ometria_import.options.choices import Returns
from ometria_import.prepare.chunks.chunks import ChunkReport, PreparedChunk, Rules
from ometria_import.prepare.chunks.order_prefix import order_prefix
from ometria_import.prepare.columns.by_file import FileParts
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.null_words import NullWords, TableNulls, name_words
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.prepare.columns.survey import Survey, TextsByPath
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.records.assemble import Assembler
from ometria_import.prepare.records.assembled import Assembled
from ometria_import.prepare.records.consent_rules import read_refusals
from ometria_import.prepare.records.consents import weights
from ometria_import.prepare.records.returns import settle_returns
from ometria_import.prepare.rows.fates import Fate, RowFates
from ometria_import.prepare.rows.grouping import (
    Grouped,
    group_rows,
    group_starts,
    name_options_once,
    reject_whole_groups,
    reject_without_own_row,
    with_members,
)
from ometria_import.prepare.rows.orders_of_one_id import reject_mixed_orders
from ometria_import.prepare.rows.row_groups import align, keyed
from ometria_import.prepare.rows.twice_in_a_row import Made, Repeats, repeats_in
from ometria_import.prepare.rows.unreadable_rows import UnreadableRows
from ometria_import.prepare.spill.joining import JoinedSource
from ometria_import.problems import Finding, Reject, catalogue, shorten
from ometria_import.schema import Field, ObjectType
from ometria_import.schema.field_types import Conventions, field_type
from ometria_import.sources import RowChunk, TableSource
from ometria_import.sources.arrays import Mask, Rows, Texts

_ITEM_SEPARATOR = item_column(0, "")[-1]


class TablePreparer:
    """Prepares the chunks of one table; `prepare` may be called from several threads."""

    def __init__(
        self,
        source: TableSource | JoinedSource,
        mapping: BoundMapping,
        options: PrepareOptions,
        beside: Sequence[TablePreparer] = (),
    ) -> None:
        """Set up the preparer.

        Args:
            source: The table.
            mapping: The mapping of its rows.
            options: The user's options for it.
            beside: The preparers of tables that are read alike, this table's own first, where the
                rows of all of them come in one chunk, with their files.
        """
        self._source = source
        self._beside = beside
        self._mapping = mapping
        self._options = options
        self._returns = options.returns or Returns.SEND
        paths = source.paths if isinstance(source, JoinedSource) else [str(source.path)]
        self._report = ChunkReport(
            [str(each.path) for each in beside] or paths,
            mapping.schema.object_type,
            are_sources=bool(beside),
        )
        self._lines = ""
        """Name of the items that other files have, if no record should be without any."""
        if isinstance(source, JoinedSource) and mapping.files[0].lines:
            self._lines = next(each.name for each in mapping.schema.items())
        self._fields = mapping.fields()
        types = {
            path: field_type(field.type, Conventions()) for path, field in self._fields.items()
        }
        survey = Survey(types, self._read_again)
        self.rules = Rules(str(source.path), self._conventions_of, mapping.column_of, survey)
        nulls = options.null_words
        prefix = order_prefix(mapping, options)
        schema = options.requirements(mapping.schema)
        in_fields = _null_words_by_field(mapping, nulls)
        self._assembler = Assembler(schema, self.rules.rule_of, in_fields, prefix, mapping.sums)
        self._weights = (
            weights(in_fields) if mapping.schema.object_type is ObjectType.CONTACT else {}
        )
        self._nulls = TableNulls(_null_words_by_column(source, mapping, nulls))
        self.unreadable = UnreadableRows()

    @property
    def path(self) -> Path:
        """The path of the table."""
        return self._source.path

    def is_like(self, other: TablePreparer) -> bool:
        """Whether rows of another table can be prepared with those of this one."""
        return self._options == other._options and self._mapping.is_like(other._mapping)

    def with_rows_of(self, others: Sequence[TablePreparer]) -> TablePreparer:
        """A preparer of chunks with rows of several tables, this table's own first."""
        return TablePreparer(self._source, self._mapping, self._options, [self, *others])

    def units(self, chunks: Iterator[RowChunk]) -> Iterator[RowChunk]:
        """Rechunk a stream so that no record is split between two chunks."""
        return align(
            chunk if chunk.keys is not None else keyed(chunk, self._mapping.group_keys)
            for chunk in chunks
        )

    def prepare(self, chunk: RowChunk) -> PreparedChunk:
        """Prepare one chunk.

        Raises:
            UsageError: a column leaves a convention open.
        """
        whole, nulled = chunk, self._nulls.blanked(chunk.table)
        # A row with a blank key is a record by itself, and a null word may just have become blank.
        keys = self._mapping.group_keys(nulled.table) if nulled.columns else chunk.keys
        chunk = replace(chunk, table=nulled.table, keys=keys)
        rows = np.arange(len(whole))
        is_own = self._is_own_type(chunk)
        wrong_type = list(self._other_types(chunk, np.flatnonzero(~is_own)))
        chunk, rows = chunk.where(is_own), rows[is_own]
        is_wanted = ~self._is_left_out(chunk)
        unwanted = _fates(Fate.LEFT_OUT, chunk, ~is_wanted)
        chunk, rows = chunk.where(is_wanted), rows[is_wanted]
        made = self._made(chunk)
        repeats = self._repeats(chunk, made)
        repeated = _fates(Fate.REPEATED, chunk, repeats.is_dropped)
        if repeats.is_dropped.any():
            chunk, rows = chunk.where(~repeats.is_dropped), rows[~repeats.is_dropped]
            made = self._made(chunk)
        table, grouped, assembled = made
        self.unreadable.reject(assembled, grouped, chunk.keys)
        if (own_rows := self._mapping.own_rows(table)) is not None:
            reject_without_own_row(assembled, grouped, *own_rows)
        if self._mapping.schema.object_type is ObjectType.ORDER:
            reject_mixed_orders(assembled, grouped, chunk.lines, self._read_text)
        settle_returns(assembled, self._report.object_type, self._returns)
        reject_whole_groups(assembled.is_rejected, grouped)
        if nulled.columns:
            name_words(
                assembled.level.found,
                lambda each: self._cell(whole, int(rows[each.row]), each.path).strip(),
            )
        lost = (*chunk.rejects, *wrong_type)
        prepared = self._report.prepared(grouped, assembled, chunk.lines, lost, chunk.files)
        for name, notes in nulled.notes(whole, by_file=bool(self._beside)).items():
            own_name = name.rpartition(_ITEM_SEPARATOR)[2]
            prepared.notes.setdefault(own_name, ColumnNotes()).merge(notes)
        if self._lines:
            self._note_lone_orders(prepared, chunk, grouped, assembled)
        prepared.left_out += len(unwanted.lines)
        prepared.repeated = len(repeated.lines)
        prepared.fates += [unwanted, repeated]
        if repeats.notices:
            prepared.problems.append(self._report.problems(repeats.notices))
        rejected = np.flatnonzero(assembled.is_rejected[grouped.record_of_row])
        if len(rejected):
            prepared.rejects.extend(
                self._report.rejected_rows(
                    rejected,
                    partial(self._cells_of, whole, rows[rejected]),
                    chunk.lines,
                    assembled,
                    grouped,
                    chunk.files,
                )
            )
        return prepared

    def _note_lone_orders(
        self, prepared: PreparedChunk, chunk: RowChunk, grouped: Grouped, assembled: Assembled
    ) -> None:
        """Note the records for which no other file has items."""
        items = grouped.cells.items.get(self._lines)
        is_alone = assembled.is_kept.copy()
        if items is not None:
            is_alone[items.parents] = False
        if is_alone.any():
            first = int(chunk.lines[grouped.starts[is_alone]].min())
            notes = prepared.notes.setdefault(self._lines, ColumnNotes())
            message = "no file has lines of this order"
            notes.add(catalogue.NO_LINES, int(is_alone.sum()), first, "", message)

    def _cells(self, chunk: RowChunk, rows: Rows) -> Iterator[tuple[str, ...]]:
        """The cells of some rows, in the columns of their own files."""
        columns = [column.to_pylist() for column in chunk.table.take(rows).columns]
        all_cells = zip(*columns, strict=True)
        if chunk.files is None or not isinstance(self._source, JoinedSource):
            yield from all_cells
            return
        for file, cells in zip(chunk.files[rows].tolist(), all_cells, strict=True):
            yield self._source.own_cells(file, cells)

    def _cells_of(self, chunk: RowChunk, rows: Rows, file: int, places: Rows) -> Sequence[Texts]:
        """The cells of some of the rows, in the columns of the file that all of them come from."""
        columns = tuple(chunk.table.columns)
        if chunk.files is not None and isinstance(self._source, JoinedSource):
            columns = self._source.own_cells(file, columns)
        wanted = pa.array(rows[places])
        return [column.combine_chunks().take(wanted) for column in columns]

    def _cell(self, chunk: RowChunk, row: int, path: str) -> str:
        """The cell that feeds a field; empty if no single column does."""
        column = self._mapping.column_of(path)
        if column not in chunk.table.column_names:
            return ""
        return str(chunk.table.column(column)[row].as_py())

    def _made(self, chunk: RowChunk) -> Made:
        """Group rows into records and encode them."""
        table = chunk.table.combine_chunks()
        mapped = self._mapping.apply(table)
        if self._mapping.schema.object_type is ObjectType.CONTACT:
            read_refusals(mapped.record, table, self._mapping.column_of)
        grouped = group_rows(
            mapped.record,
            mapped.items,
            _starts(chunk),
            # If the mapping groups rows itself, a group's first row has the record's values.
            last_wins=self._mapping.schema.object_type is ObjectType.PRODUCT
            and not self._mapping.name,
            weights=self._weights,
        )
        if mapped.members is not None:
            grouped = with_members(grouped, mapped.members)
        name_options_once(grouped.cells, self._mapping.schema)
        parts = None
        if self._beside and chunk.files is not None:
            parts = FileParts(chunk.files, self._rule_of_file)
        return Made(table, grouped, self._assembler.assemble(grouped.cells, grouped.starts, parts))

    def _rule_of_file(self, file: int, path: str, schema_field: Field) -> ColumnRule:
        return self._beside[file].rules.rule_of(path, schema_field)

    def _repeats(self, chunk: RowChunk, made: Made) -> Repeats:
        """A mask of the rows that were written twice."""
        found = None
        if self._mapping.schema.object_type is ObjectType.ORDER:
            found = repeats_in(made, chunk, lambda mask: self._made(chunk.where(mask)))
        return found or Repeats(np.zeros(len(chunk), bool), [])

    def _read_text(self, path: str, text: str) -> str | Finding:
        """Bring a text of a field into normal form."""
        rule = self.rules.rule_of(path, self._fields[path])
        return rule.parse(text.strip(), pa.array([text.strip()], pa.string()))

    def _conventions_of(self, path: str) -> Conventions:
        known = self._mapping.conventions(path, self._options.conventions)
        return self._options.conventions_of(path, known)

    def _is_left_out(self, chunk: RowChunk) -> Mask:
        """A mask of the rows whose record consists of that row only."""
        mask = self._mapping.left_out(chunk.table)
        if mask is None:
            return np.zeros(len(chunk), bool)
        starts = _starts(chunk)
        counts = np.diff(np.append(starts, len(chunk)))
        return np.repeat(np.logical_and.reduceat(mask, starts), counts)

    def _is_own_type(self, chunk: RowChunk) -> Mask:
        """A mask of the rows that have the `@type` of the source, or no `@type`."""
        column = self._mapping.file.type_column
        if not column:
            return np.ones(len(chunk), bool)
        said = pc.utf8_lower(pc.utf8_trim_whitespace(chunk.table.column(column).combine_chunks()))
        fits = pc.or_(pc.equal(said, str(self._report.object_type)), pc.equal(said, ""))
        mask: Mask = fits.to_numpy(zero_copy_only=False)
        return mask

    def _other_types(self, chunk: RowChunk, rows: Rows) -> Iterator[Reject]:
        """The problems of rows that have another `@type`."""
        if not len(rows):
            return
        said = chunk.table.column(self._mapping.file.type_column).take(rows).to_pylist()
        cells = self._cells(chunk, rows)
        files = np.zeros(len(rows), np.int64) if chunk.files is None else chunk.files[rows]
        places = zip(chunk.lines[rows].tolist(), files.tolist(), strict=True)
        for (line, file), word, own in zip(places, said, cells, strict=True):
            message = (
                f"its @type is '{shorten(word)}', the source holds "
                f"{self._report.object_type} records"
            )
            finding = Finding(catalogue.WRONG_OBJECT_TYPE, message)
            yield replace(Reject.of(line, "", finding, own, word), file=file)

    def _read_again(self) -> Iterator[TextsByPath]:
        for chunk in self._source.chunks():
            yield self._mapping.texts(chunk.table)


def _fates(fate: Fate, chunk: RowChunk, mask: Mask) -> RowFates:
    files = None if chunk.files is None else chunk.files[mask]
    return RowFates.of(fate, chunk.lines[mask], files)


def _starts(chunk: RowChunk) -> Rows:
    """The indices of the rows at which a record begins."""
    return np.arange(len(chunk)) if chunk.keys is None else group_starts(chunk.keys)


def _null_words_by_column(
    source: TableSource | JoinedSource, mapping: BoundMapping, nulls: NullWords
) -> dict[str, tuple[str, ...]]:
    """The null words of each mapped column; the columns of item files have their own words.

    Args:
        source: The table, which may be joined with its item tables.
        mapping: The mapping of the table.
        nulls: The null words that the user set for the table of records.
    """
    if not isinstance(source, JoinedSource):
        return dict(_null_words_of_table(source.header, mapping, nulls))
    found = dict(_null_words_of_table(source.records.header, mapping, nulls))
    for number, each in enumerate(source.items, 1):
        found |= {item_column(number, name): each.nulls.words for name in each.source.header}
    return found


def _null_words_by_field(mapping: BoundMapping, nulls: NullWords) -> dict[str, tuple[str, ...]]:
    """The null words that are looked for after mapping: those limited to single fields.

    Where several items are packed into one cell, all words are looked for in the unpacked items.
    """
    found = dict(nulls.of_fields)
    packed = (item for file in mapping.files for item in file.items if item.packing)
    for path in (each.target.path for item in packed for each in item.fields):
        found[path] = (*found.get(path, ()), *nulls.words)
    return found


def _null_words_of_table(
    header: tuple[str, ...], mapping: BoundMapping, nulls: NullWords
) -> Iterator[tuple[str, tuple[str, ...]]]:
    unused = set() if mapping.keeps_unmapped else set(mapping.unmapped)
    for pattern in mapping.file.columns.drop:
        unused.update(column for column, _ in mapping.names.matching(pattern))
    kept_in: dict[str, frozenset[str]] = {}
    for path, words in nulls.kept.items():
        for column in mapping.columns_of(path):
            kept_in[column] = kept_in.get(column, frozenset()) | words
    for name in header:
        if name not in unused:
            kept = kept_in.get(name, frozenset())
            yield name, tuple(word for word in nulls.words if word not in kept)
