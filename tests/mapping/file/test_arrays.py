"""Arrays of JSON in mappings: one element, all of them, their sum, and what is refused."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.mapping.file.read import parse_mapping
from tests.mapping.file.test_objects import PRODUCTS, mapped

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mapping.md"
ORDERS = """
object_type = "order"
[columns]
missing = "allow"
unmapped = "ignore"
[fields]
id = "id"
timestamp = "at"
grand_total = "total"
currency = { constant = "EUR" }
"""
ITEMS = """
[items.lineitems]
each = "lines"
[items.lineitems.fields]
product_id = "lines[].sku"
quantity = { constant = 1 }
unit_price = { constant = 1 }
"""
ORDER: dict[str, Any] = {"id": "1", "at": "2024-01-31T09:30:00Z", "total": 5}


def example(heading: str) -> tuple[str, dict[str, Any]]:
    """The first mapping under a heading of the docs, and the object that it is tried with."""
    section = PAGE.read_text("utf-8").split(f"### {heading}")[1]
    (toml, *_) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (objects, *_) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    return toml, json.loads(objects)


def of_order(folder: Path, fields: str, **more: Any) -> dict[str, Any]:
    """The order that a mapping with some more fields makes of one with some more keys."""
    (record,) = mapped(folder, ORDERS + fields, {**ORDER, **more}).records
    return record


def test_example_in_the_docs_takes_what_the_text_says(tmp_path: Path) -> None:
    toml, order = example("Arrays: one element")
    outcome = mapped(tmp_path, toml, order)

    (record,) = outcome.records
    assert {
        name: record[name] for name in ("tax", "shipping_method", "payment_method", "channel")
    } == {
        "tax": Decimal("3.75"),
        "shipping_method": "Courier",
        "payment_method": "card",
        "channel": "app",
    }
    mugs, caps = record["lineitems"]
    assert (mugs["tax"], mugs["quantity_refunded"]) == (Decimal("3.10"), 2)
    assert (caps["quantity_refunded"], "tax" in caps) == (1, False)
    assert outcome.problems == []


@pytest.mark.parametrize(
    ("at", "taken"), [('"first"', "a"), ("1", "a"), ("2", "b"), ('"last"', "c"), ("4", None)]
)
def test_at_counts_the_elements(tmp_path: Path, at: str, taken: str | None) -> None:
    lines = [{"code": "a"}, {"code": "b"}, {"code": "c"}]

    record = of_order(tmp_path, f'coupon_code = {{ column = "x[].code", at = {at} }}\n', x=lines)

    assert record.get("coupon_code") == taken


@pytest.mark.parametrize(
    ("at", "taken"), [("", "10"), (', at = "last"', "12"), (", at = 2", "12"), (", at = 3", None)]
)
def test_at_counts_only_the_elements_for_which_the_condition_holds(
    tmp_path: Path, at: str, taken: str | None
) -> None:
    meta = [{"k": "b", "v": 9}, {"k": "a", "v": 10}, {"k": "b", "v": 11}, {"k": "A", "v": 12}]
    where = '{ column = "m[].k", equals = ["a"] }'

    record = of_order(tmp_path, f'channel = {{ column = "m[].v", where = {where}{at} }}\n', m=meta)

    assert record.get("channel") == taken


def test_objects_without_the_array_and_with_an_empty_one_have_no_element(tmp_path: Path) -> None:
    toml = ORDERS + 'coupon_code = { column = "c[].code", at = "first" }\n'
    objects = [
        {**ORDER, "id": "1"},
        {**ORDER, "id": "2", "c": []},
        {**ORDER, "id": "3", "c": None},
        {**ORDER, "id": "4", "c": [{"code": None}, {"code": "B"}]},
        {**ORDER, "id": "5", "c": [{"code": "A"}]},
    ]

    records = mapped(tmp_path, toml, *objects).records

    assert [each.get("coupon_code") for each in records] == [None, None, None, None, "A"]


def test_a_sum_is_exact_and_passes_over_blanks(tmp_path: Path) -> None:
    toml = (
        ORDERS + 'tax = { sum = "t[].price", where = { column = "t[].kind", equals = ["vat"] } }\n'
    )
    prices = ["0.1", 0.2, "", None, "1,000.005"]
    lines = [{"price": each, "kind": "VAT"} for each in prices] + [{"price": 7, "kind": "duty"}]

    records = mapped(
        tmp_path, toml, {**ORDER, "t": lines}, {**ORDER, "id": "2", "t": lines[2:4]}
    ).records

    assert records[0]["tax"] == Decimal("1000.305")
    assert "tax" not in records[1]


def test_a_sum_of_what_is_no_number_is_reported_by_its_field(tmp_path: Path) -> None:
    toml = ORDERS + 'tax = { sum = "t[].price" }\n'

    outcome = mapped(tmp_path, toml, {**ORDER, "t": [{"price": 1}, {"price": "free"}]})

    assert "tax" not in outcome.records[0]
    assert outcome.places("W013") == [(1, "tax")]
    assert "free" in outcome.problems[0]["message"]


def test_all_elements_feed_attributes_and_list_fields(tmp_path: Path) -> None:
    toml = PRODUCTS + (
        '"attributes.category" = { column = "cats[].name", all = true, match = "Shop/(.*)" }\n'
        '"attributes.tag" = { column = "tags[]", all = true, translate = { x = "y" } }\n'
    )
    cats = [{"name": "Shop/Mugs"}, {"name": "Other"}, {"name": "Shop/A, B"}, {}]

    (record,) = mapped(
        tmp_path, toml, {"id": "1", "title": "T", "cats": cats, "tags": ["x", "z", "", 3]}
    ).records

    labels = [(each["type"], each["label"]) for each in record["attributes"]]
    assert labels == [
        ("category", "Mugs"),
        ("category", "A, B"),
        ("tag", "y"),
        ("tag", "z"),
        ("tag", "3"),
    ]


def test_objects_where_plain_values_belong_are_told_of(tmp_path: Path) -> None:
    toml = PRODUCTS + '"attributes.tag" = { column = "tags[]", all = true }\n'
    toml += 'url = { column = "brands[].name", at = "first" }\n'

    outcome = mapped(
        tmp_path,
        toml,
        {"id": "1", "title": "T", "tags": [{"a": 1}], "brands": [{"name": ["x"]}]},
        {"id": "2", "title": "T", "tags": "x", "brands": ["x", {"name": "https://x.example.com"}]},
    )

    assert sorted(outcome.places("W027")) == [
        (1, "attributes"),
        (1, "url"),
        (2, "brands"),
        (2, "tags"),
    ]
    assert outcome.records[1]["url"] == "https://x.example.com"


def test_refund_lines_belong_to_the_line_of_their_id_in_their_own_order(tmp_path: Path) -> None:
    where = '{ column = "refunds[].lines[].of", equals_column = "lines[].id" }'
    toml = f"""{ORDERS}{ITEMS}
