"""What the presets make of APIs of which little is known: Ecwid and Lightspeed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.mapping.presets import find_mapping
from tests.prepare.outcomes import Outcome, prepare_files

EXPORTS = Path(__file__).parents[2] / "exports"
CONSENT = ("marketing_optin", "timestamp_subscribed", "timestamp_unsubscribed", "channels")


def read(folder: Path, name: str, **settings: str) -> Outcome:
    """Prepare a page of an API with the settings that it needs."""
    return prepare_files(folder, EXPORTS / name, settings=settings)


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The records by their id."""
    return {record["id"]: record for record in outcome.records}


def consents(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """All that the contacts say about consent, by their id."""
    return {
        record["id"]: {name: record[name] for name in CONSENT if name in record}
        for record in outcome.records
    }


def test_an_order_of_ecwid(tmp_path: Path) -> None:
    outcome = read(tmp_path, "ecwid/orders.json", currency="GBP")

    assert outcome.records[0] == {
        "@type": "order",
        "id": "00001",
        "timestamp": "2024-03-30T23:30:00Z",
        "grand_total": Decimal("30.5"),
        "currency": "GBP",
        "subtotal": Decimal("25.5"),
        "discount": Decimal("3.5"),
        "shipping": 5,
        "tax": Decimal("2.5"),
        "status": "shipped",
        "is_valid": True,
        "web_id": "N-1",
        "ip_address": "192.0.2.44",
        "channel": "online",
        "payment_method": "Card",
        "shipping_method": "Courier",
        "coupon_code": "SPRING",
        "customer": {
            "id": "501",
            "email": "ada@example.com",
            "firstname": "Ada",
            "lastname": "van Winter",
        },
        "shipping_address": {
            "city": "York",
            "state": "West Yorkshire",
            "postcode": "YO1 7HH",
            "country_code": "GB",
        },
        "billing_address": {
            "city": "Leeds",
            "state": "West Yorkshire",
            "postcode": "LS1 4AP",
            "country_code": "GB",
        },
        "lineitems": [
            {
                "product_id": "7001",
                "variant_id": "8001",
                "quantity": 2,
                "sku": "MUG-L",
                "unit_price": Decimal("12.5"),
                "variant_options": [
                    {"type": "Size", "id": "Large", "label": "Large"},
                    {"type": "Colour", "id": "Blue", "label": "Blue"},
                ],
                "properties": {"name": "Mug"},
            },
            {
                "product_id": "Gift wrap",
                "quantity": 1,
                "unit_price": 3,
                "properties": {"name": "Gift wrap"},
            },
        ],
    }
    assert {row["field"] for row in outcome.problems} == {"is_valid", "timestamp"}
    assert "private" not in "".join(outcome.texts)


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        (
            "ecwid/orders.json",
            {"00001": True, "00002": False, "00003": False, "00004": False, "00005": None},
        ),
        (
            "lightspeed-x/sales.json",
            {"sale-1": True, "sale-2": False, "sale-4": False, "sale-5": None},
        ),
    ],
)
def test_only_what_was_paid_is_valid_and_unknown_states_say_nothing(
    tmp_path: Path, name: str, valid: dict[str, bool | None]
) -> None:
    records = by_id(read(tmp_path, name, currency="GBP"))

    assert {key: record.get("is_valid") for key, record in records.items()} == valid


def test_what_was_ticked_at_ecwid_is_an_opt_in_and_the_rest_is_no_statement(
    tmp_path: Path,
) -> None:
    outcome = read(tmp_path, "ecwid/customers.json")

    assert consents(outcome) == {
        "501": {"marketing_optin": "EXPLICITLY_OPTEDIN"},
        "502": {"marketing_optin": "NOT_SPECIFIED"},
        "503": {},
    }
    assert outcome.records[0] == {
        "@type": "contact",
        "id": "501",
        "@collection": "ecwid",
        "email": "person1@example.com",
        "customer_id": "501",
        "phone_number": "+447700900501",
        "firstname": "Ada",
        "lastname": "Winter",
        "country_id": "GB",
        "timestamp_acquired": "2020-01-01T12:00:00Z",
        "marketing_optin": "EXPLICITLY_OPTEDIN",
    }


def test_a_sale_of_lightspeed_is_with_tax_and_its_lines_are_without(tmp_path: Path) -> None:
    outcome = read(tmp_path, "lightspeed-x/sales.json", currency="GBP")

    assert outcome.records[0] == {
        "@type": "order",
        "id": "sale-1",
        "timestamp": "2024-03-30T23:30:00Z",
        "grand_total": 24,
        "currency": "GBP",
        "subtotal": 20,
        "tax": 4,
        "status": "complete",
        "is_valid": True,
        "web_id": "INV-1",
        "channel": "offline",
        "store": "out-1",
        "payment_method": "Cash",
        "customer": {"id": "cus-1"},
        "lineitems": [
            {"product_id": "prod-1", "quantity": 2, "sku": "MUG-L", "unit_price": 10, "tax": 4}
        ],
    }
    assert outcome.summary.rows.left_out == 1
    assert "private" not in "".join(outcome.texts)


def test_who_must_not_be_written_to_is_out_and_nobody_is_in(tmp_path: Path) -> None:
    outcome = read(tmp_path, "lightspeed-x/customers.json")
    said = consents(outcome)

    assert said["cus-2"] == {"marketing_optin": "EXPLICITLY_OPTEDOUT"}
    assert all(said[key].get("marketing_optin") != "EXPLICITLY_OPTEDIN" for key in said)
    assert "timestamp_subscribed" not in said["cus-1"]
    assert "cus-3" not in said
    assert outcome.summary.rows.left_out == 1


@pytest.mark.parametrize(
    "name",
    [
        "ecwid-orders",
        "ecwid-customers",
        "lightspeed-x-sales",
        "lightspeed-x-customers",
    ],
)
def test_what_was_never_seen_in_a_real_file_is_said_to_be_unverified(name: str) -> None:
    assert any(note.startswith("Unverified") for note in find_mapping(name).notes)
