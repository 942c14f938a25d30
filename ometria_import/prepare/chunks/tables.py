"""Preparing the chunks of a table: rows mapped, put together, normalised and encoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.choices import Returns
from ometria_import.mapping.binding.bound import BoundMapping
from ometria_import.prepare.chunks.chunks import ChunkReport, PreparedChunk, Rules
from ometria_import.prepare.chunks.null_columns import (
    ITEM_SEPARATOR,
    words_by_column,
    words_by_field,
)
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.null_words import TableNulls
from ometria_import.prepare.columns.survey import Survey, TextsByPath
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.records.assemble import Assembler
from ometria_import.prepare.records.consent_rules import read_refusals
from ometria_import.prepare.records.returns import settle_returns
from ometria_import.prepare.rows.group_members import (
    reject_whole_groups,
    reject_without_own_row,
    with_members,
)
from ometria_import.prepare.rows.grouping import Rows, group_rows, group_starts
from ometria_import.prepare.rows.mixed_orders import reject_mixed_orders
from ometria_import.prepare.rows.option_items import name_options_once
from ometria_import.prepare.rows.order_prefix import order_prefix
from ometria_import.prepare.rows.row_groups import align
from ometria_import.prepare.rows.twice_in_a_row import Made, Repeats, repeats_in
from ometria_import.prepare.rows.unreadable_rows import UnreadableRows
from ometria_import.prepare.spill.joining import JoinedSource
from ometria_import.problems import Finding, Located, Reject, catalogue, shorten
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types import Conventions, field_type
from ometria_import.schema.field_types.words import parse_boolean, parse_optin
from ometria_import.sources import RowChunk, TableSource

_REFUSALS = {
    "marketing_optin": lambda text: parse_optin(text) == "EXPLICITLY_OPTEDOUT",
    "channels.sms.allow_marketing": lambda text: parse_boolean(text) == "false",
    "channels.sms.allow_transactional": lambda text: parse_boolean(text) == "false",
}
"""Which texts refuse consent, by path: of several rows of a contact one that does so counts."""


class TablePreparer:
    """Prepares the chunks of one table; `prepare` may be called from several threads."""

    def __init__(
        self,
        source: TableSource | JoinedSource,
        mapping: BoundMapping,
        options: PrepareOptions,
    ) -> None:
        self._source = source
        self._mapping = mapping
        self._options = options
        self._returns = options.returns or Returns.SEND
        self._report = ChunkReport(str(source.path), mapping.schema.object_type)
        self._fields = mapping.fields()
        types = {
            path: field_type(field.type, Conventions()) for path, field in self._fields.items()
        }
        survey = Survey(types, self._read_again)
        self.rules = Rules(str(source.path), self._conventions_of, mapping.column_of, survey)
        nulls = options.null_words
        prefix = order_prefix(mapping, options)
        schema = options.requirements(mapping.schema)
        in_fields = words_by_field(mapping, nulls)
        self._assembler = Assembler(schema, self.rules.rule_of, in_fields, prefix)
        self._nulls = TableNulls(words_by_column(source, mapping, nulls))
        self.unreadable = UnreadableRows()

    def units(self, chunks: Iterator[RowChunk]) -> Iterator[RowChunk]:
        """Cut a stream of chunks anew, so that no record is spread over two of them."""
        return align(chunks, self._mapping.group_keys)

    def prepare(self, chunk: RowChunk) -> PreparedChunk:
        """Prepare one chunk.

        Raises:
            UsageError: a column leaves a convention open.
        """
        whole, nulled = chunk, self._nulls.blanked(chunk.table)
        chunk, wrong_type = self._without_other_types(replace(chunk, table=nulled.table))
        chunk, left_out = self._without_left_out(chunk)
        chunk, made, repeats = self._without_repeats(chunk)
        table, grouped, assembled = made
        self.unreadable.reject(assembled, grouped, self._mapping.group_keys(table))
        if (own_rows := self._mapping.own_rows(table)) is not None:
            reject_without_own_row(assembled, grouped, *own_rows)
        if self._mapping.schema.object_type is ObjectType.ORDER:
            reject_mixed_orders(assembled, grouped, chunk.lines, self._read_text)
        settle_returns(assembled, self._report.object_type, self._returns)
        reject_whole_groups(assembled.is_rejected, grouped)
        if nulled.columns:
            self._name_words(assembled.level.found, whole, chunk.lines)
        lost = (*chunk.rejects, *wrong_type)
        prepared = self._report.prepared(grouped, assembled, chunk.lines, lost)
        for name, notes in nulled.notes(whole.table, whole.lines).items():
            own_name = name.rpartition(ITEM_SEPARATOR)[2]
            prepared.notes.setdefault(own_name, ColumnNotes()).merge(notes)
        prepared.left_out += left_out
        prepared.repeated = int(repeats.is_dropped.sum())
        prepared.problems.extend(self._report.noticed(repeats.notices))
        rejected = np.flatnonzero(assembled.is_rejected[grouped.record_of_row])
        if len(rejected):
            originals = whole.table.take(_rows_of(chunk.lines[rejected], whole.lines))
            columns = [column.to_pylist() for column in originals.columns]
            cells = list(zip(*columns, strict=True))
            prepared.rejects.extend(
                self._report.rejected_rows(rejected, cells, chunk.lines, assembled, grouped)
            )
        prepared.rejects.sort(key=lambda reject: reject.line)
        return prepared

    def _name_words(self, found: list[Located], whole: RowChunk, lines: Rows) -> None:
        """Say of mandatory fields which word of their cells stands for no value."""
        for number, each in enumerate(found):
            column = self._mapping.column_of(each.path)
            if each.code != f"E{catalogue.MISSING}" or column not in whole.table.column_names:
                continue
            row = _rows_of(lines[each.row : each.row + 1], whole.lines)[0].as_py()
            word = whole.table.column(column)[row].as_py().strip()
            if word:
                message = f"'{shorten(word)}' stands for no value"
                finding = Finding(catalogue.MISSING, message)
                found[number] = each._replace(value=word, finding=finding)

    def _made(self, table: pa.Table) -> Made:
        mapped = self._mapping.apply(table)
        if self._mapping.schema.object_type is ObjectType.CONTACT:
            read_refusals(mapped.record, table, self._mapping.column_of)
        grouped = group_rows(
            mapped.record,
            mapped.items,
            self._starts(table),
            # A mapping's own groups have their record's values on the first of their rows.
            last_wins=self._mapping.schema.object_type is ObjectType.PRODUCT
            and not self._mapping.name,
            refusals=_REFUSALS,
        )
        if mapped.members is not None:
            grouped = with_members(grouped, mapped.members)
        name_options_once(grouped.cells, self._mapping.schema)
        return Made(table, grouped, self._assembler.assemble(grouped.cells, grouped.starts))

    def _without_repeats(self, chunk: RowChunk) -> tuple[RowChunk, Made, Repeats]:
        """Make records of a chunk, without the rows that were written twice."""
        table = chunk.table.combine_chunks()
        made = self._made(table)
        repeats = None
        if self._mapping.schema.object_type is ObjectType.ORDER:
            repeats = repeats_in(
                made,
                chunk.lines,
                lambda mask: self._made(table.filter(pa.array(mask)).combine_chunks()),
            )
        if repeats is None:
            return chunk, made, Repeats(np.zeros(0, bool), [])
        is_kept = ~repeats.is_dropped
        if not is_kept.all():
            chunk = chunk.where(is_kept)
            made = self._made(chunk.table.combine_chunks())
        return chunk, made, repeats

    def _read_text(self, path: str, text: str) -> str | Finding:
        """Bring a text of a field into normal form."""
        rule = self.rules.rule_of(path, self._fields[path])
        return rule.parse(text.strip(), pa.array([text.strip()]))

    def _starts(self, table: pa.Table) -> Rows:
        keys = self._mapping.group_keys(table)
        return np.arange(len(table)) if keys is None else group_starts(keys)

    def _conventions_of(self, path: str) -> Conventions:
        known = self._mapping.conventions(path, self._options.conventions)
        return self._options.conventions_of(path, known)

    def _without_left_out(self, chunk: RowChunk) -> tuple[RowChunk, int]:
        """Leave out the rows of records that have no others; return how many they were."""
        mask = self._mapping.left_out(chunk.table)
        if mask is None:
            return chunk, 0
        starts = self._starts(chunk.table)
        rows = np.diff(np.append(starts, len(chunk)))
        is_left_out = np.repeat(np.logical_and.reduceat(mask, starts), rows)
        return chunk.where(~is_left_out), int(is_left_out.sum())

    def _without_other_types(self, chunk: RowChunk) -> tuple[RowChunk, list[Reject]]:
        """Leave out rows whose `@type` is not that of the source."""
        column = self._mapping.file.type_column
        if not column:
            return chunk, []
        said = pc.utf8_lower(pc.utf8_trim_whitespace(chunk.table.column(column).combine_chunks()))
        own_type = str(self._mapping.schema.object_type)
        fits = pc.or_(pc.equal(said, own_type), pc.equal(said, ""))
        mask = fits.to_numpy(zero_copy_only=False)
        others = chunk.table.filter(~mask).to_pylist()
        rejects = []
        for line, row in zip(chunk.lines[~mask].tolist(), others, strict=True):
            message = f"its @type is '{shorten(row[column])}', the source holds {own_type} records"
            finding = Finding(catalogue.WRONG_OBJECT_TYPE, message)
            rejects.append(Reject.of(line, "", finding, tuple(row.values()), row[column]))
        return chunk.where(mask), rejects

    def _read_again(self) -> Iterator[TextsByPath]:
        for chunk in self._source.chunks():
            yield self._mapping.texts(chunk.table)


def _rows_of(lines: Rows, of_chunk: Rows) -> Any:
    """Where in a chunk the rows of some lines are, a `pyarrow.Array`."""
    order = np.argsort(of_chunk, kind="stable")
    return pa.array(order[np.searchsorted(of_chunk, lines, sorter=order)])
