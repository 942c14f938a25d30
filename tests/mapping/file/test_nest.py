"""Objects that name their parent: put together in any order, and nothing of them lost."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.errors import MappingError, SourceError
from ometria_import.mapping.file.read import parse_mapping
from ometria_import.mapping.objects.nest import Nest
from ometria_import.prepare.inputs import nested
from ometria_import.sources import JsonSource, open_any_source
from tests.prepare.outcomes import Outcome, prepare_text, small_blocks, write
from tests.thoroughness import COSTLY

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
MAPPING = """
object_type = "order"
[columns]
unmapped = "ignore"
missing = "allow"
[nest]
parent = "of"
kind = "gid"
[nest.kinds]
taxes = ["rate"]
[fields]
id = { column = "id", match = "gid://till/Order/(.*)" }
timestamp = { constant = "2024-01-31T09:30:00Z" }
grand_total = "total"
currency = { constant = "EUR" }
[items.lineitems]
each = "LineItem"
[items.lineitems.fields]
product_id = "LineItem[].article"
quantity = { constant = "1" }
unit_price = "LineItem[].price"
"properties.number" = { column = "LineItem[].id", match = "gid://till/LineItem/(.*)" }
"""


def order(number: int) -> dict[str, Any]:
    """An order on a line of its own."""
    return {"id": f"gid://till/Order/{number}", "total": 10 + number}


def line(number: int, of: int, article: str = "mug") -> dict[str, Any]:
    """A line item of an order."""
    own = {"id": f"gid://till/LineItem/{number}", "article": article, "price": 5}
    return own | {"of": f"gid://till/Order/{of}"}


def nest(folder: Path, *objects: dict[str, Any] | str, mapping: str = MAPPING) -> Outcome:
    """Prepare objects, each on a line; a text is a line as it is."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in objects]
    path = write(folder / "nest.toml", mapping)
    return prepare_text(folder, "till.jsonl", "\n".join(lines) + "\n", mapping=path)


def articles(outcome: Outcome) -> dict[str, list[str]]:
    """The articles of each order, by its id."""
    return {
        each["id"]: [item["product_id"] for item in each.get("lineitems", ())]
        for each in outcome.records
    }


def told(outcome: Outcome, *codes: str) -> list[tuple[str, int]]:
    """The code and line of each problem with one of some codes, by line."""
    problems = [(each["code"], int(each["line"])) for each in outcome.problems]
    return sorted((each for each in problems if each[0] in codes), key=lambda each: each[1])


def rejected(outcome: Outcome) -> list[dict[str, Any]]:
    """The lines of the reject file."""
    (path,) = outcome.summary.reject_paths
    return [json.loads(each) for each in path.read_text("utf-8").splitlines()]


