"""Several exports in one file: their headers and byte order marks stand among the rows."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from ometria_import.errors import SourceError
from tests.prepare.outcomes import prepare_files, prepare_text, small_blocks

HEADER = "id,email,firstname\n"


@pytest.mark.parametrize("block", [40, 1 << 20])
@pytest.mark.parametrize(
    "again",
    [
        HEADER,
        "ID,EMAIL,FIRSTNAME\n",
        f"\ufeff{HEADER}",
        '"id","email","firstname"\n',
        '\ufeff"id","email","firstname"\n',
    ],
)
def test_header_that_is_repeated_is_told_counted_and_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: str, block: int
) -> None:
    small_blocks(monkeypatch, block)
    outcome = prepare_text(
        tmp_path,
        "contacts.csv",
        f"{HEADER}1,a@example.com,Ann\n{again}2,b@example.com,Bo\n{again}",
    )

    assert [each["id"] for each in outcome.records] == ["1", "2"]
    assert outcome.places("W080") == [(3, ""), (5, "")]
    rows = outcome.summary.rows
    assert (rows.read, rows.in_records, rows.headers, rows.rejected) == (4, 2, 2, 0)


def test_rows_of_an_order_are_not_parted_by_a_header(tmp_path: Path) -> None:
    header = "id,timestamp,grand_total,currency,lineitems.product_id,lineitems.quantity,"
    header += "lineitems.unit_price\n"
    row = "1,2024-01-02,10,EUR,p{},1,5\n"
    outcome = prepare_text(tmp_path, "orders.csv", header + row.format(1) + header + row.format(2))

    (order,) = outcome.records
    assert [each["product_id"] for each in order["lineitems"]] == ["p1", "p2"]
    assert outcome.summary.rows.headers == 1


@pytest.mark.parametrize(
    "other",
    ["id,email,lastname\n", "email,id,firstname\n", "id,email\n", "id,email,firstname,lastname\n"],
)
def test_header_of_other_columns_is_an_error_that_names_its_line(
    tmp_path: Path, other: str
) -> None:
    with pytest.raises(SourceError) as raised:
        prepare_text(
            tmp_path, "contacts.csv", f"{HEADER}1,a@example.com,Ann\n{other}2,b@example.com,Bo\n"
        )

    assert "contacts.csv line 3: a header with different columns" in raised.value.message
    assert "name both parts" in raised.value.hint


def test_row_that_shares_a_word_with_the_header_is_a_row(tmp_path: Path) -> None:
    outcome = prepare_text(tmp_path, "contacts.csv", f"{HEADER}id,a@example.com,Ann\n")

    assert [each["id"] for each in outcome.records] == ["id"]


def test_header_is_repeated_in_a_workbook_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "title"], ["1", "Mug"], ["id", "title"], ["2", "Cup"]):
        book.active.append(row)
    book.save(tmp_path / "products.xlsx")

    outcome = prepare_files(tmp_path, tmp_path / "products.xlsx")

    assert [each["title"] for each in outcome.records] == ["Mug", "Cup"]
    assert outcome.places("W080") == [(3, "")]
    assert outcome.summary.rows.headers == 1
