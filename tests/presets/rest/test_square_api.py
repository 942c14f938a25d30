"""What the preset makes of orders of Square's API."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.prepare.outcomes import prepare_files

ORDERS = Path(__file__).parents[2] / "exports" / "square" / "api-orders.json"


def orders(folder: Path) -> dict[str, dict[str, Any]]:
    """The orders by their ids."""
    return {record["id"]: record for record in prepare_files(folder, ORDERS).records}


def test_minor_units_become_amounts(tmp_path: Path) -> None:
    assert orders(tmp_path)["sq-1"] == {
        "@type": "order",
        "id": "sq-1",
        "timestamp": "2024-03-30T23:30:00.123Z",
        "grand_total": Decimal("23.99"),
        "currency": "GBP",
        "discount": 2,
        "tax": 0,
        "status": "complete",
        "is_valid": True,
        "channel": "Point of Sale",
        "store": "L-LEEDS",
        "payment_method": "card",
        "customer": {"id": "CUS-1"},
        "lineitems": [
            {
                "product_id": "CAT-1",
                "quantity": 2,
                "unit_price": Decimal("12.50"),
                "tax": 0,
                "total": 23,
                "discount": 2,
                "variant_options": [{"type": "variation", "id": "Large", "label": "Large"}],
                "properties": {"name": "Mug"},
            },
            {
                "product_id": "Custom amount",
                "quantity": 1,
                "unit_price": Decimal("0.99"),
                "total": Decimal("0.99"),
                "properties": {"name": "Custom amount"},
            },
        ],
    }


def test_a_total_with_tax_on_top_of_the_price_is_not_mixed_with_it(tmp_path: Path) -> None:
    record = orders(tmp_path)["sq-2"]
    (line,) = record["lineitems"]

    assert (record["grand_total"], record["tax"], record["currency"]) == (
        Decimal("12.96"),
        Decimal("0.96"),
        "USD",
    )
    assert (line["quantity"], line["unit_price"], line["tax"]) == (
        Decimal("1.5"),
        8,
        Decimal("0.96"),
    )
    assert "total" not in line
    assert "customer" not in record


def test_yen_have_no_hundredths(tmp_path: Path) -> None:
    record = orders(tmp_path)["sq-3"]

    assert (record["grand_total"], record["tax"]) == (4800, 436)
    assert (record["lineitems"][0]["unit_price"], record["lineitems"][0]["total"]) == (4800, 4800)


@pytest.mark.parametrize(
    ("key", "status", "is_valid"),
    [
        ("sq-1", "complete", True),
        ("sq-4", "cancelled", False),
        ("sq-5", "pending", False),
        ("sq-6", "pending", True),
    ],
)
def test_cancelled_and_unpaid_orders_are_not_valid(
    tmp_path: Path, key: str, status: str, *, is_valid: bool
) -> None:
    record = orders(tmp_path)[key]

    assert (record["status"], record["is_valid"]) == (status, is_valid)


def test_drafts_and_returns_are_left_out_and_counted(tmp_path: Path) -> None:
    outcome = prepare_files(tmp_path, ORDERS)

    assert {"sq-7", "sq-8"}.isdisjoint(orders(tmp_path))
    assert outcome.summary.rows.left_out == 2
    assert "private" not in "".join(outcome.texts)
