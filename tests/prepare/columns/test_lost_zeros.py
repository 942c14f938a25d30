"""Postal codes that a spreadsheet took for numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prepare.outcomes import prepare_rows

HEADER = [
    *("id", "timestamp", "grand_total", "currency"),
    *("shipping_address.postcode", "shipping_address.country_code"),
]


@pytest.mark.parametrize(
    ("postcode", "country", "is_lost"),
    [
        ("1067", "DE", True),
        ("1067", "Germany", True),
        ("501", "US", True),
        ("100", "FI", True),
        ("01067", "DE", False),
        ("8000", "DK", False),
        ("2138-1001", "US", True),
        ("21381001", "US", True),
        ("2138.0", "US", True),
        ("02138-1001", "US", False),
        ("021381001", "US", False),
        ("12345-1001", "US", False),
        ("501", "PR", True),
        ("800", "AU", True),
        ("800", "DK", True),
        ("150", "NO", True),
        ("1001", "SK", True),
        ("10011", "RO", True),
        ("600000", "JP", True),
        ("060-0000", "JP", False),
        ("5", "DE", False),
        ("1234", "NL", False),
        ("8001", "CH", False),
        ("1067", "", False),
        ("75008", "FR", False),
        ("LS1 4AP", "GB", False),
        ("", "DE", False),
    ],
)
def test_lost_zeros_are_told_where_the_country_is_known(
    tmp_path: Path, *, postcode: str, country: str, is_lost: bool
) -> None:
    row = ["1", "2024-01-31T09:30:00Z", "10", "EUR", postcode, country]

    outcome = prepare_rows(tmp_path, "orders.csv", [HEADER, row])

    assert outcome.places("W046") == ([(2, "shipping_address.postcode")] if is_lost else [])
    (record,) = outcome.records
    assert record.get("shipping_address", {}).get("postcode", "") == postcode
