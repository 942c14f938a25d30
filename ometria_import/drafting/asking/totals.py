"""Questions about totals and cents: which total was paid, and in which unit, if no sum tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ometria_import.drafting.asking.model import (
    IN_CENTS,
    IN_WHOLE,
    TOTAL,
    UNIT,
    DraftQuestion,
    several,
    shown,
)
from ometria_import.drafting.columns.matching import Fit
from ometria_import.drafting.columns.profile import Column, number_of
from ometria_import.drafting.tables.tables import Reading, Table
from ometria_import.drafting.tables.totals import GRAND_TOTAL
from ometria_import.problems import shorten


def unit_questions(_table: Table, reading: Reading, name: str) -> Iterator[DraftQuestion]:
    """Whether whole numbers are cents: `1999` may be 19.99 or 1999.00."""
    fits = list(reading.in_doubt.values())
    example = next((text for fit in fits for text in fit.column.distinct if text.strip("-0")), "")
    number = number_of(example)
    if number is None:
        return
    yield DraftQuestion(
        UNIT,
        f"Are the amounts of {name} in cents, so that {example} is {number / 100:.2f}, or in whole "
        "units?",
        [shown(column) for column in {fit.column.name: fit.column for fit in fits}.values()],
        (IN_CENTS, IN_WHOLE),
    )


def total_questions(_table: Table, reading: Reading, name: str) -> Iterator[DraftQuestion]:
    """Which of the columns is what the customer paid."""
    if not reading.totals:
        return
    columns = reading.totals
    yield DraftQuestion(
        TOTAL,
        f"Which column of {name} is the total that was paid, with tax and shipping, less "
        "discounts?",
        [*(_evidence(column) for column in columns), _difference(columns)],
        tuple(column.name for column in columns),
        columns[0].name,
    )


def take_total(table: Table, reading: Reading, answer: str) -> None:
    """Feed the total from the column that a person named."""
    column = table.column(answer)
    if column is not None:
        reading.fields[GRAND_TOTAL], reading.totals = Fit(GRAND_TOTAL, column, 0), []


def _evidence(column: Column) -> str:
    first = next(iter(column.distinct), "")
    number = number_of(first)
    got = f"{number / 100:.2f}" if "minor" in column.words and number is not None else first
    values = several(column.filled)
    return f"{column.name}: {values}; Ometria would get {GRAND_TOTAL} {shorten(got)} for the first"


def _difference(columns: Sequence[Column]) -> str:
    first, second = columns[:2]
    rows = [
        (a, b)
        for a, b in zip(first.texts, second.texts, strict=True)
        if a.strip() and b.strip() and number_of(a) != number_of(b)
    ]
    example = f", such as {shorten(rows[0][0])} and {shorten(rows[0][1])}" if rows else ""
    of_rows = f"{len(rows):,} of {len(first.texts):,} rows"
    return f"{first.name} and {second.name} differ in {of_rows}{example}"
