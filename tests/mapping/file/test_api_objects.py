"""What objects of APIs need beyond their arrays: templates of sources, and null."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from tests.mapping.file.test_objects import PRODUCTS, mapped
from tests.prepare.outcomes import prepare_text

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
SHOP = """
[settings.shop_url]
about = "the shop's address"
required = true
"""
MUG: dict[str, Any] = {"id": "1", "title": "Mug"}


def test_example_in_the_docs_fills_a_template_from_a_source(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("### `template`")[1].split("\n### ")[0]
    (toml,) = (
        each for each in re.findall(r"```toml\n(.*?)```", section, re.DOTALL) if "with" in each
    )
    (tmp_path / "my.toml").write_text(f"{PRODUCTS}{toml}{SHOP}", "utf-8")

    (record,) = prepare_text(
        tmp_path,
        "products.csv",
        "id,title,Path\n1,Shirt,/linen-shirt\n",
        mapping=tmp_path / "my.toml",
        settings={"shop_url": "https://shop.example.com"},
    ).records

    assert record["url"] == "https://shop.example.com/linen-shirt.html"


def test_a_template_takes_elements_of_arrays(tmp_path: Path) -> None:
    fields = """
[fields.url]
template = "https://shop.example.com/{key}?p={id}"
with = { key = { column = "data[].value", where = { filled = ["data[].is_url"] } } }
"""
    data = [{"value": "red"}, {"is_url": True, "value": "mug"}]
    with_key, without = mapped(
        tmp_path, PRODUCTS + fields, {**MUG, "data": data}, {**MUG, "id": 2}
    ).records

    assert with_key["url"] == "https://shop.example.com/mug?p=1"
    assert "url" not in without


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            '{ template = "{key}", with = { keys = "a" } }',
            "no '{keys}' is in the template (did you mean",
        ),
        ('{ column = "a", with = { a = "b" } }', "'with' has no effect without 'template'"),
        ('{ template = "{key}", with = { key = { column = "a", split = "," } } }', "a list"),
        ('{ template = "{key}", with = { key = "a[].b" } }', "nothing says in which"),
    ],
)
def test_templates_of_sources_that_make_no_sense_are_refused(source: str, words: str) -> None:
    array = 'image_url = { column = "x[].y", at = 1 }\n'

    with pytest.raises(MappingError) as refused:
        parse_mapping(Path("my.toml"), f"{PRODUCTS}{array}url = {source}\n")

    assert words in str(refused.value)
    assert "my.toml:" in str(refused.value)


def test_a_key_with_null_is_more_than_no_key(tmp_path: Path) -> None:
    fields = """
[fields.is_in_stock]
first = [{ constant = "true", when = { null = ["stock.tracker"] } }, { constant = "false" }]
"""
    objects = [
        {**MUG, "stock": {"tracker": None}},
        {**MUG, "id": "2", "stock": {"tracker": "shop"}},
        {**MUG, "id": "3", "stock": {}},
        {**MUG, "id": "4"},
    ]
    records = mapped(tmp_path, PRODUCTS + fields, *objects).records

    assert [each["is_in_stock"] for each in records] == [True, False, False, False]


def test_elements_of_arrays_can_be_chosen_by_null(tmp_path: Path) -> None:
    fields = """
sku = { column = "variants[].sku", where = { null = ["variants[].tracker"] } }
"""
    variants = [{"sku": "a"}, {"sku": "b", "tracker": "shop"}, {"sku": "c", "tracker": None}]
    (record,) = mapped(tmp_path, PRODUCTS + fields, {**MUG, "variants": variants}).records

    assert record["sku"] == "c"


def test_tables_have_no_null_to_ask_for(tmp_path: Path) -> None:
    fields = 'sku = { column = "id", when = { null = ["title"] } }\n'
    (tmp_path / "my.toml").write_text(PRODUCTS + fields, "utf-8")

    with pytest.raises(MappingError, match="JSON"):
        prepare_text(tmp_path, "p.csv", "id,title\n1,Mug\n", mapping=tmp_path / "my.toml")


def test_what_is_null_cannot_be_filled() -> None:
    fields = 'sku = { column = "id", when = { null = ["a"], filled = ["a"] } }\n'

    with pytest.raises(MappingError, match="'a' cannot be filled and blank"):
        parse_mapping(Path("my.toml"), PRODUCTS + fields)
