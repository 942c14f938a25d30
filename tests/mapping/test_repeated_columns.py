"""Two columns of one name: a mapping tells them apart, and nobody guesses which one is meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ometria_import.errors import MappingError
from tests.prepare.outcomes import Outcome, prepare_files, read_csv, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
(EXAMPLE,) = re.findall(
    r'```toml\n("shipping_address.city" = "City"\n.*?)```', PAGE.read_text("utf-8"), re.DOTALL
)
MAPPING = """
object_type = "contact"
[columns]
drop = ["Note *"]
[fields]
id = "Id"
email = "Mail"
"properties.billing" = "City (2)"
"properties.delivery" = "City"
"""


def prepared(folder: Path, header: str, row: str, mapping: str = MAPPING) -> Outcome:
    """Prepare one contact with a mapping."""
    people = write(folder / "people.csv", f"{header}\n{row}\n")
    return prepare_files(folder, people, mapping=write(folder / "my.toml", mapping))


def test_mapping_uses_both_columns(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, "Id,Mail,City,City", "1,a@example.com,Leeds,York")

    (record,) = outcome.records
    assert record["properties"] == {"delivery": "Leeds", "billing": "York"}


def test_columns_that_nothing_names_are_kept_as_two(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, "Id,Mail,City,City,Age,Age", "1,a@example.com,A,B,7,8")

    (record,) = outcome.records
    assert record["properties"]["Age"] == "7"
    assert record["properties"]["Age (2)"] == "8"


def test_second_column_that_nothing_names_is_refused_beside_one_that_is_used(
    tmp_path: Path,
) -> None:
    with pytest.raises(MappingError, match=r"two columns named 'Mail': 2 and 5") as refused:
        prepared(tmp_path, "Id,Mail,City,City,Mail", "1,a@example.com,A,B,b@example.com")

    assert "it calls the second one 'Mail (2)'" in refused.value.hint


def test_same_name_twice_in_ometrias_own_columns_is_refused(tmp_path: Path) -> None:
    people = write(
        tmp_path / "people.csv", "id,email,marketing_optin,marketing_optin\n1,a@b.cc,1,0\n"
    )

    with pytest.raises(MappingError, match="two columns named 'marketing_optin': 3 and 4"):
        prepare_files(tmp_path, f"contact={people}")


def test_second_column_with_a_secret_is_withheld_as_well(tmp_path: Path) -> None:
    header = "Id,Mail,City,City,pin,pin,password,password"
    outcome = prepared(tmp_path, header, "1,a@example.com,A,B,c-1,c-2,c-3,c-4")

    assert "c-" not in outcome.texts[0]


def test_rejects_come_back_with_the_names_that_tell_them_apart(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, "Id,Mail,City,City", "1,nobody,Leeds,York")
    (row,) = read_csv(outcome.summary.reject_paths[0])
    assert (row["City"], row["City (2)"]) == ("Leeds", "York")
    text = outcome.summary.reject_paths[0].read_text()
    fixed = write(tmp_path / "fixed.csv", text.replace("nobody", "a@example.com"))

    again = prepare_files(tmp_path, fixed, mapping=tmp_path / "my.toml")

    assert again.records[0]["properties"] == {"delivery": "Leeds", "billing": "York"}


def test_example_in_the_docs_tells_the_addresses_apart(tmp_path: Path) -> None:
    fields = 'id = "No"\ntimestamp = "At"\ngrand_total = "Sum"\ncurrency = { constant = "EUR" }\n'
    mapping = f'object_type = "order"\n[fields]\n{fields}{EXAMPLE}'

    outcome = prepared(tmp_path, "No,At,Sum,City,City", "1,2024-05-04,9,York,Leeds", mapping)

    (order,) = outcome.records
    assert order["shipping_address"]["city"] == "York"
    assert order["billing_address"]["city"] == "Leeds"
