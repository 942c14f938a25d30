"""PrestaShop's tables: ids for everything, and a newsletter beside offers of partners."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError
from ometria_import.options.choices import Lines
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text

EXPORTS = Path(__file__).parents[1] / "exports" / "prestashop"
ORDERS, LINES = EXPORTS / "orders.csv", EXPORTS / "order_detail.csv"
CUSTOMERS = EXPORTS / "customers.csv"
SETTINGS = {"currency": "EUR", "timezone": "Europe/Paris"}


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in outcome.records}


@pytest.mark.parametrize("sources", [(ORDERS, LINES), (LINES, ORDERS)])
def test_an_order_has_its_lines_and_all_its_amounts_with_tax(
    tmp_path: Path, sources: tuple[Path, Path]
) -> None:
    outcome = prepare_files(tmp_path, *sources, settings=SETTINGS)

    assert by_id(outcome)["71"] == {
        "@type": "order",
        "id": "71",
        "web_id": "XKBKNABJK",
        "timestamp": "2024-07-01T15:28:02+02:00",
        "currency": "EUR",
        "grand_total": Decimal("55.000000"),
        "subtotal": Decimal("50.000000"),
        "discount": Decimal("5.000000"),
        "shipping": Decimal("10.000000"),
        "tax": Decimal("9.17"),
        "status": "delivered",
        "is_valid": True,
        "channel": "online",
        "payment_method": "Carte bancaire",
        "customer": {"id": "501"},
        "lineitems": [
            {
                "product_id": "31",
                "variant_id": "311",
                "sku": "PS-VASE-L",
                "quantity": 2,
                "quantity_refunded": 1,
                "unit_price": Decimal(20),
                "total": Decimal(40),
                "properties": {"name": "Vase (Taille : Grand)"},
            },
            {
                "product_id": "33",
                "quantity": 1,
                "unit_price": Decimal(10),
                "total": Decimal(10),
                "properties": {"name": "Carte ; cadeau"},
            },
        ],
        "properties": {"current_state": "5"},
    }


def test_states_are_ids_and_an_unpaid_order_is_not_valid(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, ORDERS, LINES, settings=SETTINGS)

    said = {key: (each["status"], each["is_valid"]) for key, each in by_id(outcome).items()}
    assert said == {
        "71": ("delivered", True),
        "72": ("cancelled", False),
        "74": ("refunded", False),
        "75": ("pending", False),
    }


def test_orders_in_another_currency_need_its_name_and_are_never_taken_for_the_default(
    tmp_path: Path,
) -> None:
    without = prepare_files(tmp_path, ORDERS, LINES, settings=SETTINGS)
    named = prepare_files(tmp_path, ORDERS, LINES, settings={**SETTINGS, "currency_2": "GBP"})

    assert without.places("E010") == [(4, "currency")]
    assert "73" not in by_id(without)
    record = by_id(named)["73"]
    assert (record["currency"], record["grand_total"]) == ("GBP", Decimal("17.000000"))
    assert by_id(named)["71"]["currency"] == "EUR"


def test_the_code_of_a_currency_that_a_query_joins_counts(tmp_path: Path) -> None:
    text = ORDERS.read_text("utf-8").replace(";valid;", ";iso_code;", 1)
    header, *rows = [line.rsplit(";", 3) for line in text.splitlines()]
    lines = [";".join(each) for each in (header, *([one, "CHF", *two] for one, _, *two in rows))]

    outcome = prepare_text(
        tmp_path,
        "orders.csv",
        "\n".join(lines),
        settings={"timezone": "Europe/Zurich"},
        lines=Lines.NONE,
    )

    assert {each["currency"] for each in outcome.records} == {"CHF"}


@pytest.mark.parametrize(
    ("path", "said"), [(ORDERS, "ps_order_detail"), (LINES, "no table of order records")]
)
def test_a_table_that_needs_another_says_which(tmp_path: Path, path: Path, said: str) -> None:
    with pytest.raises(MappingError) as refused:
        prepare_files(tmp_path, path, settings=SETTINGS)

    assert said in refused.value.message
    assert refused.value.hint


def test_newsletter_is_an_opt_in_and_offers_of_partners_are_not(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, CUSTOMERS, settings=SETTINGS)

    records = by_id(outcome)
    assert records["501"] == {
        "@type": "contact",
        "@collection": "customers",
        "id": "501",
        "customer_id": "501",
        "email": "ada@example.com",
        "firstname": "Ada",
        "lastname": "Winter",
        "gender": "f",
        "date_of_birth": "1985-03-09",
        "timestamp_acquired": "2022-03-01T09:00:00+01:00",
        "timestamp_subscribed": "2023-05-01T10:00:00+02:00",
        "marketing_optin": "EXPLICITLY_OPTEDIN",
        "properties": {"customer_group": "3"},
    }
    assert records["502"]["marketing_optin"] == "NOT_SPECIFIED"
    assert records["503"]["marketing_optin"] == "NOT_SPECIFIED"
    assert records["503"]["properties"] == {
        "company": "Cy & Co",
        "customer_group": "2",
        "is_guest": "1",
    }
    assert "gender" not in records["503"]
    assert records["505"]["marketing_optin"] == "EXPLICITLY_OPTEDIN"
    for key in ("502", "503", "505"):
        assert not {"timestamp_subscribed", "timestamp_unsubscribed"} & records[key].keys()
        assert "date_of_birth" not in records[key]
    assert "504" not in records
    assert outcome.summary.rows.left_out == 1
    body = "".join(outcome.texts)
    assert not any(word in body for word in ("invented", "0f0f", "force_optin", 'optin":"1'))


def test_the_web_service_says_the_same_as_the_tables(tmp_path: Path) -> None:
    tables = prepare_files(tmp_path, ORDERS, LINES, CUSTOMERS, settings=SETTINGS)
    service = prepare_files(
        tmp_path, EXPORTS / "api-orders.json", EXPORTS / "api-customers.json", settings=SETTINGS
    )

    of_contacts = [each for each in service.records if each["@type"] == "contact"]
    assert of_contacts == [each for each in tables.records if each["@type"] == "contact"]
    assert len(of_contacts) == 4
    order, of_tables = by_id(service)["71"], by_id(tables)["71"]
    only_in_tables = ("quantity_refunded", "total")
    assert order == {
        **of_tables,
        "lineitems": [
            {name: value for name, value in line.items() if name not in only_in_tables}
            for line in of_tables["lineitems"]
        ],
    }
    assert "customer" not in by_id(service)["72"]
    assert [each["code"] for each in service.problems if each["line"] == "3"] == ["E010"]


def test_orders_of_the_web_service_in_another_currency_need_its_name(tmp_path: Path) -> None:
    outcome = prepare_files(
        tmp_path, EXPORTS / "api-orders.json", settings={**SETTINGS, "currency_2": "GBP"}
    )

    assert {key: each["currency"] for key, each in by_id(outcome).items()} == {
        "71": "EUR",
        "72": "EUR",
        "73": "GBP",
    }
    assert "0f0f" not in "".join(outcome.texts)
