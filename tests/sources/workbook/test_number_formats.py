"""Numbers of a workbook as people see them, where that changes what they mean."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ometria_import.sources.workbook.number_formats import NumberFormat
from tests.prepare.outcomes import prepare_files
from tests.sources.test_tables import opened, rows_of

ORDER = ["id", "timestamp", "grand_total", "currency"]
TIME = "2024-05-01T12:00:00Z"


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("General", 42, "42"),
        ("General", 19.99, "19.99"),
        ("@", 42, "42"),
        ("000000", 42, "000042"),
        ("00000", 1067, "01067"),
        ("00000", 1067.0, "01067"),
        ("00000", 123456, "123456"),
        ("00000;@", 1067, "01067"),
        ("0000-0000", 420007, "0042-0007"),
        ("000-00-0000", 12345678, "012-34-5678"),
        ("00 00 00 00 00", 612345678, "06 12 34 56 78"),
        ("(###) ###-####", 2025550123, "(202) 555-0123"),
        ("[<=9999999]###-####;(###) ###-####", 5550123, "555-0123"),
        ("[<=9999999]###-####;(###) ###-####", 2025550123, "(202) 555-0123"),
        ('"ORD-"0', 1001, "ORD-1001"),
        ('"SKU "0000', 42, "SKU 0042"),
        (r"\#0", 1001, "#1001"),
        ("[Red]00000", 7, "00007"),
        ("00000_ ", 7, "00007"),
        ("0", 19.99, "19.99"),
        ("0.00", 5, "5"),
        ("#,##0", 1234567, "1234567"),
        ("#,##0.00", 1234.5, "1234.5"),
        ("# ##0", 1234, "1234"),
        ("0.00E+00", 7210448301122, "7210448301122"),
        ('0 "pcs"', 5, "5"),
        ('0" PCS"', 5, "5"),
        ("# ?/?", 0.5, "0.5"),
        ("0%", 0.5, "50%"),
        ("0.00%", 0.075, "7.5%"),
        ('#,##0.00 "USD"', 1234.5, "1234.5 USD"),
        ("#,##0.00\\ [$€-407]", 1234.5, "1234.5 €"),
        ("[$£-809]#,##0.00", 30, "£30"),
        ("[$USD] #,##0.00", 30, "USD 30"),
        ("[$-409]0.00", 30, "30"),
        ('_-"£"* #,##0.00_-;-"£"* #,##0.00_-;_-"£"* "-"??_-;_-@_-', 30, "£30"),
        ('_-"£"* #,##0.00_-;-"£"* #,##0.00_-;_-"£"* "-"??_-;_-@_-', 0, "£0"),
        ('_-"£"* #,##0.00_-;-"£"* #,##0.00_-;_-"£"* "-"??_-;_-@_-', -30, "£-30"),
        ("$#,##0.00", 30, "$30"),
        ("#,##0.00 kr", 30, "30"),
        ('#,##0.00" kr"', 30, "30 kr"),
        ("00000", -7, "-00007"),
        ("General", 123456789012345, "123456789012345"),
        ("General", 1234567890123456, "1.234567890123456E+15"),
        ("0", 1.234567890123457e16, "1.234567890123457E+16"),
        ("00000", 10**20, "1.00000000000000000000E+20"),
        ("General", 1.5e-7, "0.00000015"),
        (";;;", 5, "5"),
        ("", 5, "5"),
        ('"', 5, "5"),
    ],
)
def test_a_number_is_what_people_see_with_all_its_decimals(
    code: str, number: float, shown: str
) -> None:
    assert NumberFormat(code).shown(number) == shown


def test_the_currency_of_whoever_looks_is_nobodys() -> None:
    assert NumberFormat('"$"#,##0.00', has_own_currency=False).shown(30) == "30"


@given(
    code=st.lists(st.sampled_from([*'0#?.,%@;"\\_*-/ E+()[]<=>$€', "[>9.5]", "[$£-809]", "kr"])),
    number=st.integers() | st.floats(),
)
def test_any_format_shows_any_number(code: list[str], number: float) -> None:
    assert isinstance(NumberFormat("".join(code)).shown(number), str)


@given(zeros=st.integers(2, 20), number=st.integers(0, 10**15 - 1))
def test_zeros_of_a_format_fill_a_number_up(zeros: int, number: int) -> None:
    assert NumberFormat("0" * zeros).shown(number) == f"{number:0{zeros}}"


@given(number=st.floats(-1e14, 1e14))
def test_a_number_keeps_all_its_decimals(number: float) -> None:
    assert float(NumberFormat("#,##0.00").shown(number)) == number


def workbook(path: Path, header: list[str], *rows: list[tuple[Any, str]]) -> Path:
    """A workbook of values with their number formats."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(header)
    for number, row in enumerate(rows, 2):
        for column, (value, code) in enumerate(row, 1):
            cell = sheet.cell(number, column, value)
            if code:
                cell.number_format = code
    book.save(path)
    return path


