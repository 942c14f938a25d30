"""Orders that are not sent, by month and currency: what is in the files is all accounted for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.options.choices import Period, Returns
from ometria_import.prepare import Sales
from tests.prepare.outcomes import Outcome, csv_text, prepare_files, write
from tests.thoroughness import COSTLY

YESTERDAY = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
HEADER = ["@type", "id", "timestamp", "currency", "grand_total", "is_valid"]


def order(
    number: object,
    total: str = "10.00",
    *,
    day: str = "2024-01-31",
    currency: str = "EUR",
    is_valid: str = "true",
) -> list[str]:
    return ["order", str(number), f"{day}T09:30:00Z", currency, total, is_valid]


def prepared(folder: Path, *tables: list[list[str]], **options: Any) -> Outcome:
    sources = [
        write(folder / f"{number}.csv", csv_text([HEADER, *rows]))
        for number, rows in enumerate(tables)
    ]
    return prepare_files(folder, *sources, **options)


def unsent(outcome: Outcome) -> dict[str, tuple[Sales, ...]]:
    return outcome.summary.cross_checks.unsent


def sales(month: str, currency: str, orders: int, revenue: str) -> Sales:
    return Sales(month, currency, orders, Decimal(revenue), 0, Decimal(0))


def test_rejected_orders_count_as_far_as_they_can_be_read(tmp_path: Path) -> None:
    outcome = prepared(
        tmp_path,
        [
            order(1),
            order("", "20.50"),
            order("", "1.25", day="2024-02-01"),
            order(2, "5", currency="ZZZ"),
            order(3, "a lot"),
            ["order", "4", "soon", "EUR", "7", "true"],
            order("", "3", is_valid="false"),
        ],
    )

    assert unsent(outcome) == {
        "rejected": (
            sales("2024-01", "", 1, "5.00"),
            Sales("2024-01", "EUR", 1, Decimal("20.50"), 1, Decimal("3.00")),
            sales("2024-02", "EUR", 1, "1.25"),
        )
    }
    assert outcome.summary.rejected == 6


def test_orders_that_others_replace_or_that_are_too_young_are_told_apart(tmp_path: Path) -> None:
    outcome = prepared(
        tmp_path,
        [order(1, "10"), order(2, "20"), order(3, "30"), order(5, "50", day=YESTERDAY)],
        [order(1, "11"), order(2, "20"), order(4, "40", day="2024-03-01")],
        older_than=timedelta(days=3),
    )

    assert unsent(outcome) == {
        "held_back": (sales(YESTERDAY[:7], "EUR", 1, "50.00"),),
        "repeated": (sales("2024-01", "EUR", 1, "20.00"),),
        "superseded": (sales("2024-01", "EUR", 1, "10.00"),),
    }


def test_returns_that_are_left_out_are_told_apart(tmp_path: Path) -> None:
    outcome = prepared(tmp_path, [order(1), order(2, "-4")], returns=Returns.LEAVE_OUT)

    assert unsent(outcome) == {"left_out": (sales("2024-01", "EUR", 1, "-4.00"),)}


def test_nothing_is_unsent_of_clean_files(tmp_path: Path) -> None:
    assert unsent(prepared(tmp_path, [order(1), order(2)])) == {}


def test_months_are_kept_where_sales_are_shown_by_year(tmp_path: Path) -> None:
    rows = [order(1), order(2, day="2024-03-01"), order("", day="2024-03-02")]

    checks = prepared(tmp_path, rows, by=Period.YEAR).summary.cross_checks

    assert checks.sales == (sales("2024", "EUR", 2, "20.00"),)
    assert checks.unsent == {"rejected": (sales("2024-03", "EUR", 1, "10.00"),)}


rows = st.lists(
    st.builds(
        order,
        st.sampled_from(["", "1", "2", "3", "4"]),
        st.sampled_from(["10.00", "0.1", "-3", "99999999999999.99"]),
        day=st.sampled_from(["2024-01-31", "2024-02-01", YESTERDAY]),
        currency=st.sampled_from(["EUR", "GBP", "ZZZ"]),
        is_valid=st.sampled_from(["true", "false", ""]),
    ),
    max_size=8,
)


@COSTLY
@given(tables=st.lists(rows, min_size=1, max_size=3).filter(any), returns=st.sampled_from(Returns))
def test_all_that_is_read_is_sent_or_unsent(
    tmp_path_factory: pytest.TempPathFactory, tables: list[list[list[str]]], returns: Returns
) -> None:
    tables = [table for table in tables if table]
    outcome = prepared(
        tmp_path_factory.mktemp("law"),
        *tables,
        returns=returns,
        older_than=timedelta(days=3),
        by=Period.MONTH,
    )

    told = outcome.summary.cross_checks
    there: dict[str, tuple[int, Decimal]] = {}
    for _, _, time, currency, total, is_valid in (row for table in tables for row in table):
        place = f"{time[:7]} {currency.replace('ZZZ', '')} {is_valid != 'false'}"
        add(there, place, 1, Decimal(total))
    found: dict[str, tuple[int, Decimal]] = {}
    for each in (*told.sales, *(one for group in told.unsent.values() for one in group)):
        place = f"{each.period} {each.currency}"
        add(found, f"{place} True", each.orders, each.revenue)
        add(found, f"{place} False", each.invalid_orders, each.invalid_revenue)
    assert found == there


def add(sums: dict[str, tuple[int, Decimal]], place: str, orders: int, revenue: Decimal) -> None:
    if orders:
        known = sums.get(place, (0, Decimal(0)))
        sums[place] = known[0] + orders, known[1] + revenue
