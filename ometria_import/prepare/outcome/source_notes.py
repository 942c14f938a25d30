"""Notices about a whole source or a whole column, rather than about each value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from ometria_import.errors import MappingError
from ometria_import.mapping.targets import suggest_field, suggest_key
from ometria_import.options.choices import Unmapped
from ometria_import.prepare.chunks.chunks import PreparedChunk
from ometria_import.prepare.columns.few_words import is_of_words, unread_words_of, words_of
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.inputs.opened import Input
from ometria_import.prepare.outcome.unread_words import about_unread_words
from ometria_import.prepare.records.product_notices import product_notices
from ometria_import.problems import Finding, Located, Problem, catalogue, shorten
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.schema.field_types import DecimalSign
from ometria_import.schema.field_types.consent_names import names_consent, says_consent
from ometria_import.sources import Format
from ometria_import.sources.model import EncodingGuess, FileFacts


class FileFormat(FileFacts, Protocol):
    """A file on disk, and how it is written."""

    format: Format


_PROPERTIES = "properties."
_UNMAPPED = {
    True: (catalogue.UNMAPPED_TO_PROPERTIES, "it goes into properties"),
    False: (catalogue.UNMAPPED_IGNORED, "it is left out"),
}


def file_problems(source: FileFormat, object_type: str = "") -> Iterator[Problem]:
    """The notices about a whole file, which come before those about its rows."""
    path, guess = str(source.path), source.format.guess
    if guess is not None:
        message = (
            f"it was read as {source.format.encoding}, but nothing in the file proves that: "
            f"{_about_guess(guess)}"
        )
        yield _of_file("", catalogue.GUESSED_ENCODING, message).problem(path, object_type)
    for name in source.format.names_with_invisible:
        message = "the column's name held characters that nobody sees"
        yield _of_file(name, catalogue.INVISIBLE, message).problem(path, object_type)


def _of_file(name: str, cause: str, message: str) -> Located:
    return Located(1, name, "", Finding(cause, message))


def _about_guess(guess: EncodingGuess) -> str:
    """Garbled words, and the encodings in which they would look right."""
    words = f"it has words like {_quoted(guess.words)}"
    if not guess.likely:
        return words
    if guess.words == guess.otherwise:
        others = " or ".join(f"--encoding {name}" for name in guess.likely[1:])
        instead = f"; if they are wrong, try {others}" if others else ""
        return f"{words}, which look right{instead}"
    others = "".join(f", or --encoding {name}" for name in guess.likely[1:])
    return f"{words}; --encoding {guess.likely[0]} makes {_quoted(guess.otherwise)} of them{others}"


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{shorten(word)}'" for word in words)


class ColumnReport(NamedTuple):
    """What became of the cells of one column of a source."""

    source: str
    column: str
    """Several that are tried one after the other have ` / ` between them; empty where the mapping
    gives the value."""
    field: str
    """Empty where the column was left out."""
    cells: int = 0
    filled: int = 0
    rewritten: int = 0
    dropped: int = 0


class SourceNotes:
    """Collects notes about one source as a whole from its chunks."""

    def __init__(self, source: Input, unmapped: Unmapped) -> None:
        """Start empty.

        Args:
            source: The source.
            unmapped: What to do with column or key names that are not mapped.
        """
        self._source = source
        self._unmapped = unmapped
        self._columns: dict[str, ColumnNotes] = {}
        """By path."""
        self._unknown: dict[str, bool] = {}
        """Unknown keys of JSON objects, and whether their values are kept."""
        self._products = ColumnNotes()
        self.records = self.rejected = 0
        """The numbers of accepted records, and of rejected records and unreadable rows."""

    def add(self, chunk: PreparedChunk) -> None:
        """Add the next chunk.

        Raises:
            MappingError: it has unmapped names, and the user wants those to be errors.
        """
        for path, notes in chunk.notes.items():
            self._columns.setdefault(path, ColumnNotes()).merge(notes)
        self._unknown.update(chunk.unknown_keys)
        self._products.merge(chunk.products)
        self.records += len(chunk.keys)
        self.rejected += chunk.rejected
        if self._unknown and self._unmapped is Unmapped.ERROR:
            names = ", ".join(f"'{name}'" for name in self._unknown)
            raise MappingError(
                f"{self._source.source.path}: no field of {self._source.object_type} is called "
                f"{names}",
                hint="--unmapped properties keeps such keys, --unmapped ignore leaves them out.",
            )

    def columns(self) -> Iterator[ColumnReport]:
        """What became of the cells of each column, in the order of the fields."""
        path = str(self._source.source.path)
        for field, notes in self._columns.items():
            if notes.cells:
                rewritten = notes.counts[catalogue.REWRITTEN] + notes.counts[catalogue.INVISIBLE]
                yield ColumnReport(
                    path,
                    self._column_of(field),
                    field,
                    notes.cells,
                    notes.filled,
                    min(rewritten, notes.filled),
                    notes.dropped,
                )
        lost = (name for name, is_kept in self._nameless().items() if not is_kept)
        for name in dict.fromkeys((*lost, *self._source.dropped, *self._source.withheld)):
            yield ColumnReport(path, name, "")

    def problems(self) -> Iterator[Problem]:
        """The notices once all chunks were added, with line numbers of the source."""
        paths, object_type = self._source.paths, str(self._source.object_type)
        for found in (*self._of_names(), *self._of_columns(), *product_notices(self._products)):
            yield found.problem(paths[found.file], object_type)

    def _column_of(self, field: str) -> str:
        """What feeds a field; empty where the mapping itself gives the value."""
        columns = self._source.columns_of(field)
        name = field.removeprefix(_PROPERTIES)
        if not columns and name != field and name in self._nameless():
            return name
        return " / ".join(columns)

    def _nameless(self) -> dict[str, bool]:
        """Names that no field has, each with whether it is kept."""
        return self._source.unmapped | self._unknown

    def _of_names(self) -> Iterator[Located]:
        source = self._source
        suggest = suggest_field if source.header else suggest_key
        for name, is_kept in self._nameless().items():
            cause, fate = _UNMAPPED[is_kept]
            near = suggest(SCHEMAS[source.object_type], name)
            question = f" (did you mean '{near}'?)" if near else ""
            yield _of_file(name, cause, f"no field has this name{question}; {fate}")
        if source.object_type is ObjectType.CONTACT:
            for name in self._nameless():
                yield from self._of_consent(name)
        for name in source.withheld:
            message = "its name is that of a secret, so that its values stay in the file"
            yield _of_file(shorten(name), catalogue.WITHHELD, message)

    def _of_consent(self, name: str) -> Iterator[Located]:
        """Whether a name that no field has may say who agreed to marketing, or who left."""
        if names_consent(name):
            yield _of_file(name, catalogue.UNUSED_CONSENT, "it may be about consent")
            return
        notes = self._columns.get(f"{_PROPERTIES}{name}")
        words = words_of(notes) if notes is not None else {}
        if says_consent(name, words):
            said = ", ".join(f"'{shorten(each)}' ({times:,})" for each, times in words.items())
            message = f"it may be about consent: its values are {said}"
            yield _of_file(name, catalogue.UNUSED_CONSENT, message)

    def _of_columns(self) -> Iterator[Located]:
        for path, notes in self._columns.items():
            for found in _told(notes):
                yield found._replace(path=path)
        for path, notes in self._columns.items():
            if words := unread_words_of(notes):
                message = about_unread_words(self._source, path, words)
                yield _of_file(path, catalogue.CONSENT_UNEXPLAINED, message)
            if undated := notes.first.get(catalogue.CONSENT_UNDATED):
                times = notes.counts[catalogue.CONSENT_UNDATED]
                yield undated._replace(path=path, times=times)


def _told(notes: ColumnNotes) -> Iterator[Located]:
    """The notices about one column, with counts; oddities come before rewrites."""
    last = (catalogue.ZONE_ASSUMED, catalogue.REWRITTEN)
    for key, each in notes.first.items():
        if key not in {*DecimalSign, *last, catalogue.CONSENT_UNDATED} and not is_of_words(key):
            yield each._replace(times=notes.counts[key])
    if all(sign in notes.first for sign in DecimalSign):
        yield _mixed_signs(notes)
    for key in last:
        if key in notes.first:
            each, count = notes.first[key], notes.counts[key]
            if key == catalogue.ZONE_ASSUMED:
                times = "time without a zone was" if count == 1 else "times without a zone were"
                message = f"{count:,} {times} read as UTC"
                each = each._replace(finding=Finding(key, message))
            yield each._replace(times=count)


def _mixed_signs(notes: ColumnNotes) -> Located:
    """Contradicting decimal signs, reported where the rarer sign first occurs."""
    rare, usual = sorted(DecimalSign, key=lambda sign: (notes.counts[sign], sign))
    first, other = notes.first[rare], notes.first[usual]
    message = (
        f"'{shorten(first.value)}' has a decimal {rare} and '{shorten(other.value)}' of line "
        f"{other.row} a decimal {usual}; the column has "
        f"{notes.counts[rare]:,} and {notes.counts[usual]:,} of them"
    )
    finding = Finding(catalogue.MIXED_SIGNS, message)
    return first._replace(finding=finding, times=notes.counts[rare])