def test_the_example_on_the_page_is_an_order_with_its_items(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("### Objects that name what they belong to")[1]
    (mapping,) = re.findall(r"```toml\n(.*?)```", section.split("### ")[0], re.DOTALL)
    lines, whole = re.findall(r"```json\n(.*?)```", section, re.DOTALL)[:2]
    flat = nest(tmp_path, *lines.splitlines(), mapping=mapping)

    (record,) = flat.records

    assert record["id"] == "1"
    assert record["grand_total"] == Decimal("13.00")
    assert [(each["product_id"], each["quantity"]) for each in record["lineitems"]] == [
        ("mug", 2),
        ("cap", 1),
    ]
    assert nest(tmp_path, whole.strip(), mapping=mapping).records == [record]


def test_a_part_of_a_part_is_an_element_of_an_element(tmp_path: Path) -> None:
    mapping = MAPPING.replace('"LineItem"', '"Parcel[].LineItem"')
    mapping = mapping.replace("LineItem[]", "Parcel[].LineItem[]")
    parcel = {"id": "gid://till/Parcel/4", "of": "gid://till/Order/1"}
    inner = line(1, 1) | {"of": parcel["id"]}

    for objects in (
        [order(1), parcel, inner],
        [inner, parcel, order(1)],
        [parcel, inner, order(1)],
    ):
        assert articles(nest(tmp_path, *objects, mapping=mapping)) == {"1": ["mug"]}


@pytest.mark.parametrize("is_first", [True, False])
def test_a_parent_may_stand_in_an_array_of_its_record(tmp_path: Path, *, is_first: bool) -> None:
    mapping = MAPPING.replace('"LineItem"', '"parcels[].LineItem"')
    mapping = mapping.replace("LineItem[]", "parcels[].LineItem[]")
    owner = order(1) | {"parcels": [{"id": "p1"}, {"id": "p2"}]}
    parts = [line(1, 1, "mug") | {"of": "p2"}, line(2, 1, "cap") | {"of": "p1"}]
    objects = [owner, *parts] if is_first else [*parts, owner]

    assert articles(nest(tmp_path, *objects, mapping=mapping)) == {"1": ["cap", "mug"]}


def test_ids_may_be_numbers_and_a_key_may_say_what_an_object_is(tmp_path: Path) -> None:
    mapping = MAPPING.replace('kind = "gid"', 'kind = "type"').replace(
        'match = "gid://till/Order/(.*)"', 'match = "(.*)"'
    )
    objects: list[dict[str, Any]] = [
        {"id": 1, "total": 3},
        {"type": "LineItem", "article": "mug", "price": 5, "of": 1},
        {"type": "LineItem", "article": "cap", "price": 5, "of": "1"},
    ]

    assert articles(nest(tmp_path, *objects, mapping=mapping)) == {"1": ["mug", "cap"]}


def test_objects_without_id_or_kind_are_known_by_their_keys(tmp_path: Path) -> None:
    mapping = MAPPING.replace("LineItem[]", "taxes[]").replace('"LineItem"', '"taxes"')
    mapping = mapping.replace('["rate"]', '[["rate", "price"], ["amount"]]')
    part = {"article": "4", "price": 1, "of": "gid://till/Order/1"}
    objects = [order(1), part | {"rate": 4}, part | {"amount": 4}]

    assert articles(nest(tmp_path, *objects, mapping=mapping)) == {"1": ["4", "4"]}


def test_an_array_of_objects_is_put_together_like_lines(tmp_path: Path) -> None:
    text = json.dumps([line(2, 1, "cap"), order(1), line(1, 1)])
    path = write(tmp_path / "nest.toml", MAPPING)

    outcome = prepare_text(tmp_path, "till.json", text, mapping=path)

    assert articles(outcome) == {"1": ["cap", "mug"]}
    assert outcome.origins == [(1, 2)]


@COSTLY
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=6)
    .filter(any)
    .flatmap(
        lambda counts: st.tuples(st.just(counts), st.permutations(range(len(counts) + sum(counts))))
    ),
    st.sampled_from([60, 300, 100_000]),
)
def test_the_order_of_the_lines_makes_no_difference(
    made: tuple[list[int], Sequence[int]], size: int
) -> None:
    counts, order_of_lines = made
    objects: list[dict[str, Any]] = []
    for number, count in enumerate(counts):
        objects += [order(number), *(line(10 * number + i, number) for i in range(count))]
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        small_blocks(patch, size)
        patch.setattr(nested, "_CHUNK_BYTES", size)
        patch.setattr(nested, "_MOST_CHUNKS", 1_000)
        grouped = nest(Path(folder), *objects)
        scattered = nest(Path(folder), *(objects[place] for place in order_of_lines))

    assert {each["id"]: _items(each) for each in grouped.records} == {
        str(number): {str(10 * number + i) for i in range(count)}
        for number, count in enumerate(counts)
    }
    assert {each["id"]: _items(each) for each in scattered.records} == {
        each["id"]: _items(each) for each in grouped.records
    }
    assert scattered.summary.rows.read == len(counts)


def _items(record: dict[str, Any]) -> set[str]:
    numbers = [each["properties"]["number"] for each in record.get("lineitems", ())]
    assert len(set(numbers)) == len(numbers)
    return set(numbers)


@pytest.mark.parametrize("is_scattered", [False, True])
def test_a_part_without_its_parent_is_rejected_on_its_own_line(
    tmp_path: Path, *, is_scattered: bool
) -> None:
    objects = [line(1, 9), order(1), line(2, 1)]
    if is_scattered:
        objects = [line(2, 1), order(1), line(1, 9)]

    outcome = nest(tmp_path, *objects)

    assert articles(outcome) == {"1": ["mug"]}
    assert told(outcome, "E048") == [("E048", 3 if is_scattered else 1)]
    (problem,) = (each for each in outcome.problems if each["code"] == "E048")
    assert (
        "its parent gid://till/Order/9 is not in this file: the file is cut" in (problem["message"])
    )
    (own,) = rejected(outcome)
    assert own["of"] == "gid://till/Order/9"
    assert own["reject"]["codes"] == "E048"
    assert outcome.summary.rows.read == 2