refunded = {{ sum = "refunds[].lines[].sum", where = {where} }}
"properties.reason" = {{ column = "refunds[].lines[].why", where = {where} }}
"""
    lines = [{"id": 1, "sku": "a"}, {"id": 2, "sku": "b"}, {"id": None, "sku": "c"}]
    refunds = [
        {"lines": [{"of": 2, "sum": 1.5, "why": "torn"}, {"of": None, "sum": 9}]},
        {"lines": [{"of": "2", "sum": 2}, {"of": 7, "sum": 3}]},
    ]

    first, second = mapped(
        tmp_path,
        toml,
        {**ORDER, "lines": lines, "refunds": refunds},
        {**ORDER, "id": "2", "lines": lines[:2]},
    ).records

    assert [each.get("refunded") for each in first["lineitems"]] == [None, Decimal("3.5"), None]
    assert first["lineitems"][1]["properties"] == {"reason": "torn"}
    assert not any("refunded" in each for each in second["lineitems"])


def test_conditions_see_what_the_elements_stand_in(tmp_path: Path) -> None:
    fields = (
        'tax = { sum = "refunds[].lines[].tax", where = { column = "refunds[].state", '
        'equals = ["done"], filled = ["id"] } }\n'
    )
    refunds = [
        {"state": "done", "lines": [{"tax": 1}, {"tax": 2}]},
        {"state": "open", "lines": [{"tax": 4}]},
    ]

    assert of_order(tmp_path, fields, refunds=refunds)["tax"] == 3


def test_elements_of_the_array_of_items_name_what_their_array_stands_in(tmp_path: Path) -> None:
    toml = ORDERS + ITEMS.replace("lines", "parcels[].lines") + '"properties.by" = "parcels[].by"\n'
    parcels = [{"by": "A", "lines": [{"sku": "a"}]}, {"by": "B", "lines": [{"sku": "b"}]}]

    (record,) = mapped(tmp_path, toml, {**ORDER, "parcels": parcels}).records

    assert [each["properties"]["by"] for each in record["lineitems"]] == ["A", "B"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('"x[].a"', "'x[].a' is in every element of an array, and nothing says in which"),
        ('{ template = "{x[].a}" }', "is in every element"),
        ('{ column = "a", when = { filled = ["x[].a"] } }', "is in every element"),
        ('{ column = "a", at = "first" }', "'a' is not in an array, so 'at' has no effect"),
        ('{ sum = "a" }', "'a' is not in an array, so 'sum' has no effect"),
        ('{ sum = "x[].a", at = 1 }', "'at' has no effect without 'column'"),
        ('{ column = "x[].a", at = 0 }', "at"),
        ('{ column = "x[].a", att = 1 }', "did you mean 'at'"),
        ('{ column = "x[].a", at = 1, all = true }', "'at' chooses one element"),
        ('{ column = "x[].a", all = true }', "takes one value"),
        ('{ column = "x[].a", at = 1, words = 2, word = 1 }', "'words' cannot be used"),
        ('{ sum = "x[].a", decimal_sign = "comma" }', "a sum has a decimal point"),
        (
            '{ column = "x[].a", where = { filled = ["y[].a"] } }',
            "'y[].a' is in another array than 'x[].a'",
        ),
        ('{ column = "a", when = { column = "a", equals_column = "a" } }', "always equals itself"),
    ],
)
def test_what_makes_no_sense_of_arrays_is_refused_with_its_line(source: str, words: str) -> None:
    text = ORDERS + f"channel = {source}\n" + ITEMS

    with pytest.raises(MappingError) as refused:
        parse_mapping(Path("my.toml"), text)

    assert words in f"{refused.value} {refused.value.hint}"
    assert "my.toml:11: " in str(refused.value)


def test_a_condition_on_the_item_needs_something_to_compare(tmp_path: Path) -> None:
    where = '{ filled = ["lines[].id"] }'
    text = ORDERS + ITEMS + f'refunded = {{ sum = "refunds[].sum", where = {where} }}\n'

    with pytest.raises(MappingError, match=r"'lines\[\].id' is of the item") as refused:
        parse_mapping(tmp_path / "my.toml", text)

    assert 'equals_column = "lines[].id"' in str(refused.value.hint)


def test_names_and_values_of_elements_become_options_and_custom_fields(tmp_path: Path) -> None:
    toml = f"""{ORDERS}
