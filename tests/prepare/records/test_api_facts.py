"""What the API's documentation says and a source may not know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.prepare.outcomes import prepare_rows, prepare_text

ORDER = {
    "@type": "order",
    "id": "1",
    "timestamp": "2024-01-01T10:00:00Z",
    "grand_total": 5,
    "currency": "EUR",
}


EXTRA = {
    "@type": "contact",
    "id": "extra",
    "@collection": "main",
    "email": "extra@example.com",
}


def order(**line: Any) -> str:
    return json.dumps(ORDER | {"lineitems": [{"quantity": 1, "unit_price": 5} | line]}) + "\n"


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ({"product": {"id": "p-1", "sku": "S-1", "title": "Shirt", "price": 5}}, ("p-1", "S-1")),
        ({"product": {"id": 77}}, ("77", None)),
        ({"product": {"id": "p-1", "sku": "S-1"}, "sku": "S-9"}, ("p-1", "S-9")),
        ({"product": {"id": "p-1"}, "product_id": "p-1"}, ("p-1", None)),
        ({"product": {"title": "Shirt"}, "product_id": "p-2"}, ("p-2", None)),
    ],
)
def test_a_product_inside_a_line_item_gives_its_id(
    tmp_path: Path, line: dict[str, Any], ids: tuple[str, str | None]
) -> None:
    outcome = prepare_text(tmp_path, "orders.ndjson", order(**line))
    (record,) = outcome.records
    (item,) = record["lineitems"]
    assert (item["product_id"], item.get("sku")) == ids
    assert "product" not in item
    assert "properties" not in item
    told = {(problem["code"], problem["field"]) for problem in outcome.problems}
    others = line["product"].keys() - {"id", "sku"}
    assert told == {("W051", f"lineitems.product.{name}") for name in others}


def test_a_product_inside_a_line_item_that_contradicts_its_product_id_is_told_of(
    tmp_path: Path,
) -> None:
    text = order(product={"id": "p-9"}, product_id="p-2")
    outcome = prepare_text(tmp_path, "orders.ndjson", text)
    assert outcome.records[0]["lineitems"][0]["product_id"] == "p-2"
    (problem,) = outcome.problems
    assert (problem["code"], problem["field"]) == ("W027", "lineitems.product.id")


def test_merge_is_a_field_of_products(tmp_path: Path) -> None:
    text = '{"@type":"product","id":"1","is_in_stock":true,"@merge":true}\n'
    from_json = prepare_text(tmp_path, "products.ndjson", text)
    from_table = prepare_rows(
        tmp_path, "products.csv", [["id", "is_in_stock", "@merge"], ["1", "yes", "true"]]
    )
    for outcome in (from_json, from_table):
        assert outcome.records == [
            {"@type": "product", "id": "1", "is_in_stock": True, "@merge": True}
        ]


@pytest.mark.parametrize(("length", "count"), [(31, 0), (32, 2), (68, 2)])
def test_long_event_types_are_told_of_once_and_sent_whole(
    tmp_path: Path, length: int, count: int
) -> None:
    name = "e" * length
    rows = [[str(n), name, "2024-01-01T10:00:00Z", "a@example.com"] for n in range(2)]
    header = ["id", "event_type", "timestamp", "identity_email"]
    outcome = prepare_rows(tmp_path, "custom_events.csv", [header, *rows])
    assert {record["event_type"] for record in outcome.records} == {name}
    assert outcome.summary.problems == ({"W115": count} if count else {})
    if count:
        (problem,) = outcome.problems
        assert (problem["line"], problem["field"]) == ("2", "event_type")
        assert f"has {length} characters, Ometria cuts it to '{'e' * 31}'" in problem["message"]


def contacts(**kinds: Any) -> str:
    """100 custom fields of each kind, in contacts of ten."""
    fields = [{f"{kind}{n}": value for n in range(100)} for kind, value in kinds.items()]
    lines = []
    for number, each in enumerate(fields):
        names = list(each)
        for start in range(0, 100, 10):
            record = {
                "@type": "contact",
                "id": f"{number}-{start}",
                "@collection": "main",
                "email": f"a{number}-{start}@example.com",
                "properties": {name: each[name] for name in names[start : start + 10]},
            }
            lines.append(json.dumps(record) + "\n")
    return "".join(lines)


KINDS = {"text": "x", "number": 1.5, "flag": True, "day": "2024-01-31", "list": ["x"]}


def test_a_hundred_custom_fields_of_each_type_are_no_problem(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "contacts.ndjson", contacts(**KINDS))
    assert outcome.summary.problems == {}


@pytest.mark.parametrize(
    ("value", "words"),
    [("y", "texts"), (2, "numbers"), (False, "yes/no values"), ("2024-02-01T10:00:00Z", "dates")],
)
def test_one_more_of_a_type_is_told_of_with_its_type(
    tmp_path: Path, value: object, words: str
) -> None:
    extra = EXTRA | {"properties": {"extra": value}}
    text = contacts(**KINDS) + json.dumps(extra) + "\n"
    outcome = prepare_text(tmp_path, "contacts.ndjson", text)
    (problem,) = outcome.problems
    assert problem["code"] == "W054"
    assert problem["message"].startswith(f"101 custom fields of contacts are {words}")


def test_ids_of_custom_fields_with_blanks_are_told_of(tmp_path: Path) -> None:
    header = ["id", "email", "properties.loyalty tier", "properties.shoe size", "properties.club"]
    outcome = prepare_rows(
        tmp_path, "contacts.csv", [header, ["1", "a@example.com", "x", "y", "z"]]
    )
    (problem,) = outcome.problems
    assert problem["code"] == "W116"
    assert problem["message"].startswith("'loyalty tier', 'shoe size': ")
    assert outcome.summary.problems == {"W116": 2}
