"""Numbers that a mapping computes, and moments in several columns."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.file.read import parse_mapping
from tests.mapping.file.test_mappings import mapped
from tests.prepare.outcomes import prepare_text

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
ORDER = """
object_type = "order"
[columns]
unmapped = "ignore"
[fields]
id = "No"
timestamp = { constant = "2024-01-31T09:30:00Z" }
currency = { constant = "GBP" }
"""
TIMED = """
object_type = "order"
[columns]
unmapped = "ignore"
[fields]
id = "No"
grand_total = { constant = "1" }
currency = { constant = "GBP" }
"""


def total(folder: Path, source: str, header: str, row: str, **options: Any) -> Any:
    """The grand total that a row has, and the codes of its problems."""
    outcome = mapped(
        folder, f"{ORDER}grand_total = {source}\n", f"No,{header}\n1,{row}\n", **options
    )
    if not outcome.records:
        return sorted({each["code"] for each in outcome.problems})
    return outcome.records[0]["grand_total"]


def moment(folder: Path, source: str, header: str, row: str, **options: Any) -> Any:
    """The timestamp that a row has, or the codes of its problems."""
    outcome = mapped(folder, f"{TIMED}timestamp = {source}\n", f"No,{header}\n1,{row}\n", **options)
    if not outcome.records:
        return sorted({each["code"] for each in outcome.problems})
    return outcome.records[0]["timestamp"]


def test_example_in_the_docs_computes_what_the_page_says(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("A whole mapping that computes:")[1]
    (mapping, *_) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (rows, *_) = re.findall(r"\n\n((?:    .*\n)+)", section)

    first, second = mapped(tmp_path, mapping, dedent(rows)).records

    assert first["timestamp"] == "2024-07-01T21:06:01-04:00"
    assert first["grand_total"] == Decimal(1440)
    assert (first["discount"], first["shipping"]) == (Decimal(5), Decimal("4.99"))
    (mug,) = first["lineitems"]
    assert (mug["unit_price"], mug["total"]) == (Decimal(2), Decimal(9))
    assert second["timestamp"] == "2024-01-31T09:30:00Z"
    assert second["lineitems"][0]["unit_price"] == Decimal("3.50")
    assert "discount" not in second


@pytest.mark.parametrize(
    ("source", "cells", "value"),
    [
        ('{ column = "A", scale = 0.01 }', "1999,", "19.99"),
        ('{ column = "A", scale = "0.01" }', "-5,", "-0.05"),
        ('{ column = "A", scale = 1000 }', "1.5,", "1500"),
        ('{ column = "A", scale = 1e-7 }', "30000000,", "3"),
        ('{ column = "A", scale_by = "B" }', "1999,3", "1.999"),
        ('{ column = "A", scale_by = "B" }', "1999,0", "1999"),
        ('{ column = "A", negate = true }', "(1.50),", "1.50"),
        ('{ column = "A", negate = true }', "0,", "0"),
        ('{ column = "A", absolute = true }', "-£3.00,", "3"),
        ('{ column = "A", scale = 0.01, negate = true }', "150,", "-1.50"),
        ('{ multiply = ["A", "B"] }', '"£1,234.50",2', "2469"),
        ('{ multiply = ["A", "B"] }', "0.1,0.2", "0.02"),
        ('{ multiply = ["A", 1.2] }', "10,", "12"),
        ('{ multiply = ["A", { constant = "{rate}" }] }', "10,", "12.5"),
        ('{ add = ["A", "B"] }', "0.1,0.2", "0.3"),
        ('{ add = ["A", "B"] }', ",0.2", "0.2"),
        ('{ subtract = ["A", "B", 1] }', "10,3", "6"),
        ('{ subtract = ["A", "B"] }', ",3", "-3"),
        ('{ divide = ["A", "B"] }', "10,8", "1.25"),
        ('{ add = [{ multiply = ["A", "B"] }, { column = "B", negate = true }] }', "4,3", "9"),
        ('{ multiply = ["A", "B"], default = "7" }', "4,", "7"),
        ('{ first = [{ divide = ["A", "B"] }, "A"] }', "10,3", "10"),
        ('{ first = [{ divide = ["A", "B"] }, "A"] }', "10,0", "10"),
        ('{ multiply = ["A", "B"], when = { column = "B", above = 1 }, default = 1 }', "4,2", "8"),
    ],
)
def test_number_is_computed_exactly(tmp_path: Path, source: str, cells: str, value: str) -> None:
    setting = '[settings.rate]\nabout = "rate"\ndefault = "1.25"\n'

    assert total(tmp_path, f"{source}\n{setting}", "A,B", cells) == Decimal(value)


@pytest.mark.parametrize(
    ("source", "cells", "code"),
    [
        ('{ column = "A", scale = 0.01 }', "12.00,", "E029"),
        ('{ column = "A", scale_by = "B" }', "12.50,2", "E029"),
        ('{ column = "A", scale_by = "B" }', "12,", "E013"),
        ('{ column = "A", scale_by = "B" }', "12,x", "E013"),
        ('{ column = "A", scale_by = "B" }', "12,99", "E013"),
        ('{ column = "A", scale = 0.01 }', "abc,", "E013"),
        ('{ multiply = ["A", "B"] }', "abc,2", "E013"),
        ('{ multiply = ["A", "B"] }', "999999999999,99999999999", "E013"),
        ('{ multiply = ["A", "B"] }', "2,", "E010"),
        ('{ add = ["A", "B", 5] }', ",", "E010"),
        ('{ divide = ["A", "B"] }', "1,3", "E010"),
        ('{ multiply = ["A", "B"] }', "€2.00,2", "E087"),
        ('{ multiply = ["A", { constant = "{rate}" }] }', "10,", "E013"),
    ],
)
def test_what_cannot_be_computed_is_reported(
    tmp_path: Path, source: str, cells: str, code: str
) -> None:
    setting = '[settings.rate]\nabout = "rate"\ndefault = "much"\n'

    assert code in total(tmp_path, f"{source}\n{setting}", "A,B", cells)


def test_problem_shows_what_was_to_be_computed(tmp_path: Path) -> None:
    source = '{ add = [{ multiply = ["A", "B"] }, { column = "A", absolute = true }, 0.5] }'

    outcome = mapped(tmp_path, f"{ORDER}grand_total = {source}\n", "No,A,B\n1,2,x\n")

    (problem,) = outcome.problems
    assert problem["value"] == "(2 * x) + |2| + 0.5"
    assert problem["message"] == "'x' is not a number"
    assert outcome.rejects()[0]["B"] == "x"


def test_computed_number_without_a_unit_is_shown_as_the_number(tmp_path: Path) -> None:
    source = '{ subtract = ["A", "B"], scale_by = "Digits" }'

    outcome = mapped(tmp_path, f"{ORDER}grand_total = {source}\n", "No,A,B,Digits\n1,500,20,\n")

    (problem,) = outcome.problems
    assert problem["value"] == "(500 - 20) / 10^0"
    assert problem["message"] == "'480' has no known unit: its number of decimals is blank"


def test_minor_units_beside_major_ones_reject_the_major_ones(tmp_path: Path) -> None:
    toml = f'{ORDER}grand_total = {{ column = "A", scale = 0.01 }}\n'

    outcome = mapped(tmp_path, toml, "No,A\n1,1999\n2,12.50\n3,2500\n")

    assert [each["grand_total"] for each in outcome.records] == [Decimal("19.99"), Decimal(25)]
    assert outcome.places("E029") == [(3, "grand_total")]


def test_column_that_is_found_to_use_commas_is_computed_with_them(tmp_path: Path) -> None:
    toml = f'{ORDER}grand_total = {{ multiply = ["A", "B", 0.5] }}\n'
    rows = "No;A;B\n1;1.234;2\n2;1.234,56;2\n3;0,5;4\n"

    outcome = mapped(tmp_path, toml, rows)

    told = [each["grand_total"] for each in outcome.records]
    assert told == [Decimal(1234), Decimal("1234.56"), Decimal(1)]


def test_open_decimal_sign_of_an_operand_is_asked_about(tmp_path: Path) -> None:
    source, cells = '{ multiply = ["A", "B"] }', '"1,234",2'

    with pytest.raises(UsageError, match="'1,234' does not say whether a comma or a point"):
        total(tmp_path, source, "A,B", cells)

    at_source = '{ multiply = ["A", "B"], decimal_sign = "comma" }'
    assert total(tmp_path, at_source, "A,B", cells) == Decimal("2.468")
    assert total(tmp_path, source, "A,B", cells, decimal_sign="point") == Decimal(2468)


def test_values_of_one_column_that_contradict_each_other_are_not_computed(tmp_path: Path) -> None:
    toml = f'{ORDER}grand_total = {{ column = "A", absolute = true }}\n'

    with pytest.raises(UsageError, match="contradict each other"):
        mapped(tmp_path, toml, 'No,A\n1,"1,234"\n2,"1.234,56"\n3,"1,234.56"\n')


def test_rows_of_one_record_that_differ_are_told_as_people_write_them(tmp_path: Path) -> None:
    toml = ORDER.replace("[fields]", '[rows]\ngroup_by = ["No"]\n[fields]')
    toml += 'grand_total = { multiply = ["A", 2] }\n'

    outcome = mapped(tmp_path, toml, "No,A\n1,3\n1,4\n")

    (problem,) = (each for each in outcome.problems if each["code"] == "W041")
    assert problem["value"] == "4 * 2"
    assert "says '3 * 2', which was taken" in problem["message"]


@pytest.mark.parametrize(
    ("source", "cells", "value"),
    [
        ('{ date = "D", time = "T" }', '"Jul 21, 2024",9:06:01 PM,', "2024-07-21T21:06:01Z"),
        ('{ date = "D", time = "T" }', "2024-07-21,,", "2024-07-21T00:00:00Z"),
        ('{ date = "D", time = "T" }', "2024-07-21 00:00:00,21:06,", "2024-07-21T21:06:00Z"),
        ('{ date = "D", zone = "Z" }', "2024-07-21,,+0200", "2024-07-21T00:00:00+02:00"),
        (
            '{ date = "D", time = "T", zone = "Z" }',
            "2024-01-21,9:06,Eastern Time (US & Canada)",
            "2024-01-21T09:06:00-05:00",
        ),
        (
            '{ date = "D", time = "T", zone = "Z" }',
            "2024-07-21,9:06,(GMT+00:00) london",
            "2024-07-21T09:06:00+01:00",
        ),
        ('{ date = "D", time = "T", zone = "Z" }', "2024-07-21,9:06,UTC", "2024-07-21T09:06:00Z"),
        (
            '{ date = "D", time = "T", zone = "Z" }',
            "2024-07-21,9:06,Asia/Kolkata",
            "2024-07-21T09:06:00+05:30",
        ),
        (
            '{ date = "D", time = "T", zone = "Z", timezone = "Europe/Berlin" }',
            "2024-07-21,9:06,",
            "2024-07-21T09:06:00+02:00",
        ),
        (
            '{ date = "D", time = "T", zone = { constant = "-03:30" }, date_order = "mdy" }',
            "07/04/24,9:06,",
            "2024-07-04T09:06:00-03:30",
        ),
        (
            '{ date = "D", time = "T", zone = "Z", date_format = "%d.%m.%Y %H.%M" }',
            "05.07.2024,9.06,Europe/Paris",
            "2024-07-05T09:06:00+02:00",
        ),
        ('{ date = "D", time = "T", default = "2024-01-01" }', ",9:06,", "2024-01-01T00:00:00Z"),
    ],
)
def test_moment_in_several_columns_is_one(
    tmp_path: Path, source: str, cells: str, value: str
) -> None:
    assert moment(tmp_path, source, "D,T,Z", cells) == value


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("2024-07-21,9:06,Middle Earth", "E023"),
        ("2024-07-21,9:06,+99:00", "E023"),
        ("2024-07-21,25:06,UTC", "E015"),
        (",9:06,UTC", "E010"),
    ],
)
def test_moment_that_cannot_be_read_is_reported(tmp_path: Path, cells: str, code: str) -> None:
    source = '{ date = "D", time = "T", zone = "Z" }'

    assert code in moment(tmp_path, source, "D,T,Z", cells)


def test_open_order_of_day_and_month_is_asked_about(tmp_path: Path) -> None:
    source = '{ date = "D", time = "T", zone = "Z" }'

    with pytest.raises(UsageError, match="which is the day and which the month"):
        moment(tmp_path, source, "D,T,Z", "04/05/2024,9:06,Europe/London")

    told = moment(tmp_path, source, "D,T,Z", "04/05/2024,9:06,Europe/London", date_order="dmy")
    assert told == "2024-05-04T09:06:00+01:00"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('{ column = "A", scale = 0 }', "'scale' must be a number above 0"),
        ('{ column = "A", scale = "1/100" }', "'scale' must be a number above 0"),
        ('{ column = "A", scale = true }', "'scale' must be a number above 0"),
        ('{ column = "A", scael = 0.01 }', "did you mean 'scale'"),
        ('{ column = "A", scale = 0.01, scale_by = "B" }', "cannot be used together"),
        ('{ column = "A", split = ",", scale = 0.01 }', "cannot read a list"),
        ('{ column = "a[].b", all = true, scale = 0.01 }', "cannot read a list"),
        ('{ column = "A", scale_by = { column = "B", decimal_sign = "comma" } }', "whole source"),
        ('{ multiply = ["A"] }', "'multiply' needs two or more sources"),
        ('{ divide = ["A", "B", "C"] }', "'divide' needs exactly two sources"),
        ("{ multiply = [2, 3] }", "'multiply' needs a column"),
        ('{ multiply = ["A", { constant = "two" }] }', "'two' is not a number like 1.25"),
        ('{ multiply = "A" }', "'multiply' must be a list of sources"),
        ('{ multiply = ["A", true] }', "'multiply' must be a list of sources"),
        ('{ multiply = ["A", "B"], match = "(.*)" }', "'match' cannot change the result"),
        ('{ multiply = ["A", "B"], form = "e164" }', "'form' cannot change the result"),
        ('{ multiply = ["A", "B"], add = ["A", "B"] }', "exactly one of"),
        ('{ column = "A", zone = "Z" }', "'zone' has no effect without 'date'"),
        ('{ time = "A" }', "'time' has no effect without 'date'"),
    ],
)
def test_source_that_makes_no_sense_is_refused(tmp_path: Path, source: str, words: str) -> None:
    with pytest.raises(MappingError, match=re.escape(words)) as refused:
        parse_mapping(tmp_path / "my.toml", f"{ORDER}grand_total = {source}\n")

    assert "my.toml:9: " in str(refused.value)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ('"properties.x" = { column = "A", scale = 2 }', "properties.x is not a number"),
        ('coupon_code = { add = ["A", "B"] }', "coupon_code is not a number"),
        (
            'coupon_code = { hash = { add = ["A", "B"] } }',
            "'hash' is not a number",
        ),
        (
            '[lookups.x]\nnames = { column = "A", negate = true }\ngives = "B"',
            "'names' is not a number",
        ),
        (
            (
                '[[named_values]]\ninto = "properties"\n'
                'name = "A"\nvalue = { column = "B", scale = 2 }'
            ),
            "'value' is not a number",
        ),
        (
            'coupon_code = { date = { column = "A", date_order = "dmy" } }',
            "'date' cannot be or have 'date_order'",
        ),
    ],
)
def test_computed_number_is_refused_where_no_number_belongs(
    tmp_path: Path, field: str, words: str
) -> None:
    with pytest.raises(MappingError, match=re.escape(words)):
        parse_mapping(tmp_path / "my.toml", f'{ORDER}grand_total = "T"\n{field}\n')


def test_words_for_no_value_are_blank_operands(tmp_path: Path) -> None:
    toml = f'{ORDER}grand_total = {{ add = ["A", "B"] }}\ntax = {{ multiply = ["A", "B"] }}\n'

    outcome = mapped(tmp_path, toml, "No,A,B\n1,2,NULL\n2,n/a,3\n3,2,3\n", null=("n/a",))

    told = [(each["grand_total"], each.get("tax")) for each in outcome.records]
    assert told == [(2, None), (3, None), (5, 6)]
    assert [place[1] for place in outcome.places("W058")] == ["A", "B"]


def test_numbers_of_objects_have_a_point_and_their_units_are_scaled(tmp_path: Path) -> None:
    mapping = tmp_path / "my.toml"
    toml = ORDER.replace('"No"', '"no"')
    toml += 'grand_total = { column = "total.cents", scale_by = "total.digits" }\n'
    toml += 'shipping = { first = [{ multiply = ["a", "b"] }, "a"] }\n'
    mapping.write_text(toml, "utf-8")
    rows = '{"no": 1, "total": {"cents": 1999, "digits": 2}, "a": 1.234, "b": 2}\n'
    rows += '{"no": 2, "total": {"cents": 1999, "digits": 0}, "a": 1.5}\n'

    outcome = prepare_text(tmp_path, "rows.ndjson", rows, mapping=mapping)

    told = [(each["grand_total"], each["shipping"]) for each in outcome.records]
    assert told == [(Decimal("19.99"), Decimal("2.468")), (Decimal(1999), Decimal("1.5"))]
