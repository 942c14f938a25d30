"""HubSpot: no column is an opt-in, and several may be opt-outs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.mapping.presets import recognise_preset
from tests.prepare.outcomes import write
from tests.presets.consents import OUT, people_of, prepared, states

ALL = "hubspot/all-contacts.csv"
ZONE = {"timezone": "Europe/Berlin"}


def test_opt_outs_count_and_nothing_else_is_said(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, ALL, **ZONE)
    assert states(people) == {
        "nora.fjord": None,
        "pia.nord": OUT,
        "quin.west": OUT,
        "otto.blum": OUT,
        "sam.guest": None,
        "yves.odd": None,
    }
    assert outcome.places("W022") == [(7, "marketing_optin")]


def test_a_setting_chooses_the_type_that_counts(tmp_path: Path) -> None:
    said = {"email_type": "Marketing Information"}
    people = people_of(tmp_path, ALL, settings=said, **ZONE)
    assert states(people)["quin.west"] is None
    assert states(people)["otto.blum"] == OUT
    assert states(people)["pia.nord"] == OUT


def test_a_type_that_the_file_does_not_have_loses_no_opt_out(tmp_path: Path) -> None:
    people = people_of(tmp_path, ALL, settings={"email_type": "Marketing Infomation"}, **ZONE)
    assert states(people) == states(people_of(tmp_path, ALL, **ZONE))
    assert states(people)["quin.west"] == OUT


def test_fields_and_what_is_left_out(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, ALL, **ZONE)
    assert people["nora.fjord@example.com"] == {
        "@type": "contact",
        "id": "151",
        "@collection": "hubspot",
        "email": "nora.fjord@example.com",
        "phone_number": "+4930901820",
        "firstname": "Nora",
        "lastname": "Fjord",
        "country_id": "DE",
        "timestamp_acquired": "2021-05-01T10:10:00+02:00",
        "properties": {
            "Lifecycle Stage": "Customer",
            "Last Activity Date": "2024-01-02 10:10",
            "Favourite colour": "green",
        },
    }
    assert not any("Bo Staff" in text or "arketing contact" in text for text in outcome.texts)


def test_a_german_portal(tmp_path: Path) -> None:
    people = people_of(tmp_path, "hubspot/kontakte.csv", **ZONE)
    assert states(people) == {"nora.fjord": None, "pia.nord": OUT}
    assert people["nora.fjord@example.com"]["firstname"] == "Nora"


@pytest.mark.parametrize(
    "header",
    [
        "Eintrags-ID,E-Mail,Von allen E-Mails abgemeldet",
        "ID de l'enregistrement,E-mail,Désabonné de tous les e-mails",
        "ID de registro,Correo,Se canceló la suscripción de todos los correos electrónicos",
        "Record-ID,E-mail,Afgemeld voor alle e-mails",
    ],
)
def test_the_opt_out_of_portals_in_other_languages(tmp_path: Path, header: str) -> None:
    path = write(tmp_path / "contacts.csv", f"{header}\n1,a@example.com,true\n2,b@example.com,\n")
    assert states(people_of(tmp_path, path)) == {"a": OUT, "b": None}


def test_a_portal_whose_opt_out_is_not_known_is_not_read() -> None:
    header = "Datensatz-ID,Vorname,E-Mail,Lifecycle-Phase,Hat abbestellt"
    assert recognise_preset(Path("kontakte.csv"), header.split(",")) is None
