"""Columns whose cells come from several files of one kind, each with conventions of its own.

Cells in normal form mean the same in every file and are read all at once. The rest are read file by
file, by the file's own rule, so that each file is judged by nothing but its own texts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.columns.found import Alike
from ometria_import.prepare.columns.normalise import NormalisedColumn, normalise
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.rewriting import full_match
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.schema import Field
from ometria_import.schema.field_types import FieldType
from ometria_import.sources.arrays import Mask, Rows, Texts, mask_of


class NotTogetherError(Exception):
    """Something was found that cannot be traced to one file, so each has to be read alone."""


@dataclass(frozen=True, slots=True)
class FileParts:
    """Which files the rows of a chunk come from."""

    files: Rows
    """The file of each row, in ascending order."""
    rule_of: Callable[[int, str, Field], ColumnRule]
    """Returns the rule of a column in one of the files."""

    def count(self, notes: ColumnNotes, rows: Rows, is_blank: Mask, dropped: Mask) -> None:
        """Count the cells of each file, as `ColumnNotes.count` does; `rows` are those of cells."""
        files = self.files[rows]
        numbers, begins = np.unique(files, return_index=True)
        sums = [
            np.add.reduceat(each.astype(np.int64), begins)
            for each in (np.ones(len(files), bool), is_blank, dropped)
        ]
        for file, *counts in zip(*(each.tolist() for each in (numbers, *sums)), strict=True):
            notes.of_file(file).count(*counts)


def normalise_by_file(
    texts: Texts,
    files: Rows,
    rule: ColumnRule,
    null_words: Texts | None,
    read: Callable[[int, int, int], NormalisedColumn],
) -> NormalisedColumn:
    """Normalise a column whose cells come from several files.

    Args:
        texts: The cells.
        files: The file of each cell, in ascending order.
        rule: The rule that the rules of all files were copied from.
        null_words: Words that are blank in this column, and have to be noted.
        read: Reads the cells of a file, between the first of them and the one behind the last.

    Returns:
        The column; what is noted of it is also noted by file.
    """
    is_plain = _are_plain(texts, rule.type)
    if null_words is not None:
        is_plain &= ~mask_of(pc.is_in(texts, value_set=null_words))
    odd = np.unique(files[~is_plain])
    if not len(odd):
        return normalise(texts, rule)
    plain = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    begins, ends = (np.searchsorted(files, odd, side).tolist() for side in ("left", "right"))
    values, findings, notes = list[Texts](), list[Alike](), ColumnNotes()
    is_computed, done = False, 0
    for file, begin, end in zip(odd.tolist(), begins, ends, strict=True):
        column = read(file, begin, end)
        values += [plain.slice(done, begin - done), column.values]
        findings.append(replace(column.findings, rows=column.findings.rows + begin))
        notes.merge(column.notes.on_rows(np.arange(begin, end)))
        notes.of_file(file).merge(column.notes.on_rows(np.arange(begin, end)))
        is_computed |= column.is_computed
        done = end
    whole = pa.concat_arrays([*values, plain.slice(done)])
    return NormalisedColumn(whole, Alike.joined(findings), notes, is_computed=is_computed)


def _are_plain(texts: Texts, kind: FieldType) -> Mask:
    """A mask of the cells that are in normal form or empty, which need no report."""
    is_normal = pc.match_substring_regex(texts, full_match(kind.canonical))
    if kind.lowercase:
        is_normal = pc.and_(is_normal, pc.equal(texts, pc.utf8_lower(texts)))
    return mask_of(pc.or_(is_normal, pc.equal(texts, "")))
