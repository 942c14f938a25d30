"""Comparing a record as it was sent with what an account shows."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.emulator import RunningEmulator, Settings, running
from ometria_import.options.choices import ObjectType
from ometria_import.verification.comparing import ABSENT, LOOSE_RULES, Comparison, as_text, compare
from tests.verification.comparing.records import (
    READABLE,
    WRITE_ONLY,
    at,
    is_consent_time,
    other_value,
    places_of,
    record_of,
)

CONTACT, ORDER, PRODUCT = ObjectType.CONTACT, ObjectType.ORDER, ObjectType.PRODUCT
DECODER = msgspec.json.Decoder(float_hook=Decimal)
ENCODER = msgspec.json.Encoder(decimal_format="number")
Pair = tuple[dict[str, Any], dict[str, Any]]
AS_IT_CAME = {"timestamps": "as_sent", "zone": "as_sent"} | dict.fromkeys(
    ("lower_emails", "unset_nulls", "consent_now"), False
)


@pytest.fixture(scope="module")
def emulator() -> Iterator[RunningEmulator]:
    with running(Settings(rate=100_000, read_rate=100_000, drain=1_000_000)) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def sent(emulator: RunningEmulator) -> list[dict[str, Any]]:
    """Records of every type that the account has stored."""
    random, records = Random(7), []
    with client_of(emulator) as client:
        for object_type in READABLE:
            batch = [record_of(object_type, random, number) for number in range(20)]
            answer = client.post("/push", content=ENCODER.encode(batch))
            assert answer.json()["accepted"] == len(batch), answer.text
            records += batch
        emulator.wait_until_drained()
        assert client.get("/push/_errors").json() == []
    return records


def client_of(emulator: RunningEmulator) -> httpx.Client:
    headers = {"X-Ometria-Auth": "staging-key", "Content-Type": "application/json"}
    return httpx.Client(base_url=emulator.base_url, headers=headers)


def pairs(
    emulator: RunningEmulator, sent: list[dict[str, Any]], traits: dict[str, Any]
) -> list[Pair]:
    """Each record with what an account with these traits shows of it."""
    emulator.set_traits(**AS_IT_CAME | traits)
    found: dict[str, dict[str, Any]] = {}
    with client_of(emulator) as client:
        for path in ("products", "contacts/customers", "contacts/news", "orders"):
            answer = client.get(path, params={"limit": 250, "includeVariants": "true"})
            found |= {each["id"]: each for each in DECODER.decode(answer.content)}
    return [(record, found[record["id"]]) for record in sent]


def fields(comparison: Comparison) -> list[str]:
    return [each.field for each in comparison.differences]


def is_consent(field: str) -> bool:
    return is_consent_time((field.rpartition(".")[2],))


@given(st.sampled_from(READABLE), st.integers(0, 2**32))
def test_record_is_the_same_as_itself_without_any_rule(object_type: ObjectType, seed: int) -> None:
    record = record_of(object_type, Random(seed))

    found = {name: deepcopy(record[name]) for name in reversed(record)}

    assert compare(object_type, record, found) == Comparison()


@pytest.mark.parametrize(
    "traits",
    [
        {},
        {"zone": "offset"},
        {"unset_nulls": True, "lower_emails": True},
        {"zone": "offset", "unset_nulls": True, "lower_emails": True},
    ],
)
def test_every_planted_difference_is_found_whatever_else_the_account_shows_otherwise(
    emulator: RunningEmulator, sent: list[dict[str, Any]], traits: dict[str, Any]
) -> None:
    random, records = Random(str(traits)), pairs(emulator, sent, traits)
    for _ in range(250):
        record, shown = random.choice(records)
        place = random.choice(list(places_of(record)))
        found = deepcopy(shown)
        parent = at(found, place[:-1])
        if random.random() < 0.3:
            del parent[place[-1]]
        else:
            parent[place[-1]] = other_value(at(record, place), place, random)

        comparison = compare(ObjectType(record["@type"]), record, found)

        may_be_absent = (*WRITE_ONLY, "@type", "@collection")
        if place[0] in may_be_absent and found.get(place[0], "") in ("", []):
            assert comparison.is_same
            assert comparison.rules
        else:
            assert not comparison.is_same, (place, at(record, place), found)
            assert all(each.field.startswith(str(place[0])) for each in comparison.differences)


@pytest.mark.parametrize("kept", ["as_sent", "seconds", "days"])
@pytest.mark.parametrize("zone", ["as_sent", "offset"])
@pytest.mark.parametrize("lower_emails", [False, True])
@pytest.mark.parametrize("unset_nulls", [False, True])
def test_account_differs_only_in_what_its_traits_lose(
    emulator: RunningEmulator,
    sent: list[dict[str, Any]],
    kept: str,
    zone: str,
    *,
    lower_emails: bool,
    unset_nulls: bool,
) -> None:
    used: set[str] = set()
    traits = {"timestamps": kept, "zone": zone} | {
        "lower_emails": lower_emails,
        "unset_nulls": unset_nulls,
    }

    for record, found in pairs(emulator, sent, traits):
        comparison = compare(ObjectType(record["@type"]), record, found)
        used |= comparison.rules.keys()
        for each in comparison.differences:
            assert kept == "days" or (is_consent(each.field) and each.sent.endswith(".25Z"))
            assert kept != "as_sent"

    assert used == {
        name
        for name, is_needed in {
            "same_moment": zone == "offset" and kept != "days",
            "times_to_the_second": kept == "seconds",
            "emails_in_another_case": lower_emails,
            "unset_values": unset_nulls,
        }.items()
        if is_needed
    }


@pytest.mark.parametrize(
    ("kept", "rule"),
    [("seconds", "consent_times_to_the_second"), ("days", "times_to_the_day")],
)
def test_account_that_keeps_less_of_times_differs_until_a_user_accepts_it(
    emulator: RunningEmulator, sent: list[dict[str, Any]], kept: str, rule: str
) -> None:
    for record, found in pairs(emulator, sent, {"timestamps": kept}):
        object_type = ObjectType(record["@type"])
        strict, loose = (compare(object_type, record, found, accepted) for accepted in ((), {rule}))
        of_consents = [field for field in fields(strict) if is_consent(field)]

        if kept == "seconds":
            assert fields(strict) == of_consents
            assert all(".25Z" in each.sent for each in strict.differences)
            assert loose.is_same
        else:
            assert fields(loose) == of_consents
            for each in strict.differences:
                assert (each.rule is LOOSE_RULES[rule]) is not is_consent(each.field)
        assert sum(loose.rules.values()) - sum(strict.rules.values()) == len(
            strict.differences
        ) - len(loose.differences)


def test_account_that_dates_consents_itself_differs(emulator: RunningEmulator) -> None:
    undated = {
        "@type": "contact",
        "@collection": "news",
        "id": "undated",
        "email": "ada@example.com",
        "marketing_optin": "EXPLICITLY_OPTEDIN",
    }
    emulator.set_traits(**AS_IT_CAME | {"consent_now": True})
    with client_of(emulator) as client:
        client.post("/push", content=ENCODER.encode([undated]))
        emulator.wait_until_drained()

    ((_, found),) = pairs(emulator, [undated], {})
    (difference,) = compare(CONTACT, undated, found).differences

    assert difference.field == "timestamp_subscribed"
    assert difference.sent is ABSENT
    assert difference.words == "are in the account and were not sent"
    assert difference.rule is LOOSE_RULES["consents_dated_by_the_account"]
    loose = compare(CONTACT, undated, found, {difference.rule.name})
    assert loose.is_same
    assert loose.rules == {difference.rule.name: 1}


@pytest.mark.parametrize(
    ("sent", "found", "rule"),
    [
        ({"email": "Ada@Example.com"}, {"email": "ada@example.com"}, "emails_in_another_case"),
        ({"id": "7"}, {"id": 7}, "ids_as_text"),
        (
            {"phone_number": "+442079460000"},
            {"phone_number": "0044 20 7946-0000"},
            "phones_in_e164",
        ),
        ({"firstname": ""}, {}, "unset_values"),
        ({}, {"firstname": None, "channels": {"sms": {}}}, "unset_values"),
        ({"@merge": True}, {}, "instructions"),
        ({"@collection": "news"}, {}, "named_by_the_path"),
        ({}, {"lastname": "Byron", "properties": {"x": 1}}, "fields_of_others"),
        ({"properties": {"a": 1}}, {"properties": {"a": 1, "b": 2}}, "fields_of_others"),
        (
            {"properties": {"a": "2024-01-31"}},
            {"properties": {"a": "2024-01-31T00:00:00+00:00"}},
            "midnight_as_day",
        ),
        (
            {"date_of_birth": "1990-12-31"},
            {"date_of_birth": "1990-12-31T00:00:00Z"},
            "midnight_as_day",
        ),
        ({"store_ids": ["b", "a"]}, {"store_ids": ["a", "b"]}, "sets_in_any_order"),
        (
            {"timestamp_acquired": "2024-01-01T01:00:00+01:00"},
            {"timestamp_acquired": "2024-01-01 00:00:00+00"},
            "same_moment",
        ),
        (
            {"timestamp_subscribed": "2024-01-01T01:00:00+01:00"},
            {"timestamp_subscribed": "2024-01-01T00:00:00Z"},
            "same_moment",
        ),
    ],
)
def test_contact_is_the_same_by_one_rule(
    sent: dict[str, Any], found: dict[str, Any], rule: str
) -> None:
    comparison = compare(CONTACT, sent, found)

    assert comparison.is_same
    assert comparison.rules.keys() == {rule}


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"marketing_optin": "EXPLICITLY_OPTEDOUT"}, {"marketing_optin": "explicitly_optedout"}),
        ({"marketing_optin": "EXPLICITLY_OPTEDOUT"}, {"marketing_optin": None}),
        ({"channels": {"sms": {"allow_marketing": False}}}, {"channels": None}),
        (
            {"channels": {"sms": {"allow_marketing": False}}},
            {"channels": {"sms": {"allow_marketing": "false"}}},
        ),
        (
            {"channels": {"sms": {"allow_marketing": True}}},
            {"channels": {"sms": {"allow_marketing": 1}}},
        ),
        ({"@force_optin": True}, {"@force_optin": False}),
        (
            {"timestamp_unsubscribed": "2024-01-01T00:00:00Z"},
            {"timestamp_unsubscribed": "2024-01-01"},
        ),
        (
            {"timestamp_unsubscribed": "2024-01-01T00:00:00Z"},
            {"timestamp_unsubscribed": "2024-01-01T00:00:00"},
        ),
    ],
)
def test_no_rule_excuses_a_consent(sent: dict[str, Any], found: dict[str, Any]) -> None:
    comparison = compare(CONTACT, sent, found, tuple(LOOSE_RULES))

    assert len(comparison.differences) == 1


@pytest.mark.parametrize(
    ("field", "sent", "found"),
    [
        ("customer_id", "00Qa", "00QA"),
        ("customer_id", "7", 8),
        ("properties", {"a": 1}, {"a": True}),
        ("properties", {"a": 1}, {"a": "1"}),
        ("properties", {"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}),
        ("properties", {"a": "2024"}, {"a": "2024-01-01"}),
        ("store_ids", ["a", "b"], ["a", "c"]),
        ("channels", {"sms": {"allow_marketing": True}}, "sms"),
    ],
)
def test_no_rule_excuses_another_value(field: str, sent: Any, found: Any) -> None:
    assert not compare(CONTACT, {field: sent}, {field: found}, tuple(LOOSE_RULES)).is_same


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zoë", "Zoë"),
        (Decimal("12.50"), "12.50"),
        (True, "true"),
        ({"price": Decimal("1.5")}, '{"price":1.5}'),
        (None, ""),
        (ABSENT, ""),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_values_are_shown_to_people(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_deep_custom_fields_are_compared() -> None:
    def contact(leaf: int) -> dict[str, Any]:
        value: Any = leaf
        for _ in range(400):
            value = [value]
        return {"properties": {"deep": value}}

    assert compare(CONTACT, contact(1), contact(1)).is_same
    assert fields(compare(CONTACT, contact(1), contact(2))) == ["properties.deep"]


@pytest.mark.parametrize(
    ("currency", "sent", "found", "is_same"),
    [
        ("GBP", "12.345", "12.35", True),
        ("GBP", "12.34", "12.346", False),
        ("JPY", "1000.5", "1000", True),
        ("JPY", "1000", "1001", False),
        ("KWD", "1.2345", "1.234", True),
        ("KWD", "1.234", "1.23", False),
        ("GBP", "10.00", "10", True),
    ],
)
def test_amounts_are_the_same_to_half_a_minor_unit(
    currency: str, sent: str, found: str, *, is_same: bool
) -> None:
    def order(amount: str) -> dict[str, Any]:
        items = [{"product_id": "p", "unit_price": Decimal(amount)}]
        return {"id": "o", "currency": currency, "lineitems": items}

    assert compare(ORDER, order(sent), order(found)).is_same is is_same


def test_price_of_a_listing_is_in_its_own_currency() -> None:
    def product(amount: str) -> dict[str, Any]:
        listing = {"store": "jp", "currency": "JPY", "price": Decimal(amount)}
        return {"id": "p", "currency": "GBP", "listings": [listing]}

    assert compare(PRODUCT, product("100.4"), product("100")).is_same
    assert fields(compare(PRODUCT, product("101"), product("100"))) == ["listings[jp].price"]


def test_items_are_named_by_what_they_are() -> None:
    sent = {
        "lineitems": [{"product_id": "a", "quantity": 1}, {"product_id": "b", "quantity": 2}],
        "attributes": [],
    }
    swapped = {"lineitems": [sent["lineitems"][1], sent["lineitems"][0]]}
    other = {"lineitems": [{"product_id": "b", "quantity": 3}]}
    brands = [[{"type": "brand", "id": str(number), "label": "X"}] for number in (1, 2)]

    assert compare(ORDER, sent, swapped).rules["items_in_any_order"] == 1
    assert fields(compare(ORDER, sent, other)) == ["lineitems[0]", "lineitems[1].quantity"]
    assert fields(compare(PRODUCT, {"attributes": brands[0]}, {"attributes": brands[1]})) == [
        "attributes[brand/1]",
        "attributes[brand/2]",
    ]


def test_items_that_only_the_account_has_differ() -> None:
    line, brand = {"product_id": "a", "quantity": 1}, {"type": "brand", "id": "1", "label": "X"}

    order = compare(ORDER, {"lineitems": [line]}, {"lineitems": [line, line]})
    product = compare(PRODUCT, {"attributes": []}, {"attributes": [brand]})
    contact = compare(CONTACT, {"store_ids": ["a"]}, {"store_ids": ["a", "b"]})

    assert [fields(each) for each in (order, product, contact)] == [
        ["lineitems[1]"],
        ["attributes[brand/1]"],
        ["store_ids[b]"],
    ]


def test_equal_lines_of_one_product_are_one_anothers() -> None:
    lines = [{"product_id": "a", "quantity": 1, "total": 5}, {"product_id": "a", "quantity": 2}]

    comparison = compare(ORDER, {"lineitems": lines}, {"lineitems": lines[::-1]})

    assert comparison.is_same
    assert comparison.rules == {"items_in_any_order": 1}


def test_order_that_the_account_takes_out_of_revenue_differs() -> None:
    order = {"id": "1", "grand_total": Decimal(5)}

    assert fields(compare(ORDER, order, order | {"is_valid": False})) == ["is_valid"]
    assert compare(ORDER, order, order | {"is_valid": True}).extra_fields == 1