def test_parts_in_a_circle_have_no_record(tmp_path: Path) -> None:
    one = {"id": "gid://till/LineItem/1", "of": "gid://till/LineItem/2"}
    other = {"id": "gid://till/LineItem/2", "of": "gid://till/LineItem/1"}

    outcome = nest(tmp_path, one, order(1), other)

    assert articles(outcome) == {"1": []}
    assert told(outcome, "E048") == [("E048", 1), ("E048", 3)]


def test_a_cut_line_takes_the_record_above_with_it(tmp_path: Path) -> None:
    cut = json.dumps(line(3, 2))[:40]

    outcome = nest(tmp_path, order(1), line(1, 1), order(2), line(2, 2), cut)

    assert articles(outcome) == {"1": ["mug"]}
    assert told(outcome, "E006", "E035") == [("E035", 3), ("E006", 5)]
    assert len(rejected(outcome)) == 2


@pytest.mark.parametrize("is_scattered", [False, True])
def test_an_unreadable_line_that_names_its_parent_takes_that_record_with_it(
    tmp_path: Path, *, is_scattered: bool
) -> None:
    broken = json.dumps(line(3, 1)).replace('"price": 5', '"price": 5x')
    objects: list[dict[str, Any] | str] = [order(1), broken, order(2), line(2, 2)]
    if is_scattered:
        objects = [order(1), line(2, 2), order(2), broken]

    outcome = nest(tmp_path, *objects)

    assert articles(outcome) == {"2": ["mug"]}
    assert [code for code, _ in told(outcome, "E006", "E035")] == ["E035", "E006"]


def test_an_unreadable_record_leaves_the_one_above_alone(tmp_path: Path) -> None:
    broken = json.dumps(order(2)).replace('"total"', "total")

    outcome = nest(tmp_path, order(1), line(1, 1), broken, order(3))

    assert articles(outcome) == {"1": ["mug"], "3": []}


def test_a_cut_line_among_scattered_parts_stops_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="line 3 cannot be read and does not say which record"):
        nest(tmp_path, line(1, 1), order(1), json.dumps(line(3, 2))[:40])


def test_a_part_of_no_known_kind_holds_its_record_back(tmp_path: Path) -> None:
    outcome = nest(tmp_path, order(1), {"colour": "red", "of": order(1)["id"]}, order(2))

    assert articles(outcome) == {"2": []}
    assert told(outcome, "E049", "E035") == [("E035", 1), ("E049", 2)]
    (problem,) = (each for each in outcome.problems if each["code"] == "E049")
    assert "nothing says what it is; it has 'colour'" in problem["message"]


@pytest.mark.parametrize("is_scattered", [False, True])
def test_a_part_that_occurs_twice_counts_once(tmp_path: Path, *, is_scattered: bool) -> None:
    objects = [order(1), line(1, 1), line(2, 1), line(1, 1)]
    if is_scattered:
        objects = [line(1, 1), order(1), line(2, 1), line(1, 1)]

    outcome = nest(tmp_path, *objects)

    assert articles(outcome) == {"1": ["mug", "mug"]}
    assert told(outcome, "W037") == [("W037", 4)]


def test_parts_without_an_id_repeat_with_their_parent(tmp_path: Path) -> None:
    mapping = MAPPING.replace(
        '"properties.number"', 'tax = { sum = "LineItem[].taxes[].rate" }\n"properties.number"'
    )
    tax = {"rate": 2, "of": "gid://till/LineItem/1"}
    block = [line(1, 1), order(1), tax, tax | {"rate": 3}, tax]

    once, twice, odd = (
        nest(tmp_path, *objects, mapping=mapping)
        for objects in (block, [*block, *block], [*block, *block[:-1]])
    )

    for outcome in (once, twice):
        assert [each["tax"] for each in outcome.records[0]["lineitems"]] == [7]
    assert len(told(twice, "W037")) == 5
    assert odd.records == []
    assert {code for code, _ in told(odd, "E049", "E035")} == {"E049", "E035"}


@pytest.mark.parametrize("is_scattered", [False, True])
def test_two_parts_of_one_id_that_differ_hold_their_record_back(
    tmp_path: Path, *, is_scattered: bool
) -> None:
    objects = [order(1), line(1, 1), line(1, 1, "cap"), order(2)]
    if is_scattered:
        objects = [line(1, 1), order(1), line(1, 1, "cap"), order(2)]

    outcome = nest(tmp_path, *objects)

    assert articles(outcome) == {"2": []}
    assert [code for code, _ in told(outcome, "E049", "E035")].count("E049") == 2


