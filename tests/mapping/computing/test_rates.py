"""Amounts in the account's currency, by rates of exchange from a file."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from tests.mapping.file.test_mappings import mapped
from tests.prepare.outcomes import Outcome, write

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
ORDER = """
object_type = "order"
[columns]
unmapped = "ignore"
[fields]
id = "No"
timestamp = { constant = "2024-01-31T09:30:00Z" }
currency = "Currency"
grand_total = "Total"
"totals.base.currency" = { constant = "GBP" }
"totals.base.grand_total" = { multiply = ["Total", { rate = "gbp", of = "Currency", at = "Day" }] }
"""
FILE = '[rates.gbp]\nfile = "rates.csv"\ndate = "day"\ncurrency = "code"\nrate = "rate"\n'
RATES = "day,code,rate\n2024-02-01,EUR,0.85\n2024-01-01,eur,0.87\n2024-01-01,USD,0.79\n"


def base(outcome: Outcome) -> list[Any]:
    """The base total of each order, None where it has none."""
    found = [each["totals"]["base"].get("grand_total") for each in outcome.records]
    return [each and Decimal(each) for each in found]


def converted(folder: Path, rows: str, toml: str = ORDER + FILE, rates: str = RATES) -> Outcome:
    """Prepare orders with a file of rates."""
    write(folder / "rates.csv", rates)
    return mapped(folder, toml, f"No,Currency,Total,Day\n{rows}")


def test_example_in_the_docs_converts_what_the_page_says(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("### `rate`")[1]
    (mapping, *_) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (rates, rows, *_) = re.findall(r"\n\n((?:    .*\n)+)", section)
    write(tmp_path / "rates.csv", dedent(rates))

    outcome = mapped(tmp_path, mapping, dedent(rows))

    assert base(outcome) == [Decimal("8.67"), Decimal("8.54"), Decimal(10), None]
    assert outcome.places("W096") == [(5, "totals.base.grand_total")]


def test_last_rate_that_is_not_later_counts_and_the_product_is_exact(tmp_path: Path) -> None:
    rows = (
        "1,EUR,10.01,2024-01-31 23:59\n2,EUR,10.01,2024-02-01T00:00:00+05:00\n3,USD,1,01 Feb 24\n"
    )

    outcome = converted(tmp_path, rows)

    assert base(outcome) == [Decimal("8.7087"), Decimal("8.5085"), Decimal("0.79")]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,EUR,10,2023-12-31\n", "gbp has no rate of 'EUR' on or before '2023-12-31'"),
        ("1,CHF,10,2024-03-31\n", "gbp has no rate of 'CHF' on or before '2024-03-31'"),
        ("1,EUR,10,soon\n", "its rate in gbp is not known: 'soon' is not a date"),
        ("1,EUR,10,\n", "its rate in gbp is not known, because its date is blank"),
    ],
)
def test_amount_without_a_rate_is_left_out_and_reported(
    tmp_path: Path, row: str, message: str
) -> None:
    outcome = converted(tmp_path, row)

    assert base(outcome) == [None]
    (problem,) = (each for each in outcome.problems if each["code"] == "W096")
    assert (problem["message"], problem["value"]) == (message, "10 * ?")


def test_blank_amount_needs_no_rate(tmp_path: Path) -> None:
    toml = ORDER.replace('grand_total = "Total"', 'grand_total = { constant = "1" }') + FILE

    outcome = converted(tmp_path, "1,CHF,,2020-01-01\n", toml)

    assert base(outcome) == [None]
    assert outcome.places("W096") == []


def test_rates_are_read_by_what_the_whole_file_shows(tmp_path: Path) -> None:
    rates = "day;code;rate\n05.02.2024;EUR;1,234\n25.01.2024;EUR;1,2\n"

    outcome = converted(tmp_path, "1,EUR,10.00,2024-02-04\n2,EUR,10.00,2024-02-05\n", rates=rates)

    assert base(outcome) == [Decimal(12), Decimal("12.34")]


def test_order_of_day_and_month_is_asked_for_and_may_be_said(tmp_path: Path) -> None:
    row = "1,EUR,10,03/02/2024\n"

    with pytest.raises(MappingError, match="which is the day and which the month") as asked:
        converted(tmp_path, row)
    assert "my.toml:11: " in str(asked.value)

    beside = ORDER.replace('at = "Day"', 'at = "Day", date_order = "dmy"') + FILE
    everywhere = ORDER + FILE + '[conventions]\ndate_order = "mdy"\n'
    rates = RATES + "2024-03-01,EUR,0.5\n"
    assert base(converted(tmp_path, row, beside, rates)) == [Decimal("8.5")]
    assert base(converted(tmp_path, row, everywhere, rates)) == [Decimal(5)]


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ("day,code,rate\n2024-01-01,EUR,\n", "line 2: it has no rate above 0"),
        ("day,code,rate\n2024-01-01,EUR,-1\n", "line 2: it has no rate above 0"),
        ("day,code,rate\n2024-01-01,EUR,x\n", "line 2: 'x' is not a number"),
        ("day,code,rate\n2024-01-01,EUR,1.234\n", "line 2: '1.234' is ambiguous"),
        ("day,code,rate\n,,\n2024-01-01,,1\n", "line 3: it has no currency"),
        ("day,code,rate\nsoon,EUR,1\n", "line 2: 'soon' is not a date"),
        ("day,code,rate\n03/04/2024,EUR,1\n", "line 2: '03/04/2024' may be two days"),
        (
            "day,code,rate\n2024-01-01,EUR,1\n2024-01-01,eur,1.5\n",
            "line 3: eur has the rates 1 and 1.5 on 2024-01-01",
        ),
        ("date,code,rate\n2024-01-01,EUR,1\n", "has no column 'day'"),
    ],
)
def test_rates_that_are_not_certain_are_refused(tmp_path: Path, rates: str, words: str) -> None:
    write(tmp_path / "rates.csv", rates)

    with pytest.raises(MappingError, match=re.escape(words)):
        parse_mapping(tmp_path / "my.toml", ORDER + FILE)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('{ rate = "to_gbp", of = "C", at = "D" }', "'to_gbp' is not under [rates]"),
        ('{ rate = "gbp", of = "C" }', "'rate' needs 'at', the source of the date"),
        ('{ rate = "gbp", at = "D" }', "'rate' needs 'of', the source of the currency"),
        ('{ rate = "gbp", of = "C", at = "D", case = "lower" }', "'case' cannot change the result"),
        (
            '{ rate = "gbp", of = "C", at = "D", date_order = "dym" }',
            "'date_order' cannot be 'dym'",
        ),
        ('{ column = "C", round = 9 }', "from 0 to 6"),
    ],
)
def test_source_that_makes_no_sense_is_refused(tmp_path: Path, source: str, words: str) -> None:
    write(tmp_path / "rates.csv", RATES)

    with pytest.raises(MappingError, match=re.escape(words)) as refused:
        parse_mapping(tmp_path / "my.toml", f"{ORDER}tax = {source}\n{FILE}")

    assert "my.toml:12: " in str(refused.value)


@pytest.mark.parametrize(
    ("places", "text", "value"),
    [(2, "0.005", "0.01"), (0, "-0.5", "-1"), (2, "1.1", "1.1"), (6, "1e-9", "0")],
)
def test_half_a_unit_is_rounded_away_from_zero(
    tmp_path: Path, places: int, text: str, value: str
) -> None:
    total = f'grand_total = {{ column = "Total", round = {places} }}'
    toml = ORDER.replace('grand_total = "Total"', total) + FILE

    outcome = converted(tmp_path, f"1,EUR,{text},2024-02-04\n", toml)

    assert outcome.records[0]["grand_total"] == Decimal(value)
