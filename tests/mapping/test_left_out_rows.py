"""Rows that are left out and give the record of their group nothing."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from ometria_import.errors import MappingError
from tests.prepare.outcomes import Outcome, prepare_files, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
SECTION = PAGE.read_text("utf-8").split('With `left_out_rows = "give_nothing"`')[1]
MAPPING = re.findall(r"```toml\n(.*?)```", SECTION, re.DOTALL)[0]
ROWS = dedent(re.findall(r"\n\n((?:    .*\n)+)", SECTION)[0])


def prepared(folder: Path, mapping: str, rows: str = ROWS) -> Outcome:
    """Prepare the rows with a mapping."""
    source = write(folder / "till.csv", rows)
    return prepare_files(folder, source, mapping=write(folder / "my.toml", mapping))


def test_example_in_the_docs_takes_nothing_of_the_refund(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, MAPPING)

    (order,) = outcome.records
    assert (order["timestamp"], order["grand_total"]) == ("2024-05-04T09:00:00Z", Decimal("9.00"))
    assert "payment_method" not in order
    assert len(order["lineitems"]) == 1
    assert outcome.problems == []


def test_without_it_what_such_a_row_says_counts(tmp_path: Path) -> None:
    mapping = MAPPING.replace("give_nothing", "give_fields")
    same_time = ROWS.replace("2024-05-06T10", "2024-05-04T09")

    differing, same = prepared(tmp_path, mapping), prepared(tmp_path, mapping, same_time)

    assert differing.places("E036") == [(3, "timestamp")]
    assert differing.records == []
    assert same.records[0]["grand_total"] == Decimal("-3.00")
    assert same.records[0]["payment_method"] == "visa"


def test_named_values_unknown_columns_and_constants_of_such_rows_are_nothing_too(
    tmp_path: Path,
) -> None:
    mapping = MAPPING + ('[[named_values]]\ninto = "properties"\ncolumns = "Meta *"\n')
    mapping = mapping.replace(
        'payment_method = "Card"',
        'payment_method = { first = ["Card", { constant = "cash", when = { blank = ["Note"] } }] }',
    )
    rows = (
        "Receipt,Kind,Sold,Total,Card,Article,Qty,Note,Meta a,Till\n"
        "1,refund,2024-05-06,-3,,mug,1,,wrong,wrong\n"
        "1,sale,2024-05-04,9,visa,mug,1,x,,7\n"
    )

    (order,) = prepared(tmp_path, mapping, rows).records

    assert order["payment_method"] == "visa"
    assert order["properties"] == {"Note": "x", "Till": "7"} or order["properties"] == {"Till": "7"}


def test_ambiguous_dates_of_such_rows_do_not_decide(tmp_path: Path) -> None:
    rows = ROWS.replace("2024-05-06T10:00:00Z", "31/12/2024").replace(
        "2024-05-04T09:00:00Z", "2024-05-04"
    )

    (order,) = prepared(tmp_path, MAPPING, rows).records

    assert order["timestamp"].startswith("2024-05-04")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("give_nothing", "give_nothin", "did you mean 'give_nothing'"),
        ('leave_out = [{ column = "Kind", equals = ["refund"] }]', "", "without 'leave_out'"),
        ('group_by = ["Receipt"]', "", "without 'group_by'"),
        ('object_type = "order"', 'object_type = "contact"', "may hold an opt-out"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(MappingError, match=message) as refused:
        prepared(tmp_path, MAPPING.replace(old, new))

    assert "my.toml:" in str(refused.value)
