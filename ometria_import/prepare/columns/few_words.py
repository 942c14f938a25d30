"""The words of custom fields that have only a few: a state or a flag that may be about consent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from ometria_import.prepare.columns.found import Alike
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.problems import catalogue
from ometria_import.schema.field_types.consent_names import MOST_WORDS
from ometria_import.sources.arrays import Rows, Texts

_WORD, _TOO_MANY, _UNREAD = "word: ", "too many words", "unread word: "
_MOST_UNREAD = 100
_BEGINNING = 500
"""After this many values, most custom fields have shown that they have too many words."""


def note_few_words(notes: ColumnNotes, values: Texts, files: Rows | None = None) -> None:
    """Count the words of a custom field, if they are few.

    Args:
        notes: The notes on the field, to which the counts are added.
        values: Its values, null for none.
        files: The file of each value, in ascending order, where they are of several.
    """
    if files is None:
        _note(notes, values)
        return
    for file in np.unique(files).tolist():
        begin, end = (int(np.searchsorted(files, file, side)) for side in ("left", "right"))
        own = ColumnNotes()
        _note(own, values.slice(begin, end - begin))
        own = own.on_rows(np.arange(begin, end))
        notes.merge(own)
        notes.of_file(file).merge(own)


def note_few_words_of_objects(
    notes: dict[str, ColumnNotes],
    objects: Iterable[Mapping[str, Any]],
    names: Iterable[str],
    lines: Rows,
) -> None:
    """The same for keys of JSON objects that feed no field; the notes are kept by their paths."""
    objects = list(objects)
    for name in names:
        texts = [_text_at(each, name) for each in objects]
        own = ColumnNotes()
        _note(own, pa.array(texts, pa.string()))
        notes.setdefault(f"properties.{name}", ColumnNotes()).merge(own.on_rows(lines))


def words_of(notes: ColumnNotes) -> dict[str, int]:
    """The words of a custom field with their counts; empty if there are too many."""
    found = {
        key.removeprefix(_WORD): count
        for key, count in notes.counts.items()
        if key.startswith(_WORD)
    }
    return found if _TOO_MANY not in notes.counts and len(found) <= MOST_WORDS else {}


def note_unread_words(notes: ColumnNotes, findings: Alike) -> None:
    """Count the words of a consent field that nobody understands.

    Args:
        notes: The notes on the field, to which the counts are added.
        findings: What is wrong with its values.
    """
    counts = np.bincount(findings.which, minlength=len(findings.values)).tolist()
    for number, (word, count) in enumerate(zip(findings.values, counts, strict=True)):
        if count and len(notes.first) < _MOST_UNREAD:
            first = int(findings.rows[np.argmax(findings.which == number)])
            key = f"{_UNREAD}{word.strip()}"
            notes.add(catalogue.CONSENT_UNEXPLAINED, count, first, word, key=key)


def unread_words_of(notes: ColumnNotes) -> dict[str, int]:
    """The words of a consent field that nobody understands, the most frequent first."""
    found = {
        key.removeprefix(_UNREAD): count
        for key, count in notes.counts.items()
        if key.startswith(_UNREAD)
    }
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def is_of_words(key: str) -> bool:
    """Whether a note only counts words, which is not reported by itself."""
    return key.startswith((_WORD, _UNREAD)) or key == _TOO_MANY


def _note(notes: ColumnNotes, values: Texts) -> None:
    if not len(values):
        return
    if len(values.slice(0, _BEGINNING).unique()) > MOST_WORDS + 1:  # a blank is no word
        notes.add(catalogue.UNUSED_CONSENT, 1, 0, "", key=_TOO_MANY)
        return
    encoded = values.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    if len(words) > MOST_WORDS:
        notes.add(catalogue.UNUSED_CONSENT, 1, 0, "", key=_TOO_MANY)
        return
    indices = encoded.indices.fill_null(-1).to_numpy()
    for number, word in enumerate(words):
        rows = np.flatnonzero(indices == number)
        key = f"{_WORD}{word.strip()}"
        notes.add(catalogue.UNUSED_CONSENT, len(rows), int(rows[0]), word, key=key)


def _text_at(record: Mapping[str, Any], name: str) -> str | None:
    """The value of a key, or of one within another, as text; None where it is blank or no text."""
    value: Any = record
    for key in [name] if name in record else name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) and value != "" else None
