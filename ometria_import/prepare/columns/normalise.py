"""Normalising a column: texts in normal form pass in bulk, the rest are parsed one by one.

The field type's `parse` is the only authority. Patterns and rewrites only handle texts for
which its result is known in advance, so the fast and the slow path cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.columns.changes import note_changes, note_lowered, note_rewriting
from ometria_import.prepare.columns.computing import compute_column
from ometria_import.prepare.columns.found import NO_FINDINGS, Alike
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.rewriting import (
    full_match,
    likely_first,
    rewritten,
)
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.problems import Finding
from ometria_import.problems.invisible_text import stripped
from ometria_import.schema.field_types import FieldTypeName, is_formula, written
from ometria_import.schema.field_types.formulas import MARK
from ometria_import.sources.arrays import Column, Mask, Rows, Texts, mask_of

_SAMPLE = 1_000
_REPETITIVE = 0.25
"""A column whose sample has fewer distinct texts than this share is read text by text."""
_WORTH_REWRITING = 64
_OPEN_SAMPLE = 200
_ABSENT = pa.scalar(None, pa.string())


@dataclass(slots=True)
class NormalisedColumn:
    """A column in normal form."""

    values: Texts
    """The normalised values; null where the cell is blank or could not be read."""
    findings: Alike
    """The problems found in the column, without their field path."""
    notes: ColumnNotes
    encoded: Column | None = None
    """The values as a `pyarrow.DictionaryArray`, if the texts repeat."""
    is_computed: bool = False
    """Whether some of the texts are formulas."""

    @property
    def shortest(self) -> Column:
        """The values in the cheapest form: dictionary-encoded if available."""
        return self.values if self.encoded is None else self.encoded


def normalise(texts: Texts, rule: ColumnRule) -> NormalisedColumn:
    """Bring a column of texts into the normal form of its field type.

    Args:
        texts: The texts of the column, without nulls.
        rule: The column's rule, which may settle its conventions during the call.

    Raises:
        UsageError: the column's day-month order or decimal sign is ambiguous.
    """
    sample = texts.slice(0, _SAMPLE)
    is_repetitive = len(sample.unique()) < max(_REPETITIVE * len(sample), 2)
    while True:
        before = rule.type
        if is_repetitive:
            column = _normalise_distinct(texts, rule)
        else:
            column = _normalise_by_pattern(texts, rule)
        if rule.accept(before):
            return column


def _normalise_distinct(texts: Texts, rule: ColumnRule) -> NormalisedColumn:
    """Parse each distinct text once."""
    notes = ColumnNotes()
    read, findings, is_computed = _read_each(texts, texts, np.arange(len(texts)), rule, notes)
    values = read.dictionary.take(read.indices)
    return NormalisedColumn(values, findings, notes, read, is_computed)


def _read_each(
    left: Texts, among: Texts, rows: Rows, rule: ColumnRule, notes: ColumnNotes
) -> tuple[Column, Alike, bool]:
    """Parse texts one by one, each distinct text once.

    Args:
        left: The texts that are still to be parsed.
        among: All texts of the column.
        rows: The row number of each text in `left`.
        rule: The column's rule.
        notes: Receives the counts of rewritten values.

    Returns:
        The parsed values as a `pyarrow.DictionaryArray`, the problems found, and whether some of
        the texts are formulas.
    """
    encoded = left.dictionary_encode()
    distinct: list[str] = encoded.dictionary.to_pylist()
    bare_texts = map(stripped, distinct)
    outcomes = [rule.parse(bare, among) if bare else None for bare in bare_texts]
    indices = encoded.indices.to_numpy().astype(np.int64)
    findings = _findings_and_notes(distinct, outcomes, indices, rows, rule, notes)
    # Some texts turn out to be empty, such as a lone apostrophe: they count as blank, too.
    values = [o if isinstance(o, str) and o else None for o in outcomes]
    read = pa.array(values, pa.string())
    is_computed = any(map(is_formula, distinct))
    return pa.DictionaryArray.from_arrays(encoded.indices, read), findings, is_computed


def _normalise_by_pattern(texts: Texts, rule: ColumnRule) -> NormalisedColumn:
    """Accept texts in normal form, rewrite those that a single rewrite fixes, parse the rest."""
    notes = ColumnNotes()
    # Non-ASCII blanks are reported, so `parse` has to see the texts that contain them.
    column = pc.utf8_lower(pc.ascii_trim_whitespace(texts)) if rule.type.lowercase else texts
    accepted = _accepted(column, full_match(rule.type.canonical))
    if rule.type.lowercase:
        note_lowered(texts, column, accepted, notes)
    is_kept = mask_of(accepted)
    if is_kept.all():
        return NormalisedColumn(column, NO_FINDINGS, notes)
    is_empty = mask_of(pc.equal(pc.binary_length(texts), 0))
    rest = np.flatnonzero(~(is_kept | is_empty))
    if not len(rest):
        return NormalisedColumn(pc.if_else(accepted, column, _ABSENT), NO_FINDINGS, notes)
    read_by = rule.type
    left = _Left(texts if len(rest) == len(texts) else texts.take(pa.array(rest)), rest)
    computed = _computed(left.texts, rule)
    if computed is not None:
        left.take(mask_of(computed.is_valid()), computed.drop_null())
    _rewrite(left, rule, notes)
    if len(left.values) == 1 and len(left.values[0]) == len(texts):
        return NormalisedColumn(left.values[0], NO_FINDINGS, notes)
    # A text that can be rewritten is never ambiguous.
    _decide_if_open(left.texts, texts, rule)
    if rule.type is not read_by:  # it will be read again
        return NormalisedColumn(column, NO_FINDINGS, notes)
    read, findings, is_computed = _read_each(left.texts, texts, left.rows, rule, notes)
    rows = np.concatenate([np.flatnonzero(is_empty), *left.taken, left.rows])
    # `replace_with_mask` fills the holes from top to bottom, so their values must be in row order.
    in_order = pa.array(np.argsort(rows))
    blank, read_texts = pa.nulls(is_empty.sum(), pa.string()), read.dictionary.take(read.indices)
    odd = pa.concat_arrays([blank, *left.values, read_texts]).take(in_order)
    values = pc.replace_with_mask(column, pc.invert(accepted), odd)
    is_computed = is_computed or computed is not None
    return NormalisedColumn(values, findings, notes, is_computed=is_computed)


@dataclass(slots=True)
class _Left:
    """The texts of a column that still have to be parsed, and what became of the others."""

    texts: Texts
    rows: Rows
    taken: list[Rows] = field(default_factory=list)
    """The rows of the texts that need no parsing any more."""
    values: list[Texts] = field(default_factory=list)
    """What these became."""

    def take(self, mask: Mask, values: Texts) -> None:
        """Take out the texts that a mask selects, in exchange for their values."""
        self.taken.append(self.rows[mask])
        self.values.append(values)
        self.texts, self.rows = self.texts.filter(pa.array(~mask)), self.rows[~mask]


def _rewrite(left: _Left, rule: ColumnRule, notes: ColumnNotes) -> None:
    """Take out the texts that are brought into normal form without being parsed."""
    most = len(left.rows) // 2
    for rewrite in likely_first(rule.type.rewrites, left.texts, rule.usual_rewrite):
        if len(left.rows) < _WORTH_REWRITING:
            return
        found = rewritten(left.texts, rewrite)
        if found is not None:
            if len(found.values) > most:
                rule.usual_rewrite = rewrite
            note_rewriting(left.texts, found, left.rows, rule, notes)
            left.take(found.mask, found.values)


def _accepted(column: Texts, pattern: str) -> Column:
    """A mask of the texts that match the pattern of a normal form; an empty text never does."""
    is_filled = pc.greater(pc.binary_length(column), 0)
    if pc.sum(is_filled).as_py() > len(column) // 2:
        return pc.match_substring_regex(column, pattern)
    # Trying a pattern on a blank cell takes as long as on a short text.
    matched = pc.match_substring_regex(column.filter(is_filled), pattern)
    return pc.replace_with_mask(is_filled, is_filled, matched)


def _computed(left: Texts, rule: ColumnRule) -> Texts | None:
    """The numbers that can be computed all at once, null for others; None where there is none."""
    if rule.field.type not in {FieldTypeName.MONEY, FieldTypeName.NUMBER}:
        return None
    formulas = pc.starts_with(left, MARK)
    if not pc.any(formulas).as_py():
        return None

    def read(operands: Texts) -> Texts:
        return normalise(operands, rule).values

    found = compute_column(left.filter(formulas), read)
    return pc.replace_with_mask(pa.nulls(len(left), pa.string()), formulas, found)


def _decide_if_open(left: Texts, among: Texts, rule: ColumnRule) -> None:
    """Settle what some texts leave open before they are parsed; rewritings may depend on it."""
    if not rule.may_be_open:
        return
    for text in left.slice(0, _OPEN_SAMPLE).to_pylist():
        bare = stripped(text)
        if bare and rule.leaves_open(bare):
            rule.parse(bare, among)
            return


def _findings_and_notes(
    distinct: list[str],
    outcomes: list[str | Finding | None],
    indices: Rows,
    rows: Rows,
    rule: ColumnRule,
    notes: ColumnNotes,
) -> Alike:
    """Copy the findings about each distinct text to the rows that hold it.

    Args:
        distinct: The distinct texts.
        outcomes: The result of parsing each distinct text.
        indices: For each cell, the index of its text in `distinct`.
        rows: For each cell, its row number.
        rule: The column's rule.
        notes: Receives the counts of rewritten values.
    """
    counts = np.bincount(indices, minlength=len(distinct))
    # Written from the last cell to the first, so that the first cell of each text wins.
    first_cells = np.zeros(len(distinct), np.int64)
    first_cells[indices[::-1]] = np.arange(len(indices))[::-1]
    bad = []
    for number, (text, outcome) in enumerate(zip(distinct, outcomes, strict=True)):
        if outcome is None:
            continue
        if isinstance(outcome, Finding):
            bad.append(number)
            continue
        # A computed number is not the same value in another form.
        if not is_formula(text):
            row = int(rows[first_cells[number]])
            note_changes(text, outcome, int(counts[number]), row, rule, notes)
    if not bad:
        return NO_FINDINGS
    place_of = np.full(len(distinct), -1)
    place_of[bad] = np.arange(len(bad))
    places = place_of[indices]
    cells = np.flatnonzero(places >= 0)
    findings = [each for each in outcomes if isinstance(each, Finding)]
    return Alike(
        rows[cells], places[cells], [written(distinct[number]) for number in bad], findings
    )