def test_cells_of_a_sheet_are_read_by_their_formats(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ["id", "zip", "share", "price"],
        [(42, "000000"), (1067, "00000"), (0.25, "0%"), (12.5, '#,##0.00 "EUR"')],
        [("0042", "@"), ("01067", ""), (1, ""), (0, '_("$"* #,##0.00_)')],
    )

    assert [cells for _, cells in rows_of(opened(path))] == [
        ["000042", "01067", "25%", "12.5 EUR"],
        ["0042", "01067", "1", "$0"],
    ]


def test_an_id_of_more_digits_than_a_spreadsheet_keeps_is_refused(tmp_path: Path) -> None:
    rows = [
        [(12345678901234567, ""), (TIME, ""), (5, ""), ("EUR", "")],
        [(123456789012345, ""), (TIME, ""), (5, ""), ("EUR", "")],
        [("12345678901234567", ""), (TIME, ""), (5, ""), ("EUR", "")],
    ]
    outcome = prepare_files(tmp_path, workbook(tmp_path / "orders.xlsx", ORDER, *rows))

    ids = [record["id"] for record in outcome.records]
    assert ids == ["123456789012345", "12345678901234567"]
    assert outcome.places("E011") == [(2, "id")]


def test_an_amount_whose_format_shows_another_currency_is_refused(tmp_path: Path) -> None:
    rows = [
        [("1", ""), (TIME, ""), (30, "[$£-809]#,##0.00"), ("EUR", "")],
        [("2", ""), (TIME, ""), (30, '#,##0.00 "€"'), ("EUR", "")],
        [("3", ""), (TIME, ""), (0.5, "0%"), ("EUR", "")],
    ]
    outcome = prepare_files(tmp_path, workbook(tmp_path / "orders.xlsx", ORDER, *rows))

    assert [record["id"] for record in outcome.records] == ["2"]
    assert outcome.places("E087") == [(2, "grand_total")]
    assert outcome.places("E013") == [(4, "grand_total")]


def test_a_formula_without_a_value_is_told(tmp_path: Path) -> None:
    rows: list[list[tuple[Any, str]]] = [
        [("1", ""), (TIME, ""), (5, ""), ("EUR", ""), ("=1+1", "")],
        [("2", ""), (TIME, ""), (5, ""), ("EUR", ""), (None, "0.00")],
        [("3", ""), (TIME, ""), ("=A2+1", ""), ("EUR", ""), ("=1+1", "")],
    ]
    path = workbook(tmp_path / "orders.xlsx", [*ORDER, "shipping"], *rows)
    outcome = prepare_files(tmp_path, path)

    assert [record["id"] for record in outcome.records] == ["1", "2"]
    told = [
        (row["line"], row["field"], row["count"])
        for row in outcome.problems
        if row["code"] == "W094"
    ]
    assert sorted(told) == [("2", "shipping", "2"), ("4", "grand_total", "1")]
    assert outcome.places("E010") == [(4, "grand_total")]


def test_a_style_that_the_workbook_does_not_have_changes_nothing(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["id", "note"], [(42, "000000"), (7, "")])
    changed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            new.writestr(part, old.read(part).replace(b's="1"', b's="99"'))
    path.write_bytes(changed.getvalue())

    assert [cells for _, cells in rows_of(opened(path))] == [["42", "7"]]


def test_a_formula_whose_value_is_an_empty_text_has_one(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["id", "note"], [("1", ""), ("=T(A9)", "")])
    changed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b'r="B2"', b'r="B2" t="str"')
            new.writestr(part, data)
    path.write_bytes(changed.getvalue())

    (chunk,) = opened(path).chunks()
    assert chunk.notices == ()
