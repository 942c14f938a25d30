from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from ometria_import.emulator import RunningEmulator, Settings, Traits, running

Records = dict[str, dict[str, Any]]
Push = Callable[[dict[str, Any]], list[tuple[str, str]]]

ABSENT = object()
OBJECT_TYPES = ["contact", "product", "order", "custom_event"]


@pytest.fixture(scope="module")
def emulator() -> Iterator[RunningEmulator]:
    """One for all: a test sees the errors about its own pushes only, by their request ids."""
    settings = Settings(
        rate=100_000,
        read_rate=100_000,
        drain=1_000_000,
        traits=Traits(errors_fields=("request_id",)),
    )
    with running(settings) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def push(emulator: RunningEmulator) -> Iterator[Push]:
    """Pushes one record and gives message and path of each of its errors."""
    headers = {"X-Ometria-Auth": "staging-key"}
    with httpx.Client(base_url=emulator.base_url, headers=headers) as client:
        yield lambda record: errors_of(record, emulator, client)


def errors_of(
    record: dict[str, Any], emulator: RunningEmulator, client: httpx.Client
) -> list[tuple[str, str]]:
    answer = client.post("/push", json=[record])
    assert answer.status_code == 202, answer.text
    emulator.wait_until_drained()
    return [
        (each["error_message"], each["error_path"].removeprefix("root").removeprefix(" > "))
        for each in client.get("/push/_errors").json()
        if each["request_id"] == answer.json()["request_id"]
    ]


