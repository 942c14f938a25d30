"""Keys of JSON are fields as columns are: without case, `_` and `-`, at every depth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.recognition.recognition import parse_source_argument
from ometria_import.prepare import PrepareOptions, check
from tests.prepare.outcomes import Outcome, prepare_text

ORDER: dict[str, Any] = {
    "@type": "order",
    "id": "1",
    "timestamp": "2024-01-02T10:00:00Z",
    "grand_total": 10,
    "currency": "EUR",
}


def orders(folder: Path, *objects: dict[str, Any]) -> Outcome:
    text = "\n".join(json.dumps(each) for each in objects)
    return prepare_text(folder, "orders.ndjson", text)


def test_keys_in_another_writing_are_their_fields_at_every_depth(tmp_path: Path) -> None:
    outcome = orders(
        tmp_path,
        {
            "@Type": "order",
            "ID": "1",
            "timeStamp": "2024-01-02T10:00:00Z",
            "Grand-Total": 10,
            "Currency": "EUR",
            "Customer": {"EMail": "a@example.com", "first_name": "Ada"},
            "shippingAddress": {"countryCode": "GB", "PostCode": "LS1 4AP"},
            "lineItems": [
                {
                    "productId": "A",
                    "Quantity": 1,
                    "unitPrice": 10,
                    "variantOptions": [{"Type": "size", "ID": "M", "Label": "M"}],
                    "Properties": {"Gift": "yes"},
                }
            ],
        },
    )

    assert outcome.records == [
        {
            **ORDER,
            "customer": {"email": "a@example.com", "firstname": "Ada"},
            "shipping_address": {"postcode": "LS1 4AP", "country_code": "GB"},
            "lineitems": [
                {
                    "product_id": "A",
                    "quantity": 1,
                    "unit_price": 10,
                    "variant_options": [{"type": "size", "id": "M", "label": "M"}],
                    "properties": {"Gift": "yes"},
                }
            ],
        }
    ]
    assert outcome.summary.problems == {}


def test_two_writings_of_one_field_that_differ_reject_the_record(tmp_path: Path) -> None:
    item = {"product_id": "A", "quantity": 1, "unit_price": 10}
    outcome = orders(
        tmp_path,
        {**ORDER, "Currency": "USD"},
        {**ORDER, "id": "2", "Currency": "EUR", "grandTotal": None, "Status": ""},
        {**ORDER, "id": "3", "lineitems": [{**item, "Quantity": 2}]},
        {**ORDER, "id": "4", "customer": {"id": "1", "ID": "2"}},
        {**ORDER, "id": "5", "lineItems": [item], "line_items": []},
    )

    assert [record["id"] for record in outcome.records] == ["2", "5"]
    assert outcome.records[1]["lineitems"] == [item]
    assert outcome.places("E009") == [
        (1, "currency"),
        (4, "customer.id"),
        (3, "lineitems.quantity"),
    ]
    assert outcome.summary.rows.rejected == 3


def test_an_at_sign_is_more_than_a_way_of_writing(tmp_path: Path) -> None:
    contact = {"@type": "contact", "id": "1", "email": "a@example.com", "marketing_optin": None}
    text = json.dumps({**contact, "force_optin": True, "Collection": "vip", "@Merge": True})
    outcome = prepare_text(tmp_path, "contacts.ndjson", text)

    assert outcome.records == [
        {
            "@type": "contact",
            "id": "1",
            "email": "a@example.com",
            "@merge": True,
            "properties": {"force_optin": True, "Collection": "vip"},
        }
    ]


def test_an_unknown_key_near_a_field_is_asked_about(tmp_path: Path) -> None:
    outcome = orders(tmp_path, {**ORDER, "grand_totl": 5, "lineitem": [1], "flavour": "x"})

    said = {row["field"]: row["message"] for row in outcome.problems}
    assert said == {
        "grand_totl": "no field has this name (did you mean 'grand_total'?); it goes into "
        "properties",
        "lineitem": "no field has this name (did you mean 'lineitems'?); it goes into properties",
        "flavour": "no field has this name; it goes into properties",
    }


def test_a_column_near_a_field_is_asked_about_too(tmp_path: Path) -> None:
    text = "@type,id,email,fristname\ncontact,1,a@example.com,Ada\n"
    outcome = prepare_text(tmp_path, "contacts.csv", text)

    ((message),) = [row["message"] for row in outcome.problems]
    assert "(did you mean 'firstname'?)" in message


@pytest.mark.parametrize("name", ["a.ndjson", "a.json"])
def test_records_of_several_types_in_one_file_go_each_to_its_own(tmp_path: Path, name: str) -> None:
    objects: list[dict[str, Any]] = [
        ORDER,
        {"@type": "contact", "id": "9", "email": "a@example.com"},
        {**ORDER, "@type": "Order", "id": "2"},
        {"@type": "product", "id": "12", "title": "Mug"},
        {"@type": "profile", "id": "1"},
        {"id": "13", "title": "Plate"},
    ]
    text = json.dumps(objects) if name == "a.json" else "\n".join(map(json.dumps, objects))
    outcome = prepare_text(tmp_path, name, text)

    assert [(record["@type"], record["id"]) for record in outcome.records] == [
        ("product", "12"),
        ("contact", "9"),
        ("order", "1"),
        ("order", "2"),
    ]
    counted = {str(each.object_type): each.rows for each in outcome.summary.sources}
    assert counted == {"product": 3, "contact": 1, "order": 2}
    said = [row["message"] for row in outcome.problems if row["code"] == "E008"]
    assert said == [
        "its @type is 'profile', which is not an object type",
        "it has no @type, and the file holds records of several object types",
    ]
    assert [origin[1] for origin in outcome.origins] == [4, 2, 1, 3]


def test_types_that_come_late_in_a_long_file_are_found(tmp_path: Path) -> None:
    products = [json.dumps({"@type": "product", "id": str(n), "title": "T"}) for n in range(3_000)]
    contact = json.dumps({"@type": "contact", "id": "c", "email": "a@example.com"})
    outcome = prepare_text(tmp_path, "all.ndjson", "\n".join([*products, contact]))

    assert len(outcome.records) == 3_001
    assert outcome.records[-1]["email"] == "a@example.com"
    assert outcome.summary.rows.rejected == 0


def test_a_type_that_only_stands_within_a_record_makes_no_source(tmp_path: Path) -> None:
    deep = {**ORDER, "properties": {"origin": {"@type": "contact"}}}
    outcome = orders(tmp_path, deep)

    assert [str(each.object_type) for each in outcome.summary.sources] == ["order"]


def test_a_type_that_the_user_says_rejects_the_others(tmp_path: Path) -> None:
    path = tmp_path / "all.ndjson"
    contact = {"@type": "contact", "id": "9", "email": "a@example.com"}
    path.write_text(f"{json.dumps(ORDER)}\n{json.dumps(contact)}\n")
    summary = check([parse_source_argument(f"order={path}")], PrepareOptions(), tmp_path / "check")

    assert summary.problems == {"E008": 1}
    assert summary.rejected == 1


def test_a_file_of_one_record_with_a_repeated_key_is_still_known_by_its_type(
    tmp_path: Path,
) -> None:
    text = '{"@type":"order","id":"7","id":"8","grand_total":10,"grand_total":99}'
    outcome = prepare_text(tmp_path, "export.ndjson", text)

    assert outcome.summary.problems == {"E009": 1}
    assert [str(each.object_type) for each in outcome.summary.sources] == ["order"]
    assert outcome.records == []
