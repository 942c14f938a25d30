"""What is to be said of a whole column rather than of each of its values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from ometria_import.mapping.targets import suggest_field, suggest_key
from ometria_import.prepare.columns.normalise import ColumnNotes
from ometria_import.prepare.inputs.inputs import Input, ObjectInput
from ometria_import.prepare.spill.joining import file_and_line
from ometria_import.problems import Origin, Problem, catalogue, shorten
from ometria_import.schema import SCHEMAS
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
        for cause, remark in note.remarks.items():
            yield Problem(
                f"W{cause}",
                Origin(path, remark.row),
                name,
                shorten(remark.value),
                remark.message,
                object_type,
                remark.times,
            )
        if len(note.signs) > 1:
            yield _mixed_signs(Problem("", Origin(path, 1), name, "", "", object_type), note)
        if note.first_zoneless:
            line, text = note.first_zoneless
            yield Problem(
                f"W{catalogue.ZONE_ASSUMED}",
                Origin(path, line),
                name,
                shorten(text),
                f"{note.zoneless:,} times without a zone were read as UTC",
                object_type,
                note.zoneless,
            )
        if note.first_rewritten:
            line, before, after = note.first_rewritten
            yield Problem(
                f"W{catalogue.REWRITTEN}",
                Origin(path, line),
                name,
                shorten(before),
                f"'{shorten(before)}' became '{shorten(after)}'",
                object_type,
                note.rewritten,
            )


def _mixed_signs(place: Problem, note: ColumnNotes) -> Problem:
    """Decimal signs that contradict each other, told where the rarer of them first stands."""
    (rare, (count, line, text)), (usual, (others, other_line, other)) = sorted(
        note.signs.items(), key=lambda item: (item[1][0], item[0])
    )
    message = (
        f"'{shorten(text)}' has a decimal {rare} and '{shorten(other)}' of line "
        f"{file_and_line(other_line)[1]} a "
        f"decimal {usual}; the column has {count:,} and {others:,} of them"
    )
    return replace(
        place,
        code=f"W{catalogue.MIXED_SIGNS}",
        origin=replace(place.origin, line=line),
        value=shorten(text),
        message=message,
        count=count,
    )