def changed(record: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    record = json.loads(json.dumps(record))
    target: Any = record
    *parents, last = (int(name) if name.isdigit() else name for name in path.split(" > "))
    for name in parents:
        target = target[name]
    if value is ABSENT:
        del target[last]
    else:
        target[last] = value
    return record


@pytest.mark.parametrize("object_type", OBJECT_TYPES)
def test_a_record_with_every_documented_field_is_valid(
    object_type: str, full_records: Records, push: Push
) -> None:
    assert push(full_records[object_type]) == []


@pytest.mark.parametrize("object_type", OBJECT_TYPES)
def test_a_record_with_the_required_fields_alone_is_valid(
    object_type: str, full_records: Records, push: Push
) -> None:
    required = {
        "contact": ["id", "email"],
        "product": ["id"],
        "order": ["id", "timestamp", "grand_total", "currency"],
        "custom_event": ["id", "event_type", "timestamp", "profile_id"],
    }[object_type]
    full = full_records[object_type]
    assert push({"@type": object_type} | {name: full[name] for name in required}) == []


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(value, dict):
        return [leaf for name in value for leaf in leaves(value[name], (*path, name))]
    if isinstance(value, list):
        return [leaf for at, each in enumerate(value) for leaf in leaves(each, (*path, str(at)))]
    return [path]


@pytest.mark.parametrize("object_type", OBJECT_TYPES)
def test_null_an_empty_text_and_a_value_of_another_type_are_errors_at_every_field(
    object_type: str, full_records: Records, push: Push
) -> None:
    full = full_records[object_type]
    paths = [path for path in leaves(full) if path[0] != "@type"]
    assert len(paths) >= 7
    for path in paths:
        for bad in (None, "", {"an": "object"}):
            if "properties" in path and isinstance(bad, dict):
                continue  # custom fields may be of any type
            place = " > ".join(path)
            errors = push(changed(full, place, bad))
            end = path.index("properties") + 1 if "properties" in path else len(path)
            assert errors == [("not a valid value", " > ".join(path[:end]))], (place, bad)


@pytest.mark.parametrize("object_type", OBJECT_TYPES)
def test_a_field_that_is_not_documented_is_an_error_at_every_level(
    object_type: str, full_records: Records, push: Push
) -> None:
    full = full_records[object_type]
    levels = {path[:-1] for path in leaves(full) if not path[-1].isdigit()}
    assert () in levels
    for level in sorted(levels):
        if "properties" in level:
            continue
        place = " > ".join((*level, "colour_of_hair"))
        assert push(changed(full, place, "red")) == [("this field is not known", place)]


@pytest.mark.parametrize(
    ("object_type", "path"),
    [
        ("contact", "id"),
        ("product", "id"),
        ("product", "attributes > 0 > type"),
        ("product", "attributes > 0 > id"),
        ("product", "attributes > 0 > label"),
        ("order", "id"),
        ("order", "timestamp"),
        ("order", "grand_total"),
        ("order", "currency"),
        ("order", "lineitems > 0 > product_id"),
        ("order", "lineitems > 0 > quantity"),
        ("order", "lineitems > 0 > variant_options > 0 > type"),
        ("order", "lineitems > 0 > variant_options > 0 > id"),
        ("order", "lineitems > 0 > variant_options > 0 > label"),
        ("custom_event", "id"),
        ("custom_event", "event_type"),
        ("custom_event", "timestamp"),
    ],
)
def test_a_missing_required_field_is_an_error(
    object_type: str, path: str, full_records: Records, push: Push
) -> None:
    errors = push(changed(full_records[object_type], path, ABSENT))
    assert errors == [("this field is required", path)]


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        ("contact: email", "ada.example.com"),
        ("contact: email", "ada@example.com\n"),
        ("contact: phone_number", "02079460000"),
        ("contact: phone_number", "+44 20 7946 0000"),
        ("contact: phone_number", "+442079460000\n"),
        ("contact: phone_number", "+4420794600001234"),
        ("contact: gender", "female"),
        ("contact: gender", "F"),
        ("contact: date_of_birth", "1990-02-30"),
        ("contact: date_of_birth", "19900228"),
        ("contact: date_of_birth", "1990-02-28T00:00:00Z"),
        ("contact: country_id", "fr"),
        ("contact: country_id", "FRA"),
        ("contact: timezone", "Europe/Nowhere"),
        ("contact: timestamp_acquired", "2020-01-31T10:00:00"),
        ("contact: timestamp_acquired", "2020-01-31  10:00:00Z"),
        ("contact: timestamp_acquired", "2020-01-31T10:00:00+0"),
        ("contact: timestamp_acquired", "2020-02-31T10:00:00Z"),
        ("contact: timestamp_subscribed", "31/01/2020"),
        ("contact: timestamp_unsubscribed", "1580464800"),
        ("contact: marketing_optin", "yes"),
        ("contact: marketing_optin", "explicitly_optedin"),
        ("contact: @force_optin", "true"),
        ("contact: @merge", 1),
        ("contact: channels > sms > allow_marketing", "true"),
        ("contact: channels > sms > dt_updated_marketing", "2020-01-31"),
        ("contact: store_ids", "example.com"),
        ("contact: store_ids > 0", 12),
        ("contact: @add_to_lists > 0", "1"),
        ("contact: @add_to_lists > 0", 1.5),
        ("contact: properties", ["gold"]),
        ("contact: @collection", 3),
        ("contact: id", 17.0),
        ("contact: id", True),
        ("product: price", "20,10"),
        ("product: price", "£20"),
        ("product: price", "1e2"),
        ("product: price", True),
        ("product: special_price_dt_from", "2024-01-01"),
        ("product: currency", "eur"),
        ("product: currency", "EUR\n"),
        ("product: currency", "€"),
        ("product: url", "/p/1"),
        ("product: url", "example.com/p/1"),
        ("product: url", "https://example.com/a b"),
        ("product: url", "http://[::1/"),
        ("product: image_url", "ftp://example.com/1.jpg"),
        ("product: is_active", 1),
        ("product: is_active", "1"),
        ("product: is_active", "False"),
        ("product: @merge", 1),
        ("product: listings > 0 > url", "//example.com/p/1"),
        ("order: timestamp", "2024-03-01"),
        ("order: grand_total", "25 EUR"),
        ("order: shipping_address > country_code", "France"),
        ("order: lineitems > 0 > quantity", "one"),
        ("order: lineitems > 0 > is_on_sale", "no"),
        ("order: totals > base > currency", "Euro"),
        ("order: customer > email", "ada"),
        ("order: customer", "Ada"),
        ("order: lineitems", {}),
        ("order: lineitems > 0", "p-1"),
        ("contact: channels > sms", []),
        ("order: lineitems > 0 > product", "p-1"),
        ("custom_event: identity_email", "nobody"),
    ],
)
def test_a_value_in_another_form_is_an_error_at_its_path(
    path: str, bad: object, full_records: Records, push: Push
) -> None:
    object_type, _, place = path.partition(": ")
    errors = push(changed(full_records[object_type], place, bad))
    assert errors == [("not a valid value", place)]


def test_a_line_item_needs_a_unit_price_or_a_subtotal(full_records: Records, push: Push) -> None:
    without_price = changed(full_records["order"], "lineitems > 0 > unit_price", ABSENT)
    assert push(without_price) == []
    with_neither = changed(without_price, "lineitems > 0 > subtotal", ABSENT)
    assert push(with_neither) == [("not a valid value", "lineitems > 0")]


def test_a_custom_event_needs_one_identity(full_records: Records, push: Push) -> None:
    names = ("profile_id", "identity_email", "identity_account_id")
    full = full_records["custom_event"]
    nobody = {name: value for name, value in full.items() if name not in names}
    assert push(nobody) == [("not a valid value", "")]
    for name in names:
        assert push(nobody | {name: full[name]}) == []


def test_force_optin_is_sent_only_together_with_an_optin(full_records: Records, push: Push) -> None:
    alone = changed(full_records["contact"], "marketing_optin", ABSENT)
    assert push(alone) == [("not a valid value", "")]


def test_listings_are_for_parents_only(full_records: Records, push: Push) -> None:
    variant = changed(full_records["product"], "is_variant", value=True)
    assert push(variant) == [("not a valid value", "listings")]
    assert push(changed(variant, "listings", [])) == []


