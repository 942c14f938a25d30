"""Mappings of JSON: cells named by the keys that lead to them, with every origin and step."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.options.choices import Unmapped
from tests.prepare.outcomes import Outcome, prepare_text

ORDERS = """
object_type = "order"
[settings.shop]
about = "the shop"
default = "example.com"
[columns]
unmapped = "ignore"
[fields]
id = "number"
timestamp = { column = "created", date_format = "%d/%m/%Y %H:%M", timezone = "Europe/London" }
grand_total = { column = "totals.grand", match = "(.*) GBP", decimal_sign = "comma" }
currency = { constant = "GBP" }
store = { template = "{shop}/{channel.name}" }
status = { column = "state", translate = { done = "complete" }, when = { filled = ["paid"] } }
"customer.email" = { first = ["buyer.email", "buyer.mail"] }
"customer.firstname" = { column = "buyer.name", part = "first_name" }
[items.lineitems]
each = "lines"
where = { column = "lines[].kind", not_equals = ["gift"] }
[items.lineitems.fields]
product_id = "lines[].article.code"
quantity = { column = "lines[].count", default = 1 }
unit_price = "lines[].price"
"variant_options.size" = "lines[].size"
"properties.channel" = "channel.name"
"properties.weight" = "lines[].weight"
"""
ORDER: dict[str, Any] = {
    "number": 7,
    "created": "31/01/2024 09:30",
    "totals": {"grand": "12,50 GBP"},
    "channel": {"name": "web"},
    "state": "Done",
    "paid": True,
    "buyer": {"mail": "ada@example.com", "name": "Ada van Winter"},
    "lines": [
        {"article": {"code": "a"}, "count": 2, "price": 6.25, "size": "M", "weight": 1.5},
        {"article": {"code": "b"}, "price": 0, "kind": "gift"},
        {"article": {"code": "c"}, "price": 3},
    ],
}
PRODUCTS = """
object_type = "product"
[fields]
id = "id"
title = "title"
"""


def mapped(folder: Path, toml: str, *objects: dict[str, Any], **options: Any) -> Outcome:
    """Prepare some objects by a mapping."""
    (folder / "my.toml").write_text(toml, "utf-8")
    lines = "".join(json.dumps(each) + "\n" for each in objects)
    return prepare_text(folder, "my.ndjson", lines, mapping=folder / "my.toml", **options)


def test_objects_are_mapped_in_the_language_of_tables(tmp_path: Path) -> None:
    (record,) = mapped(tmp_path, ORDERS, ORDER).records

    assert record == {
        "@type": "order",
        "id": "7",
        "timestamp": "2024-01-31T09:30:00Z",
        "grand_total": Decimal("12.50"),
        "currency": "GBP",
        "store": "example.com/web",
        "status": "complete",
        "customer": {"email": "ada@example.com", "firstname": "Ada"},
        "lineitems": [
            {
                "product_id": "a",
                "quantity": 2,
                "unit_price": Decimal("6.25"),
                "variant_options": [{"type": "size", "id": "M", "label": "M"}],
                "properties": {"channel": "web", "weight": Decimal("1.5")},
            },
            {
                "product_id": "c",
                "quantity": 1,
                "unit_price": 3,
                "properties": {"channel": "web"},
            },
        ],
    }


def test_array_within_an_array_has_items_too(tmp_path: Path) -> None:
    toml = ORDERS.replace("lines", "parcels[].lines")
    parcels = [{"lines": ORDER["lines"][:1]}, {"lines": ORDER["lines"][1:]}, {}]

    (record,) = mapped(tmp_path, toml, {**ORDER, "parcels": parcels}).records

    assert [each["product_id"] for each in record["lineitems"]] == ["a", "c"]


def test_values_of_the_wrong_shape_are_told_of(tmp_path: Path) -> None:
    lines = [3, {**ORDER["lines"][0], "article": {"code": ["x"]}}, *ORDER["lines"]]

    outcome = mapped(
        tmp_path, ORDERS, {**ORDER, "lines": lines}, {**ORDER, "number": 8, "lines": "none"}
    )

    assert sorted(outcome.places("W027")) == [
        (1, "lineitems"),
        (1, "lineitems.product_id"),
        (2, "lineitems"),
    ]


def test_other_keys_are_kept_with_their_types_unless_they_are_not_wanted(tmp_path: Path) -> None:
    toml = PRODUCTS + '[columns]\ndrop = ["internal_*"]\n'
    product = {"id": 1, "title": "Mug", "stock": 3, "deep": {"a": 1.25}, "internal_note": "x"}

    outcome = mapped(tmp_path, toml, product)

    assert outcome.records[0]["properties"] == {"stock": 3, "deep": {"a": Decimal("1.25")}}
    left_out = mapped(tmp_path, toml, product, unmapped=Unmapped.IGNORE)
    assert "properties" not in left_out.records[0]
    assert {field for _, field in left_out.places("W051")} == {"stock", "deep"}


def test_whole_objects_and_keys_with_dots_feed_fields(tmp_path: Path) -> None:
    toml = PRODUCTS + 'properties = "extra"\n"attributes.brand" = "brand.name"\n'
    product = {"id": "1", "title": "Mug", "extra": {"a": [1, 2]}, "brand.name": "Mill"}

    (record,) = mapped(tmp_path, toml, product).records

    assert record["properties"] == {"a": [1, 2]}
    assert record["attributes"] == [{"type": "brand", "id": "Mill", "label": "Mill"}]


def test_part_takes_the_keys_of_an_object_by_their_own_names(tmp_path: Path) -> None:
    toml = f"""{ORDERS}
