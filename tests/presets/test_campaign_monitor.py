"""Campaign Monitor: only the user knows for which state a file was exported."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from ometria_import.errors import UsageError
from ometria_import.mapping.binding.bind import MissingSettingsError
from tests.presets.consents import (
    EXPORTS,
    IN,
    NOTHING,
    OUT,
    hash_of,
    people_of,
    prepared,
    states,
    times,
)

ACTIVE, UNSUBSCRIBED = "campaign-monitor/Active.csv", "campaign-monitor/Unsubscribed.csv"
BOUNCED, SUPPRESSED = "campaign-monitor/Bounced.csv", "campaign-monitor/suppression-list.csv"
ZONE = {"timezone": "Europe/London"}


def test_the_state_of_a_file_must_be_said(tmp_path: Path) -> None:
    with pytest.raises(MissingSettingsError, match="list: the state of the subscribers") as asked:
        prepared(tmp_path, ACTIVE, **ZONE)
    assert "The setting list is one of active, unsubscribed, bounced" in asked.value.hint
    with pytest.raises(UsageError, match="the setting list cannot be 'on'"):
        prepared(tmp_path, ACTIVE, settings={"list": "on"}, **ZONE)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("active", IN),
        ("unsubscribed", OUT),
        ("suppressed", OUT),
        ("bounced", NOTHING),
        ("unconfirmed", NOTHING),
        ("deleted", NOTHING),
    ],
)
def test_the_word_decides_for_the_whole_file(tmp_path: Path, word: str, state: str) -> None:
    people = people_of(tmp_path, ACTIVE, settings={"list": word}, **ZONE)
    assert states(people) == {"nora.fjord": state, "quin.west": state}
    wanted = "2020-01-02T03:04:00Z" if state == IN else None
    assert times(people, "nora.fjord") == (wanted, None)
    status = people["nora.fjord@example.com"]["properties"].get("email_status")
    assert status == ("bounced" if word == "bounced" else None)


def test_fields_and_permissions(tmp_path: Path) -> None:
    people = people_of(tmp_path, ACTIVE, settings={"list": "active"}, **ZONE)
    assert people["nora.fjord@example.com"] == {
        "@type": "contact",
        "id": hash_of("nora.fjord@example.com"),
        "@collection": "campaign-monitor",
        "email": "nora.fjord@example.com",
        "firstname": "Nora",
        "lastname": "van Fjord",
        "country_id": "DE",
        "timestamp_subscribed": "2020-01-02T03:04:00Z",
        "marketing_optin": IN,
        "channels": {"sms": {"allow_marketing": True}},
        "properties": {"permission_to_track": "Yes", "Shoe size": "38"},
    }
    assert "channels" not in people["quin.west@example.com"]


def test_the_unsubscribed_have_their_time(tmp_path: Path) -> None:
    people = people_of(tmp_path, UNSUBSCRIBED, settings={"list": "unsubscribed"}, **ZONE)
    assert states(people) == {"pia.nord": OUT}
    assert times(people, "pia.nord") == (None, "2022-07-08T09:10:00+01:00")
    assert people["pia.nord@example.com"]["timestamp_acquired"] == "2020-01-02T03:04:00Z"


def test_the_time_at_which_a_row_was_added_is_no_consent(tmp_path: Path) -> None:
    people = people_of(tmp_path, UNSUBSCRIBED, settings={"list": "active"}, **ZONE)
    assert states(people) == {"pia.nord": IN}
    assert times(people, "pia.nord") == (None, None)


def test_a_suppression_list_joins_the_subscribers(tmp_path: Path) -> None:
    alone = people_of(tmp_path, SUPPRESSED, **ZONE)
    assert states(alone) == {"nora.fjord": OUT, "rosa.bounce": NOTHING, "tia.new": OUT}
    assert times(alone, "nora.fjord") == (None, "2023-02-03T04:05:00Z")
    for order in permutations((ACTIVE, SUPPRESSED)):
        people = people_of(tmp_path, *order, settings={"list": "active"}, **ZONE)
        nora = people["nora.fjord@example.com"]
        assert (nora["marketing_optin"], nora["firstname"]) == (OUT, "Nora")
        assert states(people)["quin.west"] == IN


def test_each_file_of_a_list_may_have_its_own_state(tmp_path: Path) -> None:
    assert (EXPORTS / BOUNCED).is_file()
    people = people_of(tmp_path, BOUNCED, settings={"list": "bounced"}, **ZONE)
    assert states(people) == {"rosa.bounce": NOTHING}
