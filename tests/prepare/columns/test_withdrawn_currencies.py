"""Currencies that are history: valid for the orders of their time, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prepare.outcomes import prepare_rows

HEADER = ("id", "timestamp", "grand_total", "currency")


@pytest.mark.parametrize(
    ("timestamp", "currency"),
    [
        ("2001-06-01T10:00:00Z", "DEM"),
        ("2022-12-31T23:59:59+01:00", "hrk"),
        ("2023-01-31T12:00:00Z", "HRK"),
        ("2025-12-24T12:00:00Z", "BGN"),
        ("2024-05-01T12:00:00Z", "EUR"),
    ],
)
def test_an_order_keeps_the_currency_of_its_time(
    tmp_path: Path, timestamp: str, currency: str
) -> None:
    (record,) = prepare_rows(
        tmp_path, "orders.csv", [HEADER, ("1", timestamp, "5", currency)]
    ).records

    assert record["currency"] == currency.upper()


@pytest.mark.parametrize(
    ("timestamp", "currency", "words"),
    [
        ("2023-02-01T00:00:00Z", "HRK", "'HRK' was withdrawn in 2023-01, and this is of 2023-02"),
        ("2005-01-01T00:00:00Z", "DEM", "'DEM' was withdrawn in 2002-03"),
    ],
)
def test_an_order_in_a_currency_that_was_gone_is_rejected(
    tmp_path: Path, timestamp: str, currency: str, words: str
) -> None:
    rows = [HEADER, ("1", timestamp, "5", currency), ("2", timestamp, "5", "EUR")]
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert [record["id"] for record in outcome.records] == ["2"]
    assert outcome.places("E017") == [(2, "currency")]
    assert words in outcome.rejects()[0]["reject_reasons"]


def test_an_order_without_time_is_rejected_for_that_alone(tmp_path: Path) -> None:
    outcome = prepare_rows(tmp_path, "orders.csv", [HEADER, ("1", "", "5", "HRK")])

    assert [problem["code"] for problem in outcome.problems] == ["E010"]


def test_totals_in_a_currency_that_was_gone_lose_it(tmp_path: Path) -> None:
    rows = [
        (*HEADER, "totals.base.currency", "lineitems.product_id", "lineitems.quantity"),
        ("1", "2024-01-01T00:00:00Z", "5", "EUR", "HRK", "", ""),
    ]
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert "totals" not in outcome.records[0]
    assert outcome.places("W017") == [(2, "totals.base.currency")]


def test_prices_of_products_are_of_today(tmp_path: Path) -> None:
    rows = [
        ("id", "price", "currency", "listings.store", "listings.currency"),
        ("1", "5", "DEM", "example.com", "BGN"),
    ]
    outcome = prepare_rows(tmp_path, "products.csv", rows)

    assert "currency" not in outcome.records[0]
    assert outcome.places("W017") == [(2, "currency"), (2, "listings.currency")]
