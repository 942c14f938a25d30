"""Amounts held against their currency: signs beside them, their decimals, their decimal signs."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.prepare.columns.notes import ColumnNotes
from ometria_import.prepare.records.amounts import PaidIn, with_digits_of
from tests.prepare.outcomes import (
    csv_text,
    prepare_files,
    prepare_rows,
    prepare_text,
    small_blocks,
    write,
)

ORDER = ("id", "timestamp", "grand_total", "currency")
TIME = "2024-05-01T12:00:00Z"


def order_rows(*amounts: tuple[str, str]) -> list[tuple[str, ...]]:
    return [
        ORDER,
        *((str(number), TIME, amount, code) for number, (amount, code) in enumerate(amounts, 1)),
    ]


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("£30.00", "EUR", "£"),
        ("30 USD", "EUR", "USD"),
        ("30.00 €", "GBP", "€"),
        ("CHF 30", "USD", "CHF"),
        ("$30", "EUR", "$"),
        ("US$30", "CAD", "US$"),
        ("30,00 kr", "EUR", "kr"),
        ("30 zł", "CZK", "zł"),
        ("(£30.00)", "EUR", "£"),
        ("-€30.00", "USD", "€"),
        ("₿30", "EUR", "₿"),
    ],
)
def test_an_order_whose_total_says_another_currency_is_rejected(
    tmp_path: Path, amount: str, currency: str, said: str
) -> None:
    rows = order_rows((amount, currency), ("7.50", currency))
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert [record["id"] for record in outcome.records] == ["2"]
    assert outcome.places("E087") == [(2, "grand_total")]
    (reject,) = outcome.rejects()
    assert f"'{amount}' says {said}, and the currency is {currency}" in reject["reject_reasons"]


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("$30.00", "CAD"),
        ("$30.00", "MXN"),
        ("US$30.00", "USD"),
        ("£30.00", "GBP"),
        ("£30.00", "EGP"),
        ("30,00 kr", "SEK"),
        ("kr. 30,00", "DKK"),
        ("¥30.00", "CNY"),
        ("30.00 eur", "EUR"),
        ("30.00 dem", "DEM"),
        ("¤30.00", "EUR"),
        ("Rs. 30.00", "INR"),
    ],
)
def test_a_sign_that_fits_the_currency_is_taken_off(
    tmp_path: Path, amount: str, currency: str
) -> None:
    rows = [ORDER, ("1", "2001-05-01T12:00:00Z" if currency == "DEM" else TIME, amount, currency)]
    (record,) = prepare_rows(tmp_path, "orders.csv", rows).records

    assert (record["grand_total"], record["currency"]) == (Decimal("30.00"), currency)


def test_other_amounts_in_another_currency_are_left_out(tmp_path: Path) -> None:
    item = ("lineitems.product_id", "lineitems.quantity", "lineitems.unit_price", "lineitems.tax")
    rows = [
        (*ORDER, "shipping", *item),
        ("1", TIME, "30", "EUR", "£5", "A", "1", "€30.00", "$2"),
        ("2", TIME, "30", "EUR", "5", "A", "1", "CHF 30", "2"),
    ]
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    first, second = outcome.records
    assert "shipping" not in first
    assert first["lineitems"] == [
        {"product_id": "A", "quantity": 1, "unit_price": Decimal("30.00")}
    ]
    assert "lineitems" not in second
    assert outcome.places("W087") == [
        (2, "lineitems.tax"),
        (3, "lineitems.unit_price"),
        (2, "shipping"),
    ]
    assert outcome.places("W042") == [(3, "lineitems")]


def test_totals_are_held_against_their_own_currency(tmp_path: Path) -> None:
    rows = [
        (*ORDER, "totals.base.currency", "totals.base.grand_total", "totals.base.tax"),
        ("1", TIME, "30", "EUR", "GBP", "£25.00", "€5"),
    ]
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    (record,) = outcome.records
    assert record["totals"] == {"base": {"currency": "GBP", "grand_total": Decimal("25.00")}}
    assert outcome.places("W087") == [(2, "totals.base.tax")]


def test_prices_of_a_store_are_in_its_currency_or_else_the_products(tmp_path: Path) -> None:
    listing = ("listings.store", "listings.price", "listings.currency")
    rows = [
        ("id", "price", "currency", *listing),
        ("1", "€9.50", "EUR", "uk.example.com", "£8.00", "GBP"),
        ("2", "9.50", "EUR", "uk.example.com", "£8.00", ""),
        ("3", "£9.50", "EUR", "eu.example.com", "€9.50", ""),
    ]
    outcome = prepare_rows(tmp_path, "products.csv", rows)

    prices = [
        (record.get("price"), record["listings"][0].get("price")) for record in outcome.records
    ]
    assert prices == [
        (Decimal("9.50"), Decimal("8.00")),
        (Decimal("9.50"), None),
        (None, Decimal("9.50")),
    ]
    assert outcome.places("W087") == [(3, "listings.price"), (4, "price")]


def test_a_currency_that_a_setting_gives_is_contradicted_as_well(tmp_path: Path) -> None:
    mapping = tmp_path / "shop.toml"
    mapping.write_text(
        'object_type = "order"\n[settings.currency]\nabout = "of the shop"\n'
        '[fields]\nid = "No"\ntimestamp = "When"\ngrand_total = "Sum"\n'
        'currency = { constant = "{currency}" }\n',
        "utf-8",
    )
    rows = [("No", "When", "Sum"), ("1", TIME, "$10"), ("2", TIME, "€10")]
    outcome = prepare_rows(
        tmp_path, "shop.csv", rows, mapping=mapping, settings={"currency": "EUR"}
    )

    assert [record["id"] for record in outcome.records] == ["2"]
    assert outcome.places("E087") == [(2, "grand_total")]


def test_amounts_of_json_are_held_against_their_currency(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = [
        {"id": "1", "timestamp": TIME, "grand_total": "30 USD", "currency": "EUR"},
        {"id": "2", "timestamp": TIME, "grand_total": 0.1 + 0.2, "currency": "EUR"},
    ]
    text = "\n".join(json.dumps({"@type": "order", **record}) for record in records)
    outcome = prepare_text(tmp_path, "orders.ndjson", text)

    (record,) = outcome.records
    assert (record["id"], record["grand_total"]) == ("2", Decimal("0.30"))
    assert outcome.places("E087") == [(1, "grand_total")]
    assert outcome.places("W088") == [(2, "grand_total")]


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("19.989999999999998", "EUR", "19.99"),
        ("0.30000000000000004", "EUR", "0.30"),
        ("0.010000000000000002", "EUR", "0.01"),
        ("-1.4210854715202004e-14", "EUR", "0.00"),
        ("19.990000000000002", "KWD", "19.990"),
        ("1999.9999999999998", "JPY", "2000"),
        ("12345678.900000001", "EUR", "12345678.90"),
    ],
)
def test_noise_of_binary_fractions_is_rounded_to_the_currency(
    tmp_path: Path, amount: str, currency: str, expected: str
) -> None:
    rows = order_rows(("5", currency), (amount, currency), (amount, currency))
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert [str(record["grand_total"]) for record in outcome.records] == ["5", expected, expected]
    (problem,) = (each for each in outcome.problems if each["code"] == "W088")
    assert (problem["line"], problem["field"], problem["count"]) == ("3", "grand_total", "2")


@given(cents=st.integers(-10_000_000, 10_000_000), parts=st.integers(1, 30))
def test_sums_of_binary_fractions_come_out_in_whole_cents(cents: int, parts: int) -> None:
    computed = sum([cents / 100 / parts] * parts)
    values = pa.array([format(Decimal(repr(computed)), "f")])
    currencies = PaidIn(pa.array(["EUR"]), np.array([2]))
    once = with_digits_of(values, currencies, ColumnNotes())

    assert Decimal(once[0].as_py()) == Decimal(cents) / 100
    assert with_digits_of(once, currencies, ColumnNotes()).equals(once)


@pytest.mark.parametrize(
    ("amount", "currency"), [("10.125", "EUR"), ("100.5", "JPY"), ("8.2645", "GBP")]
)
def test_amounts_with_more_decimals_than_their_currency_are_kept_and_told(
    tmp_path: Path, amount: str, currency: str
) -> None:
    rows = order_rows(("5", currency), (amount, currency))
    outcome = prepare_rows(tmp_path, "orders.csv", rows, decimal_sign="point")

    assert [str(record["grand_total"]) for record in outcome.records] == ["5", amount]
    assert outcome.places("W089") == [(3, "grand_total")]


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("10.1200", "EUR"), ("1000.00", "JPY"), ("1.125", "KWD"), ("30.0000", "GBP"), ("7", "BHD")],
)
def test_zeros_at_the_end_are_no_more_decimals(tmp_path: Path, amount: str, currency: str) -> None:
    rows = order_rows((amount, currency))
    outcome = prepare_rows(tmp_path, "orders.csv", rows, decimal_sign="point")

    assert str(outcome.records[0]["grand_total"]) == amount
    assert outcome.problems == []


def test_amounts_without_a_known_currency_lose_their_noise_only(tmp_path: Path) -> None:
    rows = [("id", "price"), ("1", "19.989999999999998"), ("2", "8.2645")]
    outcome = prepare_rows(tmp_path, "products.csv", rows)

    assert [str(record["price"]) for record in outcome.records] == ["19.99", "8.2645"]
    assert outcome.places("W088") == [(2, "price")]
    assert outcome.places("W089") == []


def test_both_decimal_signs_in_one_column_are_told_with_places(tmp_path: Path) -> None:
    rows = order_rows(("30.00", "EUR"), ("30,00", "EUR"), ("1000", "EUR"), ("7.25", "EUR"))
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert [record["grand_total"] for record in outcome.records] == [
        Decimal("30.00"),
        Decimal("30.00"),
        1000,
        Decimal("7.25"),
    ]
    (problem,) = (each for each in outcome.problems if each["code"] == "W090")
    assert (problem["line"], problem["field"], problem["value"]) == ("3", "grand_total", "30,00")
    assert "'30.00' of line 2" in problem["message"]


def test_decimal_signs_of_a_file_of_items_are_told_with_its_lines(tmp_path: Path) -> None:
    orders = write(tmp_path / "orders.csv", csv_text(order_rows(("5", "EUR"))))
    rows = [
        ("order_id", "product_id", "quantity", "unit_price"),
        *(("1", product, "1", price) for product, price in (("A", "2.50"), ("B", "2,50"))),
        ("1", "C", "1", "3.75"),
    ]
    items = write(tmp_path / "items.csv", csv_text(rows))
    outcome = prepare_files(tmp_path, orders, f"lineitem={items}")

    (problem,) = (each for each in outcome.problems if each["code"] == "W090")
    assert (Path(problem["source"]).name, problem["line"]) == ("items.csv", "3")
    assert "'2.50' of line 2 a decimal point" in problem["message"]


def test_decimal_signs_that_differ_between_blocks_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch, 400)
    rows = order_rows(*[("12.50", "EUR")] * 40, *[("12,50", "EUR")] * 20)
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    (problem,) = (each for each in outcome.problems if each["code"] == "W090")
    assert (problem["line"], problem["count"]) == ("42", "20")


@pytest.mark.parametrize(
    "amounts", [("30.00", "1,234.50"), ("30,00", "1.234,50"), ("30,00", "1000"), ("30.00", "7.5")]
)
def test_separators_of_thousands_contradict_no_decimal_sign(
    tmp_path: Path, amounts: tuple[str, str]
) -> None:
    rows = order_rows(*((amount, "EUR") for amount in amounts))

    assert prepare_rows(tmp_path, "orders.csv", rows).places("W090") == []


def test_a_given_decimal_sign_rejects_the_other(tmp_path: Path) -> None:
    rows = order_rows(("30.00", "EUR"), ("30,00", "EUR"))
    outcome = prepare_rows(tmp_path, "orders.csv", rows, decimal_sign="point")

    assert outcome.places("E013") == [(3, "grand_total")]
    assert outcome.places("W090") == []


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "XPD", "XDR", "CLF", "999"])
def test_an_order_in_no_money_is_rejected(tmp_path: Path, code: str) -> None:
    outcome = prepare_rows(tmp_path, "orders.csv", order_rows(("5", code), ("5", "EUR")))

    assert [record["currency"] for record in outcome.records] == ["EUR"]
    assert outcome.places("E017") == [(2, "currency")]