[[named_values]]
into = "properties"
each = "notes"
name = "name"
value = "value"
{ITEMS}
[[items.lineitems.named_values]]
into = "variant_options"
each = "lines[].meta"
name = "k"
value = "v"
leave_out = ["_*", "gift"]
"""
    meta = [
        {"k": "Size", "v": "L"},
        {"k": "_tax", "v": "1"},
        {"k": "Gift", "v": "x"},
        {"k": "Colour", "v": ["red", "blue"]},
        {"k": "Empty", "v": ""},
        {"v": "nameless"},
    ]
    notes = [{"name": "floor", "value": "2"}, {"name": "tags", "value": ["a", 1]}]
    lines = [{"sku": "a", "meta": meta}, {"sku": "b"}, {"sku": "c", "meta": meta[:1]}]

    outcome = mapped(tmp_path, toml, {**ORDER, "lines": lines, "notes": notes})

    (record,) = outcome.records
    options = [
        [(each["type"], each["label"]) for each in line.get("variant_options", [])]
        for line in record["lineitems"]
    ]
    assert options == [
        [("Size", "L"), ("Colour", "red"), ("Colour", "blue")],
        [],
        [("Size", "L")],
    ]
    assert record["properties"] == {"floor": "2", "tags": ["a", 1]}


def test_example_in_the_docs_of_names_by_position_and_of_elements(tmp_path: Path) -> None:
    section = PAGE.read_text("utf-8").split("## Names that are values")[1].split("\n## ")[0]
    (toml,) = (
        each for each in re.findall(r"```toml\n(.*?)```", section, re.DOTALL) if "each = " in each
    )
    members = """
