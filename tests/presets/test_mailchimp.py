"""Mailchimp's four files: three of them have one header, or nearly."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ometria_import.errors import UsageError
from ometria_import.mapping.binding.bind import MissingSettingsError
from tests.prepare.outcomes import prepare_files
from tests.presets.consents import EXPORTS, IN, NOTHING, OUT, people_of, prepared, states, times

NAMES = [f"{each}_members_export_9f8e7d.csv" for each in ("subscribed", "unsubscribed")]
NAMES += [f"{each}_members_export_9f8e7d.csv" for each in ("cleaned", "nonsubscribed")]
FILES = [f"mailchimp/{name}" for name in NAMES]
STATES = {
    "nora.fjord": IN,
    "imported.one": IN,
    "otto.blum": IN,
    "pia.nord": OUT,
    "quin.west": OUT,
    "rosa.bounce": NOTHING,
    "sam.guest": NOTHING,
}


def renamed(folder: Path, number: int, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    return Path(shutil.copy(EXPORTS / FILES[number], folder / name))


def test_each_file_says_its_state_by_its_name_or_its_columns(tmp_path: Path) -> None:
    assert states(people_of(tmp_path, *FILES)) == STATES
    assert states(people_of(tmp_path, *reversed(FILES))) == STATES


def test_the_zip_is_read_as_it_is(tmp_path: Path) -> None:
    assert states(people_of(tmp_path, "mailchimp/audience.zip")) == STATES


def test_a_subscribed_contact_with_all_that_the_export_has(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, FILES[0])
    assert people["nora.fjord@example.com"] == {
        "@type": "contact",
        "id": "500000001",
        "@collection": "mailchimp",
        "email": "nora.fjord@example.com",
        "phone_number": "+4930901820",
        "firstname": "Nora",
        "lastname": "Fjord",
        "country_id": "DE",
        "timezone": "Europe/Berlin",
        "timestamp_subscribed": "2019-05-06T07:30:00Z",
        "marketing_optin": IN,
        "properties": {
            "Address": "Lange Str. 4  Berlin  10115  DE",
            "Birthday": "12/24",
            "Shoe size": "38",
            "MEMBER_RATING": "3",
            "REGION": "BE",
            "TAGS": '"VIP","Summer, sale"',
        },
    }
    for secret in ("198.51.100.", "e0f1a2b3c4", "called twice", "date_of_birth"):
        assert not any(secret in text for text in outcome.texts)


def test_times_stand_beside_their_state_only(tmp_path: Path) -> None:
    people = people_of(tmp_path, *FILES)
    assert times(people, "nora.fjord") == ("2019-05-06T07:30:00Z", None)
    assert times(people, "otto.blum") == ("2020-01-01T00:00:00Z", None)
    assert times(people, "imported.one") == (None, None)
    assert times(people, "pia.nord") == (None, "2022-07-08T09:10:11Z")
    for name in ("quin.west", "rosa.bounce", "sam.guest"):
        assert times(people, name) == (None, None)
    assert people["pia.nord@example.com"]["properties"]["UNSUB_REASON"] == "ABUSE_REPORT"
    assert people["rosa.bounce@example.com"]["properties"]["email_status"] == "cleaned"


@pytest.mark.parametrize("number", [0, 3])
def test_a_file_that_was_renamed_needs_the_setting(tmp_path: Path, number: int) -> None:
    path = renamed(tmp_path / "own", number, "members.csv")

    with pytest.raises(MissingSettingsError, match="list: which contacts the file has"):
        prepared(tmp_path, path)

    said = {"subscribed": IN, "nonsubscribed": NOTHING, "unsubscribed": OUT, "cleaned": NOTHING}
    for word, state in said.items():
        people = people_of(tmp_path, path, settings={"list": word})
        assert set(states(people).values()) == {state}


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("audience-1 subscribed_members_export_x.csv", IN),
        ("SUBSCRIBED_MEMBERS_EXPORT_X.CSV", IN),
        ("subscribed_email_audience_export_x.csv", IN),
        ("not_subscribed_members_export_x.csv", NOTHING),
        ("non-subscribed_members_export_x.csv", NOTHING),
        ("never_subscribed_members_export_x.csv", NOTHING),
        ("nonprofit-subscribed_members_export_x.csv", IN),
        ("unsubscribed_members_export_x.csv", OUT),
        ("cleaned_members_export_x.csv", NOTHING),
    ],
)
def test_no_name_but_that_of_subscribed_contacts_opts_in(
    tmp_path: Path, name: str, state: str
) -> None:
    path = renamed(tmp_path / "own", 0, name)
    assert set(states(people_of(tmp_path, path)).values()) == {state}


@pytest.mark.parametrize("name", ["notsubscribed_members_export_x.csv", "subscribed.csv"])
def test_a_name_that_is_not_certain_is_asked_about(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingSettingsError, match="list: which contacts the file has"):
        prepared(tmp_path, renamed(tmp_path / "own", 0, name))


def test_an_opt_out_by_name_or_columns_is_stronger_than_the_setting(tmp_path: Path) -> None:
    path = renamed(tmp_path / "own", 0, "unsubscribed.csv")
    assert set(states(people_of(tmp_path, path, settings={"list": "subscribed"})).values()) == {OUT}

    with pytest.raises(UsageError, match="the setting list cannot be 'subscribed'"):
        prepared(tmp_path, FILES[1], settings={"list": "subscribed"})


def test_labels_of_merge_fields_may_differ(tmp_path: Path) -> None:
    people = people_of(
        tmp_path, "mailchimp/members_export_segment.csv", settings={"list": "subscribed"}
    )
    nora = people["nora.fjord@example.com"]
    assert (nora["firstname"], nora["lastname"]) == ("Nora", "van Fjord")


def test_each_audience_may_have_a_collection_of_its_own(tmp_path: Path) -> None:
    people = people_of(tmp_path, FILES[0], settings={"collection": "mailchimp-de"})
    assert {each["@collection"] for each in people.values()} == {"mailchimp-de"}


def test_whoever_left_one_audience_is_opted_out_in_the_other(tmp_path: Path) -> None:
    files = []
    for number, name in ((0, "nora.fjord"), (1, "pia.nord")):
        path = renamed(tmp_path / f"audience-{number}", number, NAMES[number])
        path.write_bytes(path.read_bytes().replace(name.encode(), b"both"))
        files.append(path)
    for order in (files, files[::-1]):
        records = prepare_files(tmp_path, *order).records
        both = [each for each in records if each["email"] == "both@example.com"]
        assert {each["id"] for each in both} == {"500000001", "500000004"}
        assert {each["marketing_optin"] for each in both} == {OUT}
        assert not any("timestamp_subscribed" in each for each in both)


def test_times_may_be_of_another_zone(tmp_path: Path) -> None:
    people = people_of(tmp_path, FILES[0], settings={"timezone": "America/New_York"})
    assert times(people, "nora.fjord") == ("2019-05-06T07:30:00-04:00", None)
