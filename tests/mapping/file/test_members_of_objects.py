"""Elements of arrays that are records of their own, and objects that are left out."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from tests.mapping.file.test_arrays import example
from tests.mapping.file.test_objects import mapped

PRODUCTS = """
object_type = "product"
[columns]
missing = "allow"
[fields]
id = "id"
title = "title"
is_variant = { constant = "false" }
[members]
each = "variants"
[members.fields]
id = "variants[].id"
title = { template = "{title}, {variants[].title}" }
price = "variants[].price"
is_variant = { constant = "true" }
"attributes.tag" = { column = "tags[]", all = true }
"""


def test_example_in_the_docs_makes_variants(tmp_path: Path) -> None:
    toml, product = example("Rows, members and lookups of objects")
    outcome = mapped(tmp_path, toml, product)

    parent, variant = outcome.records
    assert (parent["id"], parent["title"], parent["is_variant"]) == ("7", "Mug", False)
    assert variant == {
        "@type": "product",
        "id": "71",
        "title": "Mug, Small",
        "price": 8,
        "is_variant": True,
        "attributes": [{"type": "brand", "id": "Mill", "label": "Mill"}],
    }
    assert {each["code"] for each in outcome.problems} == {"W100"}


def test_members_stand_behind_their_owners_and_have_custom_fields_of_their_own(
    tmp_path: Path,
) -> None:
    products = [
        {
            "id": 1,
            "title": "A",
            "stock": 3,
            "tags": ["x", "y"],
            "variants": [
                {"id": 11, "title": "S", "price": "1.5", "shelf": 4},
                {"id": 12, "title": "M", "price": 2, "shelf": None},
            ],
        },
        {"id": 2, "title": "B", "variants": []},
        {
            "id": 3,
            "title": "C",
            "variants": [{"id": 31, "title": "L", "price": 3, "shelf": {"a": 1}}],
        },
    ]

    outcome = mapped(tmp_path, PRODUCTS, *products)

    assert [each["id"] for each in outcome.records] == ["1", "11", "12", "2", "3", "31"]
    assert outcome.records[0]["properties"] == {"stock": 3}
    assert outcome.records[1]["properties"] == {"shelf": 4}
    assert outcome.records[5]["properties"] == {"shelf": {"a": 1}}
    assert not any("properties" in outcome.records[number] for number in (2, 3, 4))
    assert outcome.records[1]["price"] == Decimal("1.5")
    assert [each["label"] for each in outcome.records[1]["attributes"]] == ["x", "y"]
    assert "attributes" not in outcome.records[5]


def test_a_member_that_is_wrong_takes_its_group_along(tmp_path: Path) -> None:
    products = [
        {"id": 1, "title": "A", "variants": [{"id": 11, "title": "S"}, {"title": "no id"}]},
        {"id": 2, "title": "B", "variants": [{"id": 21, "title": "S"}]},
    ]

    outcome = mapped(tmp_path, PRODUCTS, *products)

    assert [each["id"] for each in outcome.records] == ["2", "21"]
    assert outcome.places("E010") == [(1, "id")]
    (reject,) = Path(outcome.summary.reject_paths[0]).read_text("utf-8").splitlines()
    assert '"title":"no id"' in reject.replace(": ", ":")


def test_objects_that_are_left_out_are_counted_and_no_problem(tmp_path: Path) -> None:
    toml = (
        PRODUCTS
        + '[rows]\nleave_out = [{ column = "test", equals = ["true"] }, { blank = ["id"] }]\n'
    )
    products: list[dict[str, Any]] = [
        {"id": 1, "title": "A", "test": True, "variants": [{"id": 11, "title": "S"}]},
        {"title": "B"},
        {"id": 3, "title": "C", "test": False},
    ]

    outcome = mapped(tmp_path, toml, *products)

    assert [each["id"] for each in outcome.records] == ["3"]
    assert outcome.summary.rows.left_out == 2
    assert [each["code"] for each in outcome.problems if each["severity"] == "error"] == []


def test_members_have_rests_and_conditions_of_their_own(tmp_path: Path) -> None:
    toml = PRODUCTS.replace(
        "[members.fields]",
        'where = { column = "variants[].id", not_equals = ["12"] }\n'
        'rest = { into = "properties", leave_out = ["shelf"] }\n[members.fields]',
    )
    variants = [{"id": 11, "title": "S", "shelf": 1, "row": 2}, {"id": 12, "title": "M"}]

    parent, variant = mapped(tmp_path, toml, {"id": 1, "title": "A", "variants": variants}).records

    assert "properties" not in parent
    assert (variant["id"], variant["properties"]) == ("11", {"row": 2})


@pytest.mark.parametrize(
    ("replaced", "by", "words"),
    [
        ('each = "variants"', "", "'members' needs 'group_by' in [rows]"),
        (
            'each = "variants"',
            'each = "variants"\nfill_down = ["title"]',
            "'fill_down' is for rows",
        ),
        ("[members.fields]", "[members.field]", "did you mean"),
        ('"variants[].price"', '"images[].src"', "nothing says in which"),
        (
            'each = "variants"',
            'each = "variants"\nwhere = { filled = ["images[].src"] }',
            "nothing says in which",
        ),
        ('id = "variants[].id"', "", "nothing feeds 'id' of the members"),
    ],
)
def test_what_makes_no_sense_of_members_is_refused(replaced: str, by: str, words: str) -> None:
    with pytest.raises(MappingError) as refused:
        parse_mapping(Path("my.toml"), PRODUCTS.replace(replaced, by, 1))

    assert words in str(refused.value)
