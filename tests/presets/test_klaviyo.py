"""Klaviyo: lists, the API, and the suppressed, who join their profiles by email."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from ometria_import.mapping.binding.bind import MissingSettingsError
from ometria_import.mapping.presets import recognise_preset
from tests.prepare.outcomes import write
from tests.presets.consents import (
    IN,
    NOTHING,
    OUT,
    hash_of,
    people_of,
    prepared,
    states,
    times,
)

LIST, SUPPRESSED = "klaviyo/list-export.csv", "klaviyo/suppressed-profiles.csv"
JSON, EMAILS = "klaviyo/profiles.json", "klaviyo/suppressed-emails.csv"


def test_consent_suppression_and_bounces_of_a_list(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, LIST)
    assert states(people) == {
        "nora.fjord": IN,
        "pia.nord": OUT,
        "quin.west": NOTHING,
        "otto.blum": OUT,
        "rosa.bounce": NOTHING,
        "tom.both": OUT,
        "uma.two": NOTHING,
        "vic.left": OUT,
        "will.new": OUT,
        "xena.odd": None,
        "yves.blank": None,
    }
    assert [field for _, field in outcome.places("W022")] == ["marketing_optin"]


def test_the_timestamp_belongs_to_the_state_in_its_row(tmp_path: Path) -> None:
    people = people_of(tmp_path, LIST)
    assert times(people, "nora.fjord") == ("2021-03-04T05:06:07Z", None)
    assert times(people, "pia.nord") == (None, "2021-04-05T06:07:08Z")
    assert times(people, "vic.left") == (None, "2021-06-07T08:09:10Z")
    for name in ("quin.west", "otto.blum", "rosa.bounce", "tom.both", "will.new", "xena.odd"):
        assert times(people, name) == (None, None)


def test_text_messages_are_agreed_to_in_their_own_columns(tmp_path: Path) -> None:
    people = people_of(tmp_path, LIST)
    sms = {
        name.split("@")[0]: each["channels"]["sms"]
        for name, each in people.items()
        if "channels" in each
    }
    assert sms == {
        "nora.fjord": {"allow_marketing": True, "dt_updated_marketing": "2021-03-04T05:06:08Z"},
        "quin.west": {"allow_marketing": False, "dt_updated_marketing": "2022-01-01T00:00:00Z"},
    }


def test_fields_and_custom_fields_of_a_list(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, LIST)
    nora = people["nora.fjord@example.com"]
    assert nora["id"] == "01HQ0000000000000000000001"
    assert nora["@collection"] == "klaviyo"
    assert (nora["firstname"], nora["lastname"], nora["country_id"]) == ("Nora", "Fjord", "DE")
    assert nora["timestamp_acquired"] == "2019-12-31T23:00:00Z"
    assert "customer_id" not in nora
    assert nora["properties"]["Loyalty tier"] == "gold"
    assert nora["properties"]["postcode"] == "10115"
    assert people["rosa.bounce@example.com"]["properties"]["email_status"] == "HARD_BOUNCE"
    for never in ("203.0.113.9", "$consent", "Accepts", "Klaviyo Form", "Lange Str."):
        assert not any(never in text for text in outcome.texts)


def test_few_columns_and_words_of_the_form_for_importing(tmp_path: Path) -> None:
    people = people_of(tmp_path, "klaviyo/segment-few-columns.csv")
    assert states(people) == {"nora.fjord": IN, "pia.nord": OUT}
    assert people["pia.nord@example.com"]["id"] == hash_of("pia.nord@example.com")


def test_every_reason_but_a_bounce_is_an_opt_out(tmp_path: Path) -> None:
    people = people_of(tmp_path, SUPPRESSED)
    assert states(people) == {
        "otto.blum": OUT,
        "pia.nord": OUT,
        "rory.report": OUT,
        "rosa.bounce": NOTHING,
        "stan.typo": NOTHING,
        "tia.new": OUT,
        "ugo.blank": OUT,
    }
    assert times(people, "otto.blum") == (None, "2023-01-02T03:04:05Z")
    assert times(people, "rory.report") == (None, "2023-01-04T03:04:05Z")
    assert times(people, "rosa.bounce") == (None, None)
    assert people["rory.report@example.com"]["id"] == hash_of("rory.report@example.com")


@pytest.mark.parametrize("profiles", [LIST, JSON])
def test_the_suppressed_join_their_profiles_in_any_order(tmp_path: Path, profiles: str) -> None:
    alone = people_of(tmp_path, profiles)
    both = [people_of(tmp_path, *order) for order in permutations((profiles, SUPPRESSED))]
    assert both[0] == both[1]
    for email, each in alone.items():
        kept = {key: each[key] for key in ("id", "firstname", "lastname", "country_id")}
        assert {key: both[0][email][key] for key in kept} == kept
    assert states(both[0]) == {
        **states(alone),
        "otto.blum": OUT,
        "rory.report": OUT,
        "stan.typo": NOTHING,
        "tia.new": OUT,
        "ugo.blank": OUT,
    }


def test_addresses_alone_need_a_word_and_then_opt_out(tmp_path: Path) -> None:
    with pytest.raises(MissingSettingsError, match="list: what the addresses of this file are"):
        prepared(tmp_path, EMAILS)

    for order in permutations((LIST, EMAILS)):
        people = people_of(tmp_path, *order, settings={"list": "suppressed"})
        assert people["zoe.gone@example.com"]["marketing_optin"] == OUT
        otto = people["otto.blum@example.com"]
        assert (otto["marketing_optin"], otto["firstname"]) == (OUT, "Otto")
        assert people["nora.fjord@example.com"]["marketing_optin"] == IN


def test_profiles_of_the_api(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, JSON)
    assert people["nora.fjord@example.com"] == {
        "@type": "contact",
        "id": "01HQ0000000000000000000001",
        "@collection": "klaviyo",
        "email": "nora.fjord@example.com",
        "customer_id": "C-1",
        "phone_number": "+4930901820",
        "firstname": "Nora",
        "lastname": "Fjord",
        "country_id": "DE",
        "timezone": "Europe/Berlin",
        "timestamp_acquired": "2019-12-31T23:00:00Z",
        "timestamp_subscribed": "2021-03-04T05:06:07Z",
        "marketing_optin": IN,
        "channels": {
            "sms": {"allow_marketing": True, "dt_updated_marketing": "2021-03-04T05:06:07Z"}
        },
        "properties": {"city": "Berlin", "postcode": "10115", "tier": "gold", "visits": 3},
    }
    assert states(people) == {
        "nora.fjord": IN,
        "pia.nord": OUT,
        "quin.west": NOTHING,
        "otto.blum": OUT,
        "rosa.bounce": NOTHING,
        "uma.list": OUT,
    }
    assert times(people, "pia.nord") == (None, "2021-03-04T05:06:07Z")
    assert times(people, "quin.west") == (None, None)
    assert times(people, "otto.blum") == (None, None)
    assert people["rosa.bounce@example.com"]["properties"]["email_status"] == "HARD_BOUNCE"
    assert not any("203.0.113.9" in text for text in outcome.texts)


def test_one_profile_in_each_line(tmp_path: Path) -> None:
    assert states(people_of(tmp_path, "klaviyo/profiles.ndjson")) == {
        "nora.fjord": IN,
        "pia.nord": OUT,
    }


def test_a_single_column_of_another_name_is_not_such_a_list(tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", "Email,Name\na@example.com,Ada\n")
    with pytest.raises(Exception, match="not certain"):
        prepared(tmp_path, path)


def test_a_bounce_is_no_statement_in_the_words_of_the_app_either(tmp_path: Path) -> None:
    file = tmp_path / "segment.csv"
    file.write_text(
        "Email,Email Marketing Consent,Email Suppressions\n"
        "ann@example.com,SUBSCRIBED,Hard bounced\n"
        "bo@example.com,SUBSCRIBED,Invalid email address\n"
        'cy@example.com,SUBSCRIBED,"Hard bounced, Marked as spam"\n'
    )
    people = people_of(tmp_path, file)
    assert states(people) == {"ann": NOTHING, "bo": NOTHING, "cy": OUT}
    assert people["ann@example.com"]["properties"]["email_status"] == "Hard bounced"


def test_a_list_of_suppressions_with_an_added_column_is_no_list_of_profiles() -> None:
    """Bug: its reasons became custom fields, and nobody was opted out."""
    header = ("Email", "Klaviyo ID", "Reason", "Timestamp")
    assert recognise_preset(Path("suppressed.csv"), header) is None
    assert recognise_preset(Path("list.csv"), ("Email", "Klaviyo ID")) is not None
