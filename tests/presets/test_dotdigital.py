"""dotdigital: subscribed is consent only beside an opt-in type that says so."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from ometria_import.mapping.binding.bind import MissingSettingsError
from tests.presets.consents import IN, NOTHING, OUT, hash_of, people_of, prepared, states, times

ALL, PLAIN = "dotdigital/contacts.csv", "dotdigital/contacts-without-status.csv"
SUPPRESSED = "dotdigital/suppressed-contacts.csv"
ZONE = {"timezone": "Europe/London"}


def test_status_and_opt_in_type_together_say_it(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, ALL, **ZONE)
    assert states(people) == {
        "nora.fjord": IN,
        "otto.blum": IN,
        "ida.unknown": NOTHING,
        "pia.nord": OUT,
        "vera.verified": IN,
        "rosa.bounce": NOTHING,
        "stan.spam": OUT,
        "tia.direct": OUT,
        "ugo.supp": OUT,
        "vic.shared": OUT,
        "will.pending": NOTHING,
        "xena.nomx": NOTHING,
        "yves.odd": None,
        "zoe.soft": NOTHING,
    }
    assert outcome.places("W022") == [(14, "marketing_optin")]
    bounced = {
        name: each.get("properties", {}).get("email_status") for name, each in people.items()
    }
    assert {name.split("@")[0]: word for name, word in bounced.items() if word} == {
        "rosa.bounce": "HardBounced",
        "xena.nomx": "NoMxRecord",
        "zoe.soft": "Soft Bounced",
    }


def test_fields_and_times(tmp_path: Path) -> None:
    people = people_of(tmp_path, ALL, **ZONE)
    nora = people["nora.fjord@example.com"]
    assert nora["id"] == "7001"
    assert nora["@collection"] == "dotdigital"
    assert (nora["firstname"], nora["lastname"], nora["gender"]) == ("Nora", "Fjord", "f")
    assert nora["timestamp_acquired"] == "2019-12-25T10:11:00Z"
    assert nora["properties"] == {"postcode": "10115", "SHOE_SIZE": "38"}
    assert times(people, "nora.fjord") == ("2019-12-26T11:12:00Z", None)
    for name in ("ida.unknown", "pia.nord", "rosa.bounce"):
        assert times(people, name) == (None, None)
    otto = people["otto.blum@example.com"]
    assert (otto["firstname"], otto["lastname"]) == ("Otto", "Blum")


def test_a_setting_says_what_an_unknown_type_is(tmp_path: Path) -> None:
    people = people_of(tmp_path, ALL, settings={"unknown_opt_in": "EXPLICITLY_OPTEDIN"}, **ZONE)
    assert states(people)["ida.unknown"] == IN
    assert states(people)["pia.nord"] == OUT


def test_a_file_without_status_needs_to_be_told(tmp_path: Path) -> None:
    with pytest.raises(MissingSettingsError, match="list: which contacts a file without"):
        prepared(tmp_path, PLAIN, **ZONE)
    said = {
        "subscribed": {"nora.fjord": IN, "ida.unknown": NOTHING},
        "unsubscribed": dict.fromkeys(("nora.fjord", "ida.unknown"), OUT),
        "suppressed": dict.fromkeys(("nora.fjord", "ida.unknown"), OUT),
        "unknown": dict.fromkeys(("nora.fjord", "ida.unknown"), NOTHING),
    }
    for word, wanted in said.items():
        assert states(people_of(tmp_path, PLAIN, settings={"list": word}, **ZONE)) == wanted


def test_suppressed_contacts_join_theirs_in_any_order(tmp_path: Path) -> None:
    for order in permutations((ALL, SUPPRESSED)):
        people = people_of(tmp_path, *order, **ZONE)
        nora = people["nora.fjord@example.com"]
        assert (nora["id"], nora["marketing_optin"]) == ("7001", OUT)
        assert times(people, "nora.fjord") == (None, None)
        assert states(people)["rosa.bounce"] == NOTHING
    alone = people_of(tmp_path, SUPPRESSED, **ZONE)["nora.fjord@example.com"]
    assert alone["id"] == hash_of("nora.fjord@example.com")


def test_who_was_suppressed_by_the_account_has_opted_out(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("Email,OptInType,Status\nugo@example.com,Double,SuppressedByYou\n")
    assert states(people_of(tmp_path, file)) == {"ugo": OUT}
