"""OpenCart's tables: totals in the shop's own currency, lines and customers elsewhere."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError, OmetriaImportError
from ometria_import.options.choices import Lines
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text

EXPORTS = Path(__file__).parents[1] / "exports" / "opencart"
ORDERS, LINES = EXPORTS / "oc_order.csv", EXPORTS / "oc_order_product.csv"
CUSTOMERS, TOTALS = EXPORTS / "oc_customer.csv", EXPORTS / "oc_order_total.csv"
SETTINGS = {"currency": "GBP", "timezone": "Europe/London"}


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in outcome.records}


@pytest.mark.parametrize("sources", [(ORDERS, LINES), (LINES, ORDERS)])
def test_an_order_has_its_lines_and_the_total_of_the_default_currency(
    tmp_path: Path, sources: tuple[Path, Path]
) -> None:
    outcome = prepare_files(tmp_path, *sources, settings=SETTINGS)

    assert by_id(outcome)["71"] == {
        "@type": "order",
        "id": "71",
        "web_id": "71",
        "timestamp": "2024-07-01T15:28:02+01:00",
        "currency": "GBP",
        "grand_total": Decimal("65.0000"),
        "status": "complete",
        "is_valid": True,
        "channel": "online",
        "store": "shop.example.com",
        "ip_address": "192.0.2.10",
        "payment_method": "Card",
        "shipping_method": "Flat rate",
        "customer": {
            "id": "501",
            "email": "ada@example.com",
            "firstname": "Ada",
            "lastname": "Winter",
        },
        "billing_address": {
            "city": "Leeds",
            "state": "West Yorkshire",
            "postcode": "LS1 4AP",
            "country_code": "GB",
        },
        "shipping_address": {"city": "Paris", "postcode": "75008", "country_code": "FR"},
        "totals": {"local": {"currency": "EUR", "grand_total": Decimal("76.05")}},
        "lineitems": [
            {
                "product_id": "31",
                "quantity": 2,
                "unit_price": Decimal(20),
                "subtotal": Decimal(40),
                "tax": Decimal(8),
                "properties": {"name": "Vase, large", "model": "OC-VASE"},
            },
            {
                "product_id": "33",
                "quantity": 1,
                "unit_price": Decimal(10),
                "subtotal": Decimal(10),
                "tax": Decimal(2),
                "properties": {"name": "Gift card", "model": "OC-GIFT"},
            },
        ],
    }


def test_carts_that_were_never_confirmed_are_left_out_with_their_lines(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, ORDERS, LINES, settings=SETTINGS)

    assert outcome.summary.rows.left_out == 2
    assert outcome.summary.reject_paths == ()
    said = {key: (each.get("status"), each.get("is_valid")) for key, each in by_id(outcome).items()}
    assert said == {
        "71": ("complete", True),
        "72": ("pending", False),
        "74": ("refunded", False),
        "75": ("cancelled", False),
        "76": (None, None),
    }
    assert outcome.places("W021") == [(7, "is_valid")]


def test_guests_have_no_id(tmp_path: Path) -> None:
    record = by_id(prepare_files(tmp_path, ORDERS, LINES, settings=SETTINGS))["72"]

    assert record["customer"] == {"email": "bo@example.com", "firstname": "Bo", "lastname": "Lee"}


def test_what_was_shown_is_rounded_and_the_total_is_not_touched(tmp_path: Path) -> None:
    text = ORDERS.read_text("utf-8").replace("1.17000000", "1.17333100")

    outcome = prepare_text(tmp_path, "oc_order.csv", text, settings=SETTINGS, lines=Lines.NONE)

    record = by_id(outcome)["71"]
    assert record["totals"]["local"]["grand_total"] == Decimal("76.27")
    assert record["grand_total"] == Decimal("65.0000")


def test_the_currency_is_asked_for_whatever_was_shown(tmp_path: Path) -> None:
    with pytest.raises(OmetriaImportError, match="currency"):
        prepare_files(tmp_path, ORDERS, LINES)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (ORDERS, "the table oc_order_product"),
        (LINES, "no table of order records"),
        (TOTALS, "neither orders nor line items"),
    ],
)
def test_a_table_that_needs_another_says_which(tmp_path: Path, path: Path, said: str) -> None:
    with pytest.raises(MappingError) as refused:
        prepare_files(tmp_path, path, settings=SETTINGS)

    assert said in refused.value.message
    assert refused.value.hint


def test_newsletter_is_an_opt_in_and_its_absence_says_nothing(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, CUSTOMERS, settings=SETTINGS, country="GB")

    records = by_id(outcome)
    assert records["501"] == {
        "@type": "contact",
        "@collection": "customers",
        "id": "501",
        "customer_id": "501",
        "email": "ada@example.com",
        "firstname": "Ada",
        "lastname": "Winter",
        "phone_number": "+441134960000",
        "timestamp_acquired": "2022-03-01T09:00:00Z",
        "marketing_optin": "EXPLICITLY_OPTEDIN",
        "properties": {"customer_group": "1"},
    }
    for key in ("503", "504"):
        assert records[key].get("marketing_optin") == "NOT_SPECIFIED"
        assert not {"timestamp_subscribed", "timestamp_unsubscribed"} & records[key].keys()
    assert "timestamp_acquired" not in records["504"]
    assert "invented" not in "".join(outcome.texts)
