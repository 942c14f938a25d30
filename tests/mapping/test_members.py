"""Groups whose single rows are records, too: a parent and its variants from the same rows."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.errors import MappingError
from tests.prepare.outcomes import Outcome, csv_text, prepare_text, small_blocks, write
from tests.thoroughness import COSTLY

MAPPING = """
object_type = "product"
[rows]
group_by = ["Model"]
[fields]
id = "Model"
title = "Name"
is_variant = { constant = "false" }
is_in_stock = { column = "Stock", translate = { 0 = "no" }, otherwise = "yes", true_wins = true }
"attributes.brand" = "Brand"

[members]
where = { filled = ["Size"] }
fill_down = ["Name", "Brand"]
[members.fields]
id = { template = "{Model}-{Size}" }
title = { template = "{Name}, {Size}" }
is_variant = { constant = "true" }
is_in_stock = { column = "Stock", translate = { 0 = "false" }, otherwise = "true" }
"attributes.brand" = "Brand"
"attributes.size" = "Size"
"""
HEADER = "Model,Name,Brand,Size,Stock\n"


def mapped(folder: Path, rows: str, mapping: str = MAPPING, **options: Any) -> Outcome:
    """Prepare rows by a mapping with members."""
    path = write(folder / "my.toml", mapping)
    return prepare_text(folder, "products.csv", rows, mapping=path, **options)


def titles(outcome: Outcome) -> dict[str, str]:
    """The title of each record, by id."""
    return {record["id"]: record.get("title", "") for record in outcome.records}


def test_a_group_is_a_record_and_so_is_each_of_its_rows(tmp_path: Path) -> None:
    outcome = mapped(tmp_path, HEADER + "shirt,Shirt,Mill,S,0\nshirt,,,M,3\nmug,Mug,,,1\n")

    assert outcome.records == [
        {
            "@type": "product",
            "id": "shirt",
            "title": "Shirt",
            "is_in_stock": True,
            "is_variant": False,
            "attributes": [{"type": "brand", "id": "Mill", "label": "Mill"}],
        },
        {
            "@type": "product",
            "id": "shirt-S",
            "title": "Shirt, S",
            "is_in_stock": False,
            "is_variant": True,
            "attributes": [
                {"type": "brand", "id": "Mill", "label": "Mill"},
                {"type": "size", "id": "S", "label": "S"},
            ],
        },
        {
            "@type": "product",
            "id": "shirt-M",
            "title": "Shirt, M",
            "is_in_stock": True,
            "is_variant": True,
            "attributes": [
                {"type": "brand", "id": "Mill", "label": "Mill"},
                {"type": "size", "id": "M", "label": "M"},
            ],
        },
        {
            "@type": "product",
            "id": "mug",
            "title": "Mug",
            "is_in_stock": True,
            "is_variant": False,
        },
    ]
    # The shirt and the mug have no url, image or price: a notice, and nothing wrong.
    assert [row["code"] for row in outcome.problems] == ["W100"]


def test_members_are_counted_beside_the_rows_so_that_the_sum_comes_out(tmp_path: Path) -> None:
    rows = mapped(tmp_path, HEADER + "shirt,Shirt,,S,0\nshirt,,,M,3\nmug,Mug,,,1\n").summary.rows

    assert (rows.read, rows.in_records, rows.folded, rows.members) == (3, 2, 1, 2)


def test_a_member_that_a_later_one_replaces_is_superseded_and_the_sum_comes_out(
    tmp_path: Path,
) -> None:
    outcome = mapped(tmp_path, HEADER + "shirt,Shirt,,S,0\nshirt,,,M,3\nshirt,,,S,1\n")

    assert sorted(titles(outcome)) == ["shirt", "shirt-M", "shirt-S"]
    assert outcome.places("W040") == [(2, "id")]


def test_rows_without_a_group_fill_nothing_down(tmp_path: Path) -> None:
    outcome = mapped(
        tmp_path,
        "Model,Own,Name,Size\n,a,Shirt,S\n,b,,M\n",
        'object_type = "product"\n[columns]\nunmapped = "ignore"\n[rows]\ngroup_by = ["Model"]\n'
        '[fields]\nid = "Own"\n[members]\nfill_down = ["Name"]\n'
        '[members.fields]\nid = { template = "{Own}-{Size}" }\ntitle = "Name"\n',
    )

    assert titles(outcome) == {"a": "", "a-S": "Shirt", "b": "", "b-M": ""}


def test_options_as_columns_and_as_lists_stand_side_by_side(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        '"attributes.size" = "Size"', '"attributes.size" = { column = "Size", split = "/" }'
    )
    records = mapped(tmp_path, HEADER + "shirt,Shirt,Mill,S/36,0\n", mapping).records

    brand = {"type": "brand", "id": "Mill", "label": "Mill"}
    assert records[0]["attributes"] == [brand]
    assert sorted(records[1]["attributes"], key=lambda each: str(each["id"])) == [
        {"type": "size", "id": "36", "label": "36"},
        brand,
        {"type": "size", "id": "S", "label": "S"},
    ]


def test_rows_that_are_left_out_are_no_members(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        "[fields]", 'leave_out = [{ column = "Stock", equals = ["gone"] }]\n[fields]', 1
    )
    outcome = mapped(tmp_path, HEADER + "shirt,Shirt,,S,1\nshirt,,,M,gone\n", mapping)

    assert sorted(titles(outcome)) == ["shirt", "shirt-S"]


def test_all_rows_of_a_group_are_rejected_together_and_mended_together(tmp_path: Path) -> None:
    rows = HEADER + "shirt,Shirt,Mill,S,0\nshirt,,,1.2E+14,3\nmug,Mug,,,1\n"
    mapping = MAPPING.replace('id = { template = "{Model}-{Size}" }', 'id = "Size"')
    outcome = mapped(tmp_path, rows, mapping)

    assert list(titles(outcome)) == ["mug"]
    assert [row["reject_line"] for row in outcome.rejects()] == ["2", "3"]
    assert outcome.summary.rows.rejected == 2

    mended = outcome.summary.reject_paths[0].read_text("utf-8").replace("1.2E+14", "M")
    again = mapped(tmp_path, mended, mapping)
    right = mapped(tmp_path, rows.replace("1.2E+14", "M"), mapping)

    assert again.texts == right.texts[:3]


def test_a_record_of_several_rows_is_true_where_any_of_them_says_so(tmp_path: Path) -> None:
    outcome = mapped(tmp_path, HEADER + "a,A,,S,0\na,,,M,3\nb,B,,S,0\nb,,,M,0\nc,C,,S,\n")

    told = {record["id"]: record.get("is_in_stock") for record in outcome.records}
    assert (told["a"], told["b"], told["c"]) == (True, False, None)
    assert "W042" not in outcome.summary.problems


def test_the_last_row_of_a_member_counts_wherever_the_same_row_stood_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch, 40)
    rows = "shirt,Shirt,,S,1\nmug,,,,0\nshirt,,,S,0\nshirt,Shirt,,S,1\n"

    outcome = mapped(tmp_path, HEADER + rows)

    told = {record["id"]: record.get("is_in_stock") for record in outcome.records}
    assert told["shirt-S"] is True


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["shirt", "mug", "rug"]),
        st.sampled_from(["", "Name"]),
        st.sampled_from(["", "S", "M", "L"]),
        st.sampled_from(["0", "1", ""]),
    ),
    min_size=1,
    max_size=12,
)


@COSTLY
@given(rows=ROWS, size=st.integers(40, 400))
def test_scattered_rows_give_the_same_members_as_rows_in_order(
    tmp_path: Path, rows: list[tuple[str, str, str, str]], size: int
) -> None:
    """A law: members do not depend on where the rows of their group stand, nor on chunks."""

    def text(order: list[tuple[str, str, str, str]]) -> str:
        return csv_text([("Model", "Name", "Brand", "Size", "Stock"), *_with_brand(order)])

    in_order = sorted(rows, key=lambda row: row[0])
    expected = mapped(tmp_path, text(in_order))
    with pytest.MonkeyPatch.context() as patch:
        small_blocks(patch, size)
        scattered = mapped(tmp_path, text(rows))

    assert sorted(scattered.texts) == sorted(expected.texts)


def _with_brand(rows: list[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str, str]]:
    return [
        (model, name and f"{name} {model}", "", size, stock) for model, name, size, stock in rows
    ]


HEAD = 'object_type = "product"\n[rows]\ngroup_by = ["Model"]\n[fields]\nid = "Model"\n'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            'object_type = "product"\n[fields]\nid = "A"\n[members.fields]\nid = "B"\n',
            4,
            "needs 'group_by'",
        ),
        (HEAD + "[members]\nfill_down = []\n", 6, "members need 'fields'"),
        (HEAD + '[members.fields]\ntitle = "Name"\n', 6, "nothing feeds 'id' of the members"),
        (HEAD + '[members.fields]\nid = "A"\n"ID" = "B"\n', 8, "id is fed twice"),
        (
            HEAD + '[members]\nfill_down = ["Model"]\n[members.fields]\nid = "Model"\n',
            7,
            "is in group_by",
        ),
        (
            HEAD + '[members]\nfill_down = ["Nmae"]\n[members.fields]\nid = "A"\ntitle = "Name"\n',
            7,
            "nothing in [members] uses it (did you mean 'Name'?)",
        ),
        (HEAD + '[members]\nitems = 1\n[members.fields]\nid = "A"\n', 7, "unknown key 'items'"),
        (
            HEAD + 'price = { column = "P", decimal_sign = "comma" }\n'
            '[members.fields]\nid = "A"\nprice = "P"\n',
            9,
            "differently here and in [fields]",
        ),
    ],
)
def test_members_that_contradict_themselves_are_refused(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = write(tmp_path / "my.toml", text)

    with pytest.raises(MappingError) as refused:
        prepare_text(tmp_path, "p.csv", "Model\n1\n", mapping=path)

    assert words in refused.value.message
    assert refused.value.message.startswith(f"{path}:{line}: ")


def test_a_column_of_members_that_the_file_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="has no column 'Size'"):
        mapped(tmp_path, "Model,Name,Brand,Stock\nshirt,Shirt,Mill,1\n")


def test_prices_of_members_are_read_by_what_all_rows_say(tmp_path: Path) -> None:
    rows = [("Model", "Size", "Price"), ("a", "S", "1.200"), ("a", "M", "1.300,50")]
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(rows)
    outcome = mapped(
        tmp_path,
        text.getvalue(),
        'object_type = "product"\n[rows]\ngroup_by = ["Model"]\n[fields]\nid = "Model"\n'
        '[members.fields]\nid = "Size"\nprice = "Price"\n',
    )

    assert [record.get("price") for record in outcome.records] == [
        None,
        Decimal(1200),
        Decimal("1300.50"),
    ]
