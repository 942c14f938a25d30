r"""Null words: what databases and programs write where there is no value.

Case matters: `NULL` is a null word, the family name Null is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ometria_import.errors import UsageError
from ometria_import.mapping.objects.values import Depth
from ometria_import.options.did_you_mean import did_you_mean
from ometria_import.prepare.columns.found import Found
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.problems import Finding, Located, catalogue, shorten
from ometria_import.schema import SCHEMAS
from ometria_import.sources import RowChunk
from ometria_import.sources.arrays import Column, Rows, Table, Texts, mask_of

Json = Any

_OF_DATABASES = ("NULL", "null", "(null)", "<null>", r"\N")
_OF_PROGRAMS = ("None", "nan", "NaN", "NaT", "<NA>", "undefined", "[object Object]")
_OF_SPREADSHEETS = (
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#ERROR!",
)
_REMEMBERED_SETS = 64
_NIL_UUID = "00000000-0000-0000-0000-000000000000"
"""Source: RFC 9562, section 5.9."""
NULL_WORDS = (*_OF_DATABASES, *_OF_PROGRAMS, *_OF_SPREADSHEETS, _NIL_UUID)
_OF_CUSTOM_NAMES = (
    "properties.",
    "attributes.",
    "lineitems.properties.",
    "lineitems.variant_options.",
)
_FIELDS = frozenset(path for schema in SCHEMAS.values() for path, _ in schema.fields())


@dataclass(frozen=True, slots=True)
class NullWords:
    """The words that count as blank, everywhere or in single fields."""

    words: tuple[str, ...] = NULL_WORDS
    of_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words that count as blank in one field only, by the field's path."""
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Words that are kept as values in one field, by the field's path."""
    in_any_field: frozenset[str] = field(init=False)
    """All words that count as blank in at least one field."""

    def __post_init__(self) -> None:
        """Collect the words once; every value of every object is looked up among them."""
        own = (word for words in self.of_fields.values() for word in words)
        object.__setattr__(self, "in_any_field", frozenset((*self.words, *own)))

    @classmethod
    def of(cls, null: Iterable[str], keep_word: Iterable[str]) -> NullWords:
        """Parse the user's settings; each is a word or FIELD=WORD.

        Raises:
            UsageError: a field does not exist in Ometria.
        """
        added, kept = _by_field("--null", null), _by_field("--keep-word", keep_word)
        everywhere = dict.fromkeys((*NULL_WORDS, *added.pop("", ())))
        kept_everywhere = kept.pop("", ())
        return cls(
            tuple(word for word in everywhere if word not in kept_everywhere),
            {path: tuple(words) for path, words in added.items()},
            {path: frozenset(words) for path, words in kept.items()},
        )

    def are_blank_in(self, path: str, word: str) -> bool:
        """Whether a word stands for no value in a field."""
        if word in self.of_fields.get(path, ()):
            return True
        return word in self.words and word not in self.kept.get(path, ())


