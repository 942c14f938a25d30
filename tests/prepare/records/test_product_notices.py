"""Products that Ometria stores and neither recommends nor counts as on sale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.prepare.outcomes import Outcome, prepare_text, small_blocks

WHOLE = "title,url,image_url,price,currency"
VALUES = "Mug,https://shop.example.com/m,https://shop.example.com/m.jpg,8.00,GBP"


def told(outcome: Outcome, code: str) -> list[str]:
    return [row["message"] for row in outcome.problems if row["code"] == code]


def test_products_that_cannot_be_recommended_are_one_notice_with_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch, 200)
    text = (
        f"id,is_variant,is_active,{WHOLE}\n"
        f"1,,,{VALUES}\n"
        "2,,,Mug,,https://shop.example.com/m.jpg,8.00,GBP\n"
        "3,no,yes,Mug,,,,\n"
        "4,yes,,,,,,\n"
        "5,,no,,,,,\n"
        f",,,{VALUES}\n"
    )
    outcome = prepare_text(tmp_path, "products.csv", text)
    assert told(outcome, "W100") == [
        "2 products cannot be recommended: url is missing in 2, image_url in 1, price in 1"
    ]
    assert outcome.places("W100") == [(3, "")]
    assert outcome.summary.problems["W100"] == 2


def test_what_a_listing_gives_is_not_missing(tmp_path: Path) -> None:
    product = {
        "@type": "product",
        "id": "1",
        "title": "Mug",
        "image_url": "https://shop.example.com/m.jpg",
        "listings": [{"store": "uk", "price": 8, "url": "https://shop.example.com/m"}],
    }
    outcome = prepare_text(tmp_path, "products.ndjson", json.dumps(product))
    assert told(outcome, "W100") == []


def test_a_source_of_prices_or_stock_is_no_catalogue(tmp_path: Path) -> None:
    text = "id,price,currency,is_in_stock\n1,5.00,EUR,yes\n2,6.00,EUR,no\n"
    assert told(prepare_text(tmp_path, "products.csv", text), "W100") == []


def test_special_prices_without_both_dates_are_one_notice_with_their_count(tmp_path: Path) -> None:
    first, last = "special_price_dt_from", "special_price_dt_to"
    text = (
        f"id,special_price,{first},{last},{WHOLE}\n"
        f"1,5.00,2024-01-01T00:00:00Z,2024-02-01T00:00:00Z,{VALUES}\n"
        f"2,5.00,2024-01-01T00:00:00Z,,{VALUES}\n"
        f"3,5.00,,,{VALUES}\n"
        f"4,,,,{VALUES}\n"
    )
    outcome = prepare_text(tmp_path, "products.csv", text)
    (message,) = told(outcome, "W101")
    assert message == (
        "2 products on special offer without special_price_dt_from and special_price_dt_to:"
        " Ometria does not count that as on sale"
    )
    assert outcome.places("W101") == [(3, "special_price")]
