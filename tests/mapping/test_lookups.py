"""What other rows of a file say of a row."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from ometria_import.mapping.recognition.recognition import SourceArgument
from ometria_import.prepare.options import PrepareOptions
from tests.prepare.outcomes import prepare_files, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mapping.md"


MAPPING = """
object_type = "product"
[settings.shop]
about = "whose products they are"
[lookups.parent]
names = { column = "Variants", split = "," }
gives = "Id"
[fields]
id = "Id"
title = "Title"
"properties.parent" = { lookup = "parent", of = "Id" }
"""
FIRST = 'Id,Title,Variants\nA,Shirt,"A-S,A-M"\nA-S,Small,\nC,Other,B-S\n'
SECOND = "Id,Title,Variants\nA-M,Medium,\nB,Cap,B-S\nB-S,Small cap,\n"


def parents(folder: Path, **options: object) -> dict[str, str]:
    """The parent of each variant of two files."""
    paths = [write(folder / "1.csv", FIRST), write(folder / "2.csv", SECOND)]
    mapping = write(folder / "shop.toml", MAPPING)
    outcome = prepare_files(folder, *paths, mapping=mapping, **options)
    return {
        each["id"]: each["properties"]["parent"] for each in outcome.records if "properties" in each
    }


def test_a_naming_row_may_be_in_another_file_and_one_of_the_own_file_counts_first(
    tmp_path: Path,
) -> None:
    assert parents(tmp_path) == {"A-S": "A", "A-M": "A", "B-S": "B"}


def test_files_with_other_settings_are_of_another_shop(tmp_path: Path) -> None:
    mapping = write(tmp_path / "shop.toml", MAPPING)
    second = SourceArgument(tmp_path / "2.csv", None)
    own = PrepareOptions(mapping=mapping, settings={"shop": "two"})

    assert parents(tmp_path, of_sources={second: own}) == {"A-S": "A", "B-S": "B"}


def test_example_in_the_docs_finds_the_refund_of_a_sale_by_its_number_and_its_sum(
    tmp_path: Path,
) -> None:
    section = PAGE.read_text("utf-8").split("### `lookup`")[1].split("###")[0]
    (_, mapping) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (rows,) = re.findall(r"\n\n((?:    .*\n)+)", section)

    outcome = prepare_files(
        tmp_path,
        write(tmp_path / "sales.csv", dedent(rows)),
        mapping=write(tmp_path / "sales.toml", mapping),
    )

    assert {each["id"]: each["is_valid"] for each in outcome.records} == {"1": False, "2": True}
    assert outcome.records[0]["properties"] == {"refunded_by": "3"}
    assert outcome.summary.rows.left_out == 2
