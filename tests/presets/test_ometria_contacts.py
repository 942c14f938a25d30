"""What becomes of files in Ometria's own contact template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text

EXPORTS = Path(__file__).parents[1] / "exports" / "ometria"


def contacts(folder: Path, name: str, **options: Any) -> Outcome:
    """Prepare a filled-in template as it is."""
    return prepare_files(folder, EXPORTS / name, **options)


def test_a_contact_without_email_is_rejected_and_bad_details_cost_themselves_only(
    tmp_path: Path,
) -> None:
    outcome = contacts(tmp_path, "contacts-bad-rows.csv")
    (record,) = outcome.records

    assert (record["email"], record["firstname"]) == ("ada@example.com", "Ada")
    assert not record.keys() & {"phone_number", "date_of_birth", "timestamp_subscribed"}
    assert [row["firstname"] for row in outcome.rejects()] == ["Nobody"]


@pytest.mark.parametrize("name", ["contacts.csv", "contacts-latin-1.csv"])
def test_every_column_of_the_template_feeds_its_field(tmp_path: Path, name: str) -> None:
    ada, ben = contacts(tmp_path, name).records

    assert ada == {
        "@type": "contact",
        "id": "c-1",
        "@collection": "customers",
        "email": "ada@example.com",
        "phone_number": "+441134960000",
        "prefix": "Ms",
        "firstname": "Ada",
        "middlename": "Mary",
        "lastname": "Winter",
        "gender": "f",
        "date_of_birth": "1985-03-09",
        "country_id": "GB",
        "timestamp_acquired": "2020-02-03T00:00:00Z",
        "timestamp_subscribed": "2020-02-03T00:00:00Z",
        "properties": {"tier": "gold"},
    }
    assert ben["firstname"] == "Benoît"
    assert ben["timestamp_acquired"] == "2021-05-06T07:08:09+02:00"


def test_without_ids_the_email_gives_one_that_does_not_show_it(tmp_path: Path) -> None:
    ben = contacts(tmp_path, "contacts.csv").records[1]

    assert len(ben["id"]) == 64
    assert "ben" not in ben["id"]


def test_no_opt_in_is_made_of_a_date_and_no_opt_out_is_lost_that_only_has_one(
    tmp_path: Path,
) -> None:
    outcome = contacts(tmp_path, "contacts.csv")

    states = {each["email"]: each.get("marketing_optin") for each in outcome.records}
    assert states == {"ada@example.com": None, "ben@example.com": "EXPLICITLY_OPTEDOUT"}
    assert outcome.places("W118") == [(3, "marketing_optin")]


def test_consent_and_lists_beside_the_template_are_fields_and_no_properties(
    tmp_path: Path,
) -> None:
    outcome = contacts(tmp_path, "contacts-consent.csv")

    assert outcome.records == [
        {
            "@type": "contact",
            "@force_optin": False,
            "@add_to_lists": [12, 15],
            "id": "c-1",
            "@collection": "club",
            "email": "ada@example.com",
            "country_id": "GB",
            "marketing_optin": "EXPLICITLY_OPTEDIN",
            "channels": {
                "sms": {"allow_marketing": True, "dt_updated_marketing": "2024-01-31T09:30:00Z"}
            },
            "properties": {"tier": "gold"},
        }
    ]


def test_contacts_may_have_another_collection(tmp_path: Path) -> None:
    outcome = contacts(tmp_path, "contacts.csv", settings={"collection": "club"})

    assert {each["@collection"] for each in outcome.records} == {"club"}


def test_two_columns_that_feed_one_custom_field_are_refused(tmp_path: Path) -> None:
    text = "email,timestamp_acquired,tier,properties.tier\na@example.com,2024-01-31,gold,silver\n"

    with pytest.raises(MappingError, match=r"both feed properties\.tier"):
        prepare_text(tmp_path, "contacts.csv", text)
