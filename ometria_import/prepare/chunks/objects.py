"""Preparing the chunks of a JSON source."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from ometria_import.mapping.cells import Cells, MappedObjects
from ometria_import.mapping.objects.values import depths_of
from ometria_import.mapping.recognition.secret_columns import (
    may_hold_secrets,
    withheld_if_secret,
    without_secrets,
)
from ometria_import.options.choices import Returns
from ometria_import.prepare.chunks.chunks import ChunkReport, PreparedChunk, Rules
from ometria_import.prepare.chunks.object_shapes import ObjectShape
from ometria_import.prepare.chunks.object_views import ObjectSource
from ometria_import.prepare.chunks.order_prefix import order_prefix
from ometria_import.prepare.columns.few_words import note_few_words_of_objects
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.null_words import (
    NulledValue,
    blank_values,
    may_hold_words,
    name_words,
    notes_on_values,
)
from ometria_import.prepare.columns.survey import Survey, TextsByPath
from ometria_import.prepare.options import PrepareOptions
from ometria_import.prepare.records.assemble import Assembler
from ometria_import.prepare.records.returns import settle_returns
from ometria_import.prepare.rows.fates import Fate, RowFates
from ometria_import.prepare.rows.grouping import (
    Grouped,
    reject_whole_groups,
    ungrouped,
    with_members,
)
from ometria_import.prepare.rows.resubmitted import RunsByLine, resubmitted_objects
from ometria_import.problems import Finding, Reject, catalogue
from ometria_import.schema import ObjectType
from ometria_import.schema.field_types import Conventions, DecimalSign, field_type
from ometria_import.sources import ObjectChunk

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class ObjectPreparer:
    """Prepares the chunks of one JSON source; `prepare` may be called from several threads."""

    def __init__(self, source: ObjectSource, shape: ObjectShape, options: PrepareOptions) -> None:
        self._source = source
        self.runs = RunsByLine()
        self.withheld: set[str] = set()
        """The keys with secrets that were removed from the objects."""
        self._shape = shape
        self._keeps_unknown = options.unmapped.keeps
        self._returns = options.returns or Returns.SEND
        self._report = ChunkReport([str(source.path)], shape.schema.object_type)
        conventions = options.conventions
        if conventions.decimal_sign is None:
            # A JSON number has a decimal point whatever the country (RFC 8259, section 6).
            conventions = dataclasses.replace(conventions, decimal_sign=DecimalSign.POINT)
        types = {
            path: field_type(field.type, Conventions()) for path, field in shape.schema.fields()
        }
        survey = Survey(types, self._read_again)
        self.rules = Rules(
            str(source.path),
            lambda path: options.conventions_of(path, shape.conventions(path, conventions)),
            str,
            survey,
        )
        self._nulls = options.null_words
        prefix = order_prefix(shape, options)
        schema = options.requirements(shape.schema)
        in_fields = self._nulls.of_fields
        self._assembler = Assembler(schema, self.rules.rule_of, in_fields, prefix, shape.sums)

    def units(self, chunks: Iterator[ObjectChunk]) -> Iterator[ObjectChunk]:
        """The chunks without the columns that reject files add; each object is a whole record."""
        for chunk in chunks:
            yield resubmitted_objects(chunk, self.runs)

    def prepare(self, chunk: ObjectChunk) -> PreparedChunk:
        """Prepare one chunk.

        Raises:
            UsageError: a field leaves a convention open.
        """
        objects: list[dict[str, Any]] = []
        own_lines: list[int] = []
        lost = list(map(withheld_if_secret, chunk.rejects))
        nulled: dict[int, list[NulledValue]] = {}
        misfits, lines_read = self._shape.misfits(chunk.objects), chunk.lines.tolist()
        is_left_out = self._shape.left_out(chunk.objects)
        depths = depths_of(chunk.objects)
        has_secrets, has_words = may_hold_secrets(depths), may_hold_words(depths, self._nulls)
        for number, record in enumerate(chunk.objects):
            if has_secrets:
                without_secrets(record, self.withheld)
            line = lines_read[number]
            if is_left_out[number]:
                continue
            if number not in misfits:
                if has_words and (found := blank_values(record, self._nulls)):
                    nulled[len(objects)] = found
                objects.append(record)
                own_lines.append(line)
            else:
                said, message = misfits[number]
                finding = Finding(catalogue.WRONG_OBJECT_TYPE, message)
                lost.append(Reject.of(line, "", finding, (encoded(record),), said))
        lines = np.asarray(own_lines, np.int64)
        mapped = self._shape.map(objects, keep_unknown=self._keeps_unknown)
        grouped = _grouped(mapped)
        assembled = self._assembler.assemble(grouped.cells, grouped.starts)
        settle_returns(assembled, self._report.object_type, self._returns)
        reject_whole_groups(assembled.is_rejected, grouped)
        name_words(
            assembled.level.found,
            lambda each: next(
                (own.word for own in nulled.get(each.row, ()) if own.path == each.path), ""
            ),
        )
        prepared = self._report.prepared(grouped, assembled, lines, lost)
        told = ((own_lines[row], each) for row, values in nulled.items() for each in values)
        for path, notes in notes_on_values(told).items():
            prepared.notes.setdefault(path, ColumnNotes()).merge(notes)
        prepared.unknown_keys = mapped.unknown
        unknown = mapped.unknown if self._report.object_type is ObjectType.CONTACT else ()
        note_few_words_of_objects(prepared.notes, objects, unknown, lines)
        unwanted = chunk.lines[np.flatnonzero(is_left_out)]
        prepared.left_out += len(unwanted)
        prepared.fates.append(RowFates.of(Fate.LEFT_OUT, unwanted, None))
        rejected = np.flatnonzero(assembled.is_rejected[grouped.record_of_row])
        for row in rejected.tolist():
            for value in nulled.get(row, ()):
                value.put_back()
        texts = pa.array([encoded(objects[row]) for row in rejected.tolist()], pa.string())
        if len(rejected):
            prepared.rejects.extend(
                self._report.rejected_rows(
                    rejected,
                    lambda _, places: [texts.take(pa.array(places))],
                    lines,
                    assembled,
                    grouped,
                )
            )
        return prepared

    def _read_again(self) -> Iterator[TextsByPath]:
        for chunk in self._source.chunks():
            is_left_out = self._shape.left_out(chunk.objects)
            pairs = zip(chunk.objects, is_left_out, strict=True)
            objects = [each for each, is_out in pairs if not is_out]
            grouped = _grouped(self._shape.map(objects, keep_unknown=False))
            yield dict(_texts_by_path(grouped.cells, ""))


def _grouped(mapped: MappedObjects) -> Grouped:
    """The records of objects, each with its members behind it."""
    grouped = ungrouped(mapped.cells)
    return grouped if mapped.members is None else with_members(grouped, mapped.members)


def _texts_by_path(cells: Cells, prefix: str) -> Iterator[tuple[str, Any]]:
    for path, texts in cells.fields.items():
        yield f"{prefix}{path}", texts
    for name, items in cells.items.items():
        yield from _texts_by_path(items.cells, f"{prefix}{name}.")


def encoded(record: dict[str, Any]) -> str:
    """A record as it is written to a reject file, with every digit of its numbers kept."""
    return _ENCODER.encode(record).decode()
