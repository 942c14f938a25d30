"""Letters of genders that have two meanings, and no other letter of the column tells which."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.drafting.asking.model import GENDERS, NONE, DraftQuestion, gender_key, shown
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.tables import Reading, Table
from ometria_import.problems import Finding
from ometria_import.schema.field_types import (
    Conventions,
    FieldTypeName,
    field_type,
    gender_letters_of,
)


def gender_questions(_table: Table, reading: Reading, name: str) -> Iterator[DraftQuestion]:
    """Whether an `M` beside both an `H` and an `F` is a man or a woman."""
    fit = reading.fields.get("gender")
    if fit is None:
        return
    for word in _in_doubt(fit.column):
        yield DraftQuestion(
            gender_key(fit.column.name, word),
            f"Is '{word}' in {fit.column.name} of {name} a man or a woman?",
            [shown(fit.column), f"'{NONE}': it is left out"],
            (*GENDERS, NONE),
        )


def answered_genders(column: Column, reading: Reading) -> dict[str, str]:
    """The letters that a person explained."""
    answers = {
        word: reading.answers.get(gender_key(column.name, word), "") for word in column.distinct
    }
    return {word: GENDERS[answer] for word, answer in answers.items() if answer in GENDERS}


def _in_doubt(column: Column) -> list[str]:
    kind = field_type(FieldTypeName.GENDER, Conventions())
    shown_by = [kind.evidence(text) for text in column.distinct] if kind.evidence else []
    letters = gender_letters_of(shown_by)
    read = field_type(FieldTypeName.GENDER, Conventions(gender_letters=letters)).parse
    return [
        text
        for text in column.distinct
        if kind.open_in and kind.open_in(text) and isinstance(read(text), Finding)
    ]
