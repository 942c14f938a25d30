"""Square's till: totals in one file, lines in another, and refunds as rows of their own."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ometria_import.errors import MappingError, OmetriaImportError
from tests.prepare.outcomes import Outcome, prepare_files, prepare_text, write

EXPORTS = Path(__file__).parents[1] / "exports" / "square"
SALES, ITEMS = EXPORTS / "transactions.csv", EXPORTS / "items.csv"
SETTINGS = {"currency": "USD"}


def by_id(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {record["id"]: record for record in outcome.records}


def prepared(folder: Path, **options: Any) -> Outcome:
    """The two exports together."""
    return prepare_files(folder, SALES, ITEMS, **{"settings": SETTINGS, **options})


def backwards(path: Path, copy: Path) -> Path:
    """An export with its newest rows first."""
    header, *rows = path.read_text("utf-8").splitlines()
    return write(copy / path.name, "\n".join([header, *reversed(rows), ""]))


def test_a_sale_has_its_lines_and_its_time_in_the_zone_of_the_till(tmp_path: Path) -> None:
    assert by_id(prepared(tmp_path))["SQ1"] == {
        "@type": "order",
        "id": "SQ1",
        "timestamp": "2024-07-04T10:02:11-04:00",
        "currency": "USD",
        "grand_total": Decimal("50.60"),
        "subtotal": Decimal("50.00"),
        "discount": Decimal("5.00"),
        "tax": Decimal("3.60"),
        "status": "complete",
        "is_valid": True,
        "channel": "offline",
        "store": "High Street",
        "payment_method": "card",
        "customer": {"id": "CUS1", "firstname": "Ada Mary", "lastname": "Winter"},
        "lineitems": [
            {
                "product_id": "SQ-VASE-L",
                "sku": "SQ-VASE-L",
                "quantity": Decimal("2.0"),
                "unit_price": Decimal(20),
                "subtotal": Decimal("40.00"),
                "discount": Decimal("5.00"),
                "tax": Decimal("2.80"),
                "properties": {
                    "name": "Vase",
                    "variant": "Large",
                    "modifiers": "Gift wrap",
                    "category": "Ceramics",
                },
            },
            {
                "product_id": "Gift card",
                "quantity": Decimal("1.0"),
                "unit_price": Decimal(10),
                "subtotal": Decimal("10.00"),
                "discount": Decimal("0.00"),
                "tax": Decimal("0.80"),
                "properties": {
                    "name": "Gift card",
                    "category": "Ceramics",
                    "kind": "Gift Card",
                },
            },
        ],
        "properties": {"source": "Point of Sale", "tip": "$2.00"},
    }


def test_a_refund_is_never_an_order_and_tells_of_its_sale(tmp_path: Path) -> None:
    outcome = prepared(tmp_path)

    said = {
        key: (each["grand_total"], each["is_valid"], each["properties"].get("refunded_amount"))
        for key, each in by_id(outcome).items()
    }
    assert said == {
        "SQ1": (Decimal("50.60"), True, None),
        "SQ2": (Decimal("21.60"), False, "$21.60"),
        "SQ3": (Decimal("1240.00"), True, "$10.00"),
        "SQ5": (Decimal("3.00"), True, None),
    }
    assert by_id(outcome)["SQ2"]["timestamp"] == "2024-07-05T09:00:00-04:00"
    lines = [line for each in outcome.records for line in each["lineitems"]]
    assert all(line["quantity"] > 0 and line["subtotal"] > 0 for line in lines)
    assert outcome.summary.rows.left_out == 2  # the refund without its sale, and its item
    assert outcome.summary.reject_paths == ()


def test_the_order_of_rows_and_of_files_makes_no_difference(tmp_path: Path) -> None:
    sales, items = backwards(SALES, tmp_path), backwards(ITEMS, tmp_path)

    newest_first = prepare_files(tmp_path, items, sales, settings=SETTINGS)

    def sorted_lines(outcome: Outcome) -> dict[str, dict[str, Any]]:
        return {
            key: {**each, "lineitems": sorted(each["lineitems"], key=str)}
            for key, each in by_id(outcome).items()
        }

    assert sorted_lines(newest_first) == sorted_lines(prepared(tmp_path))


@pytest.mark.parametrize("at", [1, 3, 5])
def test_a_refund_may_be_in_the_file_of_a_later_month(tmp_path: Path, at: int) -> None:
    header, *rows = SALES.read_text("utf-8").splitlines()
    parts = [
        write(tmp_path / f"{number}.csv", "\n".join([header, *own, ""]))
        for number, own in enumerate((rows[:at], rows[at:]))
    ]

    outcome = prepare_files(tmp_path, *parts, ITEMS, settings=SETTINGS)

    assert by_id(outcome) == by_id(prepared(tmp_path))
    assert outcome.summary.reject_paths == ()


def test_a_price_that_is_not_exact_leaves_the_line_its_subtotal(tmp_path: Path) -> None:
    bowl, vase = by_id(prepared(tmp_path))["SQ3"]["lineitems"]

    assert "unit_price" not in bowl
    assert (bowl["quantity"], bowl["subtotal"]) == (Decimal("3.0"), Decimal("40.00"))
    assert vase["unit_price"] == Decimal("1200.00")
    assert vase["properties"]["gtin"] == "0400638133393"


def test_items_whose_transaction_is_not_in_the_file_are_rejected(tmp_path: Path) -> None:
    text = SALES.read_text("utf-8")
    without = "".join(line for line in text.splitlines(keepends=True) if ",SQ5," not in line)
    sales = write(tmp_path / "transactions.csv", without)

    outcome = prepare_files(tmp_path, sales, ITEMS, settings=SETTINGS)

    assert "SQ5" not in by_id(outcome)
    assert outcome.places("E033") == [(10, "Transaction ID")]


@pytest.mark.parametrize(
    ("path", "said"),
    [(SALES, "Items Detail CSV"), (ITEMS, "no table of order records is given")],
)
def test_each_file_alone_is_refused_with_the_other(tmp_path: Path, path: Path, said: str) -> None:
    with pytest.raises(MappingError) as refused:
        prepare_files(tmp_path, path, settings=SETTINGS)

    assert said in refused.value.message
    assert refused.value.hint


def test_the_currency_is_asked_for_and_another_sign_is_no_amount_of_it(tmp_path: Path) -> None:
    with pytest.raises(OmetriaImportError, match="currency"):
        prepare_files(tmp_path, SALES, ITEMS)

    outcome = prepared(tmp_path, settings={"currency": "GBP"})

    assert outcome.records == []
    assert len(outcome.places("E087")) > 0


def test_cards_and_staff_are_not_sent(tmp_path: Path) -> None:
    body = "".join(prepared(tmp_path).texts)

    assert not any(word in body for word in ("Visa", "1234", "Dee", "TKN", "squareup"))


def test_an_event_that_is_not_known_is_reported_and_not_guessed(tmp_path: Path) -> None:
    text = SALES.read_text("utf-8").replace(",Card,Payment,", ",Card,Chargeback,")
    items = write(tmp_path / "items.csv", ITEMS.read_text("utf-8"))

    outcome = prepare_files(
        tmp_path, write(tmp_path / "transactions.csv", text), items, settings=SETTINGS
    )

    assert "is_valid" not in by_id(outcome)["SQ5"]
    assert [each["value"] for each in outcome.problems if each["code"] == "W021"] == ["Chargeback"]


@pytest.mark.parametrize("columns", [21, 33, 35])
def test_items_of_all_years_are_recognised(tmp_path: Path, columns: int) -> None:
    rows = [line.split(",") for line in ITEMS.read_text("utf-8").splitlines() if '"' not in line]
    text = "".join(",".join(row[:columns]) + "\n" for row in rows)

    with pytest.raises(MappingError, match="holds lineitems"):
        prepare_text(tmp_path, "items.csv", text, settings=SETTINGS)