def test_one_part_may_belong_to_two_others_of_its_record(tmp_path: Path) -> None:
    picture = {"id": "gid://till/Picture/1", "url": "https://example.com/1.jpg"}
    lines = [line(1, 1), line(2, 1)]
    pictures = [picture | {"of": each["id"]} for each in lines]

    outcome = nest(tmp_path, order(1), *lines, *pictures)

    assert articles(outcome) == {"1": ["mug", "mug"]}
    assert not told(outcome, "E049", "E035", "W037")


def test_two_exports_joined_into_one_file_are_read_one_after_the_other(tmp_path: Path) -> None:
    block = [order(1), line(1, 1)]

    outcome = nest(tmp_path, *block, order(2), *block)

    assert articles(outcome) == {"1": ["mug"], "2": []}
    assert told(outcome, "E049", "E048", "E036") == []


def test_two_records_of_one_id_cannot_share_scattered_parts(tmp_path: Path) -> None:
    other = order(1) | {"total": 99}

    outcome = nest(tmp_path, line(1, 1), order(1), order(2), other)

    assert articles(outcome) == {"2": []}
    assert told(outcome, "E049") == [("E049", 1), ("E049", 2), ("E049", 4)]


def test_scattered_records_of_one_id_without_parts_stay_records(tmp_path: Path) -> None:
    outcome = nest(tmp_path, line(1, 2), order(1), order(2), order(1))

    assert articles(outcome) == {"1": [], "2": ["mug"]}
    assert not told(outcome, "E049", "E048")


@pytest.mark.parametrize("is_scattered", [False, True])
def test_a_record_that_is_too_large_with_its_parts_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_scattered: bool
) -> None:
    small_blocks(monkeypatch, 500)
    monkeypatch.setattr(nested, "_MOST_CHUNKS", 4)
    monkeypatch.setattr("ometria_import.prepare.spill.parts.MAX_ROW_BYTES", 2_000)
    monkeypatch.setattr(nested, "MAX_ROW_BYTES", 2_000)
    parts = [line(number, 1) for number in range(60)]
    objects = [order(1), *parts, order(2), line(99, 2)]
    if is_scattered:
        objects = [*parts, line(99, 2), order(2), order(1)]

    outcome = nest(tmp_path, *objects)

    assert articles(outcome) == {"2": ["mug"]}
    assert told(outcome, "E005") == [("E005", 63 if is_scattered else 1)]


def test_many_ids_in_one_record_go_by_way_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ometria_import.mapping.objects.nest._MOST_IDS", 3)

    outcome = nest(tmp_path, order(1), *(line(number, 1) for number in range(5)), order(2))

    assert {name: len(found) for name, found in articles(outcome).items()} == {"1": 5, "2": 0}


def test_scattered_objects_are_read_from_disk_by_several_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ometria_import.prepare.spill.parts._HELD_BYTES", 500)
    monkeypatch.setattr("ometria_import.prepare.spill.spill._HELD_BYTES", 500)
    monkeypatch.setattr(nested, "_CHUNK_BYTES", 300)
    small_blocks(monkeypatch, 300)
    objects: list[dict[str, Any]] = []
    for number in range(40):
        parcel = {"id": f"gid://till/Parcel/{number}", "of": f"gid://till/Order/{number}"}
        objects += [line(number, number) | {"of": parcel["id"]}, parcel]
    objects += [order(number) for number in range(40)]
    path = write(tmp_path / "till.jsonl", "".join(f"{json.dumps(each)}\n" for each in objects))
    source = open_any_source(path)
    assert isinstance(source, JsonSource)
    file = nested.NestedFile(source, Nest("of", kind="gid"))

    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda _: list(file.chunks()), range(8)))

    for chunks in read:
        records = [each for chunk in chunks for each in chunk.objects]
        assert sorted(each["total"] for each in records) == list(range(10, 50))
        for each in records:
            (inner,) = each["Parcel"]
            assert inner["LineItem"][0]["id"].rsplit("/", 1)[1] == each["id"].rsplit("/", 1)[1]
        assert not any(chunk.rejects for chunk in chunks)


def test_dates_of_scattered_records_are_surveyed_like_those_of_any_file(tmp_path: Path) -> None:
    mapping = MAPPING.replace('{ constant = "2024-01-31T09:30:00Z" }', '"at"')
    dates = ["02/03/2024 10:00"] * 30 + ["31/03/2024 10:00"]
    orders = [order(number) | {"at": date} for number, date in enumerate(dates)]

    outcome = nest(tmp_path, line(1, 30), *orders, mapping=mapping)

    assert {each["timestamp"][:10] for each in outcome.records} == {"2024-03-02", "2024-03-31"}


