"""JSON of another system is never sent as what it is not, and is told what it looks like."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import ExitCode, MappingError
from ometria_import.mapping.recognition.object_recognition import (
    recognise_objects,
    refuse_unfit_objects,
)
from ometria_import.schema import ObjectType
from tests.cli.program import Shop
from tests.prepare.outcomes import prepare_files, prepare_text, write

Json = dict[str, Any]
GID = "gid://shopify/Collection/1"
OTHERS: list[tuple[str, list[Json], str]] = [
    ("a.jsonl", [{"id": GID, "title": "Mug"}], "a bulk export of Shopify's GraphQL API"),
    (
        "a.jsonl",
        [{"id": "1", "title": "Mug"}, {"id": "2", "sku": "M", "price": "1", "__parentId": "1"}],
        "a bulk export of Shopify's GraphQL API ('__parentId')",
    ),
    (
        "a.jsonl",
        [{"id": "gid://shopify/Order/1", "name": "#1", "lineItems": {"nodes": [{"id": "2"}]}}],
        "an answer of Shopify's GraphQL API, of which only bulk exports can be read",
    ),
    (
        "products.json",
        [{"id": 1, "title": "Mug", "handle": "mug", "vendor": "Mill", "variants": [{"id": 2}]}],
        "products of Shopify's REST API",
    ),
    (
        "orders.json",
        [{"id": 1, "currency": "EUR", "line_items": [{"sku": "A"}], "financial_status": "paid"}],
        "orders of Shopify's REST API ('line_items', 'financial_status')",
    ),
    (
        "customers.json",
        [
            {
                "id": 1,
                "email": "a@example.com",
                "first_name": "A",
                "orders_count": 1,
                "verified_email": True,
            }
        ],
        "customers of Shopify's REST API",
    ),
    (
        "orders.json",
        [{"id": 1, "currency": "EUR", "order_key": "k", "line_items": []}],
        "orders of WooCommerce's REST API",
    ),
    (
        "export.json",
        [
            {
                "id": 1,
                "sku": "A",
                "price": "1",
                "permalink": "https://x.example.com",
                "regular_price": "1",
            }
        ],
        "products of WooCommerce's REST API",
    ),
    (
        "export.json",
        [{"id": 1, "sku": "A", "price": 0, "extension_attributes": {"website_ids": [1]}}],
        "objects of Magento's REST API ('extension_attributes')",
    ),
    (
        "export.json",
        [{"type": "person", "id": "1", "attributes": {"email": "a@example.com"}}],
        "JSON:API, as Klaviyo's API and others write it",
    ),
    (
        "export.json",
        [{"id": 1, "order_id": 2, "product_id": 3, "sku": "A", "name": "Mug", "quantity": 1}],
        "order products of BigCommerce's API",
    ),
    (
        "export.json",
        [{"id": "sq", "location_id": "L", "line_items": [{"uid": "u"}]}],
        "objects of Square's API",
    ),
    (
        "export.json",
        [{"id": "ch_1", "object": "charge", "livemode": True, "currency": "eur"}],
        "objects of Stripe's API",
    ),
    (
        "export.json",
        [{"id": 1, "title": "T", "line_items": [{"x": 1}]}],
        "orders of a shop's REST API",
    ),
]


@pytest.mark.parametrize(("name", "objects", "looks"), OTHERS)
@pytest.mark.parametrize("wrapper", ["", "data"])
def test_objects_of_another_system_are_refused_by_what_they_look_like(
    shop: Shop, name: str, objects: list[Json], looks: str, wrapper: str
) -> None:
    text = json.dumps({wrapper: objects} if wrapper else objects)
    shop.write(name, text)
    for command in (("check", name), ("push", name, "--to", "staging", "--dry-run")):
        ended = shop.run(*command)
        assert ended.code == ExitCode.UNUSABLE, ended
        assert f"error: {name}: this looks like {looks}" in ended.err, ended.err
        assert f"product={name}" in ended.err
        assert "--mapping" in ended.err
    inspected = shop.run("inspect", name)
    assert inspected.code == ExitCode.UNUSABLE
    assert "this looks like" in " ".join(inspected.out.split())


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("export.json", {"id": 1, "title": "Mug"}),
        ("export.json", {"id": 1, "price": 1, "name": "Mug", "brand": "x", "size": "L"}),
        ("export.json", {"id": 1, "email": "a@example.com"}),
        ("users.json", {"id": 1, "email": "a@example.com", "name": "A", "role": "admin"}),
        (
            "contacts.json",
            {"id": 1, "email": "a@example.com", "firstname": "A", "accepts_newsletter": True},
        ),
        ("export.json", {"id": 1, "event_type": "visit", "timestamp": "2024-01-02T10:00:00Z"}),
        ("orders.json", {"id": 1, "total": 3, "currency": "EUR", "created": "2024-01-02"}),
        ("export.json", {"a": 1}),
    ],
)
def test_common_keys_are_no_proof(tmp_path: Path, name: str, record: Json) -> None:
    with pytest.raises(MappingError, match="it is not certain which object type") as caught:
        recognise_objects(tmp_path / name, [record])

    assert f"its objects have '{next(iter(record))}'" in caught.value.message
    assert re.search(r"product=\S*" + name, caught.value.hint)


@pytest.mark.parametrize(
    ("name", "record", "found"),
    [
        ("export.json", {"id": 1, "title": "Mug", "price": 1, "currency": "EUR"}, "product"),
        ("products.json", {"id": 1, "title": "Mug"}, "product"),
        ("export.json", {"id": 1, "email": "a@example.com", "marketing_optin": "x"}, "contact"),
        ("export.json", {"ID": 1, "EMail": "a@example.com", "first-name": "A"}, "contact"),
        (
            "export.json",
            {
                "id": 1,
                "timestamp": "x",
                "grandTotal": 1,
                "currency": "EUR",
                "lineItems": [{}],
                "a": 1,
                "b": 2,
                "c": 3,
                "d": 4,
                "e": 5,
            },
            "order",
        ),
        (
            "export.json",
            {"id": 1, "event_type": "visit", "timestamp": "x", "identity_email": "a@example.com"},
            "custom_event",
        ),
        ("export.json", {"@type": "product", "id": 1, "line_items": [1]}, "product"),
        (
            "export.json",
            {
                "id": 1,
                "title": "T",
                "type": "simple",
                "attributes": [{"type": "c", "id": "r", "label": "Red"}],
            },
            "product",
        ),
    ],
)
def test_objects_in_ometrias_own_shape_are_known(
    tmp_path: Path, name: str, record: Json, found: str
) -> None:
    assert recognise_objects(tmp_path / name, [record]) == found


def test_the_type_that_the_user_says_needs_its_mandatory_keys(tmp_path: Path) -> None:
    objects = [{"id": 1, "Emial": "a@example.com"}]
    with pytest.raises(MappingError) as caught:
        refuse_unfit_objects(tmp_path / "a.json", ObjectType.CONTACT, objects)
    assert "no key feeds 'email', which every contact needs" in caught.value.message
    assert "(did you mean 'email' for 'Emial'?)" in caught.value.message

    shopify = [{"id": 1, "line_items": [], "financial_status": "paid"}]
    with pytest.raises(MappingError, match="this looks like orders of Shopify's REST API"):
        refuse_unfit_objects(tmp_path / "a.json", ObjectType.ORDER, shopify)


def test_the_type_that_the_user_says_is_taken_where_the_keys_allow_it(tmp_path: Path) -> None:
    path = write(tmp_path / "export.json", json.dumps([{"id": "1", "title": "Mug"}]))
    (record,) = prepare_files(tmp_path, f"product={path}").records
    assert record == {"@type": "product", "id": "1", "title": "Mug"}


TABLE_MAPPING = 'object_type = "product"\n[recognise]\nall = ["Key"]\n[fields]\nid = "Key"\n'


def test_a_mapping_that_cannot_apply_to_a_file_is_refused(tmp_path: Path) -> None:
    own = write(tmp_path / "own.toml", TABLE_MAPPING)
    typed = '[{"@type": "product", "id": "1", "title": "Mug"}]'
    with pytest.raises(MappingError, match=r"is JSON array, UTF-8, and the mapping .* for tables"):
        prepare_text(tmp_path, "a.json", typed, mapping=own)
    with pytest.raises(MappingError, match="'rudderstack-events' is for JSON"):
        prepare_text(tmp_path, "a.csv", "@type,id\nproduct,1\n", mapping="rudderstack-events")
    with pytest.raises(MappingError, match="none of its first 1 objects is what the mapping"):
        prepare_text(tmp_path, "a.json", typed, mapping="rudderstack-events")
    path = write(tmp_path / "b.csv", "Key\n1\n")
    with pytest.raises(MappingError, match="for product records, not for order") as caught:
        prepare_files(tmp_path, f"order={path}", mapping=own)
    assert f"Use product={path}" in caught.value.hint
    with pytest.raises(MappingError, match="files with the columns 'Key', of which it has none"):
        prepare_text(tmp_path, "c.csv", "id,title\n1,Mug\n", mapping=own)
