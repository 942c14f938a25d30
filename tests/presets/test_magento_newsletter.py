"""Magento's newsletter subscribers: the half about consent that its customers lack."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from tests.prepare.outcomes import prepare_files
from tests.presets.consents import (
    EXPORTS,
    IN,
    NOTHING,
    OUT,
    hash_of,
    people_of,
    prepared,
    states,
    times,
)

GRID, TABLE = "magento/newsletter-subscribers.csv", "magento/newsletter-table.csv"
ZONE = {"timezone": "Europe/London"}


def test_states_of_the_grid(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, GRID)
    assert states(people) == {
        "ada.winter": IN,
        "ben.lark": OUT,
        "new.reader": IN,
        "wait": NOTHING,
        "mailed": NOTHING,
        "odd": None,
    }
    assert outcome.places("W022") == [(7, "marketing_optin")]
    assert people["ada.winter@example.com"] == {
        "@type": "contact",
        "id": hash_of("ada.winter@example.com"),
        "@collection": "magento-newsletter",
        "email": "ada.winter@example.com",
        "firstname": "Ada",
        "lastname": "Winter",
        "marketing_optin": IN,
        "properties": {
            "subscriber_type": "Customer",
            "website": "Main Website",
            "store": "Main Store",
            "store_view": "English",
        },
    }
    assert "firstname" not in people["ben.lark@example.com"]


def test_states_times_and_secrets_of_the_table(tmp_path: Path) -> None:
    people, outcome = prepared(tmp_path, TABLE)
    assert states(people) == {
        "ada.winter": IN,
        "ben.lark": OUT,
        "wait": NOTHING,
        "mailed": NOTHING,
        "odd": None,
    }
    assert times(people, "ada.winter") == ("2021-03-04T05:06:07Z", None)
    assert times(people, "ben.lark") == (None, "2022-07-08T09:10:11Z")
    assert times(people, "wait") == (None, None)
    assert people["ada.winter@example.com"]["customer_id"] == "11"
    assert "customer_id" not in people["ben.lark@example.com"]
    assert not any("k9x8w7v6" in text for text in outcome.texts)


@pytest.mark.parametrize("newsletter", [GRID, TABLE])
def test_subscribers_join_the_customers_in_any_order(tmp_path: Path, newsletter: str) -> None:
    for order in permutations(("magento/customers-grid.csv", newsletter)):
        people = people_of(tmp_path, *order, **ZONE)
        ada = people["ada.winter@example.com"]
        assert (ada["id"], ada["@collection"], ada["lastname"]) == ("1", "Main Website", "Winter")
        assert ada["marketing_optin"] == IN
        assert "marketing_optin" not in people["kim@example.com"]
        assert people["wait@example.com"]["id"] == hash_of("wait@example.com")


def test_a_customer_of_two_websites_has_the_consent_in_both(tmp_path: Path) -> None:
    files = [EXPORTS / "magento/customers-main-file.csv", EXPORTS / GRID]
    for order in permutations(files):
        records = prepare_files(tmp_path, *order).records
        found = {
            (each["email"].split("@")[0], each["@collection"]): each.get("marketing_optin")
            for each in records
        }
        assert found["ada.winter", "base"] == found["ada.winter", "outlet"] == IN
        assert found["ben.lark", "base"] == OUT
