"""Exports that cannot be imported: refused with what is wrong and what to export instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from ometria_import.errors import ExitCode, MappingError
from tests.prepare.outcomes import prepare_files, write

EXPORTS = Path(__file__).parents[1] / "exports"


@pytest.mark.parametrize(
    ("export", "reason", "instead"),
    [
        (
            "stripe/payments.csv",
            "payments and not orders",
            "Export the orders from the shop system",
        ),
        ("stripe/payments-few-columns.csv", "payments and not orders", "Export the orders"),
        ("stripe/balance-history.csv", "payments and not orders", "Export the orders"),
        ("shopify/transactions.csv", "no line items", "Orders → Export → Export orders"),
        ("netsuite/saved-search-summary.csv", "it is a summary", "Remove the summary types"),
        ("netsuite/saved-search-main-lines.csv", "no items", "Main Line = either"),
    ],
)
def test_an_export_without_orders_says_what_to_export_instead(
    tmp_path: Path, export: str, reason: str, instead: str
) -> None:
    with pytest.raises(MappingError) as refused:
        prepare_files(tmp_path, EXPORTS / export)

    assert refused.value.exit_code is ExitCode.UNUSABLE
    assert str(EXPORTS / export) in refused.value.message
    assert reason in refused.value.message
    assert instead in refused.value.hint


def test_a_mapping_of_ones_own_reads_even_a_file_that_a_preset_refuses(tmp_path: Path) -> None:
    mapping = write(
        tmp_path / "membership.toml",
        """
        object_type = "order"
        [rows]
        leave_out = [{ column = "Status", not_equals = ["Paid"] }]
        [columns]
        unmapped = "ignore"
        [conventions]
        timezone = "UTC"
        [fields]
        id = "id"
        timestamp = "Created date (UTC)"
        grand_total = "Amount"
        currency = "Currency"
        "customer.email" = "Customer Email"
        [items.lineitems.fields]
        product_id = { constant = "membership" }
        quantity = { constant = 1 }
        unit_price = "Amount"
        """,
    )

    outcome = prepare_files(tmp_path, EXPORTS / "stripe/payments.csv", mapping=str(mapping))

    (record,) = outcome.records
    assert record["id"] == "ch_11"
    assert record["lineitems"][0]["product_id"] == "membership"
