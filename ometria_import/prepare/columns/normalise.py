"""Normalising a column: texts in normal form pass in bulk, the rest are parsed one by one.

The field type's `parse` is the only authority. Patterns and rewrites only handle texts for
which its result is known in advance, so the fast and the slow path cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.prepare.columns.computing import compute_column
from ometria_import.prepare.columns.found import NO_FINDINGS, Alike
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.rewriting import (
    Rewritten,
    full_match,
    likely_first,
    rewritten,
)
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.problems import Finding, catalogue, shorten
from ometria_import.problems.invisible_text import stripped, without_invisible
from ometria_import.schema.field_types import FieldTypeName, is_formula, written
from ometria_import.schema.field_types.formulas import MARK
from ometria_import.sources.arrays import Column, Rows, Texts, mask_of

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
        _note_lowered(texts, column, accepted, notes)
    is_kept = mask_of(accepted)
    if is_kept.all():
        return NormalisedColumn(column, NO_FINDINGS, notes)
    is_empty = mask_of(pc.equal(pc.binary_length(texts), 0))
    rest = np.flatnonzero(~(is_kept | is_empty))
    if not len(rest):
        return NormalisedColumn(pc.if_else(accepted, column, _ABSENT), NO_FINDINGS, notes)
    left = texts.take(pa.array(rest))
    read_by = rule.type
    found_rows, found_values = [np.flatnonzero(is_empty)], [pa.nulls(is_empty.sum(), pa.string())]
    computed = _computed(left, rule)
    if computed is not None:
        mask = mask_of(computed.is_valid())
        found_values.append(computed.filter(pa.array(mask)))
        found_rows.append(rest[mask])
        left, rest = left.filter(pa.array(~mask)), rest[~mask]
    for rewrite in likely_first(read_by.rewrites, left):
        if len(rest) < _WORTH_REWRITING:
            break
        found = rewritten(left, rewrite)
        if found is not None:
            _note_column(left, found, rest, rule, notes)
            found_values.append(found.values)
            found_rows.append(rest[found.mask])
            left, rest = left.filter(pa.array(~found.mask)), rest[~found.mask]
    # What a rewriting takes is never open.
    _decide_if_open(left, texts, rule)
    if rule.type is not read_by:  # it will be read again
        return NormalisedColumn(column, NO_FINDINGS, notes)
    read, findings, is_computed = _read_each(left, texts, rest, rule, notes)
    rows = np.concatenate([*found_rows, rest])
    # `replace_with_mask` fills the holes from top to bottom, so their values must be in row order.
    in_order = pa.array(np.argsort(rows))
    odd = pa.concat_arrays([*found_values, read.dictionary.take(read.indices)]).take(in_order)
    values = pc.replace_with_mask(column, pc.invert(accepted), odd)
    is_computed = is_computed or computed is not None
    return NormalisedColumn(values, findings, notes, is_computed=is_computed)


def _accepted(column: Texts, pattern: str) -> Column:
    """Which texts match the pattern of a normal form, which none without characters does."""
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


def _note_lowered(texts: Texts, lowered: Texts, accepted: Column, notes: ColumnNotes) -> None:
    """Count texts that only needed lower-casing; `parse` handles the others."""
    changed = pc.and_(pc.not_equal(pc.ascii_trim_whitespace(texts), lowered), accepted)
    if count := pc.sum(changed).as_py():
        first = pc.index(changed, value=True).as_py()
        _note_rewritten(notes, count, first, texts[first].as_py().strip(), lowered[first].as_py())


def _decide_if_open(left: Texts, among: Texts, rule: ColumnRule) -> None:
    """Settle what some texts leave open before each is parsed; rewritings may depend on it."""
    if not rule.may_be_open:
        return
    for text in left.slice(0, _OPEN_SAMPLE).to_pylist():
        bare = stripped(text)
        if bare and rule.leaves_open(bare):
            rule.parse(bare, among)
            return


def _note_column(
    texts: Texts, found: Rewritten, rows: Rows, rule: ColumnRule, notes: ColumnNotes
) -> None:
    """Count the texts that one rewriting took."""
    place, count = int(found.mask.argmax()), len(found.values)
    first, row = texts[place].as_py(), int(rows[place])
    _note_rewritten(notes, count, row, first, found.values[0].as_py())
    if rule.assumes_zone(first):
        notes.add(catalogue.ZONE_ASSUMED, count, row, first)


def _note_rewritten(notes: ColumnNotes, count: int, row: int, before: str, after: str) -> None:
    """Count texts that were rewritten into normal form."""
    notes.add(
        catalogue.REWRITTEN,
        count,
        row,
        before,
        lambda: f"'{shorten(before)}' became '{shorten(after)}'",
    )


def _note_changes(
    text: str, outcome: str, count: int, row: int, rule: ColumnRule, notes: ColumnNotes
) -> None:
    """Add the cells that held a text to the notes about it; `row` is the first such cell."""
    bare = stripped(text)
    if rule.hides(text):
        notes.add(
            catalogue.INVISIBLE,
            count,
            row,
            text,
            lambda: (
                f"'{shorten(text)}' contains invisible characters; it became '{shorten(outcome)}'"
            ),
        )
    if not rule.type.keeps_invisible:
        bare = without_invisible(bare)
    if outcome != bare:
        _note_rewritten(notes, count, row, bare, outcome)
        if rule.assumes_zone(bare):
            notes.add(catalogue.ZONE_ASSUMED, count, row, bare)


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
            _note_changes(text, outcome, int(counts[number]), row, rule, notes)
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
