"""Columns of which a mapping knows a part of the name, and headers that it knows whole."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from ometria_import.mapping.presets import anchors_found
from tests.prepare.outcomes import Outcome, prepare_files, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
TYPES = """
object_type = "contact"
[settings.type]
about = "which lists count"
default = "*"
[columns]
missing = "allow"
[fields]
id = "Id"
email = "Mail"
"@merge" = { first = ["Left all", { any_true = "Left list: {type}" }], true_wins = true }
"""
ROWS = """Id,Mail,Left all,Left list: News,Left list: Offers
1,a@example.com,no,no,yes
2,b@example.com,yes,no,no
3,c@example.com,,,
4,d@example.com,,yes,no
"""


def prepared(folder: Path, mapping: str, rows: str, **settings: str) -> Outcome:
    path = write(folder / "people.csv", rows)
    return prepare_files(
        folder, path, mapping=write(folder / "own.toml", mapping), settings=settings
    )


def left(outcome: Outcome) -> list[bool | None]:
    return [each.get("@merge") for each in outcome.records]


def test_example_in_the_docs_finds_who_asked_to_leave(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("### `any_true`")[1].split("\n### ")[0]
    mapping, rows = (
        text
        for text in (
            re.findall(r"```toml\n(.*?)```", section, re.DOTALL)[0],
            dedent(re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)[0]),
        )
    )
    outcome = prepared(tmp_path, mapping, rows)
    assert [each["properties"] for each in outcome.records] == [
        {"asked_to_leave": "true"},
        {"asked_to_leave": "no"},
    ]


def test_any_of_all_columns_that_fit_makes_it_true(tmp_path: Path) -> None:
    assert left(prepared(tmp_path, TYPES, ROWS)) == [True, True, None, True]


def test_a_setting_in_the_pattern_chooses_one_column(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, TYPES, ROWS, type="news")
    assert left(outcome) == [False, True, None, True]


def test_a_setting_that_fits_no_column_loses_nothing(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, TYPES, ROWS, type="Newz")
    assert left(outcome) == [True, True, None, True]


def test_no_column_that_fits_is_blank_and_fitting_ones_are_no_custom_fields(
    tmp_path: Path,
) -> None:
    rows = "Id,Mail,Other\n1,a@example.com,x\n"
    assert prepared(tmp_path, TYPES, rows).records[0]["properties"] == {"Other": "x"}
    assert "properties" not in prepared(tmp_path, TYPES, ROWS).records[1]


def test_objects_have_such_names_too(tmp_path: Path) -> None:
    text = '[{"Id":"1","Mail":"a@example.com","Left list: News":false,"Left list: Old":true}]'
    path = write(tmp_path / "people.json", text)
    outcome = prepare_files(tmp_path, path, mapping=write(tmp_path / "own.toml", TYPES))
    assert left(outcome) == [True]


def test_elements_of_an_array_have_such_names_too(tmp_path: Path) -> None:
    mapping = """
        object_type = "order"
        [fields]
        id = "id"
        timestamp = "at"
        grand_total = "sum"
        currency = { constant = "EUR" }
        [items.lineitems]
        each = "lines"
        [items.lineitems.fields]
        product_id = "lines[].sku"
        quantity = { constant = 1 }
        unit_price = "lines[].sum"
        "properties.gift" = { any_true = "lines[].gift_*" }
    """
    lines = '[{"sku":"a","sum":1,"gift_in":false,"gift_out":true},{"sku":"b","sum":1}]'
    path = write(tmp_path / "o.json", f'[{{"id":"1","at":"2024-01-31","sum":2,"lines":{lines}}}]')
    outcome = prepare_files(
        tmp_path, path, mapping=write(tmp_path / "own.toml", dedent(mapping)), timezone="UTC"
    )
    items = outcome.records[0]["lineitems"]
    assert [each.get("properties") for each in items] == [{"gift": "true"}, None]


def test_pattern_without_a_wildcard_is_refused_with_its_line() -> None:
    text = TYPES.replace("Left list: {type}", "Left list")
    with pytest.raises(MappingError, match=r"own.toml:11: 'any_true' needs a name with \*"):
        parse_mapping(Path("own.toml"), text)


RECOGNISE = """
object_type = "contact"
[recognise]
all = ["E-Mail", "Opt-In"]
{}
[columns.aliases]
"E-Mail" = ["Mail"]
[fields]
id = "Id"
email = "E-Mail"
"""


@pytest.mark.parametrize(
    ("said", "header", "found"),
    [
        ("", "Id,Mail,opt_in", 2),
        ('spelt = ["E-Mail", "Opt-In"]', "Id,E-MAIL,opt-in", 2),
        ('spelt = ["E-Mail", "Opt-In"]', "Id,Email,Opt-In", 0),
        ('spelt = ["E-Mail", "Opt-In"]', "Id,E-Mail,opt_in", 0),
        ("alone = true", "Mail,opt_in", 2),
        ("alone = true", "opt_in,E-Mail", 2),
        ("alone = true", "Mail,opt_in,Id", 0),
    ],
)
def test_recognition_may_ask_for_characters_and_for_nothing_else(
    said: str, header: str, found: int
) -> None:
    mapping = parse_mapping(Path("own.toml"), RECOGNISE.format(said))
    assert anchors_found(mapping, header.split(","), "people.csv") == found


@pytest.mark.parametrize(("key", "said"), [("spelt", 'spelt = ["a"]'), ("alone", "alone = true")])
def test_objects_have_no_header_to_ask_about(key: str, said: str) -> None:
    where = 'where = [{ column = "type", equals = ["x"] }]\n'
    text = RECOGNISE.format(where + said)
    with pytest.raises(MappingError, match=f"'{key}' is about columns"):
        parse_mapping(Path("own.toml"), text)
