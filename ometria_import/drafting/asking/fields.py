"""Mandatory fields that no column is certain to feed, and flags whose yes nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator

from ometria_import.drafting.asking.model import (
    NONE,
    SUM,
    DraftQuestion,
    field_key,
    flag_key,
    shown,
)
from ometria_import.drafting.columns.evidence import can_be, is_private, says_yes_in_doubt
from ometria_import.drafting.columns.matching import Fit, patterns_of
from ometria_import.drafting.columns.profile import Column
from ometria_import.drafting.tables.marks import MARKS, marked_by
from ometria_import.drafting.tables.tables import LINES, Reading, Table
from ometria_import.schema import SCHEMAS, ObjectType
from ometria_import.schema.field_types import FieldTypeName

_TOTAL = "grand_total"


def field_questions(table: Table, reading: Reading, name: str) -> Iterator[DraftQuestion]:
    """A field without which nothing can be imported, and the columns that could be it."""
    if reading.kind == LINES:
        return
    kind = ObjectType(reading.kind)
    types = {path: each.type for path, each in SCHEMAS[kind].fields()}
    fed = reading.fields
    for path in SCHEMAS[kind].mandatory():
        if path in fed or path in {"currency", "@collection"} or (path == "id" and "email" in fed):
            continue
        if (path == _TOTAL and reading.totals) or path in reading.in_doubt:
            continue
        used = {fit.column.name for fit in (*fed.values(), *reading.items.values())}
        columns = [
            column
            for column in table.columns
            if column.name not in used
            and column.distinct
            and not is_private(column)
            and can_be(str(kind), path, column, types.get(path))
        ]
        evidence, sums = [shown(column) for column in columns], list[str]()
        if path == _TOTAL and (line := reading.items.get("total")):
            sums = [SUM]
            evidence.append(f"{SUM}: of {shown(line.column)}; shipping would be missing")
        yield DraftQuestion(
            field_key(path),
            f"Which column of {name} is {path}?",
            evidence,
            (*(column.name for column in columns), *sums, NONE),
        )


def take_field(table: Table, reading: Reading, path: str, answer: str) -> None:
    """Feed a field from the column that a person named."""
    column = table.column(answer)
    if column is not None:
        reading.fields[path] = Fit(path, column, 0)


def flag_columns(table: Table, reading: Reading) -> Iterator[tuple[str, Column]]:
    """Fields of yes and no, each with the column named after it whose yes nobody can tell."""
    if reading.kind in {"", LINES}:
        return
    types = dict(SCHEMAS[ObjectType(reading.kind)].fields())
    used = {fit.column.name for fit in (*reading.fields.values(), *reading.items.values())}
    for path, patterns in patterns_of(reading.kind).items():
        if path in reading.fields or path not in types:
            continue
        if types[path].type is not FieldTypeName.BOOLEAN:
            continue
        for column in table.columns:
            is_named = column.meanings and any(each.explains(column.meanings) for each in patterns)
            if is_named and column.name not in used and says_yes_in_doubt(column):
                yield path, column
                break


def flag_questions(table: Table, reading: Reading, name: str) -> Iterator[DraftQuestion]:
    """Which word of a column means yes, such as `S` beside `N`, or `X` beside blanks."""
    for path, column in flag_columns(table, reading):
        words = column.distinct
        is_alone = len(words) == 1
        rest = "a blank is no, then" if is_alone else "the other word is no, then"
        yield DraftQuestion(
            flag_key(path, column.name),
            f"Which word in {column.name} of {name} means yes ({path})?",
            [shown(column), f"{rest}; '{NONE}': the column is kept as a property"],
            (*words, NONE),
        )
    for mark, column in doubtful_marks(table, reading):
        yield DraftQuestion(
            flag_key(mark, column.name),
            f"Which word in {column.name} of {name} says that {MARKS[reading.kind][mark]}?",
            [shown(column), f"'{NONE}': the column is kept as a property"],
            (*column.distinct, NONE),
        )


def doubtful_marks(table: Table, reading: Reading) -> Iterator[tuple[str, Column]]:
    """Columns that mark records with words of which nobody can tell which is the yes."""
    for mark in MARKS.get(reading.kind, ()):
        column = marked_by(table, reading.kind, mark)
        is_fed = "is_active" in reading.fields and reading.kind == "product"
        if column is not None and not is_fed and says_yes_in_doubt(column):
            yield mark, column