[members]
each = "variants"
[members.fields]
id = "variants[].id"
title = "title"
"""
    product = {
        "id": "1",
        "title": "Mug",
        "specs": [{"label": "Material", "text": "Steel"}, {"label": "_row", "text": "7"}],
        "options": [{"name": "Size"}],
        "features": [
            {"code": "fit", "value": "Slim"},
            {"code": "colour", "value": {"label": "Blue"}},
        ],
        "variants": [{"id": "2", "option1": "Large"}, {"id": "3", "option1": None}],
    }

    parent, large, other = mapped(tmp_path, PRODUCTS + members + toml, product).records

    assert [(each["type"], each["label"]) for each in parent["attributes"]] == [
        ("Material", "Steel"),
        ("fit", "Slim"),
        ("colour", "Blue"),
    ]
    assert large["attributes"] == [{"type": "Size", "id": "Large", "label": "Large"}]
    assert "attributes" not in other


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('each = "a"', "it must have 'name' and 'value'"),
        ('each = "a"\ncolumn = "b"', "'each' needs the 'name'"),
        ('each = "a"\nname = { column = "b[].c" }\nvalue = "c"', "nothing says in which"),
        ('name = "a"\nvalue = { column = "b", split = "," }', "a name has one value"),
        ('name = "a[].b"\nvalue = "c"', "nothing says in which"),
        ('name = { column = "a[].b" }\nvalue = "c"', "nothing says in which"),
    ],
)
def test_names_that_are_values_of_no_certain_element_are_refused(keys: str, words: str) -> None:
    text = f'{ORDERS}{ITEMS}[[named_values]]\ninto = "properties"\n{keys}\n'

    with pytest.raises(MappingError) as refused:
        parse_mapping(Path("my.toml"), text)

    assert words in str(refused.value)


CHILDREN = (
    ORDERS
    + """
