"""Salesforce Marketing Cloud: active is everybody, and an opt-out beats an opt-in beside it."""

from __future__ import annotations

from pathlib import Path

from tests.prepare.outcomes import write
from tests.presets.consents import IN, NOTHING, OUT, hash_of, people_of, prepared, states, times

FOLDER = "salesforce-marketing-cloud"
EXTRACT, VIEW = f"{FOLDER}/Subscribers.csv", f"{FOLDER}/_Subscribers.csv"
EXTENSION = f"{FOLDER}/data-extension.csv"


def test_states_of_the_extract(tmp_path: Path) -> None:
    people = people_of(tmp_path, EXTRACT)
    wanted = {
        "nora.fjord": NOTHING,
        "pia.nord": OUT,
        "rosa.bounce": NOTHING,
        "stan.typo": NOTHING,
        "tia.gone": NOTHING,
    }
    assert states(people) == wanted
    assert people["rosa.bounce@example.com"]["properties"] == {"email_status": "Held"}
    trusted = people_of(tmp_path, EXTRACT, settings={"active": IN})
    assert states(trusted) == {**wanted, "nora.fjord": IN}
    assert times(trusted, "nora.fjord") == (None, None)


def test_times_are_of_the_systems_zone_all_year(tmp_path: Path) -> None:
    people = people_of(tmp_path, EXTRACT)
    pia = people["pia.nord@example.com"]
    assert times(people, "pia.nord") == (None, "2023-02-03T13:00:00-06:00")
    assert pia["timestamp_acquired"] == "2020-07-04T00:00:00-06:00"
    assert people["nora.fjord@example.com"] == {
        "@type": "contact",
        "id": "CRM-1",
        "@collection": "sfmc",
        "email": "nora.fjord@example.com",
        "timestamp_acquired": "2020-01-25T15:04:05-06:00",
        "marketing_optin": NOTHING,
    }


def test_a_key_that_is_an_address_is_no_id(tmp_path: Path) -> None:
    people = people_of(tmp_path, EXTRACT)
    assert people["pia.nord@example.com"]["id"] == hash_of("pia.nord@example.com")


def test_states_of_the_data_view(tmp_path: Path) -> None:
    people = people_of(tmp_path, VIEW)
    assert states(people) == {"nora.fjord": NOTHING, "pia.nord": OUT}
    assert times(people, "pia.nord") == (None, "2022-07-04T15:04:05-06:00")
    assert people["nora.fjord@example.com"]["properties"] == {"Locale": "de-DE"}


def test_an_opt_out_in_a_data_extension_beats_the_opt_in_beside_it(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, EXTENSION, timezone="Europe/Berlin")
    assert states(people) == {"nora.fjord": NOTHING, "pia.nord": OUT, "otto.blum": None}
    trusted = people_of(
        tmp_path, EXTENSION, timezone="Europe/Berlin", settings={"email_opt_in": IN}
    )
    assert states(trusted) == {"nora.fjord": IN, "pia.nord": OUT, "otto.blum": None}
    assert times(trusted, "nora.fjord") == (None, None)
    nora = people["nora.fjord@example.com"]
    assert (nora["id"], nora["firstname"], nora["phone_number"]) == ("CRM-1", "Nora", "+4930901820")
    assert nora["timestamp_acquired"] == "2020-01-25T15:04:05+01:00"
    assert "channels" not in nora
    assert people["otto.blum@example.com"]["id"] == hash_of("otto.blum@example.com")
    assert outcome.summary.rejected == 0


def test_other_columns_of_a_data_extension_that_say_who_left(tmp_path: Path) -> None:
    rows = "SubscriberKey,EmailAddress,EmailOptIn,{}\nK1,a@example.com,True,{}\n"
    for column, value in (
        ("Status", "unsubscribed"),
        ("EmailOptOut", "true"),
        ("Unsubscribed", "1"),
        ("DoNotEmail", "yes"),
    ):
        path = write(tmp_path / "extension.csv", rows.format(column, value))
        assert states(people_of(tmp_path, path, settings={"email_opt_in": IN})) == {"a": OUT}
    path = write(tmp_path / "extension.csv", rows.format("Unsubscribed", "False"))
    assert states(people_of(tmp_path, path)) == {"a": NOTHING}


def test_the_extract_and_a_data_extension_are_one_contact(tmp_path: Path) -> None:
    people = people_of(tmp_path, EXTENSION, EXTRACT, timezone="Etc/GMT+6")
    nora = people["nora.fjord@example.com"]
    assert (nora["id"], nora["lastname"]) == ("CRM-1", "Fjord")
    assert people["pia.nord@example.com"]["marketing_optin"] == OUT


def test_an_opt_out_of_a_data_extension_counts_under_its_usual_names(tmp_path: Path) -> None:
    file = tmp_path / "extension.csv"
    file.write_text("SubscriberKey,EmailAddress,Opt Out\nK1,ann@example.com,Yes\n")
    assert states(people_of(tmp_path, file)) == {"ann": OUT}