@pytest.mark.parametrize("object_type", OBJECT_TYPES)
def test_custom_fields_have_less_than_1000_characters_of_json(
    object_type: str, full_records: Records, push: Push
) -> None:
    around = len('{"note":""}')
    longest = {"note": "é" * (999 - around)}
    assert push(changed(full_records[object_type], "properties", longest)) == []
    too_long = {"note": "é" * (1000 - around)}
    errors = push(changed(full_records[object_type], "properties", too_long))
    assert errors == [("not a valid value", "properties")]


def test_an_account_has_100_custom_fields_per_field_type_and_object_type(
    fast: Settings, full_records: Records, connect: Callable[[RunningEmulator], httpx.Client]
) -> None:
    contact, product = full_records["contact"], full_records["product"]
    traits = Traits(errors_fields=("request_id",))
    with running(dataclasses.replace(fast, traits=traits)) as emulator:
        client = connect(emulator)

        def errors(record: dict[str, Any], **fields: object) -> list[tuple[str, str]]:
            return errors_of(record | {"properties": fields}, emulator, client)

        for kind, value in {"n": 1, "b": True, "s": "x", "d": "2024-01-31", "l": ["x"]}.items():
            for start in (0, 50):
                assert errors(contact, **{f"{kind}{start + at}": value for at in range(50)}) == []
            assert errors(contact, **{f"{kind}100": value}) == [
                ("too many custom fields", "properties")
            ]
        assert errors(contact, n7=2, n99=2.5, s99="y") == []
        assert errors(product, n100=1) == []


@pytest.mark.parametrize(
    ("object_type", "path", "sent", "kept"),
    [
        ("order", "is_valid", "false", False),
        ("order", "lineitems > 0 > is_on_sale", "true", True),
        ("order", "lineitems > 0 > quantity", "1", 1),
        ("order", "grand_total", "-25.50", -25.5),
        ("order", "timestamp", "2018-04-19T09:00:00+00", "2018-04-19T09:00:00+00:00"),
        (
            "order",
            "timestamp",
            "2017-02-02 10:18:12.833949+00",
            "2017-02-02T10:18:12.833949+00:00",
        ),
        ("order", "lineitems > 0 > product_id", 4711, "4711"),
        ("order", "customer > id", 12, "12"),
        ("product", "price", "20.10", 20.1),
        ("product", "sku", 99, "99"),
        ("product", "@merge", True, True),
        ("contact", "timestamp_acquired", "2020-01-31 10:00:00Z", "2020-01-31T10:00:00Z"),
        ("contact", "timestamp_subscribed", "2020-01-31", "2020-01-31"),
    ],
)
def test_values_in_the_types_of_the_official_examples_are_kept_in_the_fields_own(
    object_type: str,
    path: str,
    sent: object,
    kept: object,
    full_records: Records,
    push: Push,
    emulator: RunningEmulator,
) -> None:
    record = changed(full_records[object_type], path, sent) | {"id": "examples"}
    assert push(record) == []
    with closing(sqlite3.connect(emulator.database)) as database:
        [(body,)] = database.execute(
            "SELECT body FROM record WHERE id = 'examples' AND object_type = ?", (object_type,)
        )
    assert json.loads(body) == changed(record, path, kept)


def test_an_id_that_is_an_integer_is_found_by_its_digits(
    full_records: Records, push: Push, emulator: RunningEmulator
) -> None:
    assert push(full_records["product"] | {"id": 4711}) == []
    headers = {"X-Ometria-Auth": "staging-key"}
    found = httpx.get(f"{emulator.base_url}/products/4711", headers=headers)
    assert found.json()["id"] == "4711"


def test_a_line_item_may_hold_its_product_in_place_of_its_id(
    full_records: Records, push: Push
) -> None:
    product = {"id": "p-9", "sku": "SH-9", "title": "Shirt", "price": 20.1}
    embedded = changed(full_records["order"], "lineitems > 0 > product", product)
    assert push(embedded) == []
    assert push(changed(embedded, "lineitems > 0 > product_id", ABSENT)) == []
    nameless = changed(embedded, "lineitems > 0 > product > id", ABSENT)
    place = "lineitems > 0 > product > id"
    assert push(nameless) == [("this field is required", place)]


def test_a_contact_without_an_email_needs_another_identifier(
    full_records: Records, push: Push, emulator: RunningEmulator
) -> None:
    bare = {"@type": "contact", "id": "1", "@collection": "customers"}
    required = [("this field is required", "email")]
    assert push(bare) == required
    for name in ("customer_id", "phone_number"):
        assert push(bare | {name: full_records["contact"][name]}) == []
    emulator.set_traits(errors_fields=("request_id",), email_required=True)
    assert push(bare | {"customer_id": "k-1"}) == required
    emulator.set_traits(errors_fields=("request_id",))


def test_every_fault_of_a_record_is_an_error_of_its_own(full_records: Records, push: Push) -> None:
    wrong = changed(full_records["contact"], "id", ABSENT) | {"gender": "x", "age": 3}
    assert sorted(push(wrong)) == [
        ("not a valid value", "gender"),
        ("this field is not known", "age"),
        ("this field is required", "id"),
    ]
