"""What is to be said of a whole column rather than of each of its values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from ometria_import.mapping.targets import suggest_field, suggest_key
from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.inputs.inputs import Input, ObjectInput
from ometria_import.prepare.spill.joining import file_and_line
from ometria_import.problems import Finding, Located, Origin, Problem, catalogue, shorten
from ometria_import.schema import SCHEMAS
from ometria_import.schema.field_types import DecimalSign
from ometria_import.sources import Format
from ometria_import.sources.model import EncodingGuess, FileFacts


class FileFormat(FileFacts, Protocol):
    """A file on disk, and how it is written."""

    format: Format


_UNMAPPED = {
    True: (catalogue.UNMAPPED_TO_PROPERTIES, "it goes into properties"),
    False: (catalogue.UNMAPPED_IGNORED, "it is left out"),
}


def file_problems(source: FileFormat, object_type: str = "") -> Iterator[Problem]:
    """What is to be said of a whole file, before any of its rows."""
    path, guess = str(source.path), source.format.guess
    if guess is not None:
        yield Problem(
            f"W{catalogue.GUESSED_ENCODING}",
            Origin(path, 1),
            "",
            "",
            f"it was read as {source.format.encoding}, but nothing in the file proves that: "
            f"{_about_guess(guess)}",
            object_type,
        )
    for name in source.format.names_with_invisible:
        yield Problem(
            f"W{catalogue.INVISIBLE}",
            Origin(path, 1),
            name,
            "",
            "the column's name held characters that nobody sees",
            object_type,
        )


def _about_guess(guess: EncodingGuess) -> str:
    """The words that came out, and in which encodings they would look right."""
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


def column_problems(
    each: Input,
    notes: Mapping[str, ColumnNotes],
    unknown: Mapping[str, bool],
) -> Iterator[Problem]:
    """What is to be said of whole columns.

    Args:
        each: The source.
        notes: What happened to its columns, by path.
        unknown: Keys of JSON objects that no field knows, and whether they are kept.
    """
    path, object_type = str(each.source.path), str(each.object_type)
    if not isinstance(each, ObjectInput):
        unknown = dict.fromkeys(each.mapping.unmapped, each.mapping.keeps_unmapped)
    suggest = suggest_key if isinstance(each, ObjectInput) else suggest_field
    for name, is_kept in unknown.items():
        code, fate = _UNMAPPED[is_kept]
        near = suggest(SCHEMAS[each.object_type], name)
        question = f" (did you mean '{near}'?)" if near else ""
        message = f"no field has this name{question}; {fate}"
        yield Problem(f"W{code}", Origin(path, 1), name, "", message, object_type)
    for name in each.withheld:
        message = "its name is that of a secret, so that its values stay in the file"
        yield Problem(
            f"W{catalogue.WITHHELD}", Origin(path, 1), shorten(name), "", message, object_type
        )
    for name, note in notes.items():
        for found in _told(note):
            yield found._replace(path=name).problem(path, object_type)
    for name, note in notes.items():
        if undated := note.first.get(catalogue.CONSENT_UNDATED):
            times = note.counts[catalogue.CONSENT_UNDATED]
            yield undated._replace(path=name, times=times).problem(path, object_type)


def _told(notes: ColumnNotes) -> Iterator[Located]:
    """What is told of one column, with counts: what is odd before what was only rewritten."""
    last = (catalogue.ZONE_ASSUMED, catalogue.REWRITTEN)
    for key, each in notes.first.items():
        if key not in {*DecimalSign, *last, catalogue.CONSENT_UNDATED}:
            yield each._replace(times=notes.counts[key])
    if all(sign in notes.first for sign in DecimalSign):
        yield _mixed_signs(notes)
    for key in last:
        if key in notes.first:
            each, count = notes.first[key], notes.counts[key]
            if key == catalogue.ZONE_ASSUMED:
                message = f"{count:,} times without a zone were read as UTC"
                each = each._replace(finding=Finding(key, message))
            yield each._replace(times=count)


def _mixed_signs(notes: ColumnNotes) -> Located:
    """Decimal signs that contradict each other, told where the rarer of them first stands."""
    rare, usual = sorted(DecimalSign, key=lambda sign: (notes.counts[sign], sign))
    first, other = notes.first[rare], notes.first[usual]
    message = (
        f"'{shorten(first.value)}' has a decimal {rare} and '{shorten(other.value)}' of line "
        f"{file_and_line(other.row)[1]} a decimal {usual}; the column has "
        f"{notes.counts[rare]:,} and {notes.counts[usual]:,} of them"
    )
    finding = Finding(catalogue.MIXED_SIGNS, message)
    return first._replace(finding=finding, times=notes.counts[rare])
