"""Many differences told of as the few causes behind them."""

from __future__ import annotations

import tracemalloc
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.options.choices import ObjectType
from ometria_import.verification.comparing import (
    LOOSE_RULES,
    RULES,
    WORDS,
    FoundOrders,
    Patterns,
    compare,
)
from ometria_import.verification.comparing.patterns import MAX_PATTERNS
from tests.verification.comparing.records import READABLE, at, places_of, record_of

CONTACT, ORDER, PRODUCT = ObjectType.CONTACT, ObjectType.ORDER, ObjectType.PRODUCT


def patterns_of(object_type: ObjectType, *pairs: tuple[dict[str, Any], dict[str, Any]]) -> Patterns:
    patterns = Patterns()
    for line, (sent, found) in enumerate(pairs, 2):
        comparison = compare(object_type, sent, found)
        patterns.add(object_type, sent, comparison, key=f"k{line}", source="people.csv", line=line)
    return patterns


def words(patterns: Patterns) -> list[tuple[str, int, int, str]]:
    return [(each.field, each.count, each.of, each.words) for each in patterns.as_list()]


def acquired(time: str) -> dict[str, Any]:
    return {"timestamp_acquired": time}


def test_one_cause_is_one_pattern_with_three_examples_and_the_rule_that_explains_it() -> None:
    pairs = [
        (acquired(f"2024-01-{day:02}T10:00:00Z"), acquired(f"2024-01-{day:02}T00:00:00Z"))
        for day in range(1, 10)
    ]

    (pattern,) = patterns_of(CONTACT, *pairs, ({"id": "9"}, {"id": "9"})).as_list()

    assert (pattern.count, pattern.of, pattern.words) == (9, 9, "come back at midnight")
    assert pattern.offered == "times_to_the_day"
    assert [(each.key, each.line, each.sent, each.found) for each in pattern.examples] == [
        (f"k{day + 1}", day + 1, f"2024-01-0{day}T10:00:00Z", f"2024-01-0{day}T00:00:00Z")
        for day in (1, 2, 3)
    ]


def test_rule_that_does_not_explain_nearly_all_is_not_offered() -> None:
    cut = (acquired("2024-01-01T10:00:00Z"), acquired("2024-01-01"))
    other = (acquired("2024-01-01T10:00:00Z"), acquired("2023-01-01"))

    assert [each.offered for each in patterns_of(CONTACT, cut, other).as_list()] == [None, None]
    assert patterns_of(CONTACT, *[cut] * 99, other).as_list()[0].offered == "times_to_the_day"
    assert patterns_of(CONTACT, *[cut] * 98, other).as_list()[0].offered is None


@pytest.mark.parametrize(
    ("object_type", "sent", "found", "told"),
    [
        (
            CONTACT,
            acquired("2024-07-01T10:00:00Z"),
            acquired("2024-07-01T11:00:00Z"),
            "come back 1 hour later",
        ),
        (
            CONTACT,
            acquired("2024-07-01T10:00:00Z"),
            acquired("2024-07-01T04:30:00Z"),
            "come back 5.5 hours earlier",
        ),
        (
            CONTACT,
            acquired("2024-07-01T10:00:00Z"),
            acquired("2024-07-01T10:00:00"),
            "come back without an offset",
        ),
        (
            CONTACT,
            acquired("2024-07-01T10:00:00Z"),
            acquired("soon"),
            "come back as something that is no time",
        ),
        (
            CONTACT,
            {"phone_number": "+15555550100"},
            {},
            "are absent in the account, which drops numbers that it takes for wrong",
        ),
        (
            CONTACT,
            {"marketing_optin": "EXPLICITLY_OPTEDOUT"},
            {"marketing_optin": "EXPLICITLY_OPTEDIN"},
            "were sent as EXPLICITLY_OPTEDOUT and come back as EXPLICITLY_OPTEDIN",
        ),
        (CONTACT, {"firstname": "Zoë"}, {"firstname": "ZoÃ«"}, "come back in a damaged encoding"),
        (CONTACT, {"firstname": "Zoë"}, {"firstname": "Zo?"}, "come back in a damaged encoding"),
        (
            CONTACT,
            {"firstname": "Zo\u00eb"},
            {"firstname": "Zoe\u0308"},
            "come back in another form of Unicode",
        ),
        (CONTACT, {"firstname": "A & B"}, {"firstname": "A &amp; B"}, "come back escaped for HTML"),
        (CONTACT, {"firstname": "Ada  B "}, {"firstname": "Ada B"}, "come back with other blanks"),
        (CONTACT, {"firstname": "ADA"}, {"firstname": "Ada"}, "come back in another case"),
        (CONTACT, {"firstname": "Adalbert"}, {"firstname": "Adal"}, "come back cut short"),
        (CONTACT, {"firstname": "Ada"}, {"firstname": "Bob"}, "come back with another text"),
        (
            CONTACT,
            {"properties": {"vip": True}},
            {"properties": {"vip": "yes"}},
            "come back as a text",
        ),
        (
            CONTACT,
            {"properties": {"seen": "2024-07-01T10:00:00Z"}},
            {"properties": {"seen": "2024-07-01T00:00:00Z"}},
            "come back at midnight",
        ),
        (
            CONTACT,
            {"date_of_birth": "1990-12-31"},
            {"date_of_birth": "1990-12-30"},
            "come back as another day",
        ),
        (
            CONTACT,
            {"date_of_birth": "1990-12-31"},
            {"date_of_birth": "1990-12-31T12:00:00Z"},
            "come back with a time of day",
        ),
        (ORDER, {"tax": 5}, {"tax": -5}, "come back with the opposite sign"),
        (ORDER, {"tax": 5}, {"tax": 0}, "come back as 0"),
        (ORDER, {"tax": Decimal("5.25")}, {"tax": 525}, "come back 100 times as large"),
        (ORDER, {"tax": 525}, {"tax": Decimal("5.25")}, "come back 100 times as small"),
        (ORDER, {"tax": Decimal("5.25")}, {"tax": 5}, "come back as a whole number"),
        (ORDER, {"tax": 5}, {"tax": 7}, "come back with another number"),
    ],
)
def test_cause_is_told_in_words(
    object_type: ObjectType, sent: dict[str, Any], found: dict[str, Any], told: str
) -> None:
    (pattern,) = patterns_of(object_type, (sent, found)).as_list()

    assert pattern.words == told


