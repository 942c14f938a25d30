"""Steps that were first known of JSON, on the cells of a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import MappingError, UsageError
from ometria_import.mapping.file.read import parse_mapping
from tests.mapping.file.test_mappings import CONTACT, ITEMS, ORDER, contact, mapped


@pytest.mark.parametrize(
    ("step", "cell", "value"),
    [
        ("words = 1, word = 1", "Ada", "Ada"),
        ("words = 1, word = 1", "Ada Winter", None),
        ("words = 2, word = 2", "  Ada   Winter ", "Winter"),
        ("words = 2, word = 2, or_more = true", "Ada Mary Winter", "Mary Winter"),
        ('case = "lower"', " Ada WINTER ", "ada winter"),
        ("translate = { ada = 7 }", "Ada", "7"),
        ("default = 1", "", "1"),
    ],
)
def test_step_changes_the_text_of_a_cell(
    tmp_path: Path, step: str, cell: str, value: str | None
) -> None:
    field = f'firstname = {{ column = "Name", {step} }}'

    assert contact(tmp_path, field, "Name", cell).get("firstname") == value


def test_value_in_another_form_is_left_out_with_a_warning(tmp_path: Path) -> None:
    fields = 'phone_number = { column = "Tel", form = "e164" }\n'
    fields += 'timestamp_acquired = { column = "Since", form = "iso8601" }\n'
    rows = "Id,Mail,Tel,Since\n1,a@example.com,+442071838750,2020-01-02T03:04:05Z\n"
    rows += "2,b@example.com,020 7183 8750,2020-01-02\n"

    outcome = mapped(tmp_path, CONTACT + fields, rows, country="GB")

    assert [each.get("phone_number") for each in outcome.records] == ["+442071838750", None]
    assert outcome.places("W019") == [(3, "phone_number")]
    assert outcome.places("W015") == [(3, "timestamp_acquired")]


def test_form_holds_for_items_and_for_rows_below_the_first(tmp_path: Path) -> None:
    items = ITEMS.replace('{ constant = "1" }', '{ column = "Qty", form = "e164" }', 1)

    outcome = mapped(tmp_path, ORDER + items, "No,Sku,Qty\n1,a,+4420718387\n1,b,2\n")

    assert outcome.places("W019") == [(3, "lineitems.quantity")]


def test_place_stands_for_several_columns_and_neighbours_stay_together(tmp_path: Path) -> None:
    toml = 'firstname = { first = ["who.first", "who.name"] }\n'
    toml += '[places]\nwho = ["own", "other"]\n'
    rows = "Id,Mail,own.first,own.name,other.first,other.name\n"
    rows += "1,a@example.com,,Ada,Eve,Eva\n2,b@example.com,,,Ben,Bob\n"

    outcome = mapped(tmp_path, CONTACT + toml, rows)

    assert [each["firstname"] for each in outcome.records] == ["Ada", "Ben"]


def test_setting_takes_one_of_its_words_however_it_is_written(tmp_path: Path) -> None:
    toml = 'firstname = { constant = "{who}" }\n[settings.who]\nabout = "who"\n'
    toml += 'one_of = ["An-Na"]\n'
    rows = "Id,Mail\n1,a@example.com\n"

    outcome = mapped(tmp_path, CONTACT + toml, rows, settings={"Who": "an na"})

    assert outcome.records[0]["firstname"] == "An-Na"
    with pytest.raises(UsageError, match="who cannot be 'bob'"):
        mapped(tmp_path, CONTACT + toml, rows, settings={"who": "bob"})


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('{ column = "A", words = 2 }', "'word' must be a number from 1 to 'words'"),
        ('{ column = "A", words = 1, word = 1, or_more = true }', "needs 'words' of 2 or more"),
        ('{ constant = "A", words = 1, word = 1 }', "has no effect without 'column'"),
        ('{ column = "A", case = "upper" }', "'case' cannot be 'upper'"),
        ('{ column = "A", form = "iso" }', "'form' cannot be 'iso'"),
        ('{ first = [{ column = "A", form = "e164" }] }', "belongs to the whole source"),
    ],
)
def test_step_that_says_nothing_is_refused(source: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        parse_mapping(Path("my.toml"), f"{CONTACT}firstname = {source}\n")
