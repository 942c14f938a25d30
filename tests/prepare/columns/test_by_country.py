"""National phone numbers are read as people dial them in the record's own country."""

from __future__ import annotations

import json
from pathlib import Path

import phonenumbers
import pytest

from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, write

HEAD = "id,email,phone_number,country_id"


def people(*rows: str) -> str:
    lines = [f"{number},p{number}@example.com,{row}" for number, row in enumerate(rows, 1)]
    return "\n".join([HEAD, *lines, ""])


def phones(outcome: Outcome) -> list[str | None]:
    return [each.get("phone_number") for each in outcome.records]


ROWS = {
    "0664 1234567,AT": "+436641234567",
    "0664 1234567,Österreich": "+436641234567",
    "6641234567.0,at": "+436641234567",
    "0151 23456789,DE": "+4915123456789",
    "0151 23456789,": "+4915123456789",
    "0151 23456789,Nowhere": "+4915123456789",
    "+43 664 1234567,DE": "+436641234567",
    "+49 151 23456789,AT": "+4915123456789",
    "0043 664 1234567,US": "+436641234567",
    "43 664 1234567,AT": "+436641234567",
    "(212) 555-0123,US": "+12125550123",
    "020 7183 8750,GB": "+442071838750",
    "06 12 34 56 78,FR": "+33612345678",
    "0151 23456789,NULL": "+4915123456789",
    "12,AT": None,
    ",AT": None,
}


@pytest.mark.parametrize("is_json", [False, True])
def test_own_country_comes_before_that_of_the_file(tmp_path: Path, *, is_json: bool) -> None:
    text = people(*ROWS)
    if is_json:
        names, *rows = [line.split(",") for line in text.splitlines()]
        text = json.dumps([dict(zip(names, row, strict=True)) for row in rows])

    outcome = prepare_text(
        tmp_path, "contacts.json" if is_json else "contacts.csv", text, country="DE"
    )

    assert phones(outcome) == [*ROWS.values()]
    (problem,) = (
        row for row in outcome.problems if row["code"] == "W019" and "'12'" in row["message"]
    )
    assert problem["message"].endswith("is not a phone number of AT")


def test_own_country_is_enough_where_the_file_has_none(tmp_path: Path) -> None:
    outcome = prepare_text(
        tmp_path, "contacts.csv", people("0664 1234567,AT", "0664 1234567,", "+33612345678,AT")
    )

    assert phones(outcome) == ["+436641234567", None, "+33612345678"]
    (problem,) = (row for row in outcome.problems if row["code"] == "W019")
    assert (problem["line"], "has no country code" in problem["message"]) == ("3", True)


@pytest.mark.parametrize("country", ["AT", "CH", "FR", "GB", "IT", "US", "PL", "JP", "AR", "MX"])
def test_a_column_of_one_country_is_read_as_with_that_country_for_the_file(
    tmp_path: Path, country: str
) -> None:
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    form = phonenumbers.PhoneNumberFormat.NATIONAL
    assert example is not None
    assert example.national_number is not None
    start, numbers = example.national_number, list[str]()
    for add in range(0, 2_000, 7):
        example.national_number = start + add
        numbers.append(phonenumbers.format_number(example, form))
    own = people(*(f'"{number}",{country}' for number in numbers))
    mixed = people(*(f'"{each}",{country if n % 3 else ""}' for n, each in enumerate(numbers)))

    plain = prepare_text(
        tmp_path, "plain.csv", own.replace(f",{country}\n", ",\n"), country=country
    )
    by_row = prepare_text(tmp_path, "own.csv", own, country="DE" if country != "DE" else "AT")
    by_both = prepare_text(tmp_path, "mixed.csv", mixed, country=country)

    assert phones(by_row) == phones(plain) == phones(by_both)
    assert all(phones(plain))
    notes = (
        [row for row in each.problems if row["field"] == "phone_number"] for each in (plain, by_row)
    )
    first, second = (
        [(row["code"], row["line"], row["count"], row["message"]) for row in each] for each in notes
    )
    assert first == second


def test_each_of_several_files_keeps_its_country_and_its_rows_theirs(tmp_path: Path) -> None:
    files = [
        write(
            tmp_path / f"{name}.csv",
            f"{HEAD}\n{name}1,{name}1@example.com,0664 1234567,AT\n"
            f"{name}2,{name}2@example.com,0151 23456789,\n",
        )
        for name in ("a", "b")
    ]

    outcome = prepare_files(tmp_path, *files, country="DE")

    assert phones(outcome) == ["+436641234567", "+4915123456789"] * 2
