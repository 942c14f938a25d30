"""Braze: subscribed is where everybody begins, and push is neither email nor text message."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.presets.consents import EXPORTS, IN, NOTHING, OUT, people_of, prepared, states, times

SEGMENT, USERS = "braze/segment.csv", "braze/users.ndjson"


def test_states_and_times_of_a_segment(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, SEGMENT)
    wanted = {
        "nora.fjord": IN,
        "pia.nord": OUT,
        "otto.blum": NOTHING,
        "quin.west": OUT,
        "yves.odd": None,
    }
    assert states(people) == wanted
    assert times(people, "nora.fjord") == ("2021-03-04T05:06:07Z", None)
    assert times(people, "pia.nord") == (None, "2022-07-08T09:10:11Z")
    assert times(people, "quin.west") == (None, "2022-07-08T09:10:11Z")
    assert outcome.places("W022") == [(6, "marketing_optin")]
    trusted = people_of(tmp_path, SEGMENT, settings={"subscribed": IN})
    assert states(trusted) == {**wanted, "otto.blum": IN}
    assert times(trusted, "otto.blum") == (None, None)


def test_fields_of_a_segment(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, SEGMENT)
    assert people["nora.fjord@example.com"] == {
        "@type": "contact",
        "id": "U-1",
        "@collection": "braze",
        "email": "nora.fjord@example.com",
        "customer_id": "U-1",
        "phone_number": "+4930901820",
        "firstname": "Nora",
        "lastname": "Fjord",
        "gender": "f",
        "date_of_birth": "1979-12-24",
        "country_id": "DE",
        "timezone": "Europe/Berlin",
        "timestamp_acquired": "2020-01-02T03:04:05Z",
        "timestamp_subscribed": "2021-03-04T05:06:07Z",
        "marketing_optin": IN,
        "properties": {
            "city": "Berlin",
            "language": "de",
            "first_session": "2020-01-02 03:04:05 UTC",
            "last_session": "2024-01-02 03:04:05 UTC",
            "session_count": "7",
            "total_revenue": "12.50",
            "fav_brand": "Mill",
        },
    }
    genders = {name.split("@")[0]: each.get("gender") for name, each in people.items()}
    assert genders == {
        "nora.fjord": "f",
        "pia.nord": None,
        "otto.blum": None,
        "quin.west": "m",
        "yves.odd": "o",
    }
    assert outcome.places("W019") == []
    assert not any("Phone" in text or "push" in text or "sms" in text for text in outcome.texts)


def test_ids_that_are_addresses_and_users_without_one(tmp_path: Path) -> None:
    people = people_of(tmp_path, SEGMENT)
    for name, number in (("otto.blum", 3), ("quin.west", 4)):
        each = people[f"{name}@example.com"]
        assert each["id"] == f"5f{number:022d}"
        assert "customer_id" not in each


def test_the_old_name_of_the_platform(tmp_path: Path) -> None:
    people = people_of(tmp_path, "braze/segment-appboy.csv")
    assert states(people) == {"nora.fjord": None, "pia.nord": OUT}


def test_a_segment_in_several_files_of_a_zip(tmp_path: Path) -> None:
    header, *rows = (EXPORTS / SEGMENT).read_text("utf-8").splitlines(keepends=True)
    with zipfile.ZipFile(tmp_path / "users.zip", "w") as archive:
        archive.writestr("users-1.csv", header + "".join(rows[:2]))
        archive.writestr("users-2.csv", header + "".join(rows[2:]))
    assert people_of(tmp_path, tmp_path / "users.zip") == people_of(tmp_path, SEGMENT)


def test_users_of_the_api(tmp_path: Path) -> None:
    people = people_of(tmp_path, USERS)
    assert states(people) == {"nora.fjord": IN, "pia.nord": OUT, "otto.blum": NOTHING}
    assert times(people, "nora.fjord") == ("2021-03-04T05:06:07.000Z", None)
    assert times(people, "pia.nord") == (None, "2022-07-08T09:10:11.000Z")
    nora = people["nora.fjord@example.com"]
    assert (nora["id"], nora["customer_id"], nora["gender"]) == ("U-1", "U-1", "f")
    assert nora["timezone"] == "Europe/Berlin"
    assert nora["properties"]["fav_brand"] == "Mill"
    assert "channels" not in nora
    assert people["otto.blum@example.com"]["id"] == f"5f{3:022d}"
