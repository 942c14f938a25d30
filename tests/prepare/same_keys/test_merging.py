"""The laws of making one record of several with one key."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.same_keys.consent import CONSENTS, Consent, Leaves
from ometria_import.prepare.same_keys.merging import MergedRecord
from ometria_import.schema import ObjectType

IN, OUT, UNKNOWN = "EXPLICITLY_OPTEDIN", "EXPLICITLY_OPTEDOUT", "NOT_SPECIFIED"
EMAIL = CONSENTS[0]


def merged(
    *records: dict[str, Any], object_type: ObjectType = ObjectType.CONTACT
) -> dict[str, Any]:
    record = MergedRecord(object_type)
    for each in records:
        record.add(json.dumps({"@type": str(object_type), **each}).encode())
    found: dict[str, Any] = json.loads(record.encoded())
    assert found.pop("@type") == str(object_type)
    return found


def said(state: str = "", joined: str = "", left: str = "") -> dict[str, str]:
    """What a row says about consent; blank parts are absent."""
    parts = {
        "timestamp_subscribed": joined,
        "timestamp_unsubscribed": left,
        "marketing_optin": state,
    }
    return {name: value for name, value in parts.items() if value}


def day(year: int) -> str:
    return f"{year}-01-01T00:00:00Z"


def test_each_field_takes_the_later_value_and_nothing_else_is_lost() -> None:
    assert merged(
        {"id": "1", "email": "a@example.com", "firstname": "Ada", "store_ids": ["uk", "eu"]},
        {"id": "1", "email": "b@example.com", "lastname": "Winter", "store_ids": ["us"]},
    ) == {
        "id": "1",
        "email": "b@example.com",
        "firstname": "Ada",
        "lastname": "Winter",
        "store_ids": ["us"],
    }


def test_custom_fields_merge_by_name_and_lists_are_replaced_as_a_whole() -> None:
    assert merged(
        {
            "id": "1",
            "attributes": [{"type": "brand", "id": "a", "label": "A"}],
            "properties": {"colour": "red", "tier": "gold", "sizes": {"s": 1, "m": 2}},
        },
        {
            "id": "1",
            "attributes": [{"type": "size", "id": "m", "label": "M"}],
            "properties": {"tier": "silver", "sizes": {"l": 3}, "new": True},
        },
        object_type=ObjectType.PRODUCT,
    ) == {
        "id": "1",
        "attributes": [{"type": "size", "id": "m", "label": "M"}],
        "properties": {"colour": "red", "tier": "silver", "sizes": {"l": 3}, "new": True},
    }


def test_amounts_keep_every_digit_and_fields_their_places() -> None:
    record = MergedRecord(ObjectType.PRODUCT)
    record.add(b'{"@type":"product","id":"7","price":8.00,"currency":"GBP"}')
    record.add(b'{"@type":"product","id":"7","title":"M\xc3\xbcg","price":9.10}')
    assert record.encoded() == (
        b'{"@type":"product","id":"7","title":"M\xc3\xbcg","currency":"GBP","price":9.10}'
    )


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [
        (said(OUT), said(IN), said(OUT)),
        (said(OUT), said(IN, day(2024)), said(OUT)),
        (said(OUT, left=day(2023)), said(IN), said(OUT, left=day(2023))),
        (said(OUT, left=day(2023)), said(IN, day(2022)), said(OUT, left=day(2023))),
        (said(OUT, left=day(2023)), said(IN, day(2023)), said(OUT, left=day(2023))),
        (said(OUT, left=day(2023)), said(IN, day(2024)), said(IN, day(2024))),
        (said(OUT, day(2019), day(2023)), said(IN, day(2020)), said(OUT, day(2019), day(2023))),
        (said(OUT), said(UNKNOWN), said(OUT)),
        (said(OUT), {}, said(OUT)),
        (said(OUT), said(left=day(2023)), said(OUT, left=day(2023))),
        (said(IN), said(IN, day(2020)), said(IN, day(2020))),
        (said(IN, day(2021)), said(IN, day(2020)), said(IN, day(2021))),
    ],
)
def test_the_opt_out_wins_over_what_is_older_or_has_no_time_in_any_order(
    one: dict[str, str], other: dict[str, str], kept: dict[str, str], *, is_turned: bool
) -> None:
    rows = [other, one] if is_turned else [one, other]
    assert merged(*({"id": "1", **row} for row in rows)) == {"id": "1", **kept}


def test_later_row_counts_where_nobody_opted_out() -> None:
    assert merged(said(IN, day(2020)), said(UNKNOWN)) == said(UNKNOWN)
    assert merged(said(UNKNOWN), said(IN, day(2020))) == said(IN, day(2020))


def test_force_goes_with_the_state_that_it_was_said_with() -> None:
    forced = {**said(IN), "@force_optin": True}
    assert merged(forced, said(OUT)) == said(OUT)
    assert merged({**said(OUT), "@force_optin": True}, said(IN)) == {
        **said(OUT),
        "@force_optin": True,
    }


def test_consent_to_text_messages_moves_with_its_time_and_apart_from_that_to_mails() -> None:
    def sms(*, allows: bool, when: int) -> dict[str, Any]:
        return {"allow_marketing": allows, "dt_updated_marketing": day(when)}

    assert merged(
        {**said(IN), "channels": {"sms": sms(allows=False, when=2023)}},
        {**said(OUT), "channels": {"sms": {**sms(allows=True, when=2022), "x": 1}}},
    ) == {**said(OUT), "channels": {"sms": {**sms(allows=False, when=2023), "x": 1}}}


Rows = st.lists(
    st.builds(
        said,
        st.sampled_from(["", IN, OUT, UNKNOWN]),
        st.sampled_from(["", day(2019), day(2021), day(2023)]),
        st.sampled_from(["", day(2020), day(2021), day(2022)]),
    ),
    min_size=1,
    max_size=6,
)


def consent_of(rows: list[dict[str, str]], first: int = 0) -> Consent:
    consent = Consent(EMAIL)
    for place, row in enumerate(rows, first):
        leaves: Leaves = {(name,): json.dumps(value).encode() for name, value in row.items()}
        consent.add(leaves, place)
        assert leaves == {}
    return consent


@given(rows=Rows, cut=st.integers(0, 6), other_cut=st.integers(0, 6))
def test_it_does_not_matter_which_rows_are_put_together_first(
    rows: list[dict[str, str]], cut: int, other_cut: int
) -> None:
    first, second = sorted((cut, other_cut))
    a, b, c = rows[:first], rows[first:second], rows[second:]
    of_a, of_b, of_c = consent_of(a), consent_of(b, len(a)), consent_of(c, len(a) + len(b))
    assert of_a.joined(of_b).joined(of_c) == of_a.joined(of_b.joined(of_c)) == consent_of(rows)


@given(rows=Rows)
def test_opt_out_is_lost_only_to_an_opt_in_that_is_later_for_certain(
    rows: list[dict[str, str]],
) -> None:
    record = merged(*rows)
    state = record.get("marketing_optin")
    opt_outs = [
        row.get("timestamp_unsubscribed") for row in rows if row.get("marketing_optin") == OUT
    ]
    opt_ins = [
        row.get("timestamp_subscribed", "") for row in rows if row.get("marketing_optin") == IN
    ]
    is_answered = all(each and each < max(opt_ins, default="") for each in opt_outs)
    left, joined = (record.get(f"timestamp_{each}subscribed", "") for each in ("un", ""))
    has_opted_out = bool(opt_outs) and not is_answered
    # Times of rows that say nothing else count, too.
    has_left_later = bool(opt_ins) and left > joined
    assert state == OUT if has_opted_out else state != OUT or has_left_later
    if state == IN:
        assert opt_ins, "consent is never invented"
        assert not has_left_later


@given(rows=Rows)
def test_saying_all_of_it_twice_changes_nothing(rows: list[dict[str, str]]) -> None:
    once = merged(*rows)
    assert merged(once, once) == once
    assert merged(*(row for row in rows for _ in range(2))) == once


@given(rows=st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 3)), min_size=1))
def test_no_custom_field_of_any_row_is_lost(rows: list[dict[str, int]]) -> None:
    expected: dict[str, int] = {}
    for row in rows:
        expected |= row
    records = [{"id": "1", **({"properties": row} if row else {})} for row in rows]
    assert merged(*records).get("properties", {}) == expected


def test_a_time_is_compared_as_a_moment_whatever_its_zone() -> None:
    assert merged(
        said(OUT, left="2024-01-01T01:00:00+02:00"), said(IN, "2023-12-31T23:30:00Z")
    ) == said(IN, "2023-12-31T23:30:00Z")
    consent = consent_of([said(OUT, left="2024-01-01T01:00:00+02:00")])
    assert consent.holds is not None
    assert consent.holds.moment == datetime(2023, 12, 31, 23, tzinfo=UTC)