[parts.shipping_address]
from = "delivery.to"
fields = {{ city = "town", postcode = {{ first = ["zip", "postcode"] }} }}
rest = {{}}
"""
    first = {**ORDER, "delivery": {"to": {"town": "Leeds", "zip": "LS1 4AP", "floor": 2}}}

    outcome = mapped(tmp_path, toml, first, {**ORDER, "number": 8, "delivery": {"to": "Leeds"}})

    assert outcome.records[0]["shipping_address"] == {"city": "Leeds", "postcode": "LS1 4AP"}
    assert outcome.places("W027") == [(2, "shipping_address")]
    assert (1, "shipping_address.floor") in outcome.places("W051")


@pytest.mark.parametrize(
    ("old", "new", "near"),
    [
        ('"totals.grand"', '"totals.grnd"', "'totals.grnd' (did you mean 'totals.grand'?)"),
        ('"buyer.name"', '"buyr.name"', "'buyr.email' (did you mean 'buyer.email'?)"),
        ('each = "lines"', 'each = "line"', "'line' (did you mean 'lines'?)"),
        ('"lines[].size"', '"lines[].sise"', "'lines[].sise' (did you mean 'lines[].size'?)"),
    ],
)
def test_name_that_no_object_has_is_answered_with_what_was_meant(
    tmp_path: Path, old: str, new: str, near: str
) -> None:
    toml = ORDERS.replace(old, new, 1)
    toml = toml.replace("buyer.", "buyr.") if "buyr" in new else toml
    toml = toml.replace("lines[]", "line[]") if "each" in new else toml

    with pytest.raises(MappingError) as caught:
        mapped(tmp_path, toml, ORDER)

    assert near in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'my.toml'}:")
    allowed = mapped(tmp_path, toml.replace("[columns]", '[columns]\nmissing = "allow"'), ORDER)
    assert allowed.summary.rows.read == 1


def test_name_that_no_object_has_is_blank_where_nothing_is_near(tmp_path: Path) -> None:
    outcome = mapped(tmp_path, f'{PRODUCTS}url = "permalink"\n', {"id": "1", "title": "Mug"})

    assert outcome.records == [{"@type": "product", "id": "1", "title": "Mug"}]


def test_mapping_that_needs_rows_is_for_flat_objects_only(tmp_path: Path) -> None:
    toml = f'{PRODUCTS}[rows]\ngroup_by = ["id"]\n'

    flat = mapped(tmp_path, toml, {"id": "1", "title": "Mug"})
    with pytest.raises(MappingError, match="is for tables"):
        mapped(tmp_path, toml, {"id": "1", "title": "Mug", "variants": [{"id": "2"}]})

    assert [each["title"] for each in flat.records] == ["Mug"]


def test_mapping_of_arrays_is_not_for_tables(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text(ORDERS, "utf-8")

    with pytest.raises(MappingError, match="is for JSON"):
        prepare_text(tmp_path, "my.csv", "number\n1\n", mapping=tmp_path / "my.toml")


def test_attributes_come_of_arrays_of_texts_and_of_names_that_are_values(tmp_path: Path) -> None:
    toml = f"""{PRODUCTS}"attributes.tag" = "tags"
"attributes.maker" = "maker"
[[named_values]]
into = "attributes"
name = "option{{n}}_name"
value = "option{{n}}_value"
[[named_values]]
into = "properties"
columns = "meta_*"
"""
    product = {
        "id": "1",
        "title": "Mug",
        "tags": ["new", 7, {"a": 1}],
        "maker": {"name": "Mill"},
        "option1_name": "size",
        "option1_value": "M",
        "meta_care": "wash",
        "stock": 3,
    }

    outcome = mapped(tmp_path, toml, product)

    (record,) = outcome.records
    assert [(each["type"], each["label"]) for each in record["attributes"]] == [
        ("size", "M"),
        ("tag", "new"),
        ("tag", "7"),
    ]
    assert record["properties"] == {"care": "wash", "stock": 3}
    assert outcome.places("W027") == [(1, "attributes")]


def test_object_in_the_middle_of_a_text_is_left_out_with_a_warning(tmp_path: Path) -> None:
    outcome = mapped(
        tmp_path,
        PRODUCTS + 'url = { template = "https://shop/{handle}" }\n',
        {"id": "1", "title": "Mug", "handle": {"a": 1}},
    )

    assert outcome.records == [{"@type": "product", "id": "1", "title": "Mug"}]
    assert outcome.places("W027") == [(1, "url")]


def test_mapping_of_other_objects_is_refused_by_the_names_it_is_known_by(tmp_path: Path) -> None:
    toml = ORDERS + '[recognise]\nall = ["lines[].article.code", "buyer.mail"]\n'

    with pytest.raises(MappingError, match=r"is for objects with 'lines\[\].article.code'") as told:
        mapped(tmp_path, toml, {"number": 7, "sum": 3})

    assert "leave --mapping out" in str(told.value.hint)
    assert mapped(tmp_path, toml, ORDER).records[0]["id"] == "7"
