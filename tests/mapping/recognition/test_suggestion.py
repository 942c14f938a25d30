"""Drafting a mapping from names and values."""

from __future__ import annotations

import tomllib

import pytest

from ometria_import.mapping.recognition.suggestion import suggest_mapping
from ometria_import.schema import ObjectType

TILL = {
    "Receipt No": ["1001", "1001", "1002"],
    "Sold": ["31/01/2024 09:30"] * 3,
    "Amount": ["12.50", "12.50", "9.00"],
    "Ccy": ["GBP"] * 3,
    "E-Mail": ["ada@example.com", "ada@example.com", ""],
    "Article": ["A1", "A2", "A1"],
    "Qty": ["1", "2", "1"],
    "Price": ["4.00"] * 3,
    "Clerk": ["Bo"] * 3,
}


def test_till_export_is_drafted_as_orders_with_line_items_and_valid_toml() -> None:
    draft = tomllib.loads(suggest_mapping("till export.csv", TILL))

    assert draft["object_type"] == "order"
    assert draft["rows"]["group_by"] == ["Receipt No"]
    assert draft["fields"] == {
        "id": "Receipt No",
        "timestamp": "Sold",
        "grand_total": "Amount",
        "currency": "Ccy",
        "customer.email": "E-Mail",
    }
    assert draft["items"]["lineitems"]["fields"] == {
        "product_id": "Article",
        "quantity": "Qty",
        "unit_price": "Price",
    }


def test_column_of_addresses_is_an_email_whatever_its_name() -> None:
    samples = {"Kundennummer": ["1", "2"], "Login": ["ada@example.com", "bo@example.com"]}

    draft = tomllib.loads(suggest_mapping("crm.csv", samples, ObjectType.CONTACT))

    assert draft["fields"]["email"] == "Login"


def test_values_that_do_not_fit_outweigh_a_name_that_does() -> None:
    samples = {"id": ["1"], "email": ["a@example.com"], "gender": ["tall", "short"]}

    draft = tomllib.loads(suggest_mapping("crm.csv", samples, ObjectType.CONTACT))

    assert "gender" not in draft["fields"]


def test_each_line_says_why_and_what_is_left_over_is_named() -> None:
    text = suggest_mapping("till export.csv", TILL)

    assert "100%: named like 'qty', 3 of 3 values fit, such as 1" in text
    assert "#     Clerk, such as Bo" in text


def test_missing_mandatory_field_is_marked() -> None:
    samples = {name: texts for name, texts in TILL.items() if name != "Ccy"}

    text = suggest_mapping("till.csv", samples, ObjectType.ORDER)

    assert "# currency = …  # MANDATORY" in text


@pytest.mark.parametrize("column", ['say "x"', "back\\slash", "line\nbreak", "\x1b[31mred"])
def test_strange_column_names_make_valid_toml(column: str) -> None:
    text = suggest_mapping(f"{column}.csv", {column: ["ada@example.com"], "id": ["1"]})

    assert tomllib.loads(text)["fields"]["email"] == column
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("column", "field", "left"),
    [
        ("Unsubscribed", "marketing_optin", "EXPLICITLY_OPTEDOUT"),
        ("opted_out", "marketing_optin", "EXPLICITLY_OPTEDOUT"),
        ("Do not email", "marketing_optin", "EXPLICITLY_OPTEDOUT"),
        ("SMS opt-out", "channels.sms.allow_marketing", "false"),
    ],
)
def test_yes_in_a_column_of_those_who_left_is_drafted_as_an_opt_out(
    column: str, field: str, left: str
) -> None:
    """Bug: it was drafted as an opt-in, as it is called like one."""
    texts = {"ID": ["1", "2"], "Email": ["a@example.com", "b@example.com"], column: ["J", "nein"]}

    drafted = tomllib.loads(suggest_mapping("people.csv", texts))["fields"]

    assert set(drafted) == {"id", "email", field}
    assert drafted[field]["column"] == column
    assert drafted[field]["translate"] == dict.fromkeys(("1", "j", "true", "yes"), left)
    assert drafted[field]["otherwise"] == "drop"


def test_column_that_only_sounds_like_it_forces_no_consent() -> None:
    texts = {"ID": ["1"], "Email": ["a@example.com"], "Forced opt in": ["true"]}

    assert "@force_optin" not in tomllib.loads(suggest_mapping("people.csv", texts))["fields"]
