"""Bronto: archives with a state and no date of it."""

from __future__ import annotations

from pathlib import Path

from tests.presets.consents import IN, NOTHING, OUT, hash_of, people_of, states

CONTACTS = "bronto/contacts.csv"


def test_states_of_an_archive(tmp_path: Path) -> None:
    people = people_of(tmp_path, CONTACTS, timezone="America/New_York")
    assert states(people) == {
        "nora.fjord": IN,
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
        "marketing_optin": IN,
        "properties": {"source": "webform", "Newsletter list": "1", "Offers list": "0"},
    }
    assert people["rosa.bounce@example.com"]["properties"]["email_status"] == "bounce"
