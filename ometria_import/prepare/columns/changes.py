"""Notes on values that change when their column is normalised."""

from __future__ import annotations

import pyarrow.compute as pc

from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.columns.rewriting import Rewritten
from ometria_import.prepare.columns.rules import ColumnRule
from ometria_import.problems import catalogue, shorten
from ometria_import.problems.invisible_text import stripped, without_invisible
from ometria_import.sources.arrays import Column, Rows, Texts


def note_lowered(texts: Texts, lowered: Texts, accepted: Column, notes: ColumnNotes) -> None:
    """Count texts that only needed lower-casing; `parse` handles the others."""
    changed = pc.and_(pc.not_equal(pc.ascii_trim_whitespace(texts), lowered), accepted)
    if count := pc.sum(changed).as_py():
        first = pc.index(changed, value=True).as_py()
        _note_rewritten(notes, count, first, texts[first].as_py().strip(), lowered[first].as_py())


def note_rewriting(
    texts: Texts, found: Rewritten, rows: Rows, rule: ColumnRule, notes: ColumnNotes
) -> None:
    """Count the texts that one rewriting has rewritten."""
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


def note_changes(
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