[items.lineitems]
each = "lines"
children = { id = "id", parent = "of" }
where = { column = "lines[].kind", not_equals = ["fee"] }
[items.lineitems.fields]
product_id = "lines[].sku"
variant_id = { column = "lines[].children[].sku", at = "last" }
quantity = { constant = 1 }
unit_price = { constant = 1 }
tax = { sum = "lines[].children[].tax" }
"properties.deep" = { column = "lines[].children[].children[].sku", at = "first" }
"""
)


def test_example_in_the_docs_puts_a_product_and_its_size_into_one_item(tmp_path: Path) -> None:
    toml, order = example("Elements that belong to others")

    outcome = mapped(tmp_path, toml, order)

    assert [
        (each["product_id"], each["variant_id"], each["quantity"])
        for each in (outcome.records[0]["lineitems"])
    ] == [("67", "60", 2)]
    assert outcome.problems == []


def test_elements_belong_to_their_parents_in_any_order_and_at_any_depth(tmp_path: Path) -> None:
    lines = [
        {"id": 3, "of": 2, "sku": "c"},
        {"id": 2, "of": "1", "sku": "b", "tax": 2},
        {"id": 1, "of": 0, "sku": "a", "kind": "bundle"},
        {"id": 4, "of": 1, "sku": "d", "tax": 1.5},
        {"id": 5, "of": None, "sku": "e"},
        {"id": 6, "sku": "f", "kind": "fee"},
    ]

    first, second = mapped(
        tmp_path, CHILDREN, {**ORDER, "lines": lines}, {**ORDER, "id": "2", "lines": lines[2:3]}
    ).records

    bundle, single = first["lineitems"]
    assert (bundle["product_id"], bundle["variant_id"], bundle["tax"]) == ("a", "d", Decimal("3.5"))
    assert bundle["properties"] == {"deep": "c"}
    assert single == {"product_id": "e", "quantity": 1, "unit_price": 1}
    assert [each["product_id"] for each in second["lineitems"]] == ["a"]


def test_elements_without_their_parent_and_in_circles_stay_items_and_are_told_of(
    tmp_path: Path,
) -> None:
    lines = [
        {"id": 1, "of": 9, "sku": "a"},
        {"id": 2, "of": 3, "sku": "b"},
        {"id": 3, "of": 2, "sku": "c"},
        {"id": 4, "of": 4, "sku": "d"},
        {"id": 5, "of": 3, "sku": "e"},
    ]

    outcome = mapped(tmp_path, CHILDREN, {**ORDER, "lines": lines})

    items = outcome.records[0]["lineitems"]
    assert [each["product_id"] for each in items] == ["a", "b", "c", "d"]
    assert items[2]["variant_id"] == "e"
    assert outcome.places("W048") == [(1, "lineitems.of")] * 4


@pytest.mark.parametrize(
    ("children", "words"),
    [
        ('{ id = "id" }', "'parent'"),
        ('{ id = "id", parent = "id" }', "cannot name its parent with its own id"),
        ('{ id = "id", parents = "of" }', "did you mean 'parent'"),
    ],
)
def test_children_need_two_keys(children: str, words: str) -> None:
    text = CHILDREN.replace('{ id = "id", parent = "of" }', children)

    with pytest.raises(MappingError) as refused:
        parse_mapping(Path("my.toml"), text)

    assert words in str(refused.value)


def test_custom_fields_of_elements_keep_their_types(tmp_path: Path) -> None:
    fields = (
        '"properties.tip" = { column = "tips[].amount", at = "last" }\n'
        '"properties.code" = { column = "tips[].code", where = { filled = ["tips[].code"] } }\n'
        '"properties.cut" = { column = "tips[].amount", at = 1, match = "([0-9]).*" }\n'
        '"properties.extra" = { column = "tips[].extra", at = 1 }\n'
        '"properties.codes" = { column = "tips[].code", all = true, case = "lower" }\n'
    )
    tips = [{"amount": 2.5, "extra": {"a": [1]}}, {"amount": 3, "code": "007X"}]

    record = of_order(tmp_path, fields, tips=tips)

    assert record["properties"] == {
        "tip": 3,
        "code": "007X",
        "cut": "2",
        "extra": {"a": [1]},
        "codes": ["007x"],
    }


def test_arrays_in_elements_that_are_none_are_told_of_with_the_line_of_their_order(
    tmp_path: Path,
) -> None:
    toml = ORDERS + ITEMS + 'tax = { sum = "lines[].taxes[].price" }\n'
    toml = toml.replace('each = "lines"', 'each = "lines"\nwhere = { filled = ["lines[].sku"] }')
    lines = [{"taxes": "gone"}, {"sku": "a", "taxes": 3}, {"sku": "b", "taxes": [{"price": 1}, 4]}]

    outcome = mapped(tmp_path, toml, {**ORDER, "lines": []}, {**ORDER, "id": "2", "lines": lines})

    assert outcome.places("W027") == [(2, "lineitems.taxes")] * 2
    assert [each.get("tax") for each in outcome.records[1]["lineitems"]] == [None, 1]


def test_a_column_that_a_condition_looks_at_is_not_what_a_value_is_made_of(
    tmp_path: Path,
) -> None:
    fields = '"properties.kind" = { column = "m[].v", where = { column = "m[].n", above = 0 } }\n'

    record = of_order(tmp_path, fields, m=[{"n": 5, "v": "5"}])

    assert record["properties"] == {"kind": "5"}


def test_secrets_in_arrays_never_go_out(tmp_path: Path) -> None:
    toml = f"""{PRODUCTS}
[members]
each = "variants"
[members.fields]
id = "variants[].id"
title = "title"
[[named_values]]
into = "properties"
each = "meta"
name = "key"
value = "value"
"""
    secrets = {
        "token": "s3cret-1",
        "order_status_url": "https://x.example.com/?key=s3cret-2",
        "protect_code": "s3cret-3",
        "secure_key": "s3cret-4",
    }
    product = {
        "id": "1",
        "title": "Mug",
        **secrets,
        "deep": dict(secrets),
        "variants": [{"id": "2", "title": "S", **secrets}],
        "meta": [{"key": "_order_key", "value": "s3cret-5"}, {"key": "shelf", "value": "4"}],
    }

    outcome = mapped(tmp_path, toml, product)

    assert not any("s3cret" in text for text in outcome.texts)
    assert outcome.records[0]["properties"] == {"shelf": "4"}
    with pytest.raises(MappingError, match="holds secrets"):
        parse_mapping(
            Path("my.toml"),
            toml.replace('title = "title"', 'title = { column = "x[].token", at = 1 }'),
        )