def test_secrets_of_what_is_rejected_are_not_kept(tmp_path: Path) -> None:
    outcome = nest(tmp_path, order(1) | {"order_key": "wc_1"}, {"of": order(1)["id"], "x": 1})

    assert [each.get("order_key") for each in rejected(outcome)] == [None, None]


def test_rejected_records_can_be_pushed_again_with_their_parts(tmp_path: Path) -> None:
    outcome = nest(tmp_path, order(1) | {"total": "much"}, line(1, 1), line(2, 1, "cap"))
    (own,) = rejected(outcome)

    again = nest(tmp_path, own | {"total": 12})

    assert articles(again) == {"1": ["mug", "cap"]}


def test_rejects_that_nobody_mended_stay_rejects(tmp_path: Path) -> None:
    first = nest(tmp_path, order(1), line(1, 1), json.dumps(line(2, 1))[:40])

    again = nest(tmp_path, *rejected(first))

    assert again.records == []
    assert told(again, "E034", "E035") == [("E035", 1), ("E034", 2)]


def test_rejected_parts_can_be_pushed_again_with_their_record(tmp_path: Path) -> None:
    (own,) = rejected(nest(tmp_path, order(2), line(1, 1)))

    again = nest(tmp_path, order(1), own)

    assert articles(again) == {"1": ["mug"]}
    assert told(again, "W051", "E048") == []


def test_records_of_several_types_take_their_own_parts(tmp_path: Path) -> None:
    head, body = MAPPING.replace("[items.", "[records.items.").split("[fields]")
    mapping = (
        head.replace('object_type = "order"\n', "")
        + '[[records]]\nobject_type = "order"\n'
        + 'where = [{ column = "id", matches = "gid://till/Order/.*" }]\n[records.fields]'
        + body
        + '[[records]]\nobject_type = "product"\n'
        + 'where = [{ column = "id", matches = "gid://till/Product/.*" }]\n'
        + '[records.fields]\nid = "id"\n"attributes.size" = "Size[].name"\n'
    )
    mapping = mapping.replace('"attributes.size" = "Size[].name"\n', 'title = "title"\n')
    product = {"id": "gid://till/Product/5", "title": "Mug"}
    size = {"id": "gid://till/Size/1", "name": "M", "of": product["id"]}

    outcome = nest(tmp_path, product, size, order(1), line(1, 1), mapping=mapping)

    assert [each["@type"] for each in outcome.records] == ["product", "order"]
    assert articles(outcome)["1"] == ["mug"]


HEAD = 'object_type = "order"\n[fields]\nid = "id"\ntimestamp = "t"\ngrand_total = "g"\n'
HEAD += 'currency = "c"\n'


@pytest.mark.parametrize(
    ("text", "line_number", "words"),
    [
        ('[nest]\nkind = "gid"\n', 7, "'parent' is missing"),
        ('[nest]\nparent = "of"\n', 7, "nothing says what a part is"),
        ('[nest]\nparent = "of"\nknd = "gid"\n', 9, "did you mean 'kind'"),
        ('[nest]\nparent = "id"\nkind = "gid"\n', 8, "cannot be both the id and the parent"),
        ('[nest]\nparent = "of"\n[nest.kinds]\ntaxes = []\n', 10, "no key tells what is of"),
        ('[nest]\nparent = "of"\n[nest.kinds]\ntaxes = [["rate"], []]\n', 10, "no key tells"),
        ('[nest]\nparent = "of"\n[nest.kinds]\ntaxes = [["rate"], 1]\n', 10, "taxes"),
        ('[nest]\nparent = "of"\n[nest.kinds]\n"a.b" = ["c"]\n', 10, "the name of an array"),
        ('[nest]\nparent = "of"\nkind = "gid"\n[rows]\ngroup_by = ["id"]\n', 7, "is for tables"),
    ],
)
def test_a_nest_that_makes_no_sense_is_refused_with_its_line(
    tmp_path: Path, text: str, line_number: int, words: str
) -> None:
    with pytest.raises(MappingError) as refused:
        parse_mapping(tmp_path / "my.toml", HEAD + text)

    assert words in refused.value.message
    assert f"my.toml:{line_number}" in refused.value.message


def test_a_table_cannot_be_nested(tmp_path: Path) -> None:
    path = write(tmp_path / "nest.toml", MAPPING)

    with pytest.raises(MappingError, match="nest"):
        prepare_text(tmp_path, "orders.csv", "id,total\n1,2\n", mapping=path)
