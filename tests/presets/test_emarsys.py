"""Emarsys: headers in the account's language, choices as words or as numbers of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.mapping.presets import recognise_preset
from tests.prepare.outcomes import write
from tests.presets.consents import IN, OUT, hash_of, people_of, prepared, states


def test_opt_in_by_word_and_by_number(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, "emarsys/segment.csv")
    assert states(people) == {
        "nora.fjord": IN,
        "otto.blum": IN,
        "pia.nord": OUT,
        "quin.west": OUT,
        "sam.guest": None,
        "yves.odd": None,
    }
    assert outcome.places("W022") == [(7, "marketing_optin")]
    assert not any("timestamp_subscribed" in each for each in people.values())


def test_numbers_of_countries_are_not_those_of_iso(tmp_path: Path) -> None:
    people = people_of(tmp_path, "emarsys/segment.csv")
    nora, otto = people["nora.fjord@example.com"], people["otto.blum@example.com"]
    assert "country_id" not in nora
    assert otto["country_id"] == "DE"
    assert nora == {
        "@type": "contact",
        "id": "9001",
        "@collection": "emarsys",
        "email": "nora.fjord@example.com",
        "phone_number": "+4930901820",
        "firstname": "Nora",
        "lastname": "Fjord",
        "gender": "f",
        "date_of_birth": "1979-12-24",
        "timestamp_acquired": "2019-12-24T00:00:00Z",
        "marketing_optin": IN,
        "properties": {"postcode": "10115", "country_choice": "65", "Club card": "A1"},
    }
    assert (otto["gender"], otto["phone_number"]) == ("m", "+4930901821")


def test_headers_and_words_of_a_german_account(tmp_path: Path) -> None:
    people = people_of(tmp_path, "emarsys/segment-german.csv")
    assert states(people) == {"nora.fjord": IN, "pia.nord": OUT}
    nora = people["nora.fjord@example.com"]
    assert (nora["firstname"], nora["gender"], nora["country_id"]) == ("Nora", "f", "DE")
    assert nora["id"] == hash_of("nora.fjord@example.com")


def test_contacts_of_the_api_have_numbers_for_keys(tmp_path: Path) -> None:
    people = people_of(tmp_path, "emarsys/contacts.json")
    assert states(people) == {"nora.fjord": IN, "pia.nord": OUT, "sam.guest": None}
    nora = people["nora.fjord@example.com"]
    assert (nora["id"], nora["lastname"], nora["gender"]) == ("9001", "Fjord", "f")
    assert "country_id" not in nora


def test_string_ids_are_read_if_the_user_says_so(tmp_path: Path) -> None:
    text = "user_id,email,first_name,birth_date,optin\n1,a@example.com,Ada,1980-02-03,2\n"
    path = write(tmp_path / "contacts.csv", text)
    people = people_of(tmp_path, path, mapping="emarsys-contacts")
    assert states(people) == {"a": OUT}
    assert people["a@example.com"]["date_of_birth"] == "1980-02-03"


@pytest.mark.parametrize(
    "header",
    [
        "user_id,email,first_name,gender,country,opt_in,mobile",
        "ID,E-Mail,Opt-In",
        "E-Mail,Opt-In,Phone,Notes",
    ],
)
def test_a_table_that_merely_has_an_opt_in_is_not_emarsys(header: str) -> None:
    assert recognise_preset(Path("people.csv"), header.split(",")) is None
