"""What the preset of Shopify's customers makes of each generation of the header."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.binding.bound import generation_of
from ometria_import.mapping.presets import find_mapping, recognise_preset
from tests.prepare.outcomes import Outcome, prepare_files

EXPORTS = Path(__file__).parents[2] / "exports" / "shopify"
HEADERS = {
    "customers-current.csv": "with customer ids",
    "customers-2022.csv": "with email and SMS consent, without ids",
    "customers-2022-other-order.csv": "with email and SMS consent, without ids",
    "customers-2021.csv": "with one consent, without ids",
}


def customers(folder: Path, name: str, **options: Any) -> Outcome:
    """Prepare a customers export as it is."""
    return prepare_files(folder, EXPORTS / name, **options)


def hashed(email: str) -> str:
    """The id of a customer who has none."""
    return hashlib.sha256(email.encode()).hexdigest()


@pytest.mark.parametrize("name", HEADERS)
def test_every_generation_gives_the_same_people(tmp_path: Path, name: str) -> None:
    outcome = customers(tmp_path, name)
    ada, bo = outcome.records

    assert not {problem["code"] for problem in outcome.problems} - {"W053", "W072"}
    assert (ada["email"], ada["firstname"], ada["lastname"]) == (
        "ada@example.com",
        "Ada",
        "Winter",
    )
    assert (ada["country_id"], bo["country_id"]) == ("GB", "FR")
    assert ada["phone_number"] == "+441134960000"
    assert ada["properties"]["postcode"] == "01067"
    assert ada["properties"]["tags"] == "vip, gift"
    assert ada["@collection"] == bo["@collection"] == "shopify"
    assert (ada["marketing_optin"], bo["marketing_optin"]) == (
        "EXPLICITLY_OPTEDIN",
        "NOT_SPECIFIED",
    )


@pytest.mark.parametrize(("name", "generation"), HEADERS.items())
def test_the_generation_of_a_header_is_told(name: str, generation: str) -> None:
    with (EXPORTS / name).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))

    assert recognise_preset(EXPORTS / name, header) is find_mapping("shopify-customers")
    assert generation_of(find_mapping("shopify-customers"), header) == generation


def test_an_id_loses_its_apostrophe_and_joins_orders(tmp_path: Path) -> None:
    ada, _ = customers(tmp_path, "customers-current.csv").records

    assert ada["id"] == ada["customer_id"] == "7210448301122"


def test_without_ids_the_email_gives_one_that_does_not_show_it(tmp_path: Path) -> None:
    ada, _ = customers(tmp_path, "customers-2021.csv").records

    assert ada["id"] == hashed("ada@example.com")
    assert "customer_id" not in ada


def test_the_phone_of_the_default_address_stands_in(tmp_path: Path) -> None:
    _, bo = customers(tmp_path, "customers-current.csv").records

    assert bo["phone_number"] == "+33199000000"


def test_consent_for_messages_is_that_of_its_column_and_no_date_is_made_up(tmp_path: Path) -> None:
    ada, bo = customers(tmp_path, "customers-current.csv").records

    # No is no opt-out: it stands where nobody was ever asked, too.
    assert "channels" not in ada
    assert bo["channels"]["sms"]["allow_marketing"] is True
    assert not any("timestamp_" in text for text in (*ada, *bo))
    assert "channels" not in customers(tmp_path, "customers-2021.csv").records[0]


def test_notes_streets_and_companies_of_addresses_stay_in_the_file(tmp_path: Path) -> None:
    texts = "".join(customers(tmp_path, "customers-current.csv").texts)

    assert "Rings" not in texts
    assert "High Street" not in texts


def test_customers_with_a_phone_only_are_rejected_with_the_reason(tmp_path: Path) -> None:
    outcome = customers(tmp_path, "customers-phone-only.csv")

    assert [record["firstname"] for record in outcome.records] == ["Ada"]
    assert outcome.places("E010") == [(3, "email")]


def test_emails_that_differ_in_case_are_one_person(tmp_path: Path) -> None:
    outcome = customers(tmp_path, "customers-case-of-emails.csv")

    assert [record["firstname"] for record in outcome.records] == ["Bo"]
    assert outcome.places("W040") == [(2, "id")]


def test_contacts_may_have_another_collection(tmp_path: Path) -> None:
    outcome = customers(tmp_path, "customers-2021.csv", settings={"collection": "uk"})

    assert {record["@collection"] for record in outcome.records} == {"uk"}


def test_the_import_template_is_known_too(tmp_path: Path) -> None:
    (ada,) = customers(tmp_path, "customers-import-template.csv").records

    assert ada["id"] == hashed("ada@example.com")
    assert ada["marketing_optin"] == "EXPLICITLY_OPTEDIN"
