"""Contacts of identify calls, by the rules of RudderStack's Ometria destination."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError, UsageError
from ometria_import.options.choices import Unmapped
from tests.presets.rudderstack.rudderstack_events import Json, contact_of, events, identify


@pytest.mark.parametrize(
    ("traits", "field", "value"),
    [
        ({"firstName": "Ada"}, "firstname", "Ada"),
        ({"first_name": "Ada"}, "firstname", "Ada"),
        ({"firstname": "Ada"}, "firstname", "Ada"),
        ({"middleName": "Mary"}, "middlename", "Mary"),
        ({"middle_name": "Mary"}, "middlename", "Mary"),
        ({"middlename": "Mary"}, "middlename", "Mary"),
        ({"lastName": "Winter"}, "lastname", "Winter"),
        ({"last_name": "Winter"}, "lastname", "Winter"),
        ({"lastname": "Winter"}, "lastname", "Winter"),
        ({"phoneNumber": "+442071838750"}, "phone_number", "+442071838750"),
        ({"collection": "subscribers"}, "@collection", "subscribers"),
        ({"prefix": "Dr"}, "prefix", "Dr"),
        ({"dateOfBirth": "1985-03-09"}, "date_of_birth", "1985-03-09"),
        ({"countryId": "DE"}, "country_id", "DE"),
        ({"timezone": "Europe/Berlin"}, "timezone", "Europe/Berlin"),
        ({"timestampAcquired": "2020-01-02T03:04:05Z"}, "timestamp_acquired", None),
        ({"timestampSubscribed": "2020-01-02T03:04:05Z"}, "timestamp_subscribed", None),
        ({"timestampUnsubscribed": "2020-01-02T03:04:05Z"}, "timestamp_unsubscribed", None),
        ({"storeIds": ["a", "b"]}, "store_ids", ["a", "b"]),
        ({"gender": "Others"}, "gender", "o"),
        ({"removeFromLists": [1, 2]}, "@remove_from_lists", [1, 2]),
        ({"addToLists": [3]}, "@add_to_lists", [3]),
        ({"custom_fields": {"a": 1, "b": "x"}}, "properties", {"a": 1, "b": "x"}),
        ({"forceOptin": True}, "@force_optin", True),
        ({"merge": False}, "@merge", False),
    ],
)
@pytest.mark.parametrize("place", ["traits", "context.traits"])
def test_every_trait_of_the_guide_feeds_its_field(
    tmp_path: Path, traits: Json, field: str, value: Any, place: str
) -> None:
    event = identify(traits)
    if place == "context.traits":
        event["context"] = {"traits": event.pop("traits")}

    (record,) = events(tmp_path, event).records

    assert record[field] == (next(iter(traits.values())) if value is None else value)
    assert "properties" not in record or field == "properties"


def test_own_traits_come_before_those_of_the_context(tmp_path: Path) -> None:
    old = {"firstName": "Old", "lastName": "Winter", "tier": "silver", "size": "M"}

    record = contact_of(tmp_path, {"first_name": "New", "tier": "gold"}, context={"traits": old})

    assert (record["firstname"], record["lastname"]) == ("New", "Winter")
    assert record["properties"] == {"tier": "gold", "size": "M"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada Winter", {"firstname": "Ada", "lastname": "Winter"}),
        ("  Ada   Winter ", {"firstname": "Ada", "lastname": "Winter"}),
        ("Ada", {"firstname": "Ada"}),
        (
            "Ada Mary Winter",
            {"firstname": "Ada", "middlename": "Mary", "lastname": "Winter"},
        ),
        (
            "Ada Mary van der Berg",
            {"firstname": "Ada", "middlename": "Mary", "lastname": "van der Berg"},
        ),
        (7, {"properties": {"name": 7}}),
    ],
)
def test_name_is_first_middle_and_last_name(tmp_path: Path, name: Any, expected: Json) -> None:
    record = contact_of(tmp_path, {"name": name})
    custom = contact_of(tmp_path, {"name": name, "custom_fields": {"tier": "gold"}})

    parts = ("firstname", "middlename", "lastname")
    own = {key: record[key] for key in (*parts, "properties") if key in record}
    assert own == expected
    assert custom["properties"] == {"tier": "gold"}
    assert {key: custom[key] for key in parts if key in custom} == {
        key: value for key, value in expected.items() if key in parts
    }


def test_name_comes_before_its_parts_and_leaves_those_that_it_does_not_say(tmp_path: Path) -> None:
    parts = {"firstName": "Eve", "middleName": "May", "lastName": "Frost"}

    one = contact_of(tmp_path, {"name": "Ada", **parts})
    two = contact_of(tmp_path, {"name": "Ada Winter", **parts})

    assert (one["firstname"], one["middlename"], one["lastname"]) == ("Ada", "May", "Frost")
    assert (two["firstname"], two["middlename"], two["lastname"]) == ("Ada", "May", "Winter")


def test_custom_fields_keep_the_other_traits_out(tmp_path: Path) -> None:
    outcome = events(tmp_path, identify({"custom_fields": {"a": 1.50}, "b": 2}))

    assert outcome.records[0]["properties"] == {"a": Decimal("1.5")}
    assert {field for _, field in outcome.places("W051")} == {"b"}


def test_custom_fields_that_are_no_object_are_dropped_with_a_warning(tmp_path: Path) -> None:
    outcome = events(tmp_path, identify({"custom_fields": "a=1"}))

    assert "properties" not in outcome.records[0]
    assert outcome.places("W027") == [(1, "properties")]


def test_unknown_traits_are_left_out_or_refused_on_request(tmp_path: Path) -> None:
    outcome = events(tmp_path, identify({"tier": "gold"}), unmapped=Unmapped.IGNORE)
    assert "properties" not in outcome.records[0]

    with pytest.raises(MappingError, match="no field of contact is called 'tier'"):
        events(tmp_path, identify({"tier": "gold"}), unmapped=Unmapped.ERROR)


def test_secrets_among_traits_never_leave_the_file(tmp_path: Path) -> None:
    outcome = events(
        tmp_path,
        identify({"password": "hunter2", "tier": "gold", "deep": {"api_key": "hunter2"}}),
        identify({"email": "", "password_hash": "hunter2"}),
    )

    assert outcome.records[0]["properties"] == {"tier": "gold"}
    written = [outcome.summary.problems_path, *outcome.summary.reject_paths]
    assert not any("hunter2" in path.read_text() for path in written)


def test_destinations_settings_are_the_ground_of_consent(tmp_path: Path) -> None:
    said = {"marketingOptin": "explicitly opted in", "allow_marketing": "true"}

    (record,) = events(tmp_path, identify({}), settings=said).records

    assert record["marketing_optin"] == "EXPLICITLY_OPTEDIN"
    assert record["channels"] == {"sms": {"allow_marketing": True, "allow_transactional": False}}


@pytest.mark.parametrize("name", ["Ometria", "ometria", "OMETRIA"])
def test_integrations_object_comes_before_the_settings(tmp_path: Path, name: str) -> None:
    said = {"marketing_optin": "EXPLICITLY_OPTEDIN", "allow_marketing": "true"}
    own = {
        "marketingOptin": "EXPLICITLY_OPTEDOUT",
        "allow_marketing": False,
        "allowTransactional": True,
        "dt_updated_marketing": "2022-01-02T03:04:05Z",
        "dt_updated_transactional": "yesterday",
    }

    outcome = events(tmp_path, identify({}, integrations={name: own}), settings=said)

    assert outcome.records[0]["marketing_optin"] == "EXPLICITLY_OPTEDOUT"
    assert outcome.records[0]["channels"]["sms"] == {
        "allow_marketing": False,
        "allow_transactional": True,
        "dt_updated_marketing": "2022-01-02T03:04:05Z",
    }
    assert outcome.places("W015") == [(1, "channels.sms.dt_updated_transactional")]


def test_opt_in_that_is_not_clear_is_no_opt_in(tmp_path: Path) -> None:
    said = {"marketing_optin": "EXPLICITLY_OPTEDIN"}
    own = {"Ometria": {"marketingOptin": "perhaps"}}

    outcome = events(tmp_path, identify({}, integrations=own), settings=said)

    assert "marketing_optin" not in outcome.records[0]
    assert outcome.places("W022") == [(1, "marketing_optin")]


def test_integrations_that_only_switch_the_destination_on_say_nothing_else(tmp_path: Path) -> None:
    record = contact_of(tmp_path, {}, integrations={"All": False, "Ometria": True})

    assert (record["id"], record["marketing_optin"]) == ("l-1", "EXPLICITLY_OPTEDOUT")


def test_setting_with_an_unknown_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="allow_marketing cannot be 'maybe'") as caught:
        events(tmp_path, identify({}), settings={"allow_marketing": "maybe"})

    assert "one of true, false" in caught.value.hint


@pytest.mark.parametrize("missing", ["listingId", "email"])
def test_contact_without_listing_id_or_email_is_rejected(tmp_path: Path, missing: str) -> None:
    outcome = events(tmp_path, identify({missing: None}))

    assert outcome.records == []
    assert outcome.places("E010") == [(1, {"listingId": "id"}.get(missing, missing))]
