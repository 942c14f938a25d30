"""All questions that a table leaves open, and what becomes of the answers."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.drafting.asking.consents import consent_questions
from ometria_import.drafting.asking.fields import field_questions, flag_questions, take_field
from ometria_import.drafting.asking.genders import gender_questions
from ometria_import.drafting.asking.model import IN_CENTS, TOTAL, UNIT, DraftQuestion, field_key
from ometria_import.drafting.asking.totals import take_total, total_questions, unit_questions
from ometria_import.drafting.tables.tables import Reading, Table
from ometria_import.drafting.tables.units import MAJOR, MINOR, take_unit

_ASKED = (
    unit_questions,
    total_questions,
    field_questions,
    consent_questions,
    flag_questions,
    gender_questions,
)


def open_questions(table: Table, reading: Reading, name: str = "") -> Iterator[DraftQuestion]:
    """What only a person can say of a table, and has not said yet.

    Args:
        table: The table.
        reading: What it was found to be.
        name: What the questions call it.
    """
    name = name or table.name
    for of_one_kind in _ASKED:
        for question in of_one_kind(table, reading, name):
            if question.key not in reading.answers:
                yield question


def take_answer(table: Table, reading: Reading, key: str, answer: str) -> bool:
    """Follow an answer; False where there is no such question, or it has no such choice."""
    asked = next((each for each in open_questions(table, reading) if each.key == key), None)
    if asked is None or answer not in asked.choices:
        return False
    reading.answers[key] = answer
    if key == UNIT:
        take_unit(reading, MINOR if answer == IN_CENTS else MAJOR)
    if key == TOTAL:
        take_total(table, reading, answer)
    path = key.partition(":")[0]
    if key == field_key(path):
        take_field(table, reading, path, answer)
    return True
