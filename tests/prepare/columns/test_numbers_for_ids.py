"""Ids and postal codes that a program took for numbers, or that were written against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prepare.outcomes import prepare_files, prepare_rows, prepare_text, small_blocks, write

CONTACT = ("id", "email", "customer_id", "firstname")


def test_a_formula_for_a_text_is_the_text_in_every_column(tmp_path: Path) -> None:
    text = (
        "id,email,customer_id,firstname,shoe\n"
        '"=""00123""",a@example.com,"=""00123""","=""Ann""","=""7 """"wide"""""""\n'
        '="00124",b@example.com,00124,Bob, ="8" \n'
    )
    outcome = prepare_text(tmp_path, "contacts.csv", text)

    first, second = outcome.records
    assert (first["id"], first["customer_id"], first["firstname"]) == ("00123", "00123", "Ann")
    assert first["properties"] == {"shoe": '7 "wide"'}
    assert (second["id"], second["customer_id"]) == ("00124", "00124")
    assert second["properties"] == {"shoe": "8"}
    told = {row["field"]: int(row["count"]) for row in outcome.problems if row["code"] == "W092"}
    assert told == {"id": 2, "customer_id": 1, "firstname": 1, "shoe": 2}


def test_amounts_times_and_currencies_may_be_formulas_for_a_text(tmp_path: Path) -> None:
    rows = [
        ("id", "timestamp", "grand_total", "currency"),
        ('="1001"', '="2024-05-01T12:00:00Z"', '="12,50"', '="EUR"'),
    ]
    (record,) = prepare_rows(tmp_path, "orders.csv", rows).records

    assert (record["id"], record["timestamp"]) == ("1001", "2024-05-01T12:00:00Z")
    assert (str(record["grand_total"]), record["currency"]) == ("12.50", "EUR")


@pytest.mark.parametrize("cell", ["=A1", '=T("00123")', '="00123"&"4"', 'say ="x"', '="unclosed'])
def test_what_is_no_formula_for_a_text_stays(tmp_path: Path, cell: str) -> None:
    rows = [CONTACT, ("1", "a@example.com", "1", cell)]
    outcome = prepare_rows(tmp_path, "contacts.csv", rows)

    assert outcome.records[0]["firstname"] == cell
    assert outcome.places("W092") == []


def test_rows_of_one_order_belong_together_however_its_id_is_written(tmp_path: Path) -> None:
    header = "id,timestamp,grand_total,currency\n"
    orders = write(tmp_path / "orders.csv", header + '"=""0042""",2024-05-01T12:00:00Z,5,EUR\n')
    items = write(
        tmp_path / "items.csv",
        'order_id,product_id,quantity,unit_price\n0042,A,1,2\n="0042",B,1,3\n',
    )
    (record,) = prepare_files(tmp_path, orders, f"lineitem={items}").records

    assert record["id"] == "0042"
    assert [item["product_id"] for item in record["lineitems"]] == ["A", "B"]


def test_a_header_of_formulas_for_texts_has_their_names(tmp_path: Path) -> None:
    text = '="id",="email","=""firstname"""\n="007",a@example.com,="Ann"\n'
    (record,) = prepare_text(tmp_path, "contacts.csv", text).records

    assert (record["id"], record["email"], record["firstname"]) == ("007", "a@example.com", "Ann")


def test_formulas_in_several_blocks_are_told_with_their_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch, 300)
    rows = [CONTACT, *((f'="{n:05}"', f"u{n}@example.com", str(n), "Ann") for n in range(60))]
    outcome = prepare_rows(tmp_path, "contacts.csv", rows)

    assert [record["id"] for record in outcome.records] == [f"{n:05}" for n in range(60)]
    assert outcome.summary.problems["W092"] == 60


def test_ids_that_a_program_wrote_as_numbers_are_told(tmp_path: Path) -> None:
    item = ("lineitems.product_id", "lineitems.sku", "lineitems.quantity", "lineitems.unit_price")
    rows = [
        ("id", "timestamp", "grand_total", "currency", "customer.id", *item),
        ("1001.0", "2024-05-01T12:00:00Z", "5.0", "EUR", "123.0", "42.0", "9.0", "1.0", "5.0"),
        ("1002.0", "2024-05-01T12:00:00Z", "5.0", "EUR", "124.0", "A.0", "v1.0", "2.0", "2.5"),
    ]
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert [record["id"] for record in outcome.records] == ["1001.0", "1002.0"]
    told = {row["field"]: int(row["count"]) for row in outcome.problems if row["code"] == "W093"}
    assert told == {"id": 2, "customer.id": 2, "lineitems.product_id": 1, "lineitems.sku": 1}


def test_a_postal_code_that_a_program_wrote_as_a_number_is_told(tmp_path: Path) -> None:
    rows = [
        ("id", "timestamp", "grand_total", "currency", "billing_address.postcode"),
        ("1", "2024-05-01T12:00:00Z", "5", "EUR", "75008.0"),
    ]
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert outcome.places("W093") == [(2, "billing_address.postcode")]


@pytest.mark.parametrize("code", ["2.138E+04", "7,5E+4", "1E+05"])
def test_a_postal_code_that_a_spreadsheet_rounded_is_left_out(tmp_path: Path, code: str) -> None:
    rows = [
        ("id", "timestamp", "grand_total", "currency", "billing_address.postcode"),
        ("1", "2024-05-01T12:00:00Z", "5", "EUR", code),
        ("2", "2024-05-01T12:00:00Z", "5", "EUR", "+49 1067"),
    ]
    outcome = prepare_rows(tmp_path, "orders.csv", rows)

    assert "billing_address" not in outcome.records[0]
    assert outcome.records[1]["billing_address"] == {"postcode": "+49 1067"}
    assert outcome.places("W011") == [(2, "billing_address.postcode")]
