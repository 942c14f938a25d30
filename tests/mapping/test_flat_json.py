"""Flat JSON that is read with a mapping for tables."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError, SourceError
from tests.prepare.outcomes import Outcome, prepare_files, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"
SECTION = PAGE.read_text("utf-8").split("### Flat JSON and mappings for tables")[1]
MAPPING, ROWS = re.findall(r"```(?:toml|json)\n(.*?)```", SECTION, re.DOTALL)[:2]


def prepared(folder: Path, rows: str, mapping: str = MAPPING, **options: Any) -> Outcome:
    """Prepare rows of JSON."""
    source = write(folder / "rows.json", rows)
    return prepare_files(folder, source, mapping=write(folder / "my.toml", mapping), **options)


def test_example_in_the_docs_groups_its_objects(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, ROWS)

    first, second = outcome.records
    assert first["customer"]["email"] == "ada@example.com"
    assert [
        (item["product_id"], item["quantity"], item.get("variant_options"))
        for item in first["lineitems"]
    ] == [
        ("mug", 2, [{"type": "Size", "id": "L", "label": "L"}]),
        ("cap", 1, None),
    ]
    assert (second["id"], len(second["lineitems"])) == ("2", 1)


def test_the_same_mapping_reads_the_same_columns_of_a_table(tmp_path: Path) -> None:
    header = "receipt,sold,buyer.mail,sum,article.code,count,price\n"
    rows = header + "1,2024-05-04T09:00:00Z,ada@example.com,21,mug,2,6\n"
    people = write(tmp_path / "rows.csv", rows)
    mapping = MAPPING.partition("[[items.lineitems.named_values]]")[0]

    outcome = prepare_files(tmp_path, people, mapping=write(tmp_path / "my.toml", mapping))

    assert outcome.records[0]["lineitems"][0]["product_id"] == "mug"


def test_lists_that_such_a_mapping_cannot_read_are_refused(tmp_path: Path) -> None:
    rows = json.loads(ROWS)
    rows[0]["parcels"] = [{"lines": []}]

    with pytest.raises(MappingError, match="hold lists of objects: 'parcels'"):
        prepared(tmp_path, json.dumps(rows))


def test_objects_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="no column 'receipt'"):
        prepared(tmp_path, '[{"number": 1, "total": 3}]')


def test_list_that_is_too_long_to_be_columns_is_refused(tmp_path: Path) -> None:
    rows = json.loads(ROWS)
    rows[0]["choices"] = [{"name": f"n{number}", "value": "v"} for number in range(1_500)]

    with pytest.raises(SourceError, match="the lists 'choices' in its objects are too long"):
        prepared(tmp_path, json.dumps(rows))
