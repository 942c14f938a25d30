"""Bronto: archives with a state and no date of it."""

from __future__ import annotations

from pathlib import Path

from tests.presets.consents import IN, NOTHING, OUT, hash_of, people_of, states

CONTACTS = "bronto/contacts.csv"


def test_states_of_an_archive(tmp_path: Path) -> None:
    people = people_of(tmp_path, CONTACTS, timezone="America/New_York")
    assert states(people) == {
        "nora.fjord": NOTHING,
        "pia.nord": OUT,
        "otto.blum": OUT,
        "quin.west": NOTHING,
        "rosa.bounce": NOTHING,
        "sam.guest": NOTHING,
        "tia.new": NOTHING,
    }
    assert people["nora.fjord@example.com"] == {
        "@type": "contact",
        "id": hash_of("nora.fjord@example.com"),
        "@collection": "bronto",
        "email": "nora.fjord@example.com",
        "firstname": "Nora",
        "timestamp_acquired": "2015-01-02T03:04:05-05:00",
        "marketing_optin": NOTHING,
        "properties": {"source": "webform", "Newsletter list": "1", "Offers list": "0"},
    }
    assert people["rosa.bounce@example.com"]["properties"]["email_status"] == "bounce"


def test_active_is_an_opt_in_only_where_the_user_says_so(tmp_path: Path) -> None:
    said = {"active": "EXPLICITLY_OPTEDIN"}
    people = people_of(tmp_path, CONTACTS, settings=said, timezone="America/New_York")
    assert [name for name, state in states(people).items() if state == IN] == ["nora.fjord"]
    assert states(people)["pia.nord"] == OUT