def _by_field(flag: str, texts: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in texts:
        path, sign, word = text.partition("=")
        if not sign:
            path, word = "", text
        elif path not in _FIELDS and not path.startswith(_OF_CUSTOM_NAMES):
            raise UsageError(
                f"{flag} {shorten(text)}: no field is called '{shorten(path)}'"
                f"{did_you_mean(path, sorted(_FIELDS))}",
                hint=f"Give a word, or limit it to one field, like {flag} customer.id=0; "
                "`ometria-import fields` lists the fields.",
            )
        if not word.strip():
            raise UsageError(
                f"{flag} {shorten(text)} contains no word", hint=f"Write it like this: {flag} NULL."
            )
        found.setdefault(path, []).append(word.strip())
    return found


def as_cells(words: Iterable[str]) -> Texts:
    """How many cells hold such a word, including those with blanks around it."""
    return pa.array(
        [f"{before}{word}{after}" for word in words for before in ("", " ") for after in ("", " ")],
        pa.string(),
    )


def note_words(notes: ColumnNotes, count: int, row: int, word: str) -> None:
    """Note null words in a column or field; `row` is where the first one is."""
    message = f"'{shorten(word)}' stands for no value, so it was left blank"
    notes.add(catalogue.NULL_WORD, count, row, word, message)


def name_words(found: Found, word_of: Callable[[Located], str]) -> None:
    """Add to the problems of missing mandatory fields which null word made them blank."""

    def named(each: Located) -> Located:
        if not (word := word_of(each)):
            return each
        message = f"'{shorten(word)}' stands for no value"
        return each._replace(value=word, finding=Finding(catalogue.MISSING, message))

    found.change_errors(catalogue.MISSING, named)


class NulledTable(NamedTuple):
    """The rows of a table with null words made blank, and the columns that had any."""

    table: Table
    columns: tuple[str, ...]
    """The names of the columns that contained null words."""

    def notes(self, original: RowChunk, *, by_file: bool = False) -> dict[str, ColumnNotes]:
        """The notes on each column.

        Args:
            original: The rows before the change.
            by_file: Whether the rows come from several files that are read alike.
        """
        found = {}
        files = np.zeros(len(original)) if original.files is None else original.files
        for name in self.columns:
            before, after = original.table.column(name), self.table.column(name)
            rows = np.flatnonzero(pc.not_equal(before, after).to_numpy())

            def noted(own: Rows, before: Column = before) -> ColumnNotes:
                first = int(own[np.lexsort((original.lines[own], files[own]))[0]])
                notes = ColumnNotes()
                note_words(notes, len(own), first, before[first].as_py().strip())
                return notes

            notes = noted(rows)
            for file in np.unique(files[rows]).tolist() if by_file else ():
                notes.by_file[file] = noted(rows[files[rows] == file])
            found[name] = notes.on_rows(original.lines, original.files)
        return found


class _WordSet:
    """Finds the cells of a column that hold one of some words."""

    def __init__(self, words: Sequence[str]) -> None:
        self._cells = as_cells(words)
        # Most cells are told apart from all words by their first and last byte alone, and looking
        # at these takes a third of the time that it takes to look a cell up.
        self._is_possible = np.zeros(1 << 16, np.bool_)
        for cell in self._cells.to_pylist():
            raw = cell.encode()
            self._is_possible[raw[0] << 8 | raw[-1]] = True

    def rows(self, texts: Texts) -> Rows:
        """The indices of the rows that hold one of the words."""
        _, offsets, data = texts.buffers()
        if data is None or not data.size:
            return np.empty(0, np.int64)
        ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
        raw = np.frombuffer(data, np.uint8)
        first = raw.take(ends[:-1], mode="clip").astype(np.uint16)
        last = raw.take(ends[1:] - 1, mode="clip")
        possible = np.flatnonzero(self._is_possible[first << 8 | last])
        if not len(possible):
            return possible
        is_word = pc.is_in(texts.take(pa.array(possible)), value_set=self._cells)
        found: Rows = possible[mask_of(is_word)]
        return found


@lru_cache(_REMEMBERED_SETS)
def _words_set(words: tuple[str, ...]) -> _WordSet:
    """One for the same words, which most columns of all files have."""
    return _WordSet(words)


class TableNulls:
    """Makes null words blank in the columns of a table."""

    def __init__(self, words_of: Mapping[str, Sequence[str]]) -> None:
        """Set the words by column; words of columns that are not read are ignored."""
        self._words_of = {name: _words_set(tuple(each)) for name, each in words_of.items() if each}

    def blanked(self, table: Table) -> NulledTable:
        """The table itself, or a changed copy if it holds null words."""
        columns = []
        for name, words in self._words_of.items():
            texts = table.column(name).combine_chunks()
            rows = words.rows(texts)
            if len(rows):
                is_null = np.zeros(len(texts), np.bool_)
                is_null[rows] = True
                place = table.column_names.index(name)
                table = table.set_column(place, name, pc.if_else(pa.array(is_null), "", texts))
                columns.append(name)
        return NulledTable(table, tuple(columns))


class NulledValue(NamedTuple):
    """A value of a JSON object that was a null word and was replaced."""

    path: str
    word: str
    container: dict[str, Json] | list[Json]
    key: Any

    def put_back(self) -> None:
        """Restore the original value in the object."""
        self.container[self.key] = self.word


def may_hold_words(depths: Iterable[Depth], nulls: NullWords) -> bool:
    """Whether it is worthwhile to look for null words in each of the objects."""
    words = nulls.in_any_field
    return not all(
        words.isdisjoint([each for each in depth.values if type(each) is str]) for depth in depths
    )


def blank_values(record: dict[str, Json], nulls: NullWords) -> list[NulledValue]:
    """Set null words to null in a JSON object, at any depth and in place."""
    found: list[NulledValue] = []
    _blank_members(record, nulls, nulls.in_any_field, "", found)
    return found


def _blank_members(
    record: dict[str, Json],
    nulls: NullWords,
    words: frozenset[str],
    prefix: str,
    found: list[NulledValue],
) -> None:
    """This runs for every value of every object, so it is one plain loop."""
    for key, value in record.items():
        kind = type(value)
        if kind is str:
            if value in words and nulls.are_blank_in(f"{prefix}{key}", value):
                found.append(NulledValue(f"{prefix}{key}", value, record, key))
                record[key] = None
        elif kind is dict:
            _blank_members(value, nulls, words, f"{prefix}{key}.", found)
        elif kind is list:
            for index, inner in enumerate(value):
                if isinstance(inner, dict):
                    _blank_members(inner, nulls, words, f"{prefix}{key}.", found)
                elif isinstance(inner, str) and nulls.are_blank_in(f"{prefix}{key}", inner):
                    found.append(NulledValue(f"{prefix}{key}", inner, value, index))
                    value[index] = ""


def notes_on_values(nulled: Iterable[tuple[int, NulledValue]]) -> dict[str, ColumnNotes]:
    """The notes on each path; `lines` are the lines of the values, in the same order."""
    values = list(nulled)
    counts = Counter(value.path for _, value in values)
    found: dict[str, ColumnNotes] = {}
    for line, value in values:
        if value.path not in found:
            found[value.path] = ColumnNotes()
            note_words(found[value.path], counts[value.path], line, value.word)
    return found