def test_ten_lines_of_one_order_are_one_order() -> None:
    def order(quantity: int) -> dict[str, Any]:
        return {"lineitems": [{"product_id": str(line), "quantity": quantity} for line in range(9)]}

    assert words(patterns_of(ORDER, (order(1), order(2)), (order(1), order(1)))) == [
        ("lineitems[].quantity", 1, 2, "come back with another number")
    ]


def test_custom_fields_are_patterns_of_their_own() -> None:
    def contact(**properties: Any) -> dict[str, Any]:
        return {"properties": properties}

    told = words(
        patterns_of(CONTACT, (contact(a=1, b=2), contact(a=1, b=3)), (contact(a=1), contact(a=1)))
    )

    assert told == [("properties.b", 1, 1, "come back with another number")]


def test_rules_are_counted_in_the_order_of_the_table() -> None:
    patterns = patterns_of(
        CONTACT,
        ({"email": "A@example.com"}, {"email": "a@example.com", "lastname": None}),
        ({"email": "B@example.com"}, {"email": "b@example.com", "lastname": "B"}),
    )

    assert [(each.rule, each.count) for each in patterns.rules()] == [
        ("unset_values", 1),
        ("fields_of_others", 1),
        ("emails_in_another_case", 2),
    ]
    assert patterns.extra_fields(CONTACT) == 1
    assert patterns.extra_fields(ORDER) == 0


def test_patterns_go_on_where_they_stopped() -> None:
    sent, found = {"email": "A@example.com", "firstname": "A"}, {"email": "a@example.com"}
    whole = patterns_of(CONTACT, *[(sent, found)] * 10)

    part = Patterns.decode(patterns_of(CONTACT, *[(sent, found)] * 5).encode())
    for _ in range(5):
        part.add(CONTACT, sent, compare(CONTACT, sent, found))

    assert words(part) == words(whole)
    assert part.rules() == whole.rules()


def test_memory_is_bounded_and_what_finds_no_place_is_still_counted() -> None:
    patterns = Patterns()

    def add(numbers: range) -> None:
        for number in numbers:
            sent = {"properties": {f"field{number}": "x" * 500}}
            patterns.add(CONTACT, sent, compare(CONTACT, sent, {}), key=str(number))

    add(range(3_000))
    tracemalloc.start()
    add(range(3_000, 6_000))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert grown < 50_000
    found = patterns.as_list()
    assert len(found) == MAX_PATTERNS + 1
    assert sum(each.count for each in found) == 6_000
    assert found[0].field == ""


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
    | st.text(max_size=5)
    | st.sampled_from(["2024-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    | st.sampled_from(["NaN", "Infinity", "1e999999", "false", "+44"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.sampled_from(READABLE), st.integers(0, 2**32), anything)
def test_whatever_an_account_shows_can_be_compared_and_told(
    object_type: ObjectType, seed: int, shown: Any
) -> None:
    random = Random(seed)
    sent = record_of(object_type, random)
    place = random.choice(list(places_of(sent)))
    found = deepcopy(sent)
    at(found, place[:-1])[place[-1]] = shown
    patterns, orders = Patterns(), FoundOrders()

    patterns.add(object_type, sent, compare(object_type, sent, found))
    orders.add(sent, found)

    assert Patterns.decode(patterns.encode()).as_list() == patterns.as_list()
    assert list(FoundOrders.decode(orders.encode()).lost()) == list(orders.lost())


def test_every_rule_has_its_own_name_and_one_sentence() -> None:
    rules = [*RULES, *LOOSE_RULES.values()]

    assert len(WORDS) == len(rules)
    assert all(rule.words.endswith(".") and rule.fields for rule in rules)
    assert not {rule.name for rule in RULES} & LOOSE_RULES.keys()


def test_cause_of_a_single_difference_is_said_in_the_singular() -> None:
    one = patterns_of(
        CONTACT,
        ({"firstname": "Ada"}, {"firstname": "Eve"}),
        ({"marketing_optin": "NOT_SPECIFIED"}, {"marketing_optin": "EXPLICITLY_OPTEDIN"}),
        *(({"lastname": "Ada"}, {}) for _ in range(2)),
    )

    assert sorted(each.said for each in one.as_list()) == [
        "are absent in the account",
        "comes back with another text",
        "was sent as NOT_SPECIFIED and comes back as EXPLICITLY_OPTEDIN",
    ]
